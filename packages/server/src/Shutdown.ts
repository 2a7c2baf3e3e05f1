/**
 * The server's notice that it is about to stop, so that requests which only wait can end early, and nobody sends new ones.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * How far a stop has come.
 *
 * @since 0.1.0
 * @category models
 */
export interface Notice {
  /** Whether the server is going to stop, and has nobody sent to it any more. `/readyz` says no then. */
  readonly isAnnounced: Effect.Effect<boolean>
  /** Completes when it stops. `wait` answers with the latest state then, as its contract allows at any time. */
  readonly begun: Effect.Effect<void>
}

/**
 * The notice of the server that the request came to; it never stops by default.
 *
 * @since 0.1.0
 * @category references
 */
export class Shutdown extends Context.Reference<Shutdown>()("@effect-lro/server/Shutdown", {
  defaultValue: (): Notice => ({ isAnnounced: Effect.succeed(false), begun: Effect.never })
}) {}
