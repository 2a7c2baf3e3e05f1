/**
 * A transformer of `Operations` that keeps within a rate of requests.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RateLimiter from "effect/RateLimiter"
import type * as Scope from "effect/Scope"
import * as Operations from "./Operations.js"

/**
 * How many requests are let through.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How many requests may be sent at once, and within each interval. */
  readonly limit: number
  /** Defaults to 1 second. */
  readonly interval?: Duration.DurationInput | undefined
}

/**
 * Lets requests wait for their turn in a token bucket: `limit` at once, refilled evenly over `interval`. All methods share
 * the bucket, as they share the service's quota.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  operations: Operations.Provider,
  options: Options
): Effect.Effect<Operations.Service, never, Scope.Scope> =>
  Effect.map(
    RateLimiter.make({ limit: options.limit, interval: options.interval ?? "1 second", algorithm: "token-bucket" }),
    (limiter) => Operations.around(operations, (request) => limiter(request))
  )

/**
 * Transforms the `Operations` below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Operations.Operations, never, Operations.Operations> =>
  Layer.scoped(
    Operations.Operations,
    Effect.flatMap(Operations.Operations, (operations) => make(operations, options))
  )
