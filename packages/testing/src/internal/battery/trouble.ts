import * as Cancellation from "@effect-lro/core/Cancellation"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Poller from "@effect-lro/core/Poller"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Subject from "../../Subject.js"
import { type Bench, caseOf } from "./bench.js"

const trouble = { trouble: true } as const

const running = { _tag: "RunsUntilCancelled" } as const

// What a look at a healthy operation fails with when it meets with trouble.
const met = <const Tag extends OperationsError.OperationsError["_tag"]>(t: Bench, kind: Subject.Trouble, tag: Tag) =>
  Effect.gen(function* () {
    const name = yield* t.started(running)
    yield* t.troubleNext(kind)
    const error = yield* t.refused(t.operations.get(name), tag)
    yield* t.tagged(yield* t.operations.get(name), "Running")
    return error
  })

const sevenSeconds = (t: Bench, error: OperationsError.OperationsError) => {
  const advice = Option.map(OperationsError.advice(error), Duration.toMillis)
  return t.same("the advice in milliseconds", Option.getOrUndefined(advice), 7000)
}

// What is sent for an attempt. That it fails is ordered, and other cases look at how.
const attempted = <A, E>(t: Bench, attempt: Effect.Effect<A, E>) => t.requestsOf(Effect.ignore(attempt))

export const troubles = [
  caseOf("trouble", "UNAVAILABLE is Unavailable, with the server's advice when to come back", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "Unavailable", "Unavailable")
      yield* sevenSeconds(t, error)
      yield* t.expect("an error worth another try", OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "a rate limit is ResourceExhausted, with the server's advice when to come back", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "RateLimited", "ResourceExhausted")
      yield* sevenSeconds(t, error)
      yield* t.expect("an error worth another try", OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "missing credentials are Unauthorized, and asking again does not help", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "Unauthorized", "Unauthorized")
      yield* t.expect("an error that is final", !OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "a missing permission is PermissionDenied, and asking again does not help", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "PermissionDenied", "PermissionDenied")
      yield* t.expect("an error that is final", !OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "a page of HTML with 404 is a missing route, not a missing operation", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "RouteMissing", "NotFound")
      yield* t.same("what is missing", error.missing, "route")
    })
  ),
  caseOf("trouble", "a page of HTML with 502 is worth another try", trouble, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.troubleNext("BadGateway")
      const error = yield* Effect.flip(t.operations.get(name)).pipe(
        Effect.catchAll(() => t.fail("an error", "success"))
      )
      yield* t.expect("an error worth another try", OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "a page of HTML with 200 is a malformed response, shown in part", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "NotJson", "MalformedResponse")
      yield* t.expect("at most 500 characters", error.excerpt.length <= 500, error.excerpt.length)
      yield* t.expect("an error that is final", !OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "an empty answer with 200 is a malformed response, not a running operation", trouble, (t) =>
    met(t, "Empty", "MalformedResponse")
  ),
  caseOf("trouble", "a lost connection is a transport error, worth another try", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "ConnectionLost", "TransportError")
      yield* t.same("the reason", error.reason, "Connection")
      yield* t.expect("an error worth another try", OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "a redirect is a transport error, and final", trouble, (t) =>
    Effect.gen(function* () {
      const error = yield* met(t, "Redirect", "TransportError")
      yield* t.same("the reason", error.reason, "Redirect")
      yield* t.expect("an error that is final", !OperationsError.isRetryable(error), error)
    })
  ),
  caseOf("trouble", "a redirect is not followed", { ...trouble, requestWitness: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.troubleNext("Redirect")
      yield* t.same("the requests", yield* attempted(t, t.operations.get(name)), ["get"])
    })
  ),
  caseOf(
    "trouble",
    "a provider sends a request that fails once, and leaves repeating to its callers",
    { ...trouble, requestWitness: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.started(running)
        for (const kind of ["Unavailable", "RateLimited", "BadGateway", "ConnectionLost"] as const) {
          yield* t.troubleNext(kind)
          yield* t.same(`the requests after ${kind}`, yield* attempted(t, t.operations.get(name)), ["get"])
        }
      })
  ),
  caseOf(
    "trouble",
    "a cancel that fails is sent once, and leaves repeating to its callers",
    { ...trouble, requestWitness: true, cancel: "supported" },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.started(running)
        for (const kind of ["Unavailable", "ConnectionLost", "AnswerLost"] as const) {
          yield* t.troubleNext(kind)
          yield* t.same(`the requests after ${kind}`, yield* attempted(t, t.operations.cancel(name)), ["cancel"])
        }
      })
  ),
  caseOf("trouble", "a cancel that meets with trouble has not happened", { ...trouble, cancel: "supported" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working(running)
      yield* t.troubleNext("Gone")
      yield* t.refused(t.operations.cancel(name), "NotFound")
      yield* t.pause(2)
      yield* t.tagged(yield* t.operations.get(name), "Running")
    })
  ),
  caseOf(
    "trouble",
    "a cancel whose answer is lost may have happened, and is found out",
    { ...trouble, cancel: "supported" },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.working(running)
        yield* t.troubleNext("AnswerLost")
        yield* t.refused(t.operations.cancel(name), "TransportError")
        yield* t.tagged(yield* Cancellation.cancelAndConfirm(name, t.confirming), "Cancelled")
      })
  ),
  caseOf("trouble", "a failed look is not a failed operation: waiting goes on", trouble, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "Completes", after: t.units(6) })
      for (const kind of ["ConnectionLost", "BadGateway", "ConnectionLost"] as const) yield* t.troubleNext(kind)
      yield* t.tagged(yield* Poller.awaitDone(name, { schedule: t.schedule }), "Succeeded")
    })
  ),
  caseOf("trouble", "cancel and confirm outlives lost connections", { ...trouble, cancel: "supported" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      for (const kind of ["ConnectionLost", "BadGateway", "ConnectionLost"] as const) yield* t.troubleNext(kind)
      yield* t.tagged(yield* Cancellation.cancelAndConfirm(name, t.confirming), "Cancelled")
    })
  ),
  caseOf(
    "trouble",
    "what was there and is not found any more has vanished, and is not called cancelled",
    trouble,
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.started(running)
        const waiting = Poller.awaitDone(name, {
          schedule: t.schedule,
          // A subject without `troubleNext` has failed the case before.
          onLook: () => Effect.ignore(t.troubleNext("Gone"))
        })
        yield* t.refused(waiting, "Vanished")
      })
  )
]
