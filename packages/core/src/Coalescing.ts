/**
 * A transformer of `Operations` that answers looks which are asked for together with few requests.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
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
 * A call that is interrupted does not take its request back, since others may be answered by it.
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
      seen: (ask, operation) => Effect.asVoid(Deferred.succeed(ask.answer, operation)),
      failed: (ask, error) => Effect.asVoid(Deferred.fail(ask.answer, error))
    })
    let gathered = new Map<string, Ask>()

    const flush = Effect.suspend(() => {
      const asks = gathered
      gathered = new Map()
      return batch.answer(asks.values())
    })
    const get = (name: string) =>
      Effect.suspend(() => {
        const same = gathered.get(name)
        if (same !== undefined) return Deferred.await(same.answer)
        return Effect.flatMap(Deferred.make<Operation.Operation, OperationsError>(), (answer) => {
          const first = gathered.size === 0
          gathered.set(name, { name, answer })
          return Effect.zipRight(
            first ? Effect.forkIn(Effect.delay(flush, Duration.millis(resolved.window)), scope) : Effect.void,
            Deferred.await(answer)
          )
        })
      })
    return Operations.make({ ...operations, get })
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
