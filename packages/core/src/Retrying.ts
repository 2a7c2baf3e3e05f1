/**
 * A transformer of `Operations` that sends requests again where that may help.
 *
 * Retrying belongs in one place. Over `Operations` that retry, give `Cancellation` the policy `RetryPolicy.none` and
 * `Poller` a failure budget of 0, or leave both as they are and do without this.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Operations from "./Operations.js"
import * as RetryPolicy from "./RetryPolicy.js"

/**
 * Repeats every request of `operations` by a policy, `RetryPolicy.default` unless told otherwise. All five methods are
 * safe to repeat.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  operations: Operations.Provider,
  policy: RetryPolicy.RetryPolicy = RetryPolicy.default
): Operations.Service => Operations.around(operations, (request) => Effect.retry(request, policy))

/**
 * Transforms the `Operations` below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  policy?: RetryPolicy.RetryPolicy
): Layer.Layer<Operations.Operations, never, Operations.Operations> =>
  Layer.effect(
    Operations.Operations,
    Effect.map(Operations.Operations, (operations) => make(operations, policy))
  )
