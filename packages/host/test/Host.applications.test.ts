import * as Operations from "@effect-lro/core/Operations"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Host from "@effect-lro/host/Host"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { host, settled, shown, state } from "./support/host.js"
import * as Processes from "./support/processes.js"

class Place extends Context.Tag("Place")<Place, string>() {}

const definition = (options: { readonly startDelay?: () => number }) =>
  HostedOperation.make({
    name: "example.v1.Work",
    payload: Schema.Struct({}),
    metadata: HostedOperation.empty,
    response: Text,
    error: Schema.Never,
    startDelay: options.startDelay
  })

const Text = Schema.transform(Schema.Struct({ value: Schema.String }), Schema.String, {
  strict: true,
  decode: ({ value }) => value,
  encode: (value) => ({ value })
})

describe("a definition's body", () => {
  it.effect("has the services of its layer, whatever those of who starts it are", () => {
    const Work = definition({})
    const layer = Work.toLayer(() => Place).pipe(
      Layer.provide(Layer.succeed(Place, "of the layer")),
      Layer.provideMerge(HostOperations.layerMemory())
    )
    return Effect.gen(function* () {
      const { name } = yield* Effect.provideService(Work.start({}), Place, "of who starts it")
      const done = Work.type.decode(yield* Operations.wait(name))
      assert.deepStrictEqual(OperationType.response(done), Option.some("of the layer"))
    }).pipe(Effect.provide(layer))
  })

  it.effect("whose start delay cannot be told is FAILED, and does not wait for ever", () => {
    const Work = definition({
      startDelay: () => {
        throw new Error("no delay")
      }
    })
    const layer = Work.toLayer(() => Effect.succeed("")).pipe(Layer.provideMerge(HostOperations.layerMemory()))
    return Effect.gen(function* () {
      const { name } = yield* Work.start({})
      yield* settled
      const done = yield* Operations.get(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, 13)
    }).pipe(Effect.provide(layer))
  })
})

describe("a restart schedule that dies", () => {
  it.effect("leaves the operation FAILED as its body did, and gives its place to the next", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: () => Effect.fail("no"),
        restart: Schedule.recurWhile(() => {
          throw new Error("no schedule")
        })
      })
      const next = yield* Host.submit({ body: () => Effect.void })
      yield* settled
      const done = yield* Operations.get(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, 2)
      assert.strictEqual(yield* state(next.name), "SUCCEEDED")
    }).pipe(host({ maxRunning: 1 }))
  )
})

describe("a daemon that a body has left behind", () => {
  it.effect("does not disturb the next attempt by what it publishes", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: (job) =>
          job.attempt === 1
            ? Effect.zipRight(
                Effect.forkDaemon(Effect.delay(job.update({ "@type": "type.googleapis.com/test.Old" }), "1 second")),
                Effect.fail("no")
              )
            : Effect.sleep("2 seconds"),
        restart: Schedule.recurs(1)
      })
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.strictEqual(yield* state(name), "RUNNING")
      assert.isUndefined(yield* shown(name, "published"))
      yield* TestClock.adjust("2 seconds")
      yield* settled
      assert.strictEqual(yield* state(name), "SUCCEEDED")
    }).pipe(host())
  )
})

describe("a retention of no time", () => {
  it.effect("removes what has ended soon, and does not look for it all the time", () =>
    Effect.gen(function* () {
      const memory = yield* OperationStore.makeMemory
      let purges = 0
      const store: OperationStore.Service = {
        ...memory,
        purge: (request) =>
          Effect.suspend(() => {
            purges++
            return memory.purge(request)
          })
      }
      const process = yield* Processes.start(store, Layer.empty, { retention: 0 })
      const { name } = yield* process.run(Host.submit({ body: () => Effect.void }))
      yield* settled
      assert.isBelow(purges, 3)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* memory.get(name)))
      assert.isAtMost(purges, 12)
      yield* process.stop
    })
  )

  it.effect("goes on removing after a purge that died", () =>
    Effect.gen(function* () {
      const memory = yield* OperationStore.makeMemory
      let purges = 0
      const store: OperationStore.Service = {
        ...memory,
        purge: (request) => (++purges === 1 ? Effect.dieMessage("a store has a bug") : memory.purge(request))
      }
      const process = yield* Processes.start(store, Layer.empty, { retention: 0 })
      const { name } = yield* process.run(Host.submit({ body: () => Effect.void }))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* memory.get(name)))
      yield* process.stop
    })
  )
})

describe("an administrator", () => {
  it.effect("also stops the body of what is given up where cancel requests are ignored or take long", () =>
    Effect.forEach(
      [{ cancellation: "ignore" }, { cancelLatency: "1 hour" }] satisfies ReadonlyArray<Host.Options>,
      (options) =>
        Effect.gen(function* () {
          let stopped = false
          const { name } = yield* Host.submit({
            body: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (stopped = true)))
          })
          yield* settled
          yield* Effect.flatMap(Host.Host, (_) => _.kill(name))
          yield* settled
          assert.isTrue(stopped)
        }).pipe(
          Effect.provide(
            Layer.provideMerge(HostOperations.layer, Layer.provide(Host.layer(options), OperationStore.layerMemory))
          )
        )
    )
  )
})
