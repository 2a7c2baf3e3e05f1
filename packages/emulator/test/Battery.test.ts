import * as AnyMessage from "@effect-lro/core/AnyMessage"
import type { Operations } from "@effect-lro/core/Operations"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as Emulator from "@effect-lro/emulator/Emulator"
import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
import type * as Simulation from "@effect-lro/emulator/Simulation"
import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Where the emulator is, and how to send to it. */
class Connected extends Context.Tag("Connected")<
  Connected,
  { readonly endpoint: string; readonly client: HttpClient.HttpClient }
>() {}

const inMemory = (options: EmulatorApp.Options) =>
  Layer.effect(
    Connected,
    Effect.map(HttpClient.HttpClient, (client) => ({ endpoint: "http://emulator.invalid", client }))
  ).pipe(Layer.provide(EmulatorApp.layerHttpClient(options)))

const overSocket = (options: EmulatorApp.Options) =>
  Layer.effect(
    Connected,
    Effect.gen(function* () {
      const { url } = yield* Emulator.Emulator
      return { endpoint: url, client: yield* HttpClient.HttpClient }
    })
  ).pipe(Layer.provide([Emulator.layer(options), FetchHttpClient.layer]), Layer.orDie)

const simulation = (behaviour: Subject.Behaviour): Partial<Simulation.Simulation> => {
  switch (behaviour._tag) {
    case "RunsUntilCancelled":
      return {
        duration: Duration.infinity,
        startDelay: behaviour.pending ?? 0,
        cleanup: behaviour.cancelLatency ?? 0
      }
    case "Completes":
      return { duration: behaviour.after }
    case "Fails":
      return { duration: behaviour.after, outcome: { _tag: "Fail", status: behaviour.status } }
    case "IgnoresCancel":
      return { duration: behaviour.after, honoursCancel: false }
    case "Succeeded":
      return { duration: 0, outcome: { _tag: "Succeed", response: behaviour.response ?? AnyMessage.empty } }
    case "Failed":
      return { duration: 0, outcome: { _tag: "Fail", status: behaviour.status } }
    case "DoneWithoutResult":
      return {}
  }
}

/** The emulator with a client of it; an export's description tells the emulator how to behave. */
const layer = (connection: typeof inMemory, options: EmulatorApp.Options): Layer.Layer<Operations | Subject.Subject> =>
  Layer.unwrapEffect(
    Effect.sync(() => {
      const behaviours = new Map<string, Subject.Behaviour>()
      const connected = connection({
        ...options,
        simulate: ({ body }) => {
          const behaviour = behaviours.get(body.description)
          return behaviour === undefined ? {} : simulation(behaviour)
        }
      })
      const client = Layer.unwrapEffect(
        Effect.map(Connected, (it) =>
          EarthEngine.layer({ project: "demo", endpoint: it.endpoint }).pipe(
            Layer.provideMerge(TestHttpClient.layer),
            Layer.provide(Layer.succeed(HttpClient.HttpClient, it.client)),
            Layer.orDie
          )
        )
      )
      const subject = Layer.effect(
        Subject.Subject,
        Effect.gen(function* () {
          const earthEngine = yield* EarthEngine.EarthEngine
          const wire = yield* TestHttpClient.TestHttpClient
          return {
            parent: "projects/demo",
            emptyParent: "projects/empty",
            unknownName: "projects/demo/operations/UNKNOWN",
            unit: Duration.millis(20),
            start: (behaviour) =>
              Effect.suspend(() => {
                const description = `battery ${behaviours.size}`
                behaviours.set(description, behaviour)
                return earthEngine.exportImage({ expression: { values: {} }, description })
              }).pipe(
                Effect.map((operation) => operation.name),
                Effect.orDie
              ),
            ...TestHttpClient.witness(wire)
          }
        })
      )
      return subject.pipe(Layer.provideMerge(client), Layer.provide(connected))
    })
  )

// The emulator has ids of its own, ends with a result always, and shows what happens inside only by what it says.
const capabilities: Subject.Capabilities = {
  ...Subject.everything,
  delete: "unimplemented",
  doneWithoutResult: false,
  ownNames: false,
  bodyWitness: false
}

for (const [how, connection] of [
  ["in memory", inMemory],
  ["over a socket", overSocket]
] as const) {
  describe.concurrent(`the battery against the emulator ${how}`, () => {
    Battery.register(it.live, { layer: layer(connection, {}), capabilities })
  })
}

describe.concurrent("the battery against the emulator that is strict and can delete", () => {
  Battery.register(it.live, {
    layer: layer(inMemory, { cancelDone: "strict", delete: "supported" }),
    capabilities: { ...capabilities, cancelOfDone: "refused", delete: "supported" },
    cases: Battery.cases.filter((each) => ["cancel", "confirm", "delete"].includes(each.group))
  })
})

describe.concurrent("the battery against the emulator that can neither cancel nor wait", () => {
  Battery.register(it.live, {
    layer: layer(inMemory, { cancel: "unimplemented", wait: "unimplemented" }),
    capabilities: { ...capabilities, cancel: "unimplemented", wait: "unimplemented" },
    cases: Battery.cases.filter((each) => ["cancel", "confirm", "wait"].includes(each.group))
  })
})
