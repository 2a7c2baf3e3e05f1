import * as Operation from "@effect-lro/core/Operation"
import * as Effect from "effect/Effect"
import { type Bench, caseOf } from "./bench.js"
import { status } from "./get.js"

const supported = { cancel: "supported" } as const

const lenient = { cancel: "supported", cancelOfDone: "accepted" } as const

const strict = { cancel: "supported", cancelOfDone: "refused" } as const

const running = { _tag: "RunsUntilCancelled" } as const

const becomesCancelled = (t: Bench, name: string) =>
  Effect.gen(function* () {
    const done = yield* t.tagged(yield* t.untilDone(name), "Cancelled")
    yield* t.same("the code", done.error.code, 1)
    yield* t.same("the name", done.name, name)
  })

// Looks often while an operation is being cancelled, and never sees it over before its body is.
const bodyFirst = (t: Bench, name: string): ReturnType<typeof becomesCancelled> =>
  Effect.gen(function* () {
    const operation = yield* t.operations.get(name)
    if (Operation.isDone(operation)) {
      yield* t.tagged(operation, "Cancelled")
      return yield* t.expect("the body to have stopped before it is called cancelled", !(yield* t.isBodyRunning(name)))
    }
    yield* t.pause(0.1)
    yield* bodyFirst(t, name)
  })

export const cancel = [
  caseOf("cancel", "a running operation that is cancelled ends with code 1", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.operations.cancel(name)
      yield* becomesCancelled(t, name)
    })
  ),
  caseOf("cancel", "an operation that waits for its turn can be cancelled", { ...supported, pending: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "RunsUntilCancelled", pending: t.units(1000) })
      yield* t.operations.cancel(name)
      yield* becomesCancelled(t, name)
    })
  ),
  caseOf("cancel", "while the work is stopping it is running, and after that it is cancelled", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working({ _tag: "RunsUntilCancelled", cancelLatency: t.units(8) })
      yield* t.stillRunning(Effect.succeed(name), t.units(8), t.operations.cancel)
      yield* becomesCancelled(t, name)
    })
  ),
  caseOf(
    "cancel",
    "it is never called cancelled before its body has stopped",
    { ...supported, bodyWitness: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.working({ _tag: "RunsUntilCancelled", cancelLatency: t.units(6) })
        yield* t.operations.cancel(name)
        yield* bodyFirst(t, name)
      })
  ),
  caseOf("cancel", "a cancel of what is being cancelled is accepted again", lenient, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working({ _tag: "RunsUntilCancelled", cancelLatency: t.units(8) })
      yield* t.operations.cancel(name)
      yield* t.operations.cancel(name)
      yield* becomesCancelled(t, name)
    })
  ),
  caseOf("cancel", "fifty cancels at once are all accepted and end it once", lenient, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working({ _tag: "RunsUntilCancelled", cancelLatency: t.units(8) })
      yield* Effect.replicateEffect(t.operations.cancel(name), 50, { concurrency: "unbounded", discard: true })
      yield* becomesCancelled(t, name)
      yield* t.staysAsItIs(name)
    })
  ),
  caseOf("cancel", "a cancelled operation never changes afterwards", supported, (t) =>
    Effect.flatMap(t.cancelled, t.staysAsItIs)
  ),
  caseOf("cancel", "a cancel of a cancelled operation is accepted and changes nothing", lenient, (t) =>
    Effect.gen(function* () {
      const name = yield* t.cancelled
      const before = yield* t.operations.get(name)
      yield* t.operations.cancel(name)
      yield* t.same("the operation", yield* t.staysAsItIs(name), before)
    })
  ),
  caseOf("cancel", "a cancel of a succeeded operation is accepted and changes nothing", lenient, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      const before = yield* t.operations.get(name)
      yield* t.operations.cancel(name)
      yield* t.same("the operation", yield* t.staysAsItIs(name), before)
    })
  ),
  caseOf(
    "cancel",
    "a cancel of a failed operation is accepted and leaves its own error",
    { ...lenient, fails: true },
    (t) =>
      Effect.gen(function* () {
        const name = yield* t.finished({ _tag: "Failed", status })
        yield* t.operations.cancel(name)
        const done = yield* t.tagged(yield* t.staysAsItIs(name), "Failed")
        yield* t.same("the error", done.error, status)
      })
  ),
  caseOf("cancel", "a cancel of what is over is refused and changes nothing", strict, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      const before = yield* t.operations.get(name)
      const error = yield* Effect.flip(t.operations.cancel(name)).pipe(
        Effect.catchAll(() => t.fail("a refusal", "success"))
      )
      yield* t.expect(
        "FailedPrecondition or NotFound",
        error._tag === "FailedPrecondition" || error._tag === "NotFound",
        error
      )
      yield* t.same("the operation", yield* t.staysAsItIs(name), before)
    })
  ),
  caseOf("cancel", "a cancel of an unknown operation is not found", supported, (t) =>
    Effect.gen(function* () {
      const error = yield* t.refused(t.operations.cancel(t.subject.unknownName), "NotFound")
      yield* t.same("what is missing", error.missing, "operation")
    })
  ),
  caseOf(
    "cancel",
    "work that ignores it completes and is reported as completed",
    { ...supported, ignoresCancel: true },
    (t) =>
      Effect.gen(function* () {
        const working = t.working({ _tag: "IgnoresCancel", after: t.units(10) })
        const name = yield* t.stillRunning(working, t.units(7), t.operations.cancel)
        yield* t.tagged(yield* t.untilDone(name), "Succeeded")
        yield* t.staysAsItIs(name)
      })
  ),
  caseOf("cancel", "it leaves the neighbours alone", supported, (t) =>
    Effect.gen(function* () {
      const [left, name, right] = [yield* t.started(running), yield* t.started(running), yield* t.started(running)]
      yield* t.operations.cancel(name)
      yield* becomesCancelled(t, name)
      yield* t.tagged(yield* t.operations.get(left), "Running")
      yield* t.tagged(yield* t.operations.get(right), "Running")
    })
  ),
  caseOf("cancel", "in a race with the end there is one end, and it stays", supported, (t) =>
    Effect.forEach(
      [1, 2, 3, 4, 5, 6, 7, 8],
      (n) =>
        Effect.gen(function* () {
          const name = yield* t.started({ _tag: "Completes", after: t.units(4) })
          yield* t.pause(n * 0.75)
          // A strict server refuses a cancel that comes too late, in either way; the looks below tell whether it did.
          yield* Effect.catchTags(t.operations.cancel(name), {
            FailedPrecondition: () => Effect.void,
            NotFound: () => Effect.void
          })
          const done = yield* t.untilDone(name)
          yield* t.expect("success or cancelled", done._tag === "Succeeded" || done._tag === "Cancelled", done)
          yield* t.same("the end", yield* t.staysAsItIs(name), done)
        }),
      { concurrency: "unbounded", discard: true }
    )
  ),
  caseOf("cancel", "one cancel is one request", { ...supported, requestWitness: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.same("the requests", yield* t.requestsOf(t.operations.cancel(name)), ["cancel"])
    })
  ),
  caseOf("cancel", "where it is unimplemented it says so and the work goes on", { cancel: "unimplemented" }, (t) =>
    Effect.gen(function* () {
      const started = t.started({ _tag: "Completes", after: t.units(8) })
      const name = yield* t.stillRunning(started, t.units(7), (name) =>
        t.refused(t.operations.cancel(name), "Unimplemented")
      )
      yield* t.tagged(yield* t.untilDone(name), "Succeeded")
    })
  )
]
