import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import type * as WaitError from "@effect-lro/core/WaitError"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { BatteryFailure } from "../../BatteryFailure.js"
import * as Subject from "../../Subject.js"

export type Group =
  | "get"
  | "list"
  | "cancel"
  | "delete"
  | "wait"
  | "names"
  | "confirm"
  | "errors"
  | "trouble"
  | "interruption"

export interface Case {
  readonly group: Group
  readonly name: string
  readonly requires: Partial<Subject.Capabilities>
  readonly run: Effect.Effect<void, BatteryFailure, Operations.Operations | Subject.Subject>
}

type Trouble = BatteryFailure | OperationsError.OperationsError | WaitError.WaitError

export const caseOf = (
  group: Group,
  name: string,
  requires: Partial<Subject.Capabilities>,
  body: (bench: Bench) => Effect.Effect<void, Trouble, Operations.Operations>
): Case => ({
  group,
  name,
  requires,
  run: Effect.gen(function* () {
    const subject = yield* Subject.Subject
    const operations = yield* Operations.Operations
    return yield* body(make(name, subject, operations)).pipe(
      Effect.mapError((error) =>
        error._tag === "BatteryFailure" ? error : failure(name, "no error", `${error._tag} (${error.message})`)
      ),
      // A defect is a misbehaviour too, and must not hide how the other cases go.
      Effect.catchAllDefect((defect) => Effect.fail(failure(name, "no defect", shown(defect)))),
      Effect.timeoutFail({
        duration: Duration.times(subject.unit, patience),
        onTimeout: () => failure(name, `an end within ${patience} units of time`, "none")
      })
    )
  })
})

/**
 * What a case works with.
 */
export interface Bench extends ReturnType<typeof make> {}

const patience = 500

const make = (name: string, subject: Subject.Service, operations: Operations.Service) => {
  const fail = (expected: string, actual: unknown) => Effect.fail(failure(name, expected, shown(actual)))

  const expect = (what: string, holds: boolean, actual?: unknown) => (holds ? Effect.void : fail(what, actual))

  const same = (what: string, actual: unknown, expected: unknown) =>
    canonical(actual) === canonical(expected) ? Effect.void : fail(`${what} to be ${shown(expected)}`, actual)

  const tagged = <A extends { readonly _tag: string }, const Tag extends A["_tag"]>(value: A, tag: Tag) =>
    isTagged(value, tag) ? Effect.succeed(value) : fail(`something that is ${tag}`, value)

  // The error of a request that must fail, with the tag that it must have.
  const refused = <A, E extends { readonly _tag: string }, R, const Tag extends E["_tag"]>(
    effect: Effect.Effect<A, E, R>,
    tag: Tag
  ): Effect.Effect<Extract<E, { readonly _tag: Tag }>, BatteryFailure, R> =>
    Effect.matchEffect(effect, {
      onFailure: (error) => tagged(error, tag),
      onSuccess: (value) => fail(`the error ${tag}`, value)
    })

  const units = (count: number) => Duration.times(subject.unit, count)

  const pause = (count: number) => Effect.sleep(units(count))

  const until = (
    operation: string,
    holds: (operation: Operation.Operation) => boolean
  ): Effect.Effect<Operation.Operation, OperationsError.OperationsError> =>
    Effect.flatMap(operations.get(operation), (found) =>
      holds(found) ? Effect.succeed(found) : Effect.zipRight(pause(0.25), until(operation, holds))
    )

  const untilDone = (operation: string) => until(operation, Operation.isDone)

  const started = (behaviour: Subject.Behaviour, options?: { readonly name?: string | undefined }) =>
    subject.start(behaviour, options)

  // The name of an operation whose body is at work, as far as that can be seen: one that waits for its turn would be
  // cancelled in another way.
  const working = (behaviour: Subject.Behaviour) =>
    Effect.tap(started(behaviour), (operation) =>
      subject.isBodyRunning === undefined
        ? pause(1)
        : Effect.repeat(Effect.delay(isAtWork(operation, subject.isBodyRunning), units(0.1)), { until: (is) => is })
    )

  // On a slow machine the body may be over before anybody looks at it.
  const isAtWork = (operation: string, isRunning: (name: string) => Effect.Effect<boolean>) =>
    Effect.flatMap(isRunning(operation), (is) =>
      is ? Effect.succeed(true) : Effect.map(operations.get(operation), Operation.isDone)
    )

  // An operation is still running after an effect, unless a slow machine took longer for both than it had to last.
  const stillRunning = Effect.fnUntraced(function* <E, E2, R>(
    start: Effect.Effect<string, E>,
    lasts: Duration.Duration,
    effect: (operation: string) => Effect.Effect<unknown, E2, R>
  ) {
    const [took, { found, operation }] = yield* Effect.timed(
      Effect.gen(function* () {
        const operation = yield* start
        yield* effect(operation)
        return { operation, found: yield* operations.get(operation) }
      })
    )
    if (Duration.lessThan(took, lasts)) yield* tagged(found, "Running")
    return operation
  })

  // The name of an operation that is over.
  const finished = (behaviour: Subject.Succeeded | Subject.Failed | Subject.DoneWithoutResult) =>
    Effect.tap(started(behaviour), untilDone)

  const cancelled = Effect.gen(function* () {
    const operation = yield* started({ _tag: "RunsUntilCancelled" })
    yield* operations.cancel(operation)
    yield* untilDone(operation)
    return operation
  })

  // Once done, an operation does not change any more: a dozen looks in a row must find the same.
  const staysAsItIs = Effect.fnUntraced(function* (operation: string) {
    const first = yield* operations.get(operation)
    yield* expect("an operation that is done", Operation.isDone(first), first)
    yield* Effect.repeat(
      Effect.gen(function* () {
        yield* pause(0.25)
        yield* same("a done operation", Operation.toWire(yield* operations.get(operation)), Operation.toWire(first))
      }),
      { times: 11 }
    )
    return first
  })

  // A list without an end is one that is too long.
  const everything = (request: Operations.ListRequest) =>
    Effect.map(Stream.runCollect(Stream.take(operations.list(request), 1000)), Chunk.toReadonlyArray)

  const witnessed = <A>(what: string, witness: A | undefined) =>
    witness === undefined ? fail(`a subject with ${what}`, "one without") : Effect.succeed(witness)

  const isBodyRunning = (operation: string) =>
    Effect.flatMap(witnessed("isBodyRunning", subject.isBodyRunning), (isRunning) => isRunning(operation))

  // The requests that are sent while an effect runs.
  const requestsOf = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
    const requests = yield* witnessed("requests", subject.requests)
    const before = (yield* requests).length
    yield* effect
    return (yield* requests).slice(before)
  })

  const troubleNext = (trouble: Subject.Trouble) =>
    Effect.flatMap(witnessed("troubleNext", subject.troubleNext), (order) => order(trouble))

  // Policies that are as quick as the subject.
  const schedule: PollSchedule.PollSchedule = PollSchedule.capped({ initial: units(0.25), factor: 1, max: units(0.25) })

  const confirming = {
    schedule,
    retry: RetryPolicy.whileRetryable(Schedule.spaced(units(0.25)).pipe(Schedule.intersect(Schedule.recurs(5)))),
    timeout: units(400)
  }

  return {
    subject,
    operations,
    expect,
    fail,
    same,
    tagged,
    refused,
    units,
    pause,
    until,
    untilDone,
    started,
    working,
    stillRunning,
    finished,
    cancelled,
    staysAsItIs,
    everything,
    isBodyRunning,
    requestsOf,
    troubleNext,
    schedule,
    confirming
  }
}

const isTagged = <A extends { readonly _tag: string }, Tag extends A["_tag"]>(
  value: A,
  tag: Tag
): value is Extract<A, { readonly _tag: Tag }> => value._tag === tag

const failure = (name: string, expected: string, actual: string) => new BatteryFailure({ case: name, expected, actual })

const shown = (value: unknown): string => {
  const text =
    typeof value === "string"
      ? value
      : OperationsError.isOperationsError(value)
        ? `${value._tag} (${value.message})`
        : value === undefined
          ? "nothing"
          : Inspectable.format(value)
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text
}

// JSON with sorted keys: the order of members is no part of a message. What JSON leaves out is the same as nothing.
const canonical = (value: unknown): string =>
  JSON.stringify([value], (_, member: unknown) =>
    Predicate.isReadonlyRecord(member) && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )
