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
 * Repeats every request of `operations` by a policy, `RetryPolicy.default` unless told otherwise. A schedule of your own
 * decides alone, so it repeats also what no repetition cures, such as `NotFound`; `RetryPolicy.whileRetryable` ends it
 * there, and `Schedule.whileInput` where you say.
 *
 * All five methods are safe to repeat; where a `delete` is repeated and then finds nothing, the one before it did the work,
 * and it succeeds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  operations: Operations.Provider,
  policy: RetryPolicy.RetryPolicy = RetryPolicy.default
): Operations.Service => {
  const retrying = Operations.around(operations, (request) => Effect.retry(request, policy))
  return Operations.make({
    ...retrying,
    delete: (name) =>
      Effect.suspend(() => {
        let repeated = false
        return Effect.catchTag(operations.delete(name), "NotFound", (error) =>
          repeated && error.missing === "operation" ? Effect.void : Effect.fail(error)
        ).pipe(
          Effect.tapError(() =>
            Effect.sync(() => {
              repeated = true
            })
          ),
          Effect.retry(policy)
        )
      })
  })
}

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
