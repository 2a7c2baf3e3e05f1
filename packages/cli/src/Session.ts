/**
 * What every command that talks to a server does alike: settings, the connection, signals, and one answer in the end.
 *
 * @since 0.1.0
 */
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Answer from "./Answer.js"
import * as Connection from "./Connection.js"
import * as ExitCode from "./ExitCode.js"
import { type Failure, Interrupted } from "./Failure.js"
import * as Failures from "./Failures.js"
import type * as Flags from "./Flags.js"
import type * as Hint from "./Hint.js"
import { Output } from "./Output.js"
import { Process } from "./Process.js"
import * as ProgressLine from "./ProgressLine.js"
import * as Settings from "./Settings.js"
import * as Watch from "./Watch.js"

/**
 * A command is over and has said what it has to say; the process ends with this code, which is not 0.
 *
 * @since 0.1.0
 * @category errors
 */
export class Ended extends Data.TaggedError("Ended")<{ readonly code: ExitCode.ExitCode }> {}

/**
 * What all commands that talk to a server require.
 *
 * @since 0.1.0
 * @category models
 */
export type Requirements = Output | Process | Connection.Connection

/**
 * One command and the operation it is about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session {
  /** The operation's full name. */
  readonly name: string
  readonly settings: Settings.Settings
  /** Where suggestions of what to do next start from. */
  readonly context: Hint.Context
}

/**
 * Runs a command that is about one operation: resolves the name, connects, runs `body` until it ends or a signal does,
 * and writes exactly one answer.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onOperation = (
  command: string,
  flags: Flags.Connection,
  input: string,
  body: (session: Session) => Effect.Effect<Answer.Answer, Failure, Operations.Operations>
): Effect.Effect<void, Ended, Requirements> => {
  let context: Hint.Context = { command, name: input }
  return Effect.gen(function* () {
    const settings = yield* Settings.make(flags)
    context = { ...context, settings }
    const name = yield* Settings.operationName(settings, input)
    context = { ...context, name }
    const line = yield* progressLine(command, flags.json)
    const watch = yield* Watch.make(yield* Connection.operations(settings, name), line)
    return yield* body({ name, settings, context }).pipe(
      Effect.provideService(Operations.Operations, watch.operations),
      Effect.raceFirst(interruption(name, watch.known))
    )
  }).pipe(
    Effect.scoped,
    Effect.catchAll((failure) =>
      Effect.succeed(
        Failures.answer(failure, failure._tag === "UsageError" ? { ...context, name: undefined } : context)
      )
    ),
    Effect.flatMap((answer) => Answer.write(answer, flags.json)),
    Effect.flatMap(end)
  )
}

/**
 * Runs a command that is about many operations: `body` writes its answers itself, and only a failure is written here.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onServer = (
  command: string,
  flags: Flags.Connection,
  body: (settings: Settings.Settings) => Effect.Effect<void, Failure, Operations.Operations | Output | Scope.Scope>
): Effect.Effect<void, Ended, Requirements> => {
  let context: Hint.Context = { command }
  return Effect.gen(function* () {
    const settings = yield* Settings.make(flags)
    context = { ...context, settings }
    const operations = yield* Connection.operations(settings)
    yield* body(settings).pipe(
      Effect.provideService(Operations.Operations, operations),
      Effect.raceFirst(interruption("", Effect.succeed({ lastSeen: Option.none(), cancelAccepted: false })))
    )
  }).pipe(
    Effect.scoped,
    Effect.catchAll((failure) => Effect.flatMap(Answer.write(Failures.answer(failure, context), flags.json), end))
  )
}

/**
 * Ends a command with a code.
 *
 * @since 0.1.0
 * @category combinators
 */
export const end = (code: ExitCode.ExitCode): Effect.Effect<void, Ended> =>
  code === ExitCode.codes.Success ? Effect.void : Effect.fail(new Ended({ code }))

/**
 * An `Operations` whose single requests are repeated a few times where that can help, for commands that do not wait.
 *
 * @since 0.1.0
 * @category combinators
 */
export const persistent = <A, E, R>(
  effect: Effect.Effect<A, E, R | Operations.Operations>
): Effect.Effect<A, E, Exclude<R, Operations.Operations> | Operations.Operations> =>
  Effect.provideServiceEffect(
    effect,
    Operations.Operations,
    Effect.map(Operations.Operations, (operations) =>
      Operations.make({
        ...operations,
        get: (name) => Effect.retry(operations.get(name), fewTimes),
        listPage: (request) => Effect.retry(operations.listPage(request), fewTimes),
        cancel: (name) => Effect.retry(operations.cancel(name), fewTimes),
        delete: (name) => deleteOrGone(operations, name)
      })
    )
  )

// The answer to a request that did its work may be lost; what was asked for is then done when it is asked again.
const deleteOrGone = (
  operations: Operations.Service,
  name: string
): Effect.Effect<void, OperationsError.OperationsError> =>
  Effect.suspend(() => {
    let lost = false
    return Effect.suspend(() => operations.delete(name)).pipe(
      Effect.catchIf(
        (error) => lost && error._tag === "NotFound" && error.missing === "operation",
        () => Effect.void
      ),
      Effect.tapError((error) =>
        Effect.sync(() => {
          lost = lost || OperationsError.isRetryable(error)
        })
      ),
      Effect.retry(fewTimes)
    )
  })

// Somebody sits and waits: three repetitions take less than four seconds.
const fewTimes = RetryPolicy.exponential({ retries: 3 })

// A command that does not wait has no progress to tell, but on a terminal it should not look dead while it tries again.
const progressLine = (command: string, json: boolean) =>
  Effect.flatMap(Output, ({ stderr }) =>
    !json && (stderr.isTerminal || command === "cancel" || command === "wait")
      ? ProgressLine.make
      : Effect.succeed(ProgressLine.silent)
  )

const interruption = (
  operation: string,
  known: Effect.Effect<Watch.Known>
): Effect.Effect<never, Interrupted, Process> =>
  Effect.gen(function* () {
    const signal = yield* Effect.flatMap(Process, (_) => _.signal)
    return yield* new Interrupted({ signal, operation, ...(yield* known) })
  })
