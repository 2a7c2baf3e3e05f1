import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as MutableQueue from "effect/MutableQueue"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { about, isRetryable, type OperationsError } from "../OperationsError.js"
import * as Elapsed from "./elapsed.js"

export interface Options {
  readonly concurrency: number
  readonly listFrom: number
  readonly pageSize: number
  readonly parentOf: (name: string) => string | undefined
  readonly fields: string | undefined
}

/** Who asks, and how they are answered. */
export interface Askers<Ask> {
  /** Whether anybody still wants an answer. */
  readonly isWanted: (ask: Ask) => boolean
  /** Takes an ask back that must not be sent now, and says so. */
  readonly holdBack: (ask: Ask, now: number) => boolean
  /** Is told each error once, before those whom it concerns. */
  readonly troubled: (error: OperationsError) => Effect.Effect<void>
  readonly seen: (ask: Ask, operation: Operation.Operation) => Effect.Effect<void>
  readonly failed: (ask: Ask, error: OperationsError) => Effect.Effect<void>
  /** Is told of a defect, or of an interruption that came from within, so that nobody waits for ever. */
  readonly died: (ask: Ask, cause: Cause.Cause<never>) => void
}

export interface LookBatch<in Ask> {
  /** Answers all of them, each once, in the background. */
  readonly answer: (asks: Iterable<Ask>) => Effect.Effect<void>
  /** Whether so many under this parent would be answered by pages of a list. */
  readonly lists: (parent: string, count: number) => boolean
}

/** Looks at many operations with few requests: by pages of a list, by batches, or by a GET each. */
export const make = <Ask extends { readonly name: string }>(
  operations: Operations.Provider,
  options: Options,
  askers: Askers<Ask>
): Effect.Effect<LookBatch<Ask>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const unlistable = new Set<string>()
    const { batch } = operations
    let most = batch === undefined ? 1 : batch.size
    const queue = MutableQueue.unbounded<Ask>()
    let busy = 0

    const failAll = (asks: Iterable<Ask>, error: OperationsError) =>
      Effect.zipRight(
        askers.troubled(error),
        Effect.forEach(asks, (ask) => askers.failed(ask, about(error, ask.name)), { discard: true })
      )

    const allDied = (asks: Iterable<Ask>, cause: Cause.Cause<never>) =>
      Effect.sync(() => {
        for (const ask of asks) askers.died(ask, cause)
      })

    const take = (now: number): Array<Ask> => {
      const taken: Array<Ask> = []
      while (taken.length < most) {
        const ask = MutableQueue.poll(queue, undefined)
        if (ask === undefined) break
        if (askers.isWanted(ask) && !askers.holdBack(ask, now)) taken.push(ask)
      }
      return taken
    }

    const getOne = (ask: Ask) =>
      outcome(() => operations.get(ask.name), {
        onDefect: (cause) => allDied([ask], cause),
        onFailure: (error) => Effect.zipRight(askers.troubled(error), askers.failed(ask, error)),
        onSuccess: (operation) => askers.seen(ask, operation)
      })

    const getSome = (asks: ReadonlyArray<Ask>): Effect.Effect<void> => {
      const [only] = asks
      if (only === undefined) return Effect.void
      if (batch === undefined || asks.length === 1) return getOne(only)
      return outcome(() => batch.get(asks.map((ask) => ask.name)), {
        onDefect: (cause) => allDied(asks, cause),
        onFailure: (error) => {
          if (isRetryable(error)) return failAll(asks, error)
          most = 1
          return getAll(asks)
        },
        onSuccess: (answers) =>
          Effect.forEach(
            asks,
            (ask, index) => {
              const answer = answers[index]
              if (answer === undefined) return getOne(ask)
              return Either.isRight(answer)
                ? askers.seen(ask, answer.right)
                : Effect.zipRight(askers.troubled(answer.left), askers.failed(ask, answer.left))
            },
            { discard: true }
          )
      })
    }

    const worker: Effect.Effect<void> = Effect.whileLoop({
      // It is counted off in the step that finds nothing to do, so that what is queued after it finds a hand that is free.
      while: () => {
        if (!MutableQueue.isEmpty(queue)) return true
        busy -= 1
        return false
      },
      body: () => Effect.flatMap(Elapsed.now, (now) => getSome(take(now))),
      step: () => undefined
    })

    const getAll = (asks: Iterable<Ask>): Effect.Effect<void> =>
      Effect.suspend(() => {
        MutableQueue.offerAll(queue, asks)
        const hands = Math.min(options.concurrency - busy, Math.ceil(MutableQueue.length(queue) / most))
        if (hands <= 0) return Effect.void
        busy += hands
        return Effect.replicateEffect(Effect.forkIn(worker, scope), hands, { discard: true })
      })

    const listAll = (parent: string, asks: ReadonlyArray<Ask>): Effect.Effect<void> => {
      const missing = new Map<string, Array<Ask>>()
      for (const ask of asks) {
        const same = missing.get(ask.name)
        if (same === undefined) missing.set(ask.name, [ask])
        else same.push(ask)
      }
      const rest = () => Array.from(missing.values()).flat().filter(askers.isWanted)
      // A page costs more than a look; a long history of finished operations must not be read for a few pending ones. Where
      // there are batches, a page has to answer more than one of them would.
      const mostPages = Math.max(2, Math.ceil(asks.length / 10))
      const isWorthIt = (count: number, answered: number) =>
        most === 1 ? missing.size > 0 && count < mostPages : missing.size > most && answered > most
      const answer = (operation: Operation.Operation) => {
        const found = missing.get(operation.name)
        if (found === undefined) return Effect.void
        missing.delete(operation.name)
        return Effect.forEach(found, (ask) => askers.seen(ask, operation), { discard: true })
      }
      const page = (count: number, pageToken: string | undefined): Effect.Effect<void> =>
        outcome(
          () => operations.listPage({ name: parent, pageSize: options.pageSize, pageToken, fields: options.fields }),
          {
            onDefect: (cause) => allDied(rest(), cause),
            onFailure: (error) => {
              if (isRetryable(error)) return failAll(rest(), error)
              if (cannotList(error)) unlistable.add(parent)
              return getAll(rest())
            },
            onSuccess: ({ nextPageToken, operations: listed }) => {
              const before = missing.size
              return Effect.zipRight(
                Effect.forEach(listed, answer, { discard: true }),
                Effect.suspend(() => {
                  const token = Option.getOrUndefined(nextPageToken)
                  const goesOn = token !== undefined && token !== pageToken && isWorthIt(count, before - missing.size)
                  return goesOn ? page(count + 1, token) : getAll(rest())
                })
              )
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
      answer: (asks) =>
        Effect.suspend(() => {
          const byParent = new Map<string | undefined, Array<Ask>>()
          for (const ask of asks) {
            const parent = options.listFrom === Infinity ? undefined : options.parentOf(ask.name)
            const listed = parent === undefined || !lists(parent, Infinity) ? undefined : parent
            const same = byParent.get(listed)
            if (same === undefined) byParent.set(listed, [ask])
            else same.push(ask)
          }
          return Effect.forEach(
            byParent,
            ([parent, group]) =>
              parent === undefined || !lists(parent, group.length)
                ? getAll(group)
                : Effect.forkIn(listAll(parent, group), scope),
            { discard: true }
          )
        })
    }
  })

// A page token that has expired, or credentials that have, do not say that there is no list.
const cannotList = (error: OperationsError): boolean =>
  error._tag === "Unimplemented" ||
  error._tag === "NotFound" ||
  error._tag === "PermissionDenied" ||
  error._tag === "InvalidName" ||
  error._tag === "MalformedResponse"

const outcome = <A>(
  request: () => Effect.Effect<A, OperationsError>,
  on: {
    readonly onDefect: (cause: Cause.Cause<never>) => Effect.Effect<void>
    readonly onFailure: (error: OperationsError) => Effect.Effect<void>
    readonly onSuccess: (answer: A) => Effect.Effect<void>
  }
): Effect.Effect<void> =>
  Effect.matchCauseEffect(Effect.suspend(request), {
    onFailure: (cause) => Either.match(Cause.failureOrCause(cause), { onLeft: on.onFailure, onRight: on.onDefect }),
    onSuccess: on.onSuccess
  })
