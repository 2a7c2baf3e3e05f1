/**
 * Which state follows which: a pure function, and the only place that knows.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { State } from "./State.js"

/**
 * What happens to an operation.
 *
 * - `Start`: an attempt of its body begins.
 * - `StartAnyway`: an attempt begins though the operation was asked to stop, because its host ignores such requests.
 * - `RequestCancel`: somebody asks for its end.
 * - `Expire`: its deadline has passed, and so it is asked to stop; what stops for that is `Fail`ed, not `Stop`ped.
 * - `Stop`: after a cancel request, nothing of the work runs any more (or nothing ever ran).
 * - `Succeed`, `Fail`: the body came to an end of its own.
 * - `Restart`: the attempt failed and another one is to follow.
 *
 * @since 0.1.0
 * @category models
 */
export type Event = "Start" | "StartAnyway" | "RequestCancel" | "Expire" | "Stop" | "Succeed" | "Fail" | "Restart"

/**
 * All events.
 *
 * @since 0.1.0
 * @category constants
 */
export const events: ReadonlyArray<Event> = [
  "Start",
  "StartAnyway",
  "RequestCancel",
  "Expire",
  "Stop",
  "Succeed",
  "Fail",
  "Restart"
]

/**
 * The state after an event, or none where the event changes nothing: a final state absorbs everything, and nothing that
 * was asked to stop is started again.
 *
 * A pending operation that is cancelled at once goes through `RequestCancel` and `Stop` in one step.
 *
 * @since 0.1.0
 * @category transitions
 * @example
 * ```ts
 * import * as StateMachine from "@effect-lro/host/StateMachine"
 * import * as Option from "effect/Option"
 *
 * console.log(StateMachine.transition("RUNNING", "RequestCancel")) // some "CANCELLING"
 * console.log(Option.isNone(StateMachine.transition("CANCELLING", "Restart"))) // true
 * ```
 */
export const transition = (state: State, event: Event): Option.Option<State> => Option.fromNullable(table[state][event])

const table: { readonly [S in State]: { readonly [E in Event]?: State } } = {
  PENDING: { Start: "RUNNING", RequestCancel: "CANCELLING", Expire: "CANCELLING" },
  RUNNING: {
    RequestCancel: "CANCELLING",
    Expire: "CANCELLING",
    Succeed: "SUCCEEDED",
    Fail: "FAILED",
    Restart: "PENDING"
  },
  CANCELLING: { StartAnyway: "CANCELLING", Stop: "CANCELLED", Succeed: "SUCCEEDED", Fail: "FAILED" },
  SUCCEEDED: {},
  CANCELLED: {},
  FAILED: {}
}
