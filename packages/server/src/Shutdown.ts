/**
 * The server's notice that it is about to stop, so that requests which only wait can end early.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Completes when the server begins to stop; never by default. `wait` answers with the latest state then, as its contract
 * allows at any time.
 *
 * @since 0.1.0
 * @category references
 */
export class Shutdown extends Context.Reference<Shutdown>()("@effect-lro/server/Shutdown", {
  defaultValue: (): Effect.Effect<void> => Effect.never
}) {}
