import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Cancellation from "@effect-lro/core/Cancellation"
import type * as Operations from "@effect-lro/core/Operations"
import type * as OperationsError from "@effect-lro/core/OperationsError"
import type * as WaitError from "@effect-lro/core/WaitError"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { BatteryFailure } from "../../BatteryFailure.js"
import { type Bench, caseOf } from "./bench.js"
import { status } from "./get.js"

const supported = { cancel: "supported" } as const

const running = { _tag: "RunsUntilCancelled" } as const

const confirmed = (t: Bench, name: string) => Cancellation.cancelAndConfirm(name, t.confirming)

// How it ends by a deadline of so many units; of twice as many where a slow machine did not come to look in that time.
const overdue = (
  t: Bench,
  name: string,
  deadline: number
): Effect.Effect<OperationsError.OperationsError | WaitError.WaitError, BatteryFailure, Operations.Operations> =>
  Effect.matchEffect(Cancellation.cancelAndConfirm(name, { ...t.confirming, timeout: t.units(deadline) }), {
    onSuccess: (outcome) => t.fail("the error StillRunning", outcome),
    onFailure: (error) => {
      const hasLooked = error._tag === "StillRunning" ? Option.isSome(error.lastSeen) : error._tag !== "TransportError"
      return hasLooked || deadline > 32 ? Effect.succeed(error) : overdue(t, name, deadline * 2)
    }
  })

export const confirm = [
  caseOf("confirm", "running work that stops is an outcome: Cancelled", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      const outcome = yield* t.tagged(yield* confirmed(t, name), "Cancelled")
      yield* t.same("the operation", yield* t.operations.get(name), outcome.operation)
    })
  ),
  caseOf("confirm", "Cancelled is said only after the body has stopped", { ...supported, bodyWitness: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working({ _tag: "RunsUntilCancelled", cancelLatency: t.units(6) })
      yield* t.tagged(yield* confirmed(t, name), "Cancelled")
      yield* t.expect("a body that has stopped", !(yield* t.isBodyRunning(name)))
    })
  ),
  caseOf("confirm", "work that ignores it is an outcome: CompletedAnyway", { ...supported, ignoresCancel: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working({ _tag: "IgnoresCancel", after: t.units(8) })
      yield* t.tagged(yield* confirmed(t, name), "CompletedAnyway")
    })
  ),
  caseOf("confirm", "work that was over before is an outcome: CompletedAnyway", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      const outcome = yield* t.tagged(yield* confirmed(t, name), "CompletedAnyway")
      yield* t.same("the operation", yield* t.operations.get(name), outcome.operation)
    })
  ),
  caseOf("confirm", "the response of what completed anyway is not lost", { ...supported, ownResponses: true }, (t) =>
    Effect.gen(function* () {
      const response = AnyMessage.pack("google.protobuf.Struct", { kept: true })
      const name = yield* t.finished({ _tag: "Succeeded", response })
      const outcome = yield* t.tagged(yield* confirmed(t, name), "CompletedAnyway")
      const done = yield* t.tagged(outcome.operation, "Succeeded")
      yield* t.same("the response", done.response, response)
    })
  ),
  caseOf(
    "confirm",
    "what was done without a result is CompletedAnyway",
    { ...supported, doneWithoutResult: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.finished({ _tag: "DoneWithoutResult" })
        const outcome = yield* t.tagged(yield* confirmed(t, name), "CompletedAnyway")
        yield* t.tagged(outcome.operation, "DoneWithoutResult")
      })
  ),
  caseOf("confirm", "work that failed before is an outcome: FailedAnyway", { ...supported, fails: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Failed", status })
      const outcome = yield* t.tagged(yield* confirmed(t, name), "FailedAnyway")
      yield* t.same("the error", outcome.operation.error, status)
    })
  ),
  caseOf("confirm", "what was cancelled before is an outcome: Cancelled", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.cancelled
      yield* t.tagged(yield* confirmed(t, name), "Cancelled")
    })
  ),
  caseOf("confirm", "two at once come to the same outcome", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "RunsUntilCancelled", cancelLatency: t.units(3) })
      const [one, other] = yield* Effect.all([confirmed(t, name), confirmed(t, name)], { concurrency: 2 })
      yield* t.tagged(one, "Cancelled")
      yield* t.same("the other outcome", other, one)
    })
  ),
  caseOf("confirm", "an unknown operation is an error, not an outcome", supported, (t) =>
    Effect.gen(function* () {
      const error = yield* t.refused(confirmed(t, t.subject.unknownName), "NotFound")
      yield* t.same("the operation of the error", error.operation, t.subject.unknownName)
    })
  ),
  caseOf(
    "confirm",
    "a deadline is an error: StillRunning, which has seen it",
    { ...supported, ignoresCancel: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.working({ _tag: "IgnoresCancel", after: t.units(120) })
        const error = yield* t.tagged(yield* overdue(t, name, 8), "StillRunning")
        yield* t.same("whether the cancel was accepted", error.cancelAccepted, true)
        yield* t.expect("what was last seen", error.lastSeen._tag === "Some", error)
      })
  ),
  caseOf(
    "confirm",
    "what is deleted meanwhile has vanished, and is not called cancelled",
    { ...supported, delete: "supported", ignoresCancel: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.working({ _tag: "IgnoresCancel", after: t.units(60) })
        const seen = yield* Deferred.make<void>()
        const onLook = () => Effect.asVoid(Deferred.succeed(seen, undefined))
        const stopping = Cancellation.cancelAndConfirm(name, { ...t.confirming, onLook })
        const fiber = yield* Effect.fork(t.refused(stopping, "Vanished"))
        yield* Deferred.await(seen)
        yield* t.operations.delete(name)
        yield* Fiber.join(fiber)
      })
  ),
  caseOf(
    "confirm",
    "where cancel is unimplemented that is the error, and the work goes on",
    { cancel: "unimplemented" },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.started(running)
        yield* t.refused(confirmed(t, name), "Unimplemented")
        yield* t.tagged(yield* t.operations.get(name), "Running")
      })
  )
]
