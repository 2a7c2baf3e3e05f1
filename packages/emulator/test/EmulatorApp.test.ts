import * as Cancellation from "@effect-lro/core/Cancellation"
import type * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

const layer = (options?: EmulatorApp.Options, client?: Partial<EarthEngine.Options>) =>
  EarthEngine.layer({ project: "demo", endpoint: "http://emulator", ...client }).pipe(
    Layer.provide(EmulatorApp.layerHttpClient(options))
  )

const expression = { values: {} }

const start = Effect.map(EarthEngine.exportImage({ expression }), (operation) => operation.name)

const stateOf = (operation: Operation.Operation): string | undefined => {
  assert.deepStrictEqual(OperationMetadata.diagnose(operation), [])
  return Option.getOrThrow(OperationMetadata.fromOperation(operation)).state
}

const look = (name: string) => Effect.map(Operations.get(name), stateOf)

// Bodies are read and answers written by other fibers, which come before the clock moves.
const after = (duration: Duration.DurationInput) =>
  Effect.zipRight(TestClock.adjust(duration), Effect.repeatN(Effect.yieldNow(), 20))

// What an in-memory request does may take a turn of Node's own loop.
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets time pass until the program is done. */
const inTime = <A, E, R>(program: Effect.Effect<A, E, R>, step: Duration.DurationInput = "100 millis") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(program)
    while (Option.isNone(yield* fiber.poll)) {
      yield* turn
      yield* TestClock.adjust(step)
    }
    return yield* Fiber.join(fiber)
  })

describe("cancelAndConfirm against the emulator", () => {
  it.effect.each<[string, EmulatorApp.Options, string, string]>([
    ["a running task", {}, "Cancelled", "CANCELLED"],
    ["a pending task", { startDelay: "1 hour" }, "Cancelled", "CANCELLED"],
    ["a task that takes a while to stop", { cancelLatency: "3 seconds" }, "Cancelled", "CANCELLED"],
    [
      "a pending task that takes a while to stop",
      { startDelay: "1 hour", cancelLatency: "3 seconds" },
      "Cancelled",
      "CANCELLED"
    ],
    ["a task whose cancel is ignored", { cancel: "ignored" }, "CompletedAnyway", "SUCCEEDED"],
    [
      "a pending task whose cancel is ignored",
      { cancel: "ignored", startDelay: "2 seconds" },
      "CompletedAnyway",
      "SUCCEEDED"
    ],
    ["a task that does not honour it", { simulate: () => ({ honoursCancel: false }) }, "CompletedAnyway", "SUCCEEDED"],
    [
      "a task that is quicker",
      { exportDuration: "1 second", cancelLatency: "1 minute" },
      "CompletedAnyway",
      "SUCCEEDED"
    ],
    [
      "a task that fails before it stops",
      {
        exportDuration: "1 second",
        cancelLatency: "1 minute",
        simulate: () => ({ outcome: { _tag: "Fail", status: { code: 8, message: "Out of memory.", details: [] } } })
      },
      "FailedAnyway",
      "FAILED"
    ]
  ])("of %s says how it ended", ([_, options, outcome, state]) =>
    Effect.gen(function* () {
      const name = yield* start
      yield* after(0)
      const confirmed = yield* inTime(Cancellation.cancelAndConfirm(name))
      assert.strictEqual(confirmed._tag, outcome)
      assert.strictEqual(stateOf(confirmed.operation), state)
    }).pipe(Effect.provide(layer(options)))
  )

  it.effect.each<[string, EmulatorApp.Options, string]>([
    ["is lenient", {}, "CompletedAnyway"],
    ["is strict", { cancelDone: "strict" }, "CompletedAnyway"]
  ])("of a task that is over, where the emulator %s, says how it ended", ([_, options, outcome]) =>
    Effect.gen(function* () {
      const name = yield* start
      yield* after("11 seconds")
      const confirmed = yield* inTime(Cancellation.cancelAndConfirm(name))
      assert.strictEqual(confirmed._tag, outcome)
    }).pipe(Effect.provide(layer(options)))
  )

  it.effect("fails with Unimplemented where it is, and the task goes on", () =>
    Effect.gen(function* () {
      const name = yield* start
      yield* after(0)
      const error = yield* Effect.flip(inTime(Cancellation.cancelAndConfirm(name)))
      assert.strictEqual(error._tag, "Unimplemented")
      assert.strictEqual(yield* look(name), "RUNNING")
    }).pipe(Effect.provide(layer({ cancel: "unimplemented" })))
  )

  it.effect("fails with StillRunning at its deadline", () =>
    Effect.gen(function* () {
      const name = yield* start
      const error = yield* Effect.flip(inTime(Cancellation.cancelAndConfirm(name, { timeout: "2 seconds" })))
      assert.strictEqual(error._tag, "StillRunning")
    }).pipe(Effect.provide(layer({ cancelLatency: "1 minute" })))
  )

  it.effect("fails with NotFound for a task that nobody knows", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(inTime(Cancellation.cancelAndConfirm("projects/demo/operations/NONE")))
      assert.strictEqual(error._tag === "NotFound" && error.missing, "operation")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("fails with Vanished where the task is deleted meanwhile", () =>
    Effect.gen(function* () {
      const name = yield* start
      yield* after(0)
      const fiber = yield* Effect.fork(inTime(Cancellation.cancelAndConfirm(name)))
      yield* after("1 second")
      yield* Operations.delete(name)
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error._tag, "Vanished")
    }).pipe(Effect.provide(layer({ delete: "supported", cancelLatency: "1 minute" })))
  )
})

describe("EmulatorApp", () => {
  it.effect("does not delete by default, as it is not known whether Earth Engine does", () =>
    Effect.gen(function* () {
      const name = yield* start
      assert.strictEqual((yield* Effect.flip(Operations.delete(name)))._tag, "Unimplemented")
      assert.strictEqual((yield* Operations.get(name)).name, name)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("deletes what it is told to, which cancels nothing and is not found again", () =>
    Effect.gen(function* () {
      const name = yield* start
      yield* Operations.delete(name)
      assert.strictEqual((yield* Effect.flip(Operations.get(name)))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(Operations.delete(name)))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(Operations.cancel(name)))._tag, "NotFound")
      assert.isTrue(Chunk.isEmpty(yield* Stream.runCollect(Operations.list({ name: "projects/demo" }))))
    }).pipe(Effect.provide(layer({ delete: "supported" })))
  )

  it.effect("waits, as long as it is asked to and no longer than its limit", () =>
    Effect.gen(function* () {
      const name = yield* start
      yield* after(0)
      const early = yield* inTime(Operations.wait(name, { timeout: "2 seconds" }))
      assert.strictEqual(stateOf(early), "RUNNING")
      const limited = yield* inTime(Operations.wait(name, { timeout: "1 hour" }))
      assert.strictEqual(stateOf(limited), "RUNNING")
      const done = yield* inTime(Poller.awaitDone(name))
      assert.strictEqual(stateOf(done), "SUCCEEDED")
      assert.strictEqual(stateOf(yield* Operations.wait(name)), "SUCCEEDED")
    }).pipe(Effect.provide(layer({ waitLimit: "3 seconds" })))
  )

  it.effect("does not wait where it is told so", () =>
    Effect.gen(function* () {
      const name = yield* start
      assert.strictEqual((yield* Effect.flip(Operations.wait(name)))._tag, "Unimplemented")
    }).pipe(Effect.provide(layer({ wait: "unimplemented" })))
  )

  it.effect("refuses requests without a token where it is told to, and starts nothing", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(start))._tag, "Unauthorized")
      assert.strictEqual((yield* Effect.flip(Operations.get("projects/demo/operations/A")))._tag, "Unauthorized")
    }).pipe(Effect.provide(layer({ requireToken: true })))
  )

  it.effect("takes any token where it requires one", () =>
    Effect.gen(function* () {
      const name = yield* start
      assert.strictEqual(stateOf(yield* Operations.get(name)), "RUNNING")
    }).pipe(Effect.provide(layer({ requireToken: true }, { token: Redacted.make("anything") })))
  )

  it.effect("lists the newest first, page by page, one project only", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      for (let i = 0; i < 5; i++) {
        names.push(yield* start)
        yield* after("1 second")
      }
      const list = (pageSize: number) =>
        Effect.map(Stream.runCollect(Operations.list({ name: "projects/demo", pageSize })), (chunk) =>
          Chunk.toReadonlyArray(chunk).map((operation) => operation.name)
        )
      assert.deepStrictEqual(yield* list(2), names.toReversed())
      assert.deepStrictEqual(yield* list(500), names.toReversed())
      const other = yield* Stream.runCollect(Operations.list({ name: "projects/other" }))
      assert.isTrue(Chunk.isEmpty(other))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("answers a repeated start with the operation as it is by then", () =>
    Effect.gen(function* () {
      const begin = EarthEngine.exportTable({ expression, requestId: "r" })
      const first = yield* begin
      yield* after("11 seconds")
      const again = yield* begin
      assert.strictEqual(again.name, first.name)
      assert.strictEqual(again._tag, "Succeeded")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("shapes each task by its request", () =>
    Effect.gen(function* () {
      const seen = yield* Effect.forEach(["slow", "quick"], (description) =>
        EarthEngine.exportImage({ expression, description })
      )
      yield* after("1 second")
      assert.deepStrictEqual(yield* Effect.forEach(seen, ({ name }) => look(name)), ["RUNNING", "SUCCEEDED"])
    }).pipe(
      Effect.provide(layer({ simulate: ({ body }) => (body.description === "quick" ? { duration: "1 second" } : {}) }))
    )
  )

  it.effect("runs only so many tasks at once", () =>
    Effect.gen(function* () {
      const names = [yield* start, yield* start, yield* start]
      yield* after("1 second")
      assert.deepStrictEqual(yield* Effect.forEach(names, look), ["RUNNING", "RUNNING", "PENDING"])
      yield* after("10 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(names, look), ["SUCCEEDED", "SUCCEEDED", "RUNNING"])
    }).pipe(Effect.provide(layer({ maxRunning: 2 })))
  )

  it.effect("shows progress to somebody who watches", () =>
    Effect.gen(function* () {
      const name = yield* start
      const fractions: Array<number> = []
      let operation = yield* Operations.get(name)
      while (operation._tag === "Running") {
        const metadata = Option.getOrThrow(OperationMetadata.fromOperation(operation))
        fractions.push(Option.getOrElse(OperationMetadata.progress(metadata).fraction, () => 0))
        yield* after("1 second")
        operation = yield* Operations.get(name)
      }
      assert.deepStrictEqual(fractions, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
      const done = yield* inTime(Poller.awaitDone(name, { schedule: PollSchedule.default }))
      assert.strictEqual(done._tag, "Succeeded")
    }).pipe(Effect.provide(layer()))
  )
})
