/**
 * `TestOperations` as a subject of the behaviour battery: for those who test what transforms `Operations`, or write cases
 * of their own.
 *
 * @since 0.1.0
 */
import type * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fault from "./Fault.js"
import * as Script from "./Script.js"
import * as Subject from "./Subject.js"
import * as TestOperations from "./TestOperations.js"

/**
 * How the scripted operations behave as a whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends TestOperations.Options {
  /** How a cancel of what is over is answered. `OK` by default. */
  readonly cancelOfDone?: "OK" | "FAILED_PRECONDITION" | "NOT_FOUND" | undefined
}

/**
 * Provides scripted operations, and their subject. It has all the capabilities of `Subject.everything`, but for methods that are told to
 * be unimplemented and for `cancelOfDone`; its unit of time is 20 milliseconds.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Retrying from "@effect-lro/core/Retrying"
 * import * as Battery from "@effect-lro/testing/Battery"
 * import * as ScriptedSubject from "@effect-lro/testing/ScriptedSubject"
 * import * as Subject from "@effect-lro/testing/Subject"
 * import { describe, it } from "@effect/vitest"
 * import * as Layer from "effect/Layer"
 *
 * describe("operations that are retried", () => {
 *   Battery.register(it.live, {
 *     layer: Layer.provideMerge(Retrying.layer(), ScriptedSubject.layer()),
 *     capabilities: { ...Subject.everything, trouble: false }
 *   })
 * })
 * ```
 */
export const layer = (
  options?: Options
): Layer.Layer<Operations.Operations | Subject.Subject | TestOperations.TestOperations> =>
  Layer.provideMerge(
    Layer.effect(
      Subject.Subject,
      Effect.map(TestOperations.TestOperations, (control) => {
        let started = 0
        return {
          parent: "projects/demo",
          emptyParent: "projects/empty",
          unknownName: "projects/demo/operations/unknown",
          unit: Duration.millis(20),
          start: (behaviour: Subject.Behaviour, given?: { readonly name?: string | undefined }) =>
            Effect.suspend(() => {
              const name = given?.name ?? `projects/demo/operations/${++started}`
              return Effect.as(control.start(name, script(behaviour, options)), name)
            }),
          isBodyRunning: (name: string) =>
            Effect.map(
              control.peek(name),
              Option.exists((operation) => operation._tag === "Running")
            ),
          requests: Effect.map(control.requests, (requests) => requests.map((request) => request.method)),
          troubleNext: (trouble: Subject.Trouble) =>
            control.failNext("any", faults[trouble], { afterwards: trouble === "AnswerLost" })
        }
      })
    ),
    TestOperations.layer({}, options)
  )

const script = (behaviour: Subject.Behaviour, options: Options | undefined): Script.Script => {
  const cancelOfDone = options?.cancelOfDone
  const onCancel = Script.stops(behaviour._tag === "RunsUntilCancelled" ? behaviour.cancelLatency : 0)
  switch (behaviour._tag) {
    case "RunsUntilCancelled":
      return Script.runsUntilCancelled({ cancelOfDone, onCancel })
    case "Completes":
      return Script.completes({ after: behaviour.after, cancelOfDone })
    case "Fails":
      return Script.fails({ after: behaviour.after, status: behaviour.status, cancelOfDone })
    case "IgnoresCancel":
      return Script.completes({ after: behaviour.after, onCancel: Script.ignored, cancelOfDone })
    case "Succeeded":
      return Script.stays(Script.succeeded({ response: behaviour.response }), { cancelOfDone })
    case "Failed":
      return Script.stays(Script.failed({ status: behaviour.status }), { cancelOfDone })
    case "DoneWithoutResult":
      return Script.stays(Script.doneWithoutResult(), { cancelOfDone })
  }
}

const transport =
  (reason: OperationsError.TransportError["reason"]): Fault.Fault =>
  (request) =>
    new OperationsError.TransportError({ ...request, reason, description: `told to meet with ${reason}` })

const faults: Record<Subject.Trouble, Fault.Fault> = {
  Unavailable: Fault.answer("UNAVAILABLE", { httpStatus: 503, retryInfo: "7 seconds" }),
  RateLimited: Fault.answer("RESOURCE_EXHAUSTED", { httpStatus: 429, retryAfter: "7 seconds" }),
  Unauthorized: Fault.answer("UNAUTHENTICATED", { httpStatus: 401 }),
  PermissionDenied: Fault.answer("PERMISSION_DENIED", { httpStatus: 403 }),
  Gone: Fault.answer("NOT_FOUND", { httpStatus: 404 }),
  RouteMissing: Fault.answer("NOT_FOUND", { httpStatus: 404, missing: "route" }),
  BadGateway: Fault.answer("UNAVAILABLE", { httpStatus: 502 }),
  NotJson: Fault.malformed,
  Empty: Fault.malformed,
  Redirect: transport("Redirect"),
  ConnectionLost: Fault.connectionLost,
  AnswerLost: Fault.connectionLost
}
