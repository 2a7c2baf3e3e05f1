/**
 * A program in one thread cancels work that a host runs in another; between them is a port, not a network.
 */
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as PortOperations from "./PortOperations.js"

const program = Effect.gen(function* () {
  const { port1, port2 } = yield* Effect.acquireRelease(
    Effect.sync(() => new MessageChannel()),
    ({ port1, port2 }) =>
      Effect.sync(() => {
        port1.close()
        port2.close()
      })
  )
  const name = yield* Effect.gen(function* () {
    yield* PortOperations.serve(port1)
    const { name } = yield* Host.submit({ parent: "projects/demo", body: () => Effect.never })
    return name
  })
  const outcome = yield* Cancellation.cancelAndConfirm(name).pipe(Effect.provide(PortOperations.layer(port2)))
  yield* Console.log(`across the port: ${outcome._tag}`)
}).pipe(Effect.scoped, Effect.provide(HostOperations.layerMemory()))

NodeRuntime.runMain(program)
