import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { error, name, running, scripted } from "./fixtures/scripted.js"

const started = Effect.succeed(Operation.running({ name }))

describe("in a finalizer", () => {
  it.effect("a timeout bounds a cancel that nobody answers, and a look too", () =>
    Effect.gen(function* () {
      for (const script of [{ cancels: [Effect.never] }, { looks: [Effect.never] }, { looks: [running()] }]) {
        const server = scripted(script)
        const fiber = yield* Effect.scoped(
          Effect.addFinalizer(() =>
            Effect.provide(Effect.ignore(Cancellation.cancelAndConfirm(name, { timeout: "7 seconds" })), server.layer)
          )
        ).pipe(Effect.fork)
        yield* TestClock.adjust("7 seconds")
        assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
      }
    })
  )

  it.effect("a timeout bounds a wait", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.never] })
      const fiber = yield* Effect.fork(
        Effect.uninterruptible(Effect.exit(Poller.awaitDone(name, { timeout: "7 seconds" }))).pipe(
          Effect.provide(server.layer)
        )
      )
      yield* TestClock.adjust("7 seconds")
      assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
    })
  )
})

describe("Operations.scoped", () => {
  for (const onInterrupt of ["cancel", "cancelAndConfirm"] as const) {
    it.effect(`${onInterrupt}: the timeout of the stopping bounds how long an interruption takes`, () =>
      Effect.gen(function* () {
        const server = scripted({ looks: [running()], cancels: [Effect.never] })
        const told: Array<string> = []
        const fiber = yield* Operations.scoped(started, {
          onInterrupt,
          stop: { timeout: "7 seconds" },
          onStopped: (_, exit) => Effect.sync(() => told.push(exit._tag))
        }).pipe(Effect.provide(server.layer), Effect.fork)
        yield* TestClock.adjust("100 millis")
        yield* Fiber.interruptFork(fiber)
        yield* TestClock.adjust("7 seconds")
        assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
        assert.deepStrictEqual(told, ["Failure"])
      })
    )

    it.effect(`${onInterrupt}: stops the operation also where a finalizer of the wait has a defect`, () =>
      Effect.gen(function* () {
        const server = scripted({
          looks: [Effect.onInterrupt(Effect.never, () => Effect.die("a bug in the transport"))],
          cancels: [Effect.fail(error("UNIMPLEMENTED", { method: "cancel" }))]
        })
        const fiber = yield* Operations.scoped(started, { onInterrupt }).pipe(Effect.provide(server.layer), Effect.fork)
        yield* TestClock.adjust("100 millis")
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(server.at("cancel").length, 1)
      })
    )
  }

  it.effect("knows the operation from its start: what is not found after it has vanished", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.fail(error("NOT_FOUND"))] })
      const failure = yield* Operations.scoped(started, { onInterrupt: "leave" }).pipe(
        Effect.provide(server.layer),
        Effect.flip
      )
      assert.strictEqual(failure._tag, "Vanished")
    })
  )

  it.effect("knows the operation from its start: where no look answers in time, it is still running", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.never] })
      const fiber = yield* Operations.scoped(started, { onInterrupt: "leave", timeout: "1 second" }).pipe(
        Effect.provide(server.layer),
        Effect.flip,
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "StillRunning")
    })
  )

  it.effect("hands on what its start fails with, and what dies in it, and sends nothing", () =>
    Effect.gen(function* () {
      const server = scripted({})
      for (const onInterrupt of ["leave", "cancel", "cancelAndConfirm"] as const) {
        const failing = Operations.scoped(Effect.fail("no start"), { onInterrupt })
        assert.deepStrictEqual(yield* Effect.exit(Effect.provide(failing, server.layer)), Exit.fail("no start"))
        const dying = Operations.scoped(Effect.die("a bug"), { onInterrupt })
        assert.deepStrictEqual(yield* Effect.exit(Effect.provide(dying, server.layer)), Exit.die("a bug"))
      }
      assert.deepStrictEqual(server.requests, [])
    })
  )
})
