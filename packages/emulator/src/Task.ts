/**
 * A simulated export or import, as an operation of a host.
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-lro/core/Operation"
import { InvalidArgument, type OperationsError } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Host from "@effect-lro/host/Host"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as payload from "./internal/payload.js"
import * as Simulation from "./Simulation.js"
import * as StartBody from "./StartBody.js"
import * as TaskMetadata from "./TaskMetadata.js"

/**
 * Starts a task as `method` does, and answers its operation. A request with the id of an earlier one of the same project
 * answers the operation of that one, whatever else it asks for.
 *
 * It stays PENDING until the host is told by {@link register} what tasks do. Fails with `InvalidArgument` where the body is
 * refused, and with `InvalidName` where the project cannot be one.
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
  }
): Effect.Effect<Operation.Operation, OperationsError, Host.Host> => {
  const { parent } = options
  return Either.match(StartBody.parse(method, options.body), {
    onLeft: (status) => Effect.fail(new InvalidArgument({ operation: parent, method: "start", status })),
    onRight: (body) => {
      const simulation = options.simulate({ parent, type: method.type, body })
      return Effect.flatMap(Host.Host, (host) =>
        host.start({
          parent,
          type: method.type,
          requestId: Option.getOrUndefined(body.requestId),
          payload: payload.encode(body, simulation),
          metadata: TaskMetadata.initial(body, simulation),
          isSame: () => true
        })
      )
    }
  })
}

/**
 * Lets the host run tasks until the scope closes: those that are started, and those that an earlier process left, which
 * begin anew as another attempt.
 *
 * @since 0.1.0
 * @category programs
 */
export const register = (
  /** Completes when the emulator ends, and all its tasks with it. */
  ending: Effect.Effect<void>
): Effect.Effect<void, never, Host.Host | Scope.Scope> =>
  Effect.flatMap(Host.Host, (host) =>
    Effect.forEach(
      types,
      (type) =>
        host.register({
          type,
          recovery: "rerun",
          maxAttempts: 100,
          restart: Schedule.recurWhile(Simulation.isWorkerLost),
          startDelay: payload.startDelay,
          body: (stored, job) =>
            payload.decode(stored).pipe(
              Effect.mapError(unreadable),
              Effect.flatMap(({ about, simulation }) =>
                Effect.mapError(Effect.interruptible(Simulation.body(about, simulation, ending)(job)), (_) => _.status)
              )
            )
        }),
      { discard: true }
    )
  )

const types = new Set(StartMethod.all.map((method) => method.type))

const unreadable = (): Status.Status =>
  Status.make({ code: "INTERNAL", message: "The task was stored by another version of the emulator." })
