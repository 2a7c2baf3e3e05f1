import * as Operation from "@effect-lro/core/Operation"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Bench, caseOf } from "./bench.js"
import { status } from "./get.js"

const supported = { wait: "supported" } as const

const running = { _tag: "RunsUntilCancelled" } as const

// A server may return early, so a wait is a loop, with a pause so that it does not spin.
const waited = (t: Bench, name: string): ReturnType<Bench["untilDone"]> =>
  Effect.flatMap(t.operations.wait(name, { timeout: "1 hour" }), (operation) =>
    Operation.isDone(operation) ? Effect.succeed(operation) : Effect.zipRight(t.pause(0.5), waited(t, name))
  )

const soon = Effect.fnUntraced(function* <A, E, R>(t: Bench, effect: Effect.Effect<A, E, R>) {
  const [took, value] = yield* Effect.timed(effect)
  yield* t.expect("at most fifty units of time", Duration.lessThan(took, t.units(50)), Duration.format(took))
  return value
})

export const waiting = [
  caseOf("wait", "a wait for what is over returns at once", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      yield* t.tagged(yield* soon(t, t.operations.wait(name, { timeout: "1 hour" })), "Succeeded")
    })
  ),
  caseOf("wait", "a timeout is no error: it reads the running operation", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      const operation = yield* soon(t, t.operations.wait(name, { timeout: t.units(3) }))
      yield* t.tagged(operation, "Running")
      yield* t.same("the name", operation.name, name)
    })
  ),
  caseOf("wait", "a timeout of nothing returns at once", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.tagged(yield* soon(t, t.operations.wait(name, { timeout: 0 })), "Running")
    })
  ),
  caseOf("wait", "it sees the end of the work", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "Completes", after: t.units(5) })
      yield* t.tagged(yield* waited(t, name), "Succeeded")
    })
  ),
  caseOf("wait", "it reads a failed operation as an answer", { ...supported, fails: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "Fails", after: t.units(5), status })
      const done = yield* t.tagged(yield* waited(t, name), "Failed")
      yield* t.same("the error", done.error, status)
    })
  ),
  caseOf("wait", "a cancel wakes it", { ...supported, cancel: "supported" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      const fiber = yield* Effect.fork(waited(t, name))
      yield* t.pause(3)
      yield* t.operations.cancel(name)
      yield* t.tagged(yield* Fiber.join(fiber), "Cancelled")
    })
  ),
  caseOf("wait", "twenty waits for one operation all see its end", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "Completes", after: t.units(5) })
      const seen = yield* Effect.replicateEffect(waited(t, name), 20, { concurrency: "unbounded" })
      yield* t.expect(
        "twenty successes",
        seen.every((it) => it._tag === "Succeeded"),
        seen
      )
    })
  ),
  caseOf("wait", "a wait for an unknown operation is not found", supported, (t) =>
    t.refused(t.operations.wait(t.subject.unknownName, { timeout: t.units(3) }), "NotFound")
  ),
  caseOf("wait", "where it is unimplemented it says so", { wait: "unimplemented" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.refused(t.operations.wait(name, { timeout: t.units(3) }), "Unimplemented")
    })
  )
]
