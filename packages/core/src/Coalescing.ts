/**
 * A transformer of `Operations` that answers looks which are asked for together with few requests.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as LookBatch from "./internal/lookBatch.js"
import * as internal from "./internal/sharedLooks.js"
import type * as Operation from "./Operation.js"
import * as Operations from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as SharedPoller from "./SharedPoller.js"

/**
 * Gathers the calls of `get` for as long as `window` (10 milliseconds by default), then answers them all: those of the same
 * name by the same request, many under one parent by pages of a list, others by a batch where the service has one, or by a
 * GET each. A request that fails fails all calls that it was to answer. The other methods are left as they are.
 *
 * A call that is interrupted does not take its request back, since others may be answered by it. At the end of the scope
 * the calls that are left are interrupted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  operations: Operations.Provider,
  options?: SharedPoller.Options
): Effect.Effect<Operations.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const resolved = internal.resolve(options)
    const batch = yield* LookBatch.make<Ask>(operations, resolved, {
      isWanted: () => true,
      holdBack: () => false,
      troubled: () => Effect.void,
      seen: (ask, operation) => Effect.sync(() => answer(ask, Effect.succeed(operation))),
      failed: (ask, error) => Effect.sync(() => answer(ask, Effect.fail(error))),
      died: (ask, cause) => answer(ask, Effect.failCause(cause))
    })
    const unanswered = new Set<Ask>()
    const answer = (ask: Ask, how: Effect.Effect<Operation.Operation, OperationsError>) => {
      unanswered.delete(ask)
      Deferred.unsafeDone(ask.answer, how)
    }
    let gathered = new Map<string, Ask>()
    let closed = false

    const dieAll = (asks: Iterable<Ask>, cause: Cause.Cause<never>) =>
      Effect.sync(() => {
        for (const ask of asks) answer(ask, Effect.failCause(cause))
      })
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        closed = true
        return dieAll(unanswered, Cause.interrupt(FiberId.none))
      })
    )

    const flush = Effect.suspend(() => {
      const asks = Array.from(gathered.values())
      gathered = new Map()
      // What can be wrong here is `parentOf`.
      return Effect.catchAllCause(batch.answer(asks), (cause) => dieAll(asks, cause))
    }).pipe(Effect.delay(Duration.millis(resolved.window)), Effect.interruptible)

    // Whoever is the first to ask must see to it that all are answered, even if it is interrupted at once.
    const get = (name: string) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          if (closed) return Effect.interrupt
          const same = gathered.get(name)
          if (same !== undefined) return restore(Deferred.await(same.answer))
          const ask: Ask = { name, answer: Deferred.unsafeMake(FiberId.none) }
          const first = gathered.size === 0
          gathered.set(name, ask)
          unanswered.add(ask)
          return Effect.zipRight(first ? Effect.forkIn(flush, scope) : Effect.void, restore(Deferred.await(ask.answer)))
        })
      )
    return Operations.make({ ...operations, get, requestTimeout: undefined })
  })

/**
 * Transforms the `Operations` below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: SharedPoller.Options
): Layer.Layer<Operations.Operations, never, Operations.Operations> =>
  Layer.scoped(
    Operations.Operations,
    Effect.flatMap(Operations.Operations, (operations) => make(operations, options))
  )

interface Ask {
  readonly name: string
  readonly answer: Deferred.Deferred<Operation.Operation, OperationsError>
}
