import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as MutableQueue from "effect/MutableQueue"
import * as Option from "effect/Option"
import type * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { about, isRetryable, type OperationsError } from "../OperationsError.js"
import { type Named, ringOf } from "./byName.js"
import type { Detached } from "./detached.js"
import * as Elapsed from "./elapsed.js"

export interface Options {
  readonly concurrency: number
  readonly listFrom: number
  readonly pageSize: number
  readonly parentOf: (name: string) => string | undefined
  readonly fields: string | undefined
}

export interface Ask {
  readonly name: string
  /** What may be listed to find it. */
  readonly parent: string | undefined
  /** Which sweep over pages is to answer it, 0 where none is. */
  sweep: number
}

/** Who asks, and how they are answered. */
export interface Askers<A extends Ask & Named<A>> {
  /** One of those that ask for a name under a parent. */
  readonly named: (parent: string, name: string) => A | undefined
  /** Whether anybody still wants an answer. */
  readonly isWanted: (ask: A) => boolean
  /** Takes an ask back that must not be sent now, and says so. */
  readonly holdBack: (ask: A) => boolean
  /** Is told each error once, before those whom it concerns. */
  readonly troubled: (error: OperationsError, now: number) => void
  readonly seen: (ask: A, operation: Operation.Operation, now: number) => void
  readonly failed: (ask: A, error: OperationsError, now: number) => void
  /** Is told of a defect, or of an interruption that came from within, so that nobody waits for ever. */
  readonly died: (ask: A, cause: Cause.Cause<never>) => void
}

export interface LookBatch<in A extends Ask> {
  /** Answers all of them, each once, in the background. */
  readonly answer: (asks: Iterable<A>) => void
  /** Whether so many under this parent would be answered by pages of a list. */
  readonly lists: (parent: string, count: number) => boolean
}

/**
 * Looks at many operations with few requests: by pages of a list, by batches, or by a GET each. It has no fiber of its own:
 * the end of each request is the beginning of the next.
 */
export const make = <A extends Ask & Named<A>>(
  operations: Operations.Provider,
  options: Options,
  detached: Detached,
  askers: Askers<A>
): Effect.Effect<LookBatch<A>> =>
  Effect.zipWith(Effect.clock, detached.asker(operations.get), (clock: Clock.Clock, get) => {
    const unlistable = new Set<string>()
    const remember = (parent: string) => {
      // Who was the first to be found out may be found out again, by one request.
      if (unlistable.size >= mostUnlistable) {
        for (const first of unlistable) {
          unlistable.delete(first)
          break
        }
      }
      unlistable.add(parent)
    }
    const { batch } = operations
    let most = batch === undefined ? 1 : batch.size
    const queue = MutableQueue.unbounded<A>()
    // What a batch has left out is asked for by itself.
    const alone = MutableQueue.unbounded<A>()
    let busy = 0
    let sending = false
    let sweeps = 0

    const now = () => Elapsed.of(clock)

    const failAll = (asks: Iterable<A>, error: OperationsError) => {
      const at = now()
      askers.troubled(error, at)
      for (const ask of asks) askers.failed(ask, about(error, ask.name), at)
    }

    const allDied = (asks: Iterable<A>, cause: Cause.Cause<never>) => {
      for (const ask of asks) askers.died(ask, cause)
    }

    const take = (from: MutableQueue.MutableQueue<A>, count: number): Array<A> => {
      const taken: Array<A> = []
      while (taken.length < count) {
        const ask = MutableQueue.poll(from, undefined)
        if (ask === undefined) break
        if (askers.isWanted(ask) && !askers.holdBack(ask)) taken.push(ask)
      }
      return taken
    }

    const finished = () => {
      busy -= 1
      sendAll()
    }

    const getOne = (ask: A) => {
      busy += 1
      get(ask.name, (exit) => {
        if (Exit.isSuccess(exit)) {
          askers.seen(ask, exit.value, now())
        } else {
          Either.match(Cause.failureOrCause(exit.cause), {
            onLeft: (error) => {
              const at = now()
              askers.troubled(error, at)
              askers.failed(ask, error, at)
            },
            onRight: (cause) => askers.died(ask, cause)
          })
        }
        finished()
      })
    }

    const getSome = (batch: Operations.Batch, asks: ReadonlyArray<A>) => {
      busy += 1
      detached.run(
        Effect.suspend(() => batch.get(asks.map((ask) => ask.name))),
        (exit) => {
          if (Exit.isSuccess(exit)) {
            const at = now()
            for (const [index, ask] of asks.entries()) {
              const answer = exit.value[index]
              if (answer === undefined) {
                MutableQueue.offer(alone, ask)
              } else if (Either.isRight(answer)) {
                askers.seen(ask, answer.right, at)
              } else {
                askers.troubled(answer.left, at)
                askers.failed(ask, answer.left, at)
              }
            }
          } else {
            Either.match(Cause.failureOrCause(exit.cause), {
              onLeft: (error) => {
                if (isRetryable(error)) return failAll(asks, error)
                most = 1
                MutableQueue.offerAll(queue, asks)
              },
              onRight: (cause) => allDied(asks, cause)
            })
          }
          finished()
        }
      )
    }

    // A request that is answered at once comes back here before it returns.
    const sendAll = () => {
      if (sending) return
      sending = true
      while (busy < options.concurrency) {
        const isAlone = !MutableQueue.isEmpty(alone)
        if (!isAlone && MutableQueue.isEmpty(queue)) break
        const asks = isAlone ? take(alone, 1) : take(queue, most)
        const [only] = asks
        if (only === undefined) continue
        if (batch === undefined || asks.length === 1) getOne(only)
        else getSome(batch, asks)
      }
      sending = false
    }

    const getAll = (asks: Iterable<A>) => {
      MutableQueue.offerAll(queue, asks)
      sendAll()
    }

    const listAll = (parent: string, asks: ReadonlyArray<A>): Effect.Effect<void> => {
      const sweep = ++sweeps
      for (const ask of asks) ask.sweep = sweep
      let left = asks.length
      const rest = () => asks.filter((ask) => ask.sweep === sweep && askers.isWanted(ask))
      // A page costs more than a look; a long history of finished operations must not be read for a few pending ones. Where
      // there are batches, a page has to answer more than one of them would.
      const mostPages = Math.max(2, Math.ceil(asks.length / 10))
      const isWorthIt = (count: number, answered: number) =>
        most === 1 ? left > 0 && count < mostPages : left > most && answered > most
      const answerOne = (ask: A, operation: Operation.Operation, at: number) => {
        if (ask.sweep !== sweep) return
        ask.sweep = 0
        left -= 1
        askers.seen(ask, operation, at)
      }
      // Those that a page has answered are asked for together again, and lists mostly keep their order.
      let next = 0
      const answer = (listed: ReadonlyArray<Operation.Operation>) => {
        const at = now()
        for (const operation of listed) {
          // What was answered out of turn is behind.
          while (next < asks.length && asks[next]?.sweep !== sweep) next += 1
          const expected = asks[next]
          if (expected !== undefined && expected.name === operation.name && expected.alike === expected) {
            next += 1
            answerOne(expected, operation, at)
            continue
          }
          const first = askers.named(parent, operation.name)
          if (first === undefined) continue
          // An answer may end some of them, and with it the ring.
          for (const ask of ringOf(first)) answerOne(ask, operation, at)
        }
      }
      const page = (count: number, pageToken: string | undefined): Effect.Effect<void> =>
        Effect.matchCauseEffect(
          Effect.suspend(() =>
            operations.listPage({ name: parent, pageSize: options.pageSize, pageToken, fields: options.fields })
          ),
          {
            onFailure: (cause) =>
              Effect.sync(() =>
                Either.match(Cause.failureOrCause(cause), {
                  onLeft: (error) => {
                    if (isRetryable(error)) return failAll(rest(), error)
                    if (cannotList(error)) remember(parent)
                    getAll(rest())
                  },
                  onRight: (defect) => allDied(rest(), defect)
                })
              ),
            onSuccess: ({ nextPageToken, operations: listed }) => {
              const before = left
              answer(listed)
              const token = Option.getOrUndefined(nextPageToken)
              const goesOn = token !== undefined && token !== pageToken && isWorthIt(count, before - left)
              return goesOn ? page(count + 1, token) : Effect.sync(() => getAll(rest()))
            }
          }
        )
      return page(1, undefined)
    }

    // What one batch answers for certain is not looked for in pages.
    const lists = (parent: string, count: number) =>
      count >= options.listFrom && (most === 1 || count > most) && !unlistable.has(parent)

    return {
      lists,
      answer: (asks) => {
        if (options.listFrom === Infinity) return getAll(asks)
        const byParent = new Map<string | undefined, Array<A>>()
        let group: Array<A> = []
        let groupOf: string | undefined
        for (const ask of asks) {
          const { parent } = ask
          if (parent !== groupOf || group.length === 0) {
            groupOf = parent
            group = byParent.get(parent) ?? []
            byParent.set(parent, group)
          }
          group.push(ask)
        }
        for (const [parent, group] of byParent) {
          if (parent === undefined || !lists(parent, group.length)) getAll(group)
          else detached.run(listAll(parent, group), nobodyWaits)
        }
      }
    }
  })

const mostUnlistable = 1000

/** A look at the parent of a name, where it is asked for at all; `parentOf` is a caller's and may throw. */
export const parentFinder = (options: Options): ((name: string) => Either.Either<string | undefined, unknown>) =>
  options.listFrom === Infinity
    ? () => noParent
    : (name) => Either.try({ try: () => options.parentOf(name), catch: (defect) => defect })

const noParent: Either.Either<string | undefined, unknown> = Either.right(undefined)

// Everything that it comes to has been told by then.
const nobodyWaits = () => {}

// A page token that has expired, or credentials that have, do not say that there is no list.
const cannotList = (error: OperationsError): boolean =>
  error._tag === "Unimplemented" ||
  error._tag === "NotFound" ||
  error._tag === "PermissionDenied" ||
  error._tag === "InvalidName" ||
  error._tag === "MalformedResponse"
