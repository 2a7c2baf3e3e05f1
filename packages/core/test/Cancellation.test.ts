import * as Cancellation from "@effect-lro/core/Cancellation"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { type Answer, ended, error, lost, name, running, scripted, succeeded, unreadable } from "./fixtures/scripted.js"

const refused = (
  code: Parameters<typeof error>[0],
  options?: Parameters<typeof error>[1]
): Effect.Effect<never, OperationsError.CodeError> => Effect.fail(error(code, { method: "cancel", ...options }))

const settle = (
  server: ReturnType<typeof scripted>,
  options?: Cancellation.Options,
  duration: Parameters<typeof TestClock.adjust>[0] = "1 hour"
) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(
      Effect.either(Cancellation.cancelAndConfirm(name, options)).pipe(Effect.provide(server.layer))
    )
    yield* TestClock.adjust(duration)
    assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)), "it should be settled by now")
    const result = yield* Fiber.join(fiber)
    return result._tag === "Right" ? result.right : result.left
  })

describe("Cancellation.cancelAndConfirm", () => {
  it.effect("says how the operation ended after it accepted the cancel", () =>
    Effect.gen(function* () {
      const ends: ReadonlyArray<readonly [Answer, string]> = [
        [ended("CANCELLED"), "Cancelled"],
        [succeeded, "CompletedAnyway"],
        [Effect.succeed({ _tag: "DoneWithoutResult", name, metadata: Option.none() }), "CompletedAnyway"],
        [ended("INTERNAL"), "FailedAnyway"],
        [ended(77), "FailedAnyway"]
      ]
      for (const [end, tag] of ends) {
        const server = scripted({ looks: [running(), running(), end] })
        assert.strictEqual((yield* settle(server))._tag, tag)
        assert.deepStrictEqual(server.requests.map(([method]) => method).join(), "cancel,get,get,get")
      }
    })
  )

  it.effect("looks first at once, then exactly when the schedule says", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running(), running(), running(), ended("CANCELLED")] })
      yield* settle(server, { schedule: Schedule.fromDelays("100 millis", "1 second", "1 minute") })
      assert.deepStrictEqual(server.at("cancel"), [0])
      assert.deepStrictEqual(server.at("get"), [0, 100, 1100, 61_100])
    })
  )

  it.effect("does not look again before the time that a RetryInfo asks for", () =>
    Effect.gen(function* () {
      const server = scripted({
        looks: [
          running(),
          Effect.fail(error("RESOURCE_EXHAUSTED", { httpStatus: 429, details: [ErrorDetails.retryInfo("7 seconds")] })),
          ended("CANCELLED")
        ]
      })
      yield* settle(server)
      assert.deepStrictEqual(server.at("get"), [0, 500, 7500])
    })
  )

  it.effect("sends the cancel again where that may help, not before the server asks for, and never otherwise", () =>
    Effect.gen(function* () {
      const legacy = [ErrorDetails.errorInfo({ reason: "userRateLimitExceeded", domain: "usageLimits" })]
      const cases: ReadonlyArray<readonly [Effect.Effect<void, OperationsError.OperationsError>, number]> = [
        [refused("UNAVAILABLE"), 2],
        [refused("INTERNAL", { httpStatus: 502 }), 2],
        [refused("UNAVAILABLE", { httpStatus: 503 }), 2],
        [refused("DEADLINE_EXCEEDED", { httpStatus: 504 }), 2],
        [refused("RESOURCE_EXHAUSTED", { retryAfter: "2 seconds" }), 2],
        [
          refused("RESOURCE_EXHAUSTED", {
            details: [ErrorDetails.errorInfo({ reason: "RATE_LIMIT_EXCEEDED", domain: "googleapis.com" })]
          }),
          2
        ],
        [refused("PERMISSION_DENIED", { details: legacy }), 2],
        [Effect.fail(lost("cancel")), 2],
        [refused("RESOURCE_EXHAUSTED"), 1],
        [refused("PERMISSION_DENIED"), 1],
        [refused("UNAUTHENTICATED"), 1],
        [refused("UNIMPLEMENTED"), 1],
        [refused("INVALID_ARGUMENT"), 1],
        [refused("ABORTED"), 1],
        [refused("INTERNAL", { httpStatus: 500 }), 1]
      ]
      for (const [answer, sent] of cases) {
        const server = scripted({ cancels: [answer, Effect.void], looks: [ended("CANCELLED")] })
        const result = yield* settle(server)
        assert.strictEqual(server.at("cancel").length, sent, result._tag)
        assert.strictEqual(result._tag === "Cancelled", sent === 2)
        if (sent === 1) assert.strictEqual(server.at("get").length, 0, "nothing is left to look for")
      }
      const asked = scripted({
        cancels: [refused("UNAVAILABLE", { retryAfter: "9 seconds" }), Effect.void],
        looks: [ended("CANCELLED")]
      })
      yield* settle(asked)
      assert.isAtLeast(asked.at("cancel")[1] ?? 0, 9000)
    })
  )

  it.effect("never repeats what no repetition cures, whatever schedule it is given", () =>
    Effect.gen(function* () {
      for (const code of ["UNIMPLEMENTED", "PERMISSION_DENIED", "INVALID_ARGUMENT"] as const) {
        const server = scripted({ cancels: [refused(code)] })
        yield* settle(server, { retry: Schedule.spaced("1 second") })
        assert.strictEqual(server.requests.length, 1, code)
      }
    })
  )

  it.effect("asks what the state is after a refusal, not for it to change", () =>
    Effect.gen(function* () {
      const server = scripted({ cancels: [refused("FAILED_PRECONDITION")], looks: [succeeded] })
      assert.strictEqual((yield* settle(server, { serverWait: "1 minute" }))._tag, "CompletedAnyway")
      assert.strictEqual(server.at("wait").length, 0)
    })
  )

  it.effect("gives up sending after the policy's last repetition, and looks once whether it is over", () =>
    Effect.gen(function* () {
      const dead = scripted({ cancels: [Effect.fail(lost("cancel"))], looks: [Effect.fail(lost())] })
      assert.deepInclude(yield* settle(dead), { _tag: "TransportError", method: "cancel" })
      assert.deepStrictEqual([dead.at("cancel").length, dead.at("get").length], [6, 1])
      const replies = scripted({ cancels: [Effect.fail(lost("cancel"))], looks: [ended("CANCELLED")] })
      assert.strictEqual((yield* settle(replies, { retry: RetryPolicy.none }))._tag, "Cancelled")
      assert.strictEqual(replies.at("cancel").length, 1)
    })
  )

  it.effect("takes the three answers to a cancel of what is over for the same", () =>
    Effect.gen(function* () {
      for (const answer of [Effect.void, refused("FAILED_PRECONDITION"), refused("NOT_FOUND")]) {
        for (const [end, tag] of [
          [succeeded, "CompletedAnyway"],
          [ended("CANCELLED"), "Cancelled"],
          [ended("ABORTED"), "FailedAnyway"]
        ] as const) {
          const server = scripted({ cancels: [answer], looks: [end] })
          assert.strictEqual((yield* settle(server))._tag, tag)
          assert.strictEqual(server.requests.length, 2)
        }
      }
    })
  )

  it.effect("fails with the refusal where the look does not explain it", () =>
    Effect.gen(function* () {
      const stuck = scripted({ cancels: [refused("FAILED_PRECONDITION")], looks: [running()] })
      assert.strictEqual((yield* settle(stuck))._tag, "FailedPrecondition")
      const unknown = scripted({ cancels: [refused("NOT_FOUND")], looks: [Effect.fail(error("NOT_FOUND"))] })
      assert.deepInclude(yield* settle(unknown), { _tag: "NotFound", method: "cancel", missing: "operation" })
      const unrouted = scripted({ cancels: [refused("NOT_FOUND", { missing: "route" })] })
      assert.deepInclude(yield* settle(unrouted), { _tag: "NotFound", missing: "route" })
      assert.strictEqual(unrouted.requests.length, 1)
    })
  )

  it.effect("forgives failed looks while it finds out what a refusal means, within the budget and the time", () =>
    Effect.gen(function* () {
      const down = Effect.fail(error("UNAVAILABLE"))
      const over = scripted({
        cancels: [refused("FAILED_PRECONDITION")],
        looks: [down, Effect.fail(lost()), succeeded]
      })
      assert.strictEqual((yield* settle(over))._tag, "CompletedAnyway")
      assert.deepStrictEqual(over.at("get"), [0, 500, 1250])
      for (const options of [{ failureBudget: 2 }, { timeout: "1 second" }] as const) {
        const server = scripted({ cancels: [refused("FAILED_PRECONDITION")], looks: [down, down, down, succeeded] })
        assert.strictEqual((yield* settle(server, options))._tag, "FailedPrecondition")
      }
      const hanging = scripted({ cancels: [refused("FAILED_PRECONDITION")], looks: [down, Effect.never] })
      assert.strictEqual((yield* settle(hanging))._tag, "FailedPrecondition")
      const denied = scripted({ cancels: [refused("NOT_FOUND")], looks: [Effect.fail(error("PERMISSION_DENIED"))] })
      assert.strictEqual((yield* settle(denied))._tag, "NotFound")
      assert.strictEqual(denied.at("get").length, 1)
    })
  )

  it.effect("finds out by looks what came of a cancel that was answered with success and nothing readable", () =>
    Effect.gen(function* () {
      const cancels = [Effect.fail(unreadable())]
      const slow = scripted({ cancels, looks: [running(), running({ state: "CANCELLING" }), ended("CANCELLED")] })
      assert.strictEqual((yield* settle(slow))._tag, "Cancelled")
      assert.deepStrictEqual(slow.requests.map(([method]) => method).join(), "cancel,get,get,get")

      const stuck = yield* settle(scripted({ cancels, looks: [running()] }), { timeout: "1 minute" })
      assert.strictEqual(stuck._tag, "StillRunning")
      if (stuck._tag === "StillRunning") assert.isFalse(stuck.cancelAccepted, "nobody knows that it was")

      const unknown = scripted({ cancels, looks: [Effect.fail(error("NOT_FOUND"))] })
      assert.strictEqual((yield* settle(unknown))._tag, "NotFound", "what was never seen has not vanished")

      const gate = scripted({ cancels, looks: [Effect.fail(unreadable("get"))] })
      assert.deepInclude(yield* settle(gate), { _tag: "MalformedResponse", method: "get" })
      assert.strictEqual(gate.at("get").length, 1)

      const down = scripted({ cancels, looks: [Effect.fail(lost())] })
      assert.strictEqual((yield* settle(down, { failureBudget: 1 }))._tag, "TransportError")
    })
  )

  it.effect(
    "looks once whether a cancel whose answer was too large was an end, and takes other nonsense at its word",
    () =>
      Effect.gen(function* () {
        const large = new OperationsError.TransportError({
          operation: name,
          method: "cancel",
          reason: "TooLarge",
          description: "it is too large"
        })
        const over = scripted({ cancels: [Effect.fail(large)], looks: [succeeded] })
        assert.strictEqual((yield* settle(over))._tag, "CompletedAnyway")
        const on = scripted({ cancels: [Effect.fail(large)], looks: [running()] })
        assert.deepInclude(yield* settle(on), { _tag: "TransportError", reason: "TooLarge" })
        assert.strictEqual(on.at("get").length, 1)
        const refused = scripted({ cancels: [Effect.fail(unreadable("cancel", 400))] })
        assert.strictEqual((yield* settle(refused))._tag, "MalformedResponse")
        assert.strictEqual(refused.requests.length, 1)
      })
  )

  it.effect("is Vanished, never Cancelled, where the operation is not found after its cancel was accepted", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.fail(error("NOT_FOUND"))] })
      const result = yield* settle(server)
      assert.strictEqual(result._tag, "Vanished")
      if (result._tag !== "Vanished") return
      assert.isTrue(result.cancelAccepted)
      assert.isTrue(Option.isNone(result.lastSeen))
    })
  )

  it.effect("is StillRunning at the deadline, with what was seen last", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running({ state: "CANCELLING" })] })
      const result = yield* settle(server, { timeout: "2 seconds" }, "2 seconds")
      assert.strictEqual(result._tag, "StillRunning")
      if (result._tag !== "StillRunning") return
      assert.isTrue(result.cancelAccepted)
      assert.strictEqual(result.reason, "Timeout")
      assert.deepStrictEqual(Option.getOrThrow(result.lastSeen).metadata, Option.some({ state: "CANCELLING" }))
    })
  )

  it.effect("is StillRunning at the deadline where the cancel was accepted and no look succeeded", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.fail(lost())] })
      const result = yield* settle(server, { timeout: "2 seconds", failureBudget: 100 }, "2 seconds")
      assert.strictEqual(result._tag, "StillRunning")
      if (result._tag !== "StillRunning") return
      assert.strictEqual(Option.getOrThrow(result.lastError)._tag, "TransportError")
    })
  )

  it.effect("is the transport's error at the deadline where nothing ever answered", () =>
    Effect.gen(function* () {
      const retry = RetryPolicy.exponential({ retries: 1000 })
      const refusing = scripted({ cancels: [Effect.fail(lost("cancel"))] })
      assert.strictEqual((yield* settle(refusing, { timeout: "2 seconds", retry }, "2 seconds"))._tag, "TransportError")
      const silent = scripted({ cancels: [Effect.never] })
      assert.deepInclude(yield* settle(silent, { timeout: "2 seconds" }, "2 seconds"), {
        _tag: "TransportError",
        method: "cancel",
        reason: "Timeout"
      })
    })
  )

  it.effect("has ten minutes unless it is given more or less", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      const fiber = yield* Effect.fork(
        Effect.flip(Cancellation.cancelAndConfirm(name)).pipe(Effect.provide(server.layer))
      )
      yield* TestClock.adjust("599999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "StillRunning")
    })
  )

  it.effect("an interruption sends nothing more, wherever it comes", () =>
    Effect.gen(function* () {
      for (const cancels of [[Effect.void], [refused("UNAVAILABLE")], [Effect.never]]) {
        const server = scripted({ cancels, looks: [running()] })
        const fiber = yield* Effect.fork(Cancellation.cancelAndConfirm(name).pipe(Effect.provide(server.layer)))
        yield* TestClock.adjust("10 millis")
        yield* Fiber.interrupt(fiber)
        const sent = server.requests.length
        yield* TestClock.adjust("1 day")
        assert.strictEqual(server.requests.length, sent)
      }
    })
  )

  it.effect("tells what it sees on the way", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const server = scripted({ looks: [running(), Effect.fail(lost()), ended("CANCELLED")] })
      yield* settle(server, { onLook: (operation) => Effect.sync(() => seen.push(operation._tag)) })
      assert.deepStrictEqual(seen, ["Running", "Cancelled"])
    })
  )
})

describe("Cancellation.changes", () => {
  const told = (server: ReturnType<typeof scripted>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(
        Stream.runCollect(Cancellation.changes(name)).pipe(
          Effect.map((changes) => Chunk.toReadonlyArray(changes).map((change) => change._tag)),
          Effect.provide(server.layer),
          Effect.either
        )
      )
      yield* TestClock.adjust("1 hour")
      return yield* Fiber.join(fiber)
    })

  it.effect("tells that the cancel was accepted, that it shows, and how it ended", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running(), running({ state: "CANCELLING" }), ended("CANCELLED")] })
      assert.deepStrictEqual(
        yield* told(server),
        Either.right(["CancelRequested", "Started", "Progress", "CancellingSeen", "Done"])
      )
    })
  )

  it.effect("tells only the end of what was over before", () =>
    Effect.gen(function* () {
      const server = scripted({ cancels: [refused("FAILED_PRECONDITION")], looks: [succeeded] })
      assert.deepStrictEqual(yield* told(server), Either.right(["Done"]))
    })
  )

  it.effect("does not tell that a cancel was accepted whose answer cannot be read, and goes on", () =>
    Effect.gen(function* () {
      const server = scripted({ cancels: [Effect.fail(unreadable())], looks: [running(), ended("CANCELLED")] })
      assert.deepStrictEqual(yield* told(server), Either.right(["Started", "Done"]))
    })
  )

  it.effect("fails with the refusal", () =>
    Effect.gen(function* () {
      const server = scripted({ cancels: [refused("UNIMPLEMENTED")] })
      const result = yield* told(server)
      assert.isTrue(Either.isLeft(result) && result.left._tag === "Unimplemented")
    })
  )
})
