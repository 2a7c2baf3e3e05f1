import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { type Answer, ended, error, lost, name, running, scripted, succeeded } from "./fixtures/scripted.js"

const times = <A>(n: number, a: A): Array<A> => Array.from({ length: n }, () => a)

const runFor = <A, E>(effect: Effect.Effect<A, E>, duration: Parameters<typeof TestClock.adjust>[0]) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(duration)
    const exit = yield* Fiber.poll(fiber)
    yield* Fiber.interrupt(fiber)
    return exit
  })

describe("Poller.awaitDone", () => {
  it.effect("looks at once, then after half a second, and half as long again each time up to five seconds", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [...times(10, running()), succeeded] })
      const exit = yield* runFor(Poller.awaitDone(name).pipe(Effect.provide(server.layer)), "10 minutes")
      assert.deepStrictEqual(
        server.at("get"),
        [0, 500, 1250, 2375, 4062.5, 6593.75, 10_390.625, 15_390.625, 20_390.625, 25_390.625, 30_390.625]
      )
      assert.isTrue(Option.isSome(exit) && Exit.isSuccess(exit.value) && exit.value.value._tag === "Succeeded")
    })
  )

  it.effect("looks exactly when the schedule says", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [...times(3, running()), succeeded] })
      yield* runFor(
        Poller.awaitDone(name, { schedule: Schedule.fromDelays("1 second", "10 seconds", "3 seconds", "1 hour") }).pipe(
          Effect.provide(server.layer)
        ),
        "1 day"
      )
      assert.deepStrictEqual(server.at("get"), [0, 1000, 11_000, 14_000])
    })
  )

  it.effect("does not look again before the time that a RetryInfo asks for", () =>
    Effect.gen(function* () {
      const server = scripted({
        looks: [Effect.fail(error("UNAVAILABLE", { details: [ErrorDetails.retryInfo("7 seconds")] })), succeeded]
      })
      yield* runFor(Poller.awaitDone(name).pipe(Effect.provide(server.layer)), "1 minute")
      assert.deepStrictEqual(server.at("get"), [0, 7000])
    })
  )

  it.effect("takes the schedule's delay where it is longer than the one asked for", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.fail(error("UNAVAILABLE", { retryAfter: "7 seconds" })), succeeded] })
      yield* runFor(
        Poller.awaitDone(name, { schedule: Schedule.spaced("20 seconds") }).pipe(Effect.provide(server.layer)),
        "1 minute"
      )
      assert.deepStrictEqual(server.at("get"), [0, 20_000])
    })
  )

  it.effect("ends at once where the server asks to come back only after the timeout", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running(), Effect.fail(error("UNAVAILABLE", { retryAfter: "1 hour" }))] })
      const exit = yield* Poller.awaitDone(name, { timeout: "1 minute" }).pipe(
        Effect.provide(server.layer),
        Effect.flip,
        (wait) => runFor(wait, "500 millis")
      )
      assert.isTrue(Option.isSome(exit))
      const failure = yield* Option.getOrThrow(exit)
      assert.strictEqual(failure._tag, "StillRunning")
      if (failure._tag !== "StillRunning") return
      assert.strictEqual(failure.operation, name)
      assert.strictEqual(Option.getOrThrow(failure.lastSeen)._tag, "Running")
      assert.strictEqual(Option.getOrThrow(failure.lastError)._tag, "Unavailable")
      assert.isFalse(failure.cancelAccepted)
    })
  )

  it.effect("forgives failed looks within the budget, and a look that succeeds sets the count back", () =>
    Effect.gen(function* () {
      const bad = [Effect.fail(error("UNAVAILABLE")), Effect.fail(lost()), Effect.fail(error("DEADLINE_EXCEEDED"))]
      const server = scripted({ looks: [...bad, running(), ...bad, running(), ...bad, succeeded] })
      const exit = yield* runFor(
        Poller.awaitDone(name, { failureBudget: 3 }).pipe(Effect.provide(server.layer)),
        "10 minutes"
      )
      assert.isTrue(Option.isSome(exit) && Exit.isSuccess(exit.value))
      assert.strictEqual(server.at("get").length, 12)
    })
  )

  it.effect("fails with the error that goes beyond the budget: it names the operation and keeps its status", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running(), Effect.fail(error("UNAVAILABLE"))] })
      const exit = yield* runFor(
        Poller.awaitDone(name, { failureBudget: 2 }).pipe(Effect.provide(server.layer), Effect.flip),
        "10 minutes"
      )
      const failure = yield* Option.getOrThrow(exit)
      assert.strictEqual(server.at("get").length, 4)
      assert.strictEqual(failure._tag, "Unavailable")
      if (failure._tag !== "Unavailable") return
      assert.strictEqual(failure.operation, name)
      assert.strictEqual(failure.status.message, "it says UNAVAILABLE")
    })
  )

  it.effect("fails at once with an error that no repetition cures", () =>
    Effect.gen(function* () {
      for (const code of ["PERMISSION_DENIED", "UNAUTHENTICATED", "INTERNAL", "INVALID_ARGUMENT"] as const) {
        const server = scripted({ looks: [Effect.fail(error(code)), succeeded] })
        const failure = yield* Effect.flip(Poller.awaitDone(name).pipe(Effect.provide(server.layer)))
        assert.strictEqual(failure._tag === "Unauthorized" ? "UNAUTHENTICATED" : code, code)
        assert.strictEqual(server.requests.length, 1)
      }
    })
  )

  it.effect("tells an operation that never was from one that vanished", () =>
    Effect.gen(function* () {
      const never = scripted({ looks: [Effect.fail(error("NOT_FOUND"))] })
      assert.strictEqual(
        (yield* Effect.flip(Poller.awaitDone(name).pipe(Effect.provide(never.layer))))._tag,
        "NotFound"
      )
      const gone = scripted({ looks: [running({ at: 1 }), Effect.fail(error("NOT_FOUND"))] })
      const exit = yield* runFor(Poller.awaitDone(name).pipe(Effect.provide(gone.layer), Effect.flip), "1 second")
      const failure = yield* Option.getOrThrow(exit)
      assert.strictEqual(failure._tag, "Vanished")
      if (failure._tag !== "Vanished") return
      assert.deepStrictEqual(Option.getOrThrow(failure.lastSeen).metadata, Option.some({ at: 1 }))
    })
  )

  it.effect("does not take a route that is missing for an operation that vanished", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running(), Effect.fail(error("NOT_FOUND", { missing: "route" }))] })
      const exit = yield* runFor(Poller.awaitDone(name).pipe(Effect.provide(server.layer), Effect.flip), "1 second")
      assert.strictEqual((yield* Option.getOrThrow(exit))._tag, "NotFound")
    })
  )

  it.effect("fails with StillRunning exactly at the timeout, in the middle of a sleep and of a look", () =>
    Effect.gen(function* () {
      for (const looks of [[running()], [running(), Effect.never]]) {
        const server = scripted({ looks })
        const wait = Poller.awaitDone(name, { timeout: "2 seconds", schedule: Schedule.spaced("1500 millis") }).pipe(
          Effect.provide(server.layer),
          Effect.flip
        )
        const fiber = yield* Effect.fork(wait)
        yield* TestClock.adjust("1999 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "StillRunning")
      }
    })
  )

  it.effect("keeps the timeout also where requests are known to end by themselves", () =>
    Effect.gen(function* () {
      for (const looks of [[running()], [running(), Effect.never], [Effect.never]]) {
        for (const serverWait of [undefined, "5 seconds"] as const) {
          const server = scripted({ looks, waits: looks })
          const limited = Layer.map(server.layer, (context) =>
            Context.make(
              Operations.Operations,
              Operations.make({
                ...Context.get(context, Operations.Operations),
                requestTimeout: Duration.seconds(30)
              })
            )
          )
          const wait = Poller.awaitDone(name, {
            timeout: "31 seconds",
            schedule: Schedule.spaced("1500 millis"),
            serverWait
          })
          const fiber = yield* Effect.fork(wait.pipe(Effect.provide(limited), Effect.flip))
          yield* TestClock.adjust("30999 millis")
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          yield* TestClock.adjust("1 millis")
          const endless = looks.length === 1 && server.requests.length === 1
          // The first request was sent with 31 seconds left, and would have ended by itself after 30.
          if (endless && serverWait === undefined) yield* Fiber.interrupt(fiber)
          else assert.strictEqual((yield* Fiber.join(fiber))._tag, endless ? "TransportError" : "StillRunning")
        }
      }
    })
  )

  it.effect("asks the server to wait no longer than there is time left", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const server = Operations.make({
        get: () => Effect.dieMessage("it is the server that waits"),
        listPage: () => Effect.dieMessage("not asked for"),
        cancel: () => Effect.void,
        delete: () => Effect.void,
        wait: (name, options) => {
          const timeout = Duration.decode(options?.timeout ?? Duration.infinity)
          asked.push(Duration.toMillis(timeout))
          return Effect.delay(Effect.succeed(Operation.running({ name })), timeout)
        }
      })
      const fiber = yield* Poller.awaitDone(name, { serverWait: "30 seconds", timeout: "50 seconds" }).pipe(
        Effect.provideService(Operations.Operations, server),
        Effect.flip,
        Effect.fork
      )
      yield* TestClock.adjust("30 seconds")
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "StillRunning")
      assert.deepStrictEqual(asked, [30_000, 20_000])
    })
  )

  it.effect("names the request that nobody answered in time", () =>
    Effect.gen(function* () {
      for (const serverWait of [undefined, "1 minute"] as const) {
        const server = scripted({ looks: [Effect.never], waits: [Effect.never] })
        const wait = Poller.awaitDone(name, { timeout: "2 seconds", serverWait }).pipe(Effect.provide(server.layer))
        const fiber = yield* Effect.fork(Effect.flip(wait))
        yield* TestClock.adjust("2 seconds")
        const method = serverWait === undefined ? "get" : "wait"
        assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", method, reason: "Timeout" })
      }
    })
  )

  it.effect("where nothing ever answered, the last error is the failure at the timeout", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.fail(lost())] })
      const exit = yield* runFor(
        Poller.awaitDone(name, { timeout: "1 second", failureBudget: 1000 }).pipe(
          Effect.provide(server.layer),
          Effect.flip
        ),
        "1 second"
      )
      const failure = yield* Option.getOrThrow(exit)
      assert.deepStrictEqual([failure._tag, failure.message], ["TransportError", `get ${name}: connection reset`])
    })
  )

  it.effect("a finite schedule ends the wait after its last look", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      const schedule = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(2))
      const exit = yield* runFor(
        Poller.awaitDone(name, { schedule }).pipe(Effect.provide(server.layer), Effect.flip),
        "1 minute"
      )
      const failure = yield* Option.getOrThrow(exit)
      assert.strictEqual(failure._tag === "StillRunning" ? failure.reason : failure._tag, "ScheduleEnded")
      assert.deepStrictEqual(server.at("get"), [0, 1000, 2000])
    })
  )

  it.effect("an interruption sends nothing more", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      const fiber = yield* Effect.fork(Poller.awaitDone(name, { timeout: "1 hour" }).pipe(Effect.provide(server.layer)))
      yield* TestClock.adjust("600 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(server.at("get"), [0, 500])
    })
  )

  it.effect("takes every end of an operation for a success of the wait", () =>
    Effect.gen(function* () {
      for (const [answer, tag] of [
        [succeeded, "Succeeded"],
        [ended("CANCELLED"), "Cancelled"],
        [ended("INTERNAL"), "Failed"]
      ] as const) {
        const server = scripted({ looks: [answer] })
        assert.strictEqual((yield* Poller.awaitDone(name).pipe(Effect.provide(server.layer)))._tag, tag)
      }
    })
  )
})

describe("Poller.awaitDone with serverWait", () => {
  const patient = (answer: Answer, duration: Duration.DurationInput): Answer => Effect.delay(answer, duration)

  it.effect("asks the server to wait, again and again, until it is done", () =>
    Effect.gen(function* () {
      const server = scripted({
        waits: [patient(running(), "30 seconds"), patient(running(), "30 seconds"), patient(succeeded, "3 seconds")]
      })
      const exit = yield* runFor(
        Poller.awaitDone(name, { serverWait: "30 seconds" }).pipe(Effect.provide(server.layer)),
        "10 minutes"
      )
      assert.isTrue(Option.isSome(exit) && Exit.isSuccess(exit.value))
      assert.deepStrictEqual(server.requests, [
        ["wait", 0],
        ["wait", 30_000],
        ["wait", 60_000]
      ])
    })
  )

  it.effect("does not spin where the server returns early", () =>
    Effect.gen(function* () {
      const server = scripted({ waits: [running(), patient(running(), "100 millis"), running(), succeeded] })
      yield* runFor(
        Poller.awaitDone(name, { serverWait: "30 seconds", schedule: Schedule.spaced("2 seconds") }).pipe(
          Effect.provide(server.layer)
        ),
        "10 minutes"
      )
      assert.deepStrictEqual(server.at("wait"), [0, 2000, 4000, 6000])
    })
  )

  it.effect("looks instead where the server does not offer it, and does not ask for it again", () =>
    Effect.gen(function* () {
      for (const refusal of [
        error("UNIMPLEMENTED", { method: "wait" }),
        error("NOT_FOUND", { method: "wait", missing: "route" }),
        error("FAILED_PRECONDITION", { method: "wait", httpStatus: 405 })
      ]) {
        const server = scripted({ waits: [Effect.fail(refusal)], looks: [running(), running(), succeeded] })
        const exit = yield* runFor(
          Poller.awaitDone(name, { serverWait: "30 seconds" }).pipe(Effect.provide(server.layer)),
          "10 minutes"
        )
        assert.isTrue(Option.isSome(exit) && Exit.isSuccess(exit.value))
        assert.deepStrictEqual(
          server.requests.map(([method]) => method),
          ["wait", "get", "get", "get"]
        )
      }
    })
  )

  it.effect("keeps to the timeout while the server waits", () =>
    Effect.gen(function* () {
      const server = scripted({ waits: [Effect.never] })
      const exit = yield* runFor(
        Poller.awaitDone(name, { serverWait: "30 seconds", timeout: "10 seconds" }).pipe(
          Effect.provide(server.layer),
          Effect.flip
        ),
        "10 seconds"
      )
      assert.strictEqual((yield* Option.getOrThrow(exit))._tag, "TransportError")
    })
  )
})

const told = (server: ReturnType<typeof scripted>, options?: Poller.WatchOptions) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(
      Stream.runCollect(Poller.changes(name, options).pipe(Stream.provideLayer(server.layer)))
    )
    yield* TestClock.adjust("10 minutes")
    return Chunk.toReadonlyArray(yield* Fiber.join(fiber)).map((change) =>
      change._tag === "CancelRequested"
        ? [change._tag]
        : [change._tag, Option.getOrUndefined(change.operation.metadata)]
    )
  })

describe("Poller.changes", () => {
  it.effect("tells the first look, what is new since the look before, and the end", () =>
    Effect.gen(function* () {
      const server = scripted({
        looks: [running({ progress: 0.1 }), running({ progress: 0.1 }), running({ progress: 0.5 }), ended("CANCELLED")]
      })
      assert.deepStrictEqual(yield* told(server), [
        ["Started", { progress: 0.1 }],
        ["Progress", { progress: 0.5 }],
        ["Done", undefined]
      ])
      assert.strictEqual(server.requests.length, 4)
    })
  )

  it.effect("tells once that the operation is being cancelled, in each of the common ways to say so", () =>
    Effect.gen(function* () {
      for (const metadata of [
        { state: "CANCELLING" },
        { state: "CANCEL_REQUESTED" },
        { cancelRequested: true },
        { requestedCancellation: true }
      ]) {
        const server = scripted({
          looks: [running({}), running(metadata), running({ ...metadata, more: 1 }), ended("CANCELLED")]
        })
        assert.deepStrictEqual(
          (yield* told(server)).map(([tag]) => tag),
          ["Started", "Progress", "CancellingSeen", "Progress", "Done"]
        )
      }
    })
  )

  it.effect("goes on with metadata that is nested without end, which it takes for new at each look", () =>
    Effect.gen(function* () {
      const nested = () => {
        let stages: unknown = []
        for (let depth = 0; depth < 50_000; depth++) stages = { stages: [stages] }
        return running({ stages })
      }
      const server = scripted({ looks: [nested(), nested(), ended("CANCELLED")] })
      const changes = yield* told(server, { stallAfter: "1 second" })
      assert.deepStrictEqual(
        changes.map(([tag]) => tag),
        ["Started", "Progress", "Done"]
      )
    })
  )

  it.effect("tells that an operation stalls by its work, not by the time of its update", () =>
    Effect.gen(function* () {
      const stalling = (second: number) => running({ updateTime: `2025-01-01T00:00:${second}Z`, progress: 0.5 })
      const server = scripted({
        looks: [
          ...Array.from({ length: 20 }, (_, index) => stalling(index + 10)),
          running({ progress: 0.6 }),
          succeeded
        ]
      })
      const tags = (yield* told(server, { stallAfter: "10 seconds", schedule: Schedule.spaced("1 second") })).map(
        ([tag]) => tag
      )
      assert.deepStrictEqual(
        tags.filter((tag) => tag === "Stalled"),
        ["Stalled"]
      )
      assert.strictEqual(tags.indexOf("Stalled"), 11)
    })
  )

  it.effect("tells that an operation stalls once more after it has gone on", () =>
    Effect.gen(function* () {
      const standing = (progress: number) => Array.from({ length: 5 }, () => running({ progress }))
      const server = scripted({ looks: [...standing(0.5), ...standing(0.6), succeeded] })
      const changes = yield* told(server, { stallAfter: "3 seconds", schedule: Schedule.spaced("1 second") })
      assert.deepStrictEqual(
        changes.map(([tag]) => tag),
        ["Started", "Stalled", "Progress", "Stalled", "Done"]
      )
    })
  )

  it.effect("reads what is particular to a service as it is told to", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running({ phase: "stopping" }), ended("CANCELLED")] })
      const tags = (yield* told(server, {
        isCancelling: (operation) => Option.exists(operation.metadata, (metadata) => metadata["phase"] === "stopping")
      })).map(([tag]) => tag)
      assert.deepStrictEqual(tags, ["Started", "CancellingSeen", "Done"])
    })
  )

  it.effect("fails at the timeout as the wait does", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      const fiber = yield* Effect.fork(
        Stream.runDrain(Poller.changes(name, { timeout: "3 seconds" }).pipe(Stream.provideLayer(server.layer))).pipe(
          Effect.flip
        )
      )
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "StillRunning")
    })
  )
})
