import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Bulk from "../Bulk.js"
import type * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import * as PollSchedule from "../PollSchedule.js"
import type * as BulkBegin from "./bulkBegin.js"
import * as BulkSource from "./bulkSource.js"
import * as Detached from "./detached.js"
import * as Elapsed from "./elapsed.js"
import * as Looker from "./looker.js"
import * as SharedLooks from "./sharedLooks.js"

// In milliseconds. The more there are, the more pages have to be read for a few of them.
const firstLooksEvery = (pending: number): number => (pending < 2000 ? 100 : pending < 10_000 ? 500 : 1000)

// What folds a stream goes down the stack by one for each of a piece.
const resultsAtOnce = 1024

// For how many turns of the event loop results are gathered at most, each of a millisecond or so, and up to how many.
const gatheringTurns = 8
const enoughResults = 256

// After so many names in one go others have their turn.
const namesInOneGo = 1024

/**
 * Takes names from the source while there are hands for them; each hand begins with some and leaves them to the shared
 * looks, so that nothing but a record waits. No fiber goes with an operation, or with a hand.
 */
export const run = <E, R>(
  operations: Operations.Provider,
  source: Bulk.Source<E, R>,
  options: Bulk.AwaitOptions,
  makeBegin: BulkBegin.MakeBegin
): Effect.Effect<Stream.Stream<Bulk.Result<Operation.Done>, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const resolved = SharedLooks.resolve(options)
    const timeout = options.timeout === undefined ? Infinity : Duration.toMillis(options.timeout)
    const maxPending = atLeastOne(options.maxPending ?? 100_000)
    const maxUnread = atLeastOne(options.maxUnread ?? 1024)
    const namesAtOnce = operations.batch?.size ?? 1
    const makeTake = yield* BulkSource.make(source)
    const detached = yield* Detached.make
    const looks = yield* SharedLooks.make(operations, resolved, detached)
    const arrived = yield* Effect.makeLatch(false)
    let results: Array<Bulk.Result<Operation.Done>> = []
    let resultsEnd: Exit.Exit<void, E> | undefined
    let unsettled = 0
    let hands = resolved.concurrency
    let isDead = false
    let sourceEnd: Exit.Exit<void, E> | undefined

    // What was begun is told even where the source fails after it.
    const endIfSettled = () => {
      if (sourceEnd !== undefined && unsettled === 0) end(sourceEnd)
    }
    const end = (exit: Exit.Exit<void, E>) => {
      resultsEnd ??= exit
      arrived.unsafeOpen()
    }
    const die = (cause: Cause.Cause<never>) => {
      isDead = true
      end(Exit.failCause(cause))
    }
    // Not a Mailbox, which wakes its reader for each message: most results come while there is nobody who waits.
    const ended: BulkBegin.Ongoing["ended"] = (name, result) => {
      if (isDead) return
      unsettled -= 1
      results.push({ name, result })
      arrived.unsafeOpen()
      endIfSettled()
      takeIn()
    }
    const kind = SharedLooks.makeKind({
      schedule: options.schedule ?? PollSchedule.default,
      failureBudget: options.failureBudget ?? Looker.defaultFailureBudget,
      remembers: false,
      end: (wait, result) => {
        wait.onDeadline?.()
        ended(wait.name, result)
      },
      die: (_, cause) => die(cause)
    })
    const now = () => Elapsed.of(clock)
    // While many are begun with one after the other, their first looks would each come too early to be shared; and where
    // those of the very first are, the others go along with them.
    const lookFirst = (wait: SharedLooks.Wait) => {
      const at = now()
      const every = firstLooksEvery(unsettled)
      wait.dueAt = unsettled < resolved.listFrom ? at : Math.ceil(at / every) * every
      wait.delay = 2 * every
      looks.add(wait, at)
    }
    const begin = yield* makeBegin(operations, detached, {
      now,
      deadline: () => (timeout === Infinity ? Infinity : now() + timeout),
      hold: (name, deadline, stop) => {
        const wait = new SharedLooks.Wait(name, kind, deadline, Infinity)
        wait.onDeadline = stop
        looks.hold(wait)
        return wait
      },
      letGo: (wait) => {
        wait.onDeadline = undefined
        looks.remove(wait)
      },
      lookAt: (wait) => {
        wait.onDeadline = undefined
        lookFirst(wait)
      },
      waitFor: (name, deadline, cancelAccepted) => {
        const wait = new SharedLooks.Wait(name, kind, deadline, Infinity)
        wait.cancelAccepted = cancelAccepted
        lookFirst(wait)
      },
      ended,
      die
    })

    const done = () => {
      hands += 1
      takeIn()
    }
    const hasRoom = () => unsettled < maxPending && results.length < maxUnread
    let isTaking = false
    // What begins and ends at once comes back here before it is left.
    const takeIn = () => {
      if (isTaking || isDead || sourceEnd !== undefined) return
      isTaking = true
      let left = namesInOneGo
      while (hands > 0 && left > 0 && hasRoom()) {
        const names = take(Math.min(namesAtOnce, maxPending - unsettled))
        if (names.length === 0) break
        left -= names.length
        unsettled += names.length
        hands -= 1
        begin(names, done)
      }
      if (left > 0) isTaking = false
      else detached.run(Effect.yieldNow(), goOn)
    }
    const goOn = () => {
      isTaking = false
      takeIn()
    }
    const take = makeTake(detached, {
      more: takeIn,
      end: (exit) => {
        sourceEnd = exit
        endIfSettled()
      },
      die
    })
    takeIn()

    // Results that come one after the other are handed on together: what goes on for each piece of a stream costs as much
    // as a few requests. Nobody waits for more than come in the next turn.
    const enough = Math.min(enoughResults, maxUnread)
    const gather = (turns: number, before: number): Effect.Effect<void> =>
      Effect.flatMap(Effect.sleep(0), () => {
        const size = results.length
        return turns > 1 && size > before && size < enough ? gather(turns - 1, size) : Effect.void
      })
    const gathered = Effect.suspend(() => gather(gatheringTurns, results.length))
    let unread = Chunk.empty<Bulk.Result<Operation.Done>>()
    const takeUnread = Effect.flatMap(Effect.zipRight(gathered, arrived.await), () => {
      if (results.length === 0 && resultsEnd !== undefined) return endOf(resultsEnd)
      unread = Chunk.unsafeFromArray(results)
      results = []
      if (resultsEnd === undefined) arrived.unsafeClose()
      takeIn()
      return Effect.void
    })
    // A stream keeps what it has given out until it gives out something else, so nothing is given out before each wait:
    // results that are still there when garbage is collected would have to be copied.
    let given = unread
    const some = Effect.sync(() => {
      ;[given, unread] = Chunk.splitAt(unread, resultsAtOnce)
      return given
    })
    return Stream.repeatEffectChunkOption(
      Effect.suspend(() => (Chunk.isEmpty(unread) && Chunk.isEmpty(given) ? Effect.zipRight(takeUnread, some) : some))
    )
  })

/** How a stream that is pulled ends. */
const endOf = <E>(exit: Exit.Exit<void, E>): Effect.Effect<never, Option.Option<E>> =>
  Exit.isSuccess(exit) ? Effect.fail(Option.none()) : Effect.failCause(Cause.map(exit.cause, Option.some))

const atLeastOne = (count: number): number => Math.max(1, Math.floor(count) || 1)
