import * as StoreBattery from "@effect-lro/host/StoreBattery"
import * as Battery from "@effect-lro/testing/Battery"
import * as ScriptedSubject from "@effect-lro/testing/ScriptedSubject"
import * as Subject from "@effect-lro/testing/Subject"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as KeyValueOperationStore from "../src/KeyValueOperationStore.js"
import * as PortOperations from "../src/PortOperations.js"

describe("a store of one's own", () => {
  StoreBattery.register(it.effect, {
    layer: KeyValueOperationStore.layer.pipe(Layer.provide(KeyValueStore.layerMemory))
  })
})

const overAPort = Layer.unwrapScoped(
  Effect.gen(function* () {
    const { port1, port2 } = yield* Effect.acquireRelease(
      Effect.sync(() => new MessageChannel()),
      ({ port1 }) => Effect.sync(() => port1.close())
    )
    const scripted = yield* Layer.build(ScriptedSubject.layer())
    yield* Effect.provide(PortOperations.serve(port1), scripted)
    return Layer.merge(
      Layer.succeed(Subject.Subject, Context.get(scripted, Subject.Subject)),
      PortOperations.layer(port2)
    )
  })
)

describe("a transport of one's own", () => {
  Battery.register(it.live, {
    layer: overAPort,
    capabilities: { ...Subject.everything, trouble: false, cancelOfDone: "accepted" }
  })
})
