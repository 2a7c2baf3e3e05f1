/**
 * A transformer of `Operations` that answers looks which are asked for together with few requests.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ByName, type Named } from "./internal/byName.js"
import * as Detached from "./internal/detached.js"
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
    const detached = yield* Detached.make
    const parentOf = LookBatch.parentFinder(resolved)
    const batch = yield* LookBatch.make<Ask>(operations, resolved, detached, {
      named: (_, name) => unanswered.get(name),
      isWanted: () => true,
      holdBack: () => false,
      troubled: () => {},
      seen: (ask, operation) => answer(ask, Effect.succeed(operation)),
      failed: (ask, error) => answer(ask, Effect.fail(error)),
      died: (ask, cause) => answer(ask, Effect.failCause(cause))
    })
    const unanswered = new ByName<Ask>()
    const answer = (ask: Ask, how: Effect.Effect<Operation.Operation, OperationsError>) => {
      unanswered.remove(ask)
      Deferred.unsafeDone(ask.answer, how)
    }
    let gathered = new Map<string, Ask>()
    let closed = false

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        closed = true
        for (const ask of unanswered.filter(() => true)) answer(ask, Effect.failCause(Cause.interrupt(FiberId.none)))
      })
    )

    const flush = Effect.sync(() => {
      const asks = Array.from(gathered.values())
      gathered = new Map()
      batch.answer(asks)
    }).pipe(Effect.delay(Duration.millis(resolved.window)), Effect.interruptible)

    // Whoever is the first to ask must see to it that all are answered, even if it is interrupted at once.
    const get = (name: string) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          if (closed) return Effect.interrupt
          const same = gathered.get(name)
          if (same !== undefined) return restore(Deferred.await(same.answer))
          const parent = parentOf(name)
          if (Either.isLeft(parent)) return Effect.die(parent.left)
          const ask: Ask = {
            name,
            parent: parent.right,
            alike: undefined,
            sweep: 0,
            answer: Deferred.unsafeMake(FiberId.none)
          }
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

interface Ask extends LookBatch.Ask, Named<Ask> {
  readonly answer: Deferred.Deferred<Operation.Operation, OperationsError>
}
