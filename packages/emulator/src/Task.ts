/**
 * A simulated export or import, as an operation of a host.
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-lro/core/Operation"
import { InvalidArgument, type OperationsError } from "@effect-lro/core/OperationsError"
import type * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Host from "@effect-lro/host/Host"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Simulation from "./Simulation.js"
import * as StartBody from "./StartBody.js"
import * as TaskMetadata from "./TaskMetadata.js"

/**
 * Starts a task as `method` does, and answers its operation. A request with the id of an earlier one of the same project
 * answers the operation of that one.
 *
 * Fails with `InvalidArgument` where the body is refused, and with `InvalidName` where the project cannot be one.
 *
 * @since 0.1.0
 * @category programs
 */
export const start = (
  method: StartMethod.Any,
  options: {
    /** `projects/PROJECT`. */
    readonly parent: string
    /** The request's body, as it came. */
    readonly body: unknown
    readonly simulate: (request: Simulation.Request) => Simulation.Simulation
    /** Completes when the emulator ends, and all its tasks with it. */
    readonly ending: Effect.Effect<void>
  }
): Effect.Effect<Operation.Operation, OperationsError, Host.Host> => {
  const { parent } = options
  return Either.match(StartBody.parse(method, options.body), {
    onLeft: (status) => Effect.fail(new InvalidArgument({ operation: parent, method: "start", status })),
    onRight: (body) => {
      const request: Simulation.Request = { parent, type: method.type, body }
      const simulation = options.simulate(request)
      return Host.submit({
        parent,
        type: method.type,
        requestId: Option.getOrUndefined(body.requestId),
        metadata: TaskMetadata.initial(request, simulation),
        body: Simulation.body(request, simulation, options.ending),
        startDelay: simulation.startDelay,
        restart: Schedule.recurs(simulation.failedAttempts)
      })
    }
  })
}
