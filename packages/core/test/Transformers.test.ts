import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Poller from "@effect-lro/core/Poller"
import * as RateLimited from "@effect-lro/core/RateLimited"
import * as Retrying from "@effect-lro/core/Retrying"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import * as Telemetry from "@effect-lro/core/Telemetry"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { ended, error, lost, name, running, scripted, succeeded } from "./fixtures/scripted.js"

describe("Retrying", () => {
  it.effect("sends a request again where that may help, and hands on what no repetition cures", () =>
    Effect.gen(function* () {
      const server = scripted({
        looks: [Effect.fail(error("UNAVAILABLE")), Effect.fail(error("UNAVAILABLE")), succeeded],
        cancels: [Effect.fail(error("UNIMPLEMENTED", { method: "cancel" }))]
      })
      const layer = Retrying.layer().pipe(Layer.provide(server.layer))
      const fiber = yield* Effect.fork(Operations.get(name).pipe(Effect.provide(layer)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Succeeded")
      assert.strictEqual(server.at("get").length, 3)
      const refusal = yield* Effect.flip(Operations.cancel(name).pipe(Effect.provide(layer)))
      assert.strictEqual(refusal._tag, "Unimplemented")
      assert.strictEqual(server.at("cancel").length, 1)
    })
  )

  it.effect("under a cancellation that does not retry by itself, each fault costs one request", () =>
    Effect.gen(function* () {
      const server = scripted({
        cancels: [Effect.fail(error("UNAVAILABLE", { method: "cancel" })), Effect.void],
        looks: [Effect.fail(error("UNAVAILABLE")), ended("CANCELLED")]
      })
      const fiber = yield* Effect.fork(
        Cancellation.cancelAndConfirm(name, { retry: RetryPolicy.none, failureBudget: 0 }).pipe(
          Effect.provide(Retrying.layer().pipe(Layer.provide(server.layer)))
        )
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Cancelled")
      assert.deepStrictEqual(
        server.requests.map(([method]) => method),
        ["cancel", "cancel", "get", "get"]
      )
    })
  )
})

describe("Retrying of delete", () => {
  const deleting = (answers: ReadonlyArray<Effect.Effect<void, OperationsError>>) =>
    Effect.gen(function* () {
      const server = scripted({})
      let sent = 0
      const operations = Retrying.make({
        ...(yield* Effect.provide(Operations.Operations, server.layer)),
        delete: () => Effect.suspend(() => answers[sent++] ?? Effect.dieMessage("no answer to delete was written"))
      })
      const fiber = yield* Effect.fork(Effect.either(operations.delete(name)))
      yield* TestClock.adjust("1 minute")
      return [Either.match(yield* Fiber.join(fiber), { onLeft: (e) => e._tag, onRight: () => "deleted" }), sent]
    })

  it.effect("takes what is not found after an answer that was lost for deleted, and only then", () =>
    Effect.gen(function* () {
      const notFound = Effect.fail(error("NOT_FOUND", { method: "delete" }))
      const unrouted = Effect.fail(error("NOT_FOUND", { method: "delete", missing: "route" }))
      assert.deepStrictEqual(yield* deleting([Effect.fail(lost("delete")), notFound]), ["deleted", 2])
      assert.deepStrictEqual(yield* deleting([Effect.fail(lost("delete")), unrouted]), ["NotFound", 2])
      assert.deepStrictEqual(yield* deleting([notFound]), ["NotFound", 1])
    })
  )
})

describe("RateLimited", () => {
  it.effect("lets so many requests through at once and the others evenly after them, over all methods", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      const fiber = yield* Effect.fork(
        Effect.all([...Array.from({ length: 6 }, () => Operations.get(name)), Operations.cancel(name)], {
          concurrency: "unbounded",
          discard: true
        }).pipe(Effect.provide(RateLimited.layer({ limit: 4 }).pipe(Layer.provide(server.layer))))
      )
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      const times = server.requests.map(([, at]) => at)
      assert.deepStrictEqual(times.slice(0, 4), [0, 0, 0, 0])
      assert.isAtLeast(times[4] ?? 0, 200)
      assert.isAtLeast(times[6] ?? 0, 700)
      assert.isAtMost(times[6] ?? 0, 1000)
    })
  )
})

/** A tracer that remembers its spans. */
const tracing = Effect.map(Effect.tracer, (native) => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span: (...args) => {
      const span = native.span(...args)
      spans.push(span)
      return span
    },
    context: (f, fiber) => native.context(f, fiber)
  })
  return { spans, tracer }
})

describe("Telemetry", () => {
  it.effect("finds the spans of all programs under the same name of the operation", () =>
    Effect.gen(function* () {
      const { spans, tracer } = yield* tracing
      const checkpoint = Checkpoint.make({ operation: name, intent: "await" })
      yield* Effect.all([
        Poller.awaitDone(name),
        Cancellation.cancelAndConfirm(name),
        Checkpoint.resume(checkpoint, { save: () => Effect.void })
      ]).pipe(Effect.provide(scripted({ looks: [succeeded] }).layer), Effect.withTracer(tracer))
      assert.deepStrictEqual(
        spans.map((span) => [span.name, Object.fromEntries(span.attributes)]),
        ["Poller.awaitDone", "Cancellation.cancelAndConfirm", "Checkpoint.resume"].map((program) => [
          program,
          { "lro.operation.name": name }
        ])
      )
    })
  )

  it.effect("gives each request a span with the names of OpenTelemetry and nothing secret", () =>
    Effect.gen(function* () {
      const { spans, tracer } = yield* tracing
      const server = scripted({ looks: [running()] })
      yield* Operations.get(name).pipe(
        Effect.provide(Telemetry.layerTraced.pipe(Layer.provide(server.layer))),
        Effect.withTracer(tracer)
      )
      assert.deepStrictEqual(
        spans.map((span) => [span.name, span.kind, Object.fromEntries(span.attributes)]),
        [
          [
            "google.longrunning.Operations/GetOperation",
            "client",
            {
              "rpc.system": "google.longrunning",
              "rpc.service": "google.longrunning.Operations",
              "rpc.method": "GetOperation",
              "lro.operation.name": name
            }
          ]
        ]
      )
    })
  )

  it.effect("measures requests by method and error, and cancels by outcome", () =>
    Effect.gen(function* () {
      const server = scripted({
        cancels: [Effect.delay(Effect.void, "2 seconds"), Effect.fail(error("UNIMPLEMENTED", { method: "cancel" }))],
        looks: [ended("CANCELLED")]
      })
      const layer = Telemetry.layerMeasured.pipe(Layer.provide(server.layer))
      const cancel = Cancellation.cancelAndConfirm(name).pipe(Telemetry.cancelOutcome, Effect.provide(layer))
      const before = yield* counts
      const fiber = yield* Effect.fork(Effect.zip(Effect.either(cancel), Effect.either(cancel)))
      yield* TestClock.adjust("2 seconds")
      const [first, second] = yield* Fiber.join(fiber)
      assert.isTrue(Either.isRight(first) && Either.isLeft(second))
      const after = yield* counts
      const grown = (key: string) => (after.get(key) ?? 0) - (before.get(key) ?? 0)
      assert.strictEqual(grown("lro.cancel.outcomes lro.cancel.outcome=Cancelled"), 1)
      assert.strictEqual(grown("lro.cancel.outcomes lro.cancel.outcome=Unimplemented"), 1)
      assert.strictEqual(grown("lro.cancel.duration lro.cancel.outcome=Cancelled"), 1)
      assert.strictEqual(grown("rpc.client.call.duration rpc.method=GetOperation"), 1)
      assert.strictEqual(grown("rpc.client.call.duration rpc.method=CancelOperation"), 1)
      assert.strictEqual(grown("rpc.client.call.duration rpc.method=CancelOperation error.type=Unimplemented"), 1)
    })
  )
})

const counts = Effect.map(Metric.snapshot, (pairs) => {
  const found = new Map<string, number>()
  for (const { metricKey, metricState } of pairs) {
    const tags = metricKey.tags.map((tag) => ` ${tag.key}=${tag.value}`).join("")
    const count: unknown = Reflect.get(metricState, "count")
    found.set(
      metricKey.name + tags,
      Option.getOrElse(Option.liftPredicate(count, isNumber), () => 0)
    )
  }
  return found
})

const isNumber = (u: unknown): u is number => typeof u === "number"
