/**
 * The server's notice that it is about to stop, so that requests which only wait can end early, and nobody sends new ones.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Whether, and when, the server begins to stop.
 *
 * @since 0.1.0
 * @category models
 */
export interface Notice {
  /** Completes when it begins. `wait` answers with the latest state then, as its contract allows at any time. */
  readonly begun: Effect.Effect<void>
  /** Whether it has begun. `/readyz` says no then. */
  readonly hasBegun: Effect.Effect<boolean>
}

/**
 * The notice of the server that the request came to; it never begins by default.
 *
 * @since 0.1.0
 * @category references
 */
export class Shutdown extends Context.Reference<Shutdown>()("@effect-lro/server/Shutdown", {
  defaultValue: (): Notice => ({ begun: Effect.never, hasBegun: Effect.succeed(false) })
}) {}
