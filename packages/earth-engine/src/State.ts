/**
 * The states of an Earth Engine task, and what each says about the operation.
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-lro/core/Operation"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * The states that are known, in the order of the enum's numbers.
 *
 * @since 0.1.0
 * @category constants
 */
export const states = [
  "STATE_UNSPECIFIED",
  "PENDING",
  "RUNNING",
  "CANCELLING",
  "SUCCEEDED",
  "CANCELLED",
  "FAILED"
] as const

/**
 * A state that is known. The set is open: what a server sends is a string that may be none of these.
 *
 * @since 0.1.0
 * @category models
 */
export type State = (typeof states)[number]

/**
 * The state names of the API before Cloud projects, which Earth Engine's own clients still show.
 *
 * @since 0.1.0
 * @category models
 */
export type Legacy =
  | "UNSUBMITTED"
  | "READY"
  | "RUNNING"
  | "CANCEL_REQUESTED"
  | "COMPLETED"
  | "CANCELLED"
  | "FAILED"
  | "UNKNOWN"

/**
 * The schema of a known state.
 *
 * @since 0.1.0
 * @category schemas
 */
export const State: Schema.Schema<State> = Schema.Literal(...states)

/**
 * Says whether a value is a state that is known.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isState: (u: unknown) => u is State = Schema.is(State)

/**
 * The state with this enum number, as ProtoJSON allows it to be written. None for a number that is not known.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromNumber = (number: number): Option.Option<State> => Option.fromNullable(states[number])

/**
 * Says whether nothing follows a state. It is for display: whether an operation is over is told by `done` alone.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isTerminal = (state: State): boolean =>
  state === "SUCCEEDED" || state === "CANCELLED" || state === "FAILED"

/**
 * The state that Earth Engine shows beside what an operation means: where it is not done, any that is not terminal.
 *
 * @since 0.1.0
 * @category conversions
 */
export const expectedOf = (operation: Operation.Operation<unknown, unknown>): ReadonlyArray<State> => {
  switch (operation._tag) {
    case "Running":
      return ["STATE_UNSPECIFIED", "PENDING", "RUNNING", "CANCELLING"]
    case "Succeeded":
    case "DoneWithoutResult":
      return ["SUCCEEDED"]
    case "Cancelled":
      return ["CANCELLED"]
    case "Failed":
      return ["FAILED"]
  }
}

/**
 * The old name of a state, `UNKNOWN` for one that is not known, as Earth Engine's own clients translate it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toLegacy = (state: string): Legacy => (isState(state) ? legacyNames[state] : "UNKNOWN")

/**
 * The state of an old name. None for `UNSUBMITTED`, which is a task that no server has heard of, and for a name that is
 * not known; `SUBMITTED`, which some of Earth Engine's pages write for `READY`, is read too.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromLegacy = (name: string): Option.Option<State> => Option.fromNullable(statesByLegacyName.get(name))

const legacyNames: Record<State, Legacy> = {
  STATE_UNSPECIFIED: "UNKNOWN",
  PENDING: "READY",
  RUNNING: "RUNNING",
  CANCELLING: "CANCEL_REQUESTED",
  SUCCEEDED: "COMPLETED",
  CANCELLED: "CANCELLED",
  FAILED: "FAILED"
}

const statesByLegacyName: ReadonlyMap<string, State> = new Map([
  ...states.map((state): [string, State] => [legacyNames[state], state]),
  ["SUBMITTED", "PENDING"]
])
