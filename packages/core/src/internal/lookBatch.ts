import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { isRetryable, type OperationsError } from "../OperationsError.js"

export interface Options {
  readonly concurrency: number
  readonly listFrom: number
  readonly pageSize: number
  readonly parentOf: (name: string) => string | undefined
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
}

export interface LookBatch<in Ask> {
  /** Answers all of them, each once, in the background. */
  readonly answer: (asks: Iterable<Ask>) => Effect.Effect<void>
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
    const most = batch === undefined ? 1 : batch.size
    let queue: Array<Ask> = []
    let queuedFrom = 0
    let busy = 0

    const failAll = (asks: Iterable<Ask>, error: OperationsError) =>
      Effect.zipRight(
        askers.troubled(error),
        Effect.forEach(asks, (ask) => askers.failed(ask, error), { discard: true })
      )

    const take = (now: number): Array<Ask> => {
      const taken: Array<Ask> = []
      while (queuedFrom < queue.length && taken.length < most) {
        const ask = queue[queuedFrom]
        queuedFrom += 1
        if (ask !== undefined && askers.isWanted(ask) && !askers.holdBack(ask, now)) taken.push(ask)
      }
      if (queuedFrom === queue.length) {
        queue = []
        queuedFrom = 0
      }
      return taken
    }

    const getOne = (ask: Ask) =>
      Effect.matchEffect(operations.get(ask.name), {
        onFailure: (error) => Effect.zipRight(askers.troubled(error), askers.failed(ask, error)),
        onSuccess: (operation) => askers.seen(ask, operation)
      })

    const getSome = (asks: ReadonlyArray<Ask>): Effect.Effect<void> => {
      const [only] = asks
      if (only === undefined) return Effect.void
      if (batch === undefined || asks.length === 1) return getOne(only)
      return Effect.matchEffect(batch.get(asks.map((ask) => ask.name)), {
        onFailure: (error) => failAll(asks, error),
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
      while: () => queuedFrom < queue.length,
      body: () => Effect.flatMap(Clock.currentTimeMillis, (now) => getSome(take(now))),
      step: () => undefined
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          busy -= 1
        })
      )
    )

    const getAll = (asks: Iterable<Ask>): Effect.Effect<void> =>
      Effect.suspend(() => {
        for (const ask of asks) queue.push(ask)
        const hands = Math.min(options.concurrency - busy, Math.ceil((queue.length - queuedFrom) / most))
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
      // A page costs more than a look; a long history of finished operations must not be read for a few pending ones.
      const mostPages = Math.max(2, Math.ceil(asks.length / 10))
      const answer = (operation: Operation.Operation) => {
        const found = missing.get(operation.name)
        if (found === undefined) return Effect.void
        missing.delete(operation.name)
        return Effect.forEach(found, (ask) => askers.seen(ask, operation), { discard: true })
      }
      const page = (count: number, pageToken: string | undefined): Effect.Effect<void> =>
        Effect.matchEffect(operations.listPage({ name: parent, pageSize: options.pageSize, pageToken }), {
          onFailure: (error) => {
            if (isRetryable(error)) return failAll(rest(), error)
            unlistable.add(parent)
            return getAll(rest())
          },
          onSuccess: ({ nextPageToken, operations: listed }) =>
            Effect.zipRight(
              Effect.forEach(listed, answer, { discard: true }),
              Effect.suspend(() => {
                const token = Option.getOrUndefined(nextPageToken)
                const goesOn = token !== undefined && token !== pageToken && missing.size > 0 && count < mostPages
                return goesOn ? page(count + 1, token) : getAll(rest())
              })
            )
        })
      return page(1, undefined)
    }

    return {
      answer: (asks) =>
        Effect.suspend(() => {
          const byParent = new Map<string | undefined, Array<Ask>>()
          for (const ask of asks) {
            const parent = options.listFrom === Infinity ? undefined : options.parentOf(ask.name)
            const listed = parent === undefined || unlistable.has(parent) ? undefined : parent
            const same = byParent.get(listed)
            if (same === undefined) byParent.set(listed, [ask])
            else same.push(ask)
          }
          return Effect.forEach(
            byParent,
            ([parent, group]) =>
              parent === undefined || group.length < options.listFrom
                ? getAll(group)
                : Effect.forkIn(listAll(parent, group), scope),
            { discard: true }
          )
        })
    }
  })
