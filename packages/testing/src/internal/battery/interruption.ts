import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { caseOf } from "./bench.js"

const running = { _tag: "RunsUntilCancelled" } as const

export const interruption = [
  caseOf("interruption", "a look that is interrupted leaves the operation running", {}, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      const fiber = yield* Effect.fork(t.operations.get(name))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* t.pause(2)
      yield* t.tagged(yield* t.operations.get(name), "Running")
    })
  ),
  caseOf(
    "interruption",
    "a wait that is interrupted ends at once and leaves the operation running",
    { wait: "supported" },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.started(running)
        const fiber = yield* Effect.fork(t.operations.wait(name, { timeout: "1 hour" }))
        yield* t.pause(2)
        yield* Fiber.interrupt(fiber)
        yield* t.pause(2)
        yield* t.tagged(yield* t.operations.get(name), "Running")
      })
  ),
  caseOf(
    "interruption",
    "waits that are given up leave room for others",
    { wait: "supported", cancel: "supported" },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.started(running)
        const fibers = yield* Effect.replicateEffect(Effect.fork(t.operations.wait(name, { timeout: "1 hour" })), 20)
        yield* t.pause(3)
        yield* Fiber.interruptAll(fibers)
        yield* t.operations.cancel(name)
        yield* t.tagged(yield* t.untilDone(name), "Cancelled")
      })
  ),
  caseOf(
    "interruption",
    "cancel and confirm that is interrupted sends nothing more",
    { cancel: "supported", ignoresCancel: true, requestWitness: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.working({ _tag: "IgnoresCancel", after: t.units(60) })
        const seen = yield* Deferred.make<void>()
        const onLook = () => Effect.asVoid(Deferred.succeed(seen, undefined))
        const fiber = yield* Effect.fork(Cancellation.cancelAndConfirm(name, { ...t.confirming, onLook }))
        yield* Deferred.await(seen)
        yield* Fiber.interrupt(fiber)
        yield* t.same("the requests", yield* t.requestsOf(t.pause(5)), [])
      })
  )
]
