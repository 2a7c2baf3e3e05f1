import type * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Simulation from "@effect-lro/emulator/Simulation"
import * as Task from "@effect-lro/emulator/Task"
import * as TaskMetadata from "@effect-lro/emulator/TaskMetadata"
import type * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"

const layer = (
  options?: Host.Options,
  ending: Effect.Effect<void> = Effect.never
): Layer.Layer<Operations.Operations | Host.Host> =>
  Layer.provideMerge(Layer.scopedDiscard(Task.register(ending)), host(options))

const host = (options?: Host.Options): Layer.Layer<Operations.Operations | Host.Host> =>
  Layer.unwrapEffect(
    Effect.map(Effect.clock, (clock) =>
      HostOperations.layerMemory({
        describe: (record) => TaskMetadata.describe(record, DateTime.unsafeMake(clock.unsafeCurrentTimeMillis())),
        ...options
      })
    )
  )

const start = (
  simulation?: Partial<Simulation.Simulation>,
  body: unknown = { expression: { values: {} }, description: "a tile" }
): Effect.Effect<Operation.Operation, OperationsError, Host.Host> =>
  Task.start(StartMethod.exportImage, {
    parent: "projects/demo",
    body,
    simulate: (request) => Simulation.make(request, simulation)
  })

const metadataOf = (operation: Operation.Operation): OperationMetadata.OperationMetadata =>
  Option.getOrThrow(OperationMetadata.fromOperation(operation))

/** The operation's meaning and its state, which must agree at every look. */
const look = (name: string) =>
  Effect.map(Operations.get(name), (operation) => {
    assert.deepStrictEqual(OperationMetadata.diagnose(operation), [])
    return `${operation._tag} ${metadataOf(operation).state}`
  })

const after = (duration: Duration.DurationInput) => Effect.zipRight(TestClock.adjust(duration), Effect.yieldNow())

describe("Task", () => {
  it.effect("goes from PENDING over RUNNING to SUCCEEDED, and says so at every moment", () =>
    Effect.gen(function* () {
      const started = yield* start({ startDelay: "2 seconds", duration: "10 seconds" })
      assert.match(started.name, /^projects\/demo\/operations\/[A-Z0-9]{24}$/)
      assert.strictEqual(`${started._tag} ${metadataOf(started).state}`, "Running PENDING")
      yield* after("1999 millis")
      assert.strictEqual(yield* look(started.name), "Running PENDING")
      yield* after("1 millis")
      assert.strictEqual(yield* look(started.name), "Running RUNNING")
      yield* after("9999 millis")
      assert.strictEqual(yield* look(started.name), "Running RUNNING")
      yield* after("1 millis")
      assert.strictEqual(yield* look(started.name), "Succeeded SUCCEEDED")
      const operation = yield* Operations.get(started.name)
      assert.deepStrictEqual(operation._tag === "Succeeded" && operation.response, {
        "@type": "type.googleapis.com/google.protobuf.Empty"
      })
      assert.deepStrictEqual(metadataOf(operation).destinationUris, ["https://drive.google.com/"])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("makes progress that grows, stage by stage", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ duration: "10 seconds" })
      const seen: Array<OperationMetadata.Progress & { readonly updateTime: string | undefined }> = []
      for (let i = 0; i < 10; i++) {
        yield* after("1 second")
        const metadata = metadataOf(yield* Operations.get(name))
        seen.push({ ...OperationMetadata.progress(metadata), updateTime: metadata.updateTime })
      }
      assert.deepStrictEqual(
        seen.map((one) => Option.getOrThrow(one.fraction)),
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
      )
      assert.deepStrictEqual(
        seen.map((one) => Option.getOrThrow(one.stage).name),
        Array.from({ length: 10 }, () => "Write Files")
      )
      assert.strictEqual(new Set(seen.map((one) => one.updateTime)).size, 10)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("is CANCELLED at once where nothing delays it, running or pending", () =>
    Effect.gen(function* () {
      const running = yield* start()
      yield* after("1 second")
      yield* Operations.cancel(running.name)
      yield* after(0)
      assert.strictEqual(yield* look(running.name), "Cancelled CANCELLED")
      const pending = yield* start({ startDelay: "1 minute" })
      yield* Operations.cancel(pending.name)
      yield* after(0)
      assert.strictEqual(yield* look(pending.name), "Cancelled CANCELLED")
      const operation = yield* Operations.get(running.name)
      assert.strictEqual(operation._tag === "Cancelled" && operation.error.code, 1)
      assert.strictEqual(metadataOf(operation).progress, 0.1)
      assert.isUndefined(metadataOf(yield* Operations.get(pending.name)).startTime)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("is CANCELLING until the request takes effect, and goes on working meanwhile", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ duration: "10 seconds" })
      yield* after("1 second")
      yield* Operations.cancel(name)
      yield* after("299 millis")
      assert.strictEqual(yield* look(name), "Running CANCELLING")
      yield* after("1 millis")
      assert.strictEqual(yield* look(name), "Cancelled CANCELLED")
      const pending = yield* start({ startDelay: "1 minute" })
      yield* Operations.cancel(pending.name)
      yield* after("299 millis")
      assert.strictEqual(yield* look(pending.name), "Running CANCELLING")
      yield* after("1 millis")
      assert.strictEqual(yield* look(pending.name), "Cancelled CANCELLED")
      const quick = yield* start({ duration: "100 millis" })
      yield* after(0)
      yield* Operations.cancel(quick.name)
      yield* after("1 second")
      assert.strictEqual(yield* look(quick.name), "Succeeded SUCCEEDED")
    }).pipe(Effect.provide(layer({ cancelLatency: "300 millis" })))
  )

  it.effect("is CANCELLING until it has cleaned up", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ cleanup: "5 seconds" })
      yield* after("1 second")
      yield* Operations.cancel(name)
      yield* after("4999 millis")
      assert.strictEqual(yield* look(name), "Running CANCELLING")
      yield* after("1 millis")
      assert.strictEqual(yield* look(name), "Cancelled CANCELLED")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("that does not honour a cancel stays CANCELLING and ends by itself", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ honoursCancel: false, duration: "10 seconds" })
      const failing = yield* start({
        honoursCancel: false,
        duration: "10 seconds",
        outcome: { _tag: "Fail", status: Status.make({ code: "RESOURCE_EXHAUSTED", message: "Out of memory." }) }
      })
      yield* after("1 second")
      yield* Effect.all([Operations.cancel(name), Operations.cancel(failing.name)])
      yield* after("8900 millis")
      assert.strictEqual(yield* look(name), "Running CANCELLING")
      yield* after("100 millis")
      assert.strictEqual(yield* look(name), "Succeeded SUCCEEDED")
      assert.strictEqual(yield* look(failing.name), "Failed FAILED")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("is never stopped by a host that ignores cancels", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ duration: "10 seconds" })
      yield* after("1 second")
      yield* Operations.cancel(name)
      yield* after("1 second")
      assert.strictEqual(yield* look(name), "Running CANCELLING")
      yield* after("8 seconds")
      assert.strictEqual(yield* look(name), "Succeeded SUCCEEDED")
    }).pipe(Effect.provide(layer({ cancellation: "ignore" })))
  )

  it.effect("ends with its emulator, whether it was cancelled or not, and whether it honours that or not", () =>
    Effect.flatMap(Deferred.make<void>(), (ending) =>
      Effect.gen(function* () {
        const begin = (simulation: Partial<Simulation.Simulation>) =>
          start({ duration: Duration.infinity, ...simulation }, {})
        const meek = yield* begin({ cleanup: "1 hour" })
        const stubborn = yield* begin({ honoursCancel: false })
        yield* after("1 second")
        yield* Effect.all([Operations.cancel(meek.name), Operations.cancel(stubborn.name)])
        yield* after("1 second")
        assert.strictEqual(yield* look(meek.name), "Running CANCELLING")
        assert.strictEqual(yield* look(stubborn.name), "Running CANCELLING")
        yield* Deferred.succeed(ending, undefined)
        yield* after(0)
        assert.strictEqual(yield* look(meek.name), "Cancelled CANCELLED")
        assert.strictEqual(yield* look(stubborn.name), "Cancelled CANCELLED")
      }).pipe(Effect.provide(layer({}, Deferred.await(ending))))
    )
  )

  it.effect("fails with the status that it was given", () =>
    Effect.gen(function* () {
      const status = Status.make({ code: "RESOURCE_EXHAUSTED", message: "Out of memory." })
      const { name } = yield* start({ outcome: { _tag: "Fail", status } })
      yield* after("10 seconds")
      assert.strictEqual(yield* look(name), "Failed FAILED")
      const operation = yield* Operations.get(name)
      assert.deepStrictEqual(operation._tag === "Failed" && operation.error, status)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("is tried again after attempts that failed, with its stages from the beginning", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ failedAttempts: 2, duration: "10 seconds" })
      const seen: Array<readonly [number | undefined, number | undefined]> = []
      for (let i = 0; i < 6; i++) {
        yield* after("2500 millis")
        const metadata = metadataOf(yield* Operations.get(name))
        seen.push([metadata.attempt, metadata.progress])
      }
      // Each of the two is half-way when it fails, which is at the same moment as the next one begins.
      assert.deepStrictEqual(seen, [
        [1, 0.25],
        [2, 0],
        [2, 0.25],
        [3, 0],
        [3, 0.25],
        [3, 0.5]
      ])
      yield* after("5 seconds")
      assert.strictEqual(yield* look(name), "Succeeded SUCCEEDED")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("never ends by itself where it works for ever", () =>
    Effect.gen(function* () {
      const { name } = yield* start({ duration: Duration.infinity })
      yield* after("30 days")
      assert.strictEqual(yield* look(name), "Running RUNNING")
      yield* Operations.cancel(name)
      yield* after(0)
      assert.strictEqual(yield* look(name), "Cancelled CANCELLED")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("is started once for each request id of a project", () =>
    Effect.gen(function* () {
      const body = { requestId: "r-1", description: "first" }
      const first = yield* start({}, body)
      yield* after("3 seconds")
      const second = yield* start({}, { requestId: "r-1", description: "second" })
      const other = yield* start({}, { requestId: "r-2" })
      const none = yield* start({}, { requestId: "" })
      assert.strictEqual(second.name, first.name)
      assert.strictEqual(metadataOf(second).description, "first")
      assert.strictEqual(metadataOf(second).state, "RUNNING")
      assert.strictEqual(new Set([first.name, other.name, none.name]).size, 3)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("waits for its turn where only so many run at once", () =>
    Effect.gen(function* () {
      const first = yield* start({ duration: "10 seconds" })
      const second = yield* start({ duration: "10 seconds" })
      yield* after("5 seconds")
      assert.strictEqual(yield* look(first.name), "Running RUNNING")
      assert.strictEqual(yield* look(second.name), "Running PENDING")
      yield* after("6 seconds")
      assert.strictEqual(yield* look(first.name), "Succeeded SUCCEEDED")
      assert.strictEqual(yield* look(second.name), "Running RUNNING")
    }).pipe(Effect.provide(layer({ maxRunning: 1 })))
  )
})
