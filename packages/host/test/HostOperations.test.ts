import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as StatusError from "@effect-lro/host/StatusError"
import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, describe, it } from "@effect/vitest"
import * as Array from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/** Everything but what a host has no use for: work without a result, and a wire on which something could go wrong. */
const capabilities: Subject.Capabilities = {
  ...Subject.everything,
  doneWithoutResult: false,
  requestWitness: false,
  trouble: false
}

const parent = "projects/demo"

const response = AnyMessage.pack("example.Answer", { value: 42 })

const work = (behaviour: Subject.Behaviour): Effect.Effect<AnyMessage.AnyMessage, StatusError.StatusError> => {
  switch (behaviour._tag) {
    case "RunsUntilCancelled":
      return Effect.ensuring(Effect.never, Effect.sleep(behaviour.cancelLatency ?? 0))
    case "Completes":
      return Effect.as(Effect.sleep(behaviour.after), response)
    case "Fails":
      return Effect.zipRight(Effect.sleep(behaviour.after), Effect.fail(StatusError.make(behaviour.status)))
    case "IgnoresCancel":
      return Effect.uninterruptible(Effect.as(Effect.sleep(behaviour.after), response))
    case "Succeeded":
      return Effect.succeed(behaviour.response ?? response)
    case "Failed":
      return Effect.fail(StatusError.make(behaviour.status))
    case "DoneWithoutResult":
      return Effect.dieMessage("a body always has a result")
  }
}

const subject = Layer.effect(
  Subject.Subject,
  Effect.gen(function* () {
    const host = yield* Host.Host
    const running = new Map<string, number>()
    const count = (name: string, by: number) =>
      Effect.sync(() => {
        running.set(name, (running.get(name) ?? 0) + by)
      })
    return {
      parent,
      emptyParent: "projects/empty",
      unknownName: `${parent}/operations/UNKNOWN`,
      unit: Duration.millis(10),
      isBodyRunning: (name) => Effect.sync(() => (running.get(name) ?? 0) > 0),
      start: (behaviour, options) =>
        host
          .submit({
            parent,
            name: options?.name,
            startDelay: behaviour._tag === "RunsUntilCancelled" ? (behaviour.pending ?? 0) : 0,
            body: (job) =>
              Effect.acquireUseRelease(
                count(job.name, 1),
                () => work(behaviour),
                () => count(job.name, -1)
              )
          })
          .pipe(
            // What has ended, or runs, when it is started is so when it is first looked at.
            Effect.tap(Effect.repeatN(Effect.yieldNow(), 50)),
            Effect.map(({ name }) => name),
            Effect.orDie
          )
    }
  })
)

const layer = Layer.provideMerge(subject, HostOperations.layerMemory())

describe("the operations of a host, against the battery", () => {
  // Page tokens are encrypted outside of Effect, and a virtual clock would not wait for that.
  const [others, lists] = Array.partition(Battery.cases, ({ group }) => group === "list")
  Battery.register((name, test) => it.live(name, () => VirtualTime.run(test())), { layer, capabilities, cases: others })
  Battery.register(it.live, { layer, capabilities, cases: lists })
})

describe("the operations of a host", () => {
  it.effect("can be listed all, page by page", () =>
    Effect.gen(function* () {
      yield* Effect.replicateEffect(Host.submit({ parent, body: () => Effect.void }), 7)
      const names = yield* Operations.list({ name: parent, pageSize: 2 }).pipe(
        Stream.map(({ name }) => name),
        Stream.runCollect
      )
      assert.strictEqual(new Set(names).size, 7)
    }).pipe(Effect.provide(HostOperations.layerMemory()))
  )
})
