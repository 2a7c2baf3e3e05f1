import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as MutableQueue from "effect/MutableQueue"
import type * as Bulk from "../Bulk.js"
import type * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { isRetryable, type OperationsError } from "../OperationsError.js"
import * as Confirm from "./confirm.js"
import type { Abandon, Detached } from "./detached.js"
import type { Failure } from "./looker.js"
import * as Looker from "./looker.js"
import * as SharedLooks from "./sharedLooks.js"

/** What becomes of the names of a bulk. */
export interface Ongoing {
  /** In milliseconds of `Elapsed.now`, as are the deadlines. */
  readonly now: () => number
  /** When the time is over for an operation that is begun with now. */
  readonly deadline: () => number
  /** A wait that nothing but its deadline ends, which then does what is given; until it is looked at, or let go. */
  readonly hold: (name: string, deadline: number, onDeadline: () => void) => SharedLooks.Wait
  readonly letGo: (wait: SharedLooks.Wait) => void
  readonly lookAt: (wait: SharedLooks.Wait) => void
  /** A wait to be looked at. */
  readonly waitFor: (name: string, deadline: number, cancelAccepted: boolean) => void
  readonly ended: (name: string, result: Either.Either<Operation.Done, Failure>) => void
  readonly die: (cause: Cause.Cause<never>) => void
}

/** Begins with names, tells of each what becomes of it, and then that it can take more. */
export interface Begin {
  (names: ReadonlyArray<string>, done: () => void): void
}

export interface MakeBegin {
  (operations: Operations.Provider, detached: Detached, ongoing: Ongoing): Effect.Effect<Begin>
}

export const nothing: MakeBegin = (_, __, ongoing) =>
  Effect.succeed((names, done) => {
    for (const name of names) ongoing.waitFor(name, ongoing.deadline(), false)
    done()
  })

/** Cancels with one request each, or with one for all where the service has a batch. */
export const cancel =
  (options: Bulk.CancelOptions): MakeBegin =>
  (operations, detached, ongoing) =>
    Effect.map(detached.asker(operations.cancel), (ask): Begin => {
      const { batch } = operations

      const one = (name: string, deadline: number, refusal: OperationsError | undefined, done: () => void) => {
        if (refusal !== undefined) return insist(name, deadline, refusal, done)
        let stop = done
        const wait = ongoing.hold(name, deadline, () => stop())
        const abandon = ask(name, (exit) => {
          if (Exit.isSuccess(exit)) {
            wait.cancelAccepted = true
            ongoing.lookAt(wait)
            return done()
          }
          ongoing.letGo(wait)
          Either.match(Cause.failureOrCause(exit.cause), {
            onLeft: (error) => insist(name, deadline, error, done),
            onRight: ongoing.die
          })
        })
        if (abandon !== undefined) {
          stop = () => {
            abandon()
            done()
          }
        }
      }

      // Repeats where that may help, and looks at the operation only where a refusal may say that it is over.
      const insist = (name: string, deadline: number, refusal: OperationsError, done: () => void) => {
        const timeout = deadline === Infinity ? undefined : Math.max(0, deadline - ongoing.now())
        detached.run(
          Looker.begin(operations, name, { ...options, timeout }, (looker) =>
            looker.within(
              Effect.flatMap(
                Confirm.request(options, looker, refusal),
                (refused): Effect.Effect<Operation.Done | { readonly cancelAccepted: boolean }, Failure> =>
                  refused === undefined || Confirm.isUnclear(refused)
                    ? Effect.succeed({ cancelAccepted: refused === undefined })
                    : Confirm.unlessOver(looker, refused)
              )
            )
          ),
          (exit) => {
            if (Exit.isSuccess(exit)) {
              if ("cancelAccepted" in exit.value) ongoing.waitFor(name, deadline, exit.value.cancelAccepted)
              else ongoing.ended(name, Either.right(exit.value))
              return done()
            }
            const how = Cause.failureOrCause(exit.cause)
            if (Either.isRight(how)) return ongoing.die(how.right)
            ongoing.ended(name, Either.left(how.left))
            done()
          }
        )
      }

      if (batch === undefined) {
        return (names, done) => {
          for (const name of names) one(name, ongoing.deadline(), undefined, done)
        }
      }

      // Who cancels by batches holds many names, so it is not the number of those who do that bounds the requests for one.
      const { concurrency } = SharedLooks.resolve(options)
      const refused = MutableQueue.unbounded<Refused>()
      let busy = 0
      let sending = false
      const sendEach = () => {
        if (sending) return
        sending = true
        while (busy < concurrency) {
          const next = MutableQueue.poll(refused, undefined)
          if (next === undefined) break
          busy += 1
          one(next.name, next.deadline ?? ongoing.deadline(), next.refusal, () => {
            busy -= 1
            next.done()
            sendEach()
          })
        }
        sending = false
      }
      const each = (all: ReadonlyArray<Omit<Refused, "done">>, done: () => void) => {
        let left = all.length
        if (left === 0) return done()
        const oneDone = () => {
          left -= 1
          if (left === 0) done()
        }
        MutableQueue.offerAll(
          refused,
          all.map((one) => ({ ...one, done: oneDone }))
        )
        sendEach()
      }

      let offered = true
      return (names, done) => {
        const alone = (deadline: number | undefined, refusal: OperationsError | undefined) =>
          each(
            names.map((name) => ({ name, deadline, refusal })),
            done
          )
        if (!offered || names.length < 2) return alone(undefined, undefined)
        const deadline = ongoing.deadline()
        let unanswered = names.length
        let abandon: Abandon = undefined
        // All have the same deadline, so the last of them is where nobody waits for the batch any more.
        const late = () => {
          unanswered -= 1
          if (unanswered > 0) return
          abandon?.()
          done()
        }
        const waits = names.map((name) => ongoing.hold(name, deadline, late))
        abandon = detached.run(
          Effect.suspend(() => batch.cancel(names)),
          (exit) => {
            if (Exit.isSuccess(exit)) {
              const left: Array<Omit<Refused, "done">> = []
              for (const [index, wait] of waits.entries()) {
                const answer = exit.value[index]
                if (answer !== undefined && Either.isRight(answer)) {
                  wait.cancelAccepted = true
                  ongoing.lookAt(wait)
                } else {
                  ongoing.letGo(wait)
                  left.push({ name: wait.name, deadline, refusal: answer?.left })
                }
              }
              return each(left, done)
            }
            for (const wait of waits) ongoing.letGo(wait)
            const how = Cause.failureOrCause(exit.cause)
            if (Either.isRight(how)) return ongoing.die(how.right)
            const error = how.left
            offered = isRetryable(error)
            alone(deadline, offered ? error : undefined)
          }
        )
      }
    })

/** One of a batch that is to be cancelled by itself; without a refusal it was not asked for yet. */
interface Refused {
  readonly name: string
  /** That of its batch; where it was in none, its time begins with its own request. */
  readonly deadline: number | undefined
  readonly refusal: OperationsError | undefined
  readonly done: () => void
}
