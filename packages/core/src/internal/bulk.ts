import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import type * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Bulk from "../Bulk.js"
import type * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { isRetryable, type OperationsError } from "../OperationsError.js"
import * as PollSchedule from "../PollSchedule.js"
import * as Confirm from "./confirm.js"
import * as Elapsed from "./elapsed.js"
import type { Failure } from "./looker.js"
import * as Looker from "./looker.js"
import * as SharedLooks from "./sharedLooks.js"

type Ended = Either.Either<Operation.Done, Failure>

/** How the whole thing ended before a wait could begin, or else how long to wait and whether a cancel was accepted. */
export type Begun = { readonly name: string } & (
  | { readonly ended: Ended }
  | { readonly cancelAccepted: boolean; readonly deadline: number }
)

/** Begins with each name, each with a timeout of its own, and tells of each as soon as it has begun. */
export type Begin = (
  names: ReadonlyArray<string>,
  timeout: Duration.DurationInput | undefined,
  tell: (begun: Begun) => Effect.Effect<void>
) => Effect.Effect<void>

export const beginNothing: Begin = (names, timeout, tell) =>
  Effect.flatMap(Looker.deadlineOf(timeout), (deadline) =>
    Effect.forEach(names, (name) => tell({ name, cancelAccepted: false, deadline }), { discard: true })
  )

/** Cancels with one request each, or with one for all where the service has a batch. */
export const cancelSome = (operations: Operations.Provider, options: Bulk.CancelOptions): Begin => {
  const { batch } = operations
  if (batch === undefined) {
    return (names, timeout, tell) =>
      Effect.forEach(names, (name) => Effect.flatMap(cancelOne(operations, name, options, timeout), tell), {
        discard: true
      })
  }
  // A hand that cancels by batches holds many names, so it is not the number of hands that bounds the requests for one.
  const permits = Effect.unsafeMakeSemaphore(SharedLooks.resolve(options).concurrency)
  const each = (
    refused: ReadonlyArray<{ readonly name: string; readonly refusal?: OperationsError | undefined }>,
    timeout: Duration.DurationInput | undefined,
    tell: (begun: Begun) => Effect.Effect<void>
  ) =>
    Effect.forEach(
      refused,
      ({ name, refusal }) =>
        Effect.flatMap(permits.withPermits(1)(cancelOne(operations, name, options, timeout, refusal)), tell),
      { concurrency: "unbounded", discard: true }
    )
  let offered = true
  return (names, timeout, tell) => {
    const unasked = names.map((name) => ({ name }))
    if (!offered || names.length < 2) return each(unasked, timeout, tell)
    return Effect.flatMap(Looker.deadlineOf(timeout), (deadline) =>
      Effect.matchEffect(batch.cancel(names), {
        onFailure: (error) => {
          offered = isRetryable(error)
          return each(offered ? names.map((name) => ({ name, refusal: error })) : unasked, timeout, tell)
        },
        onSuccess: (answers) => {
          const [refused, accepted] = Arr.partitionMap(names, (name, index) => {
            const answer = answers[index]
            return answer !== undefined && Either.isRight(answer)
              ? Either.right(name)
              : Either.left({ name, refusal: answer?.left })
          })
          return Effect.zipRight(
            Effect.forEach(accepted, (name) => tell({ name, cancelAccepted: true, deadline }), { discard: true }),
            each(refused, timeout, tell)
          )
        }
      })
    )
  }
}

// Looks at the operation only where a refusal may say that it is over.
const cancelOne = (
  operations: Operations.Provider,
  name: string,
  options: Bulk.CancelOptions,
  timeout: Duration.DurationInput | undefined,
  refusal?: OperationsError
): Effect.Effect<Begun> =>
  Looker.begin(operations, name, { ...options, timeout }, (looker) => {
    const { deadline } = looker
    return looker
      .within(
        Effect.flatMap(
          Confirm.request(operations, name, options, looker, refusal),
          (refused): Effect.Effect<Begun, Failure> =>
            refused === undefined || Confirm.isUnclear(refused)
              ? Effect.succeed({ name, cancelAccepted: refused === undefined, deadline })
              : Effect.map(Confirm.unlessOver(looker, refused), (done) => ({ name, ended: Either.right(done) }))
        )
      )
      .pipe(Effect.catchAll((failure): Effect.Effect<Begun> => Effect.succeed({ name, ended: Either.left(failure) })))
  })

const firstLooksEvery = 100

/**
 * Takes names from the source with as many hands as there may be requests; each hand begins with a name and leaves it to
 * the shared looks, so that nothing but a record waits.
 */
export const run = <E, R>(
  operations: Operations.Provider,
  source: Bulk.Source<E, R>,
  options: Bulk.AwaitOptions,
  begin: Begin
): Effect.Effect<Stream.Stream<Bulk.Result<Operation.Done>, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const resolved = SharedLooks.resolve(options)
    const looks = yield* SharedLooks.make(operations, resolved)
    const results = yield* Mailbox.make<Bulk.Result<Operation.Done>, E>()
    const schedule = options.schedule ?? PollSchedule.default
    const failureBudget = options.failureBudget ?? Looker.defaultFailureBudget
    let unsettled = 0
    let sourceEnd: Exit.Exit<void, E> | undefined

    // What was begun is told even where the source fails after it.
    const endIfSettled = () => {
      if (sourceEnd !== undefined && unsettled === 0) results.unsafeDone(sourceEnd)
    }
    const settle = (name: string, result: Ended) => {
      unsettled -= 1
      results.unsafeOffer({ name, result })
      endIfSettled()
    }
    const die = (cause: Cause.Cause<never>) => {
      results.unsafeDone(Exit.failCause(cause))
    }
    // While many are begun with one after the other, their first looks would each come too early to be shared.
    const firstLook = (now: number) =>
      unsettled < resolved.listFrom ? now : Math.ceil(now / firstLooksEvery) * firstLooksEvery
    const waitFor = (name: string, deadline: number, cancelAccepted: boolean, now: number) => {
      looks.add(
        SharedLooks.makeWait({
          name,
          now: firstLook(now),
          schedule,
          deadline,
          failureBudget,
          cancelAccepted,
          remembers: false,
          end: (result) => settle(name, result),
          die
        })
      )
    }
    const tell = (begun: Begun): Effect.Effect<void> =>
      Effect.map(Elapsed.now, (now) =>
        "ended" in begun
          ? settle(begun.name, begun.ended)
          : waitFor(begun.name, begun.deadline, begun.cancelAccepted, now)
      )
    const beginWith = (names: ReadonlyArray<string>): Effect.Effect<void> =>
      Effect.suspend(() => {
        unsettled += names.length
        return begin(names, options.timeout, tell)
      })

    const dieOfDefect = (cause: Cause.Cause<E>) =>
      Effect.sync(() => {
        const how = Cause.failureOrCause(cause)
        if (Either.isRight(how)) die(how.right)
      })
    const next = yield* puller(source, operations.batch?.size ?? 1)
    const hand: Effect.Effect<void, E, R> = Effect.flatMap(next, (names) =>
      names.length === 0 ? Effect.void : Effect.flatMap(beginWith(names), () => hand)
    )
    yield* Effect.all(
      Array.from({ length: resolved.concurrency }, () => Effect.exit(Effect.tapErrorCause(hand, dieOfDefect))),
      { concurrency: "unbounded" }
    ).pipe(
      Effect.map((exits) => {
        sourceEnd = exits.find(Exit.isFailure) ?? Exit.void
        endIfSettled()
      }),
      Effect.forkScoped
    )
    return Mailbox.toStream(results)
  })

/** The next names of a source, at most so many and as many as are there, or none when it has no more; many hands may ask. */
const puller = <E, R>(
  source: Bulk.Source<E, R>,
  most: number
): Effect.Effect<Effect.Effect<ReadonlyArray<string>, E, R>, never, R | Scope.Scope> => {
  // A string is an iterable of strings to the compiler, and one name to whoever passes it.
  if (typeof source === "string") return puller([source], most)
  if (Symbol.iterator in source) {
    return Effect.sync(() => {
      const iterator = source[Symbol.iterator]()
      return Effect.sync(() => takeFrom(iterator, most))
    })
  }
  return Effect.gen(function* () {
    const pull = yield* Stream.toPull(source)
    const one = yield* Effect.makeSemaphore(1)
    let names: Iterator<string> | undefined
    let exhausted = false
    const next: Effect.Effect<ReadonlyArray<string>, E, R> = Effect.suspend(() => {
      const taken = names === undefined ? [] : takeFrom(names, most)
      if (taken.length > 0 || exhausted) return Effect.succeed(taken)
      return Effect.matchEffect(pull, {
        onFailure: (end) => {
          exhausted = true
          return Option.isSome(end) ? Effect.fail(end.value) : Effect.succeed([])
        },
        onSuccess: (chunk: Chunk.Chunk<string>) => {
          names = chunk[Symbol.iterator]()
          return next
        }
      })
    })
    return one.withPermits(1)(next)
  })
}

const takeFrom = (names: Iterator<string>, most: number): ReadonlyArray<string> => {
  const taken: Array<string> = []
  while (taken.length < most) {
    const item = names.next()
    if (item.done === true) break
    taken.push(item.value)
  }
  return taken
}
