/**
 * The states of an operation, in the words of Earth Engine's operation metadata.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * `PENDING`: accepted, not running. `RUNNING`: its body runs. `CANCELLING`: it was asked to stop, and it has not stopped
 * yet. The other three are final.
 *
 * @since 0.1.0
 * @category models
 */
export type State = "PENDING" | "RUNNING" | "CANCELLING" | Terminal

/**
 * The states that nothing leads out of.
 *
 * @since 0.1.0
 * @category models
 */
export type Terminal = "SUCCEEDED" | "CANCELLED" | "FAILED"

/**
 * The schema of a state.
 *
 * @since 0.1.0
 * @category schemas
 */
export const State: Schema.Schema<State> = Schema.Literal(
  "PENDING",
  "RUNNING",
  "CANCELLING",
  "SUCCEEDED",
  "CANCELLED",
  "FAILED"
).annotations({ identifier: "State" })

/**
 * All states, in the order in which an operation can come to them.
 *
 * @since 0.1.0
 * @category constants
 */
export const all: ReadonlyArray<State> = ["PENDING", "RUNNING", "CANCELLING", "SUCCEEDED", "CANCELLED", "FAILED"]

/**
 * Says whether an operation in this state is done (`done: true` on the wire).
 *
 * @since 0.1.0
 * @category refinements
 */
export const isTerminal = (state: State): state is Terminal =>
  state === "SUCCEEDED" || state === "CANCELLED" || state === "FAILED"
