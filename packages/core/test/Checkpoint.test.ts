import * as Checkpoint from "@effect-lro/core/Checkpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { ended, error, lost, name, running, scripted, succeeded, unreadable } from "./fixtures/scripted.js"

/** Runs a wait until `crash`, or to its end, and hands over what was written down last. */
const process = (
  written: string,
  server: ReturnType<typeof scripted>,
  crash: Duration.DurationInput,
  options?: Omit<Checkpoint.Options, "save">
) =>
  Effect.gen(function* () {
    const paper = yield* Ref.make(written)
    const checkpoint = yield* Checkpoint.fromText(written)
    const fiber = yield* Checkpoint.resume(checkpoint, {
      ...options,
      save: (next) => Ref.set(paper, Checkpoint.toText(next))
    }).pipe(Effect.either, Effect.provide(server.layer), Effect.fork)
    yield* TestClock.adjust(crash)
    const result = yield* Fiber.poll(fiber)
    yield* Fiber.interrupt(fiber)
    return {
      written: yield* Ref.get(paper),
      end: Option.isSome(result) ? Either.merge(yield* yield* result)._tag : "crashed"
    }
  })

const cancelling = Checkpoint.toText(Checkpoint.make({ operation: name, intent: "cancel", timeout: "1 minute" }))

describe("Checkpoint", () => {
  it.effect("a cancel that was accepted is confirmed by another process, without being sent again", () =>
    Effect.gen(function* () {
      const first = scripted({ looks: [running({ state: "CANCELLING" })] })
      const crashed = yield* process(cancelling, first, "2 seconds")
      assert.strictEqual(crashed.end, "crashed")
      const second = scripted({ looks: [running({ state: "CANCELLING" }), ended("CANCELLED")] })
      const resumed = yield* process(crashed.written, second, "1 hour")
      assert.strictEqual(resumed.end, "Cancelled")
      assert.strictEqual(second.at("cancel").length, 0)
    })
  )

  it.effect("a cancel that was sent and not known to be accepted is sent again", () =>
    Effect.gen(function* () {
      const crashed = yield* process(cancelling, scripted({ cancels: [Effect.never] }), "1 second")
      assert.include(crashed.written, "cancelRequestedAt")
      const second = scripted({ looks: [succeeded] })
      assert.strictEqual((yield* process(crashed.written, second, "1 hour")).end, "Succeeded")
      assert.strictEqual(second.at("cancel").length, 1)
    })
  )

  it.effect("has only the time that was left, however long nobody waited", () =>
    Effect.gen(function* () {
      const crashed = yield* process(cancelling, scripted({ looks: [running()] }), "40 seconds")
      yield* TestClock.adjust("3 days")
      const left = Option.fromNullable((yield* Checkpoint.fromText(crashed.written)).timeLeft)
      const millis = Duration.toMillis(Option.getOrThrow(left))
      assert.isTrue(millis >= 20_000 && millis <= 25_000, String(millis))
      const second = scripted({ looks: [running()] })
      assert.strictEqual((yield* process(crashed.written, second, millis - 1)).end, "crashed")
      const third = scripted({ looks: [running()] })
      assert.strictEqual((yield* process(crashed.written, third, millis)).end, "StillRunning")
    })
  )

  it.effect("goes on with the schedule from the look it had reached, after a first look at once", () =>
    Effect.gen(function* () {
      const schedule = Schedule.fromDelays("1 second", "2 seconds", "4 seconds", "8 seconds", "16 seconds")
      const waiting = Checkpoint.toText(Checkpoint.make({ operation: name, intent: "await" }))
      const crashed = yield* process(waiting, scripted({ looks: [running()] }), "3500 millis", { schedule })
      const second = scripted({ looks: [running()] })
      yield* process(crashed.written, second, "1 minute", { schedule })
      const [start = 0, ...later] = second.at("get")
      assert.deepStrictEqual(
        later.map((at) => at - start),
        [8000, 24_000]
      )
    })
  )

  it.effect("an operation that another process had seen and that is found no more has vanished", () =>
    Effect.gen(function* () {
      const waiting = Checkpoint.toText(Checkpoint.make({ operation: name, intent: "await" }))
      const crashed = yield* process(waiting, scripted({ looks: [running()] }), "1 second")
      const gone = scripted({ looks: [Effect.fail(error("NOT_FOUND"))] })
      assert.strictEqual((yield* process(crashed.written, gone, "1 hour")).end, "Vanished")
      // It is the same where the wait has become a cancel in the meantime, which is refused for that.
      const cancel = Checkpoint.toText({ ...(yield* Checkpoint.fromText(crashed.written)), intent: "cancel" })
      const missing = Effect.fail(error("NOT_FOUND", { method: "cancel" }))
      const gonePaper = scripted({ cancels: [missing], looks: [Effect.fail(error("NOT_FOUND"))] })
      assert.strictEqual((yield* process(cancel, gonePaper, "1 hour")).end, "Vanished")
    })
  )

  it.effect("asks nobody about what was over", () =>
    Effect.gen(function* () {
      const first = yield* process(cancelling, scripted({ looks: [ended("CANCELLED")] }), "1 second")
      const second = scripted({})
      assert.strictEqual((yield* process(first.written, second, "1 second")).end, "Cancelled")
      assert.deepStrictEqual(second.requests, [])
    })
  )

  it.effect("takes a refusal that says that it is over for an end, and writes it down", () =>
    Effect.gen(function* () {
      const server = scripted({
        cancels: [Effect.fail(error("FAILED_PRECONDITION", { method: "cancel" }))],
        looks: [succeeded]
      })
      const first = yield* process(cancelling, server, "1 second")
      assert.strictEqual(first.end, "Succeeded")
      assert.include(first.written, "demo.Answer")
    })
  )

  it.effect(
    "goes on after an answer to the cancel that cannot be read, and does not write down that it was accepted",
    () =>
      Effect.gen(function* () {
        const cancels = [Effect.fail(unreadable())]
        const crashed = yield* process(cancelling, scripted({ cancels, looks: [running()] }), "2 seconds")
        assert.strictEqual(crashed.end, "crashed")
        const second = scripted({ looks: [ended("CANCELLED")] })
        assert.strictEqual((yield* process(crashed.written, second, "1 hour")).end, "Cancelled")
        assert.strictEqual(second.at("cancel").length, 1, "it is not known to have been accepted, so it is sent again")
      })
  )

  it.effect("fails where it cannot be written down, before anything is sent", () =>
    Effect.gen(function* () {
      const server = scripted({})
      const failure = yield* Checkpoint.resume(Checkpoint.make({ operation: name, intent: "cancel" }), {
        save: () => Effect.fail("the disk is full")
      }).pipe(Effect.flip, Effect.provide(server.layer))
      assert.strictEqual(failure, "the disk is full")
      assert.deepStrictEqual(server.requests, [])
    })
  )

  it.effect("ends as a wait of one process does, wherever it crashes and however often", () =>
    Effect.gen(function* () {
      const looks = [running({}), Effect.fail(lost()), running({ at: 2 }), running({ at: 3 }), ended("CANCELLED")]
      for (let crash = 100; crash < 4000; crash += 390) {
        // The server goes on with its script while the processes come and go.
        const server = scripted({ looks })
        let written = cancelling
        let end = "crashed"
        for (let tries = 0; tries < 50 && end === "crashed"; tries++) {
          const next = yield* process(written, server, crash)
          written = next.written
          end = next.end
        }
        assert.strictEqual(end, "Cancelled", `crashing every ${crash} ms`)
        assert.strictEqual(server.at("cancel").length, 1)
      }
    })
  )

  it("refuses what is no checkpoint, and says why", () => {
    const other = JSON.stringify({ ...JSON.parse(cancelling), version: 2 })
    for (const text of ["", "{}", "null", "{", other, cancelling.replace("cancel", "explode")]) {
      const result = Checkpoint.fromText(text)
      assert.isTrue(Either.isLeft(result) && result.left.message.length > 40, text)
    }
  })
})
