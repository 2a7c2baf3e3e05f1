import type * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
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
import * as PollSchedule from "../PollSchedule.js"
import * as Confirm from "./confirm.js"
import type { Failure } from "./looker.js"
import * as Looker from "./looker.js"
import * as SharedLooks from "./sharedLooks.js"

type Ended = Either.Either<Operation.Done, Failure>

/** How the whole thing ended before a wait could begin, or else whether a cancel was accepted. */
export type Begun = { readonly ended: Ended } | { readonly cancelAccepted: boolean }

export const nothingToBegin: Effect.Effect<Begun> = Effect.succeed({ cancelAccepted: false })

/** Cancels one operation, and looks at it only where a refusal may say that it is over. */
export const cancelOne = (
  operations: Operations.Provider,
  name: string,
  options: Bulk.CancelOptions,
  deadline: number
): Effect.Effect<Begun> => {
  const looker = Looker.makeUntil(operations, name, options, deadline)
  return Effect.match(
    looker.within(
      Effect.flatMap(Confirm.request(operations, name, options, looker), (refusal) =>
        refusal === undefined ? Effect.succeed(undefined) : Confirm.unlessOver(looker, refusal)
      )
    ),
    {
      onFailure: (failure) => ({ ended: Either.left(failure) }),
      onSuccess: (done) => (done === undefined ? { cancelAccepted: true } : { ended: Either.right(done) })
    }
  )
}

/**
 * Takes names from the source with as many hands as there may be requests; each hand begins with a name and leaves it to
 * the shared looks, so that nothing but a record waits.
 */
export const run = <E, R>(
  operations: Operations.Provider,
  source: Bulk.Source<E, R>,
  options: Bulk.AwaitOptions,
  begin: (name: string, deadline: number) => Effect.Effect<Begun>
): Effect.Effect<Stream.Stream<Bulk.Result<Operation.Done>, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const resolved = SharedLooks.resolve(options)
    const looks = yield* SharedLooks.make(operations, resolved)
    const results = yield* Mailbox.make<Bulk.Result<Operation.Done>, E>()
    const timeout = options.timeout === undefined ? Infinity : Duration.toMillis(options.timeout)
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
    const beginOne = (name: string): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (began) => {
        unsettled += 1
        const deadline = began + timeout
        return Effect.zipWith(begin(name, deadline), Clock.currentTimeMillis, (begun, now) => {
          if ("ended" in begun) return settle(name, begun.ended)
          const wait = SharedLooks.makeWait({
            name,
            now,
            schedule,
            deadline,
            failureBudget,
            cancelAccepted: begun.cancelAccepted,
            remembers: false,
            end: (result) => settle(name, result)
          })
          looks.add(wait)
        })
      })

    const next = yield* puller(source)
    const hand: Effect.Effect<void, E, R> = Effect.flatMap(next, (name) =>
      name === undefined ? Effect.void : Effect.flatMap(beginOne(name), () => hand)
    )
    yield* Effect.all(
      Array.from({ length: resolved.concurrency }, () => Effect.exit(hand)),
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

/** The next name of a source, or nothing when it has no more; many hands may ask for it. */
const puller = <E, R>(
  source: Bulk.Source<E, R>
): Effect.Effect<Effect.Effect<string | undefined, E, R>, never, R | Scope.Scope> => {
  // A string is an iterable of strings to the compiler, and one name to whoever passes it.
  if (typeof source === "string") return puller([source])
  if (Symbol.iterator in source) {
    return Effect.sync(() => {
      const iterator = source[Symbol.iterator]()
      return Effect.sync(() => {
        const item = iterator.next()
        return item.done === true ? undefined : item.value
      })
    })
  }
  return Effect.gen(function* () {
    const pull = yield* Stream.toPull(source)
    const one = yield* Effect.makeSemaphore(1)
    let names: Iterator<string> | undefined
    let exhausted = false
    const next: Effect.Effect<string | undefined, E, R> = Effect.suspend(() => {
      const item = names?.next()
      if (item !== undefined && item.done !== true) return Effect.succeed(item.value)
      if (exhausted) return Effect.succeed(undefined)
      return Effect.matchEffect(pull, {
        onFailure: (end) => {
          exhausted = true
          return Option.isSome(end) ? Effect.fail(end.value) : Effect.succeed(undefined)
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
