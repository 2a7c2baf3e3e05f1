import * as Operations from "@effect-lro/core/Operations"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Host from "@effect-lro/host/Host"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as StatusError from "@effect-lro/host/StatusError"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { settled } from "./support/host.js"

class TooWide extends Schema.TaggedError<TooWide>()("TooWide", { width: Schema.Number }) {}

const Export = HostedOperation.make({
  name: "example.v1.Export",
  payload: Schema.Struct({ table: Schema.String, until: Schema.optional(Schema.DateTimeUtc) }),
  metadata: Schema.Struct({ rows: Schema.Number, seen: Schema.optional(Schema.DateTimeUtc) }),
  response: Schema.Struct({ uri: Schema.String, at: Schema.DateTimeUtc }),
  error: Schema.Union(TooWide, StatusError.StatusError)
})

type Body = Parameters<typeof Export.toLayer<never>>[0]

const served = (body: Body) => Effect.provide(Layer.provideMerge(Export.toLayer(body), HostOperations.layerMemory()))

const at = DateTime.unsafeMake("2026-01-31T12:00:00Z")

const succeeds: Body = ({ table }) => Effect.succeed({ uri: `gs://${table}`, at })

describe("a hosted operation", () => {
  it.effect("is started with its payload, and ends with its response", () =>
    Effect.gen(function* () {
      const { name } = yield* Export.start({ table: "rivers", until: at })
      const done = Export.type.decode(yield* Operations.wait(name))
      assert.deepStrictEqual(OperationType.response(done), Option.some({ uri: "gs://rivers", at }))
      assert(done._tag === "Succeeded" && done.response._tag === "Known")
      assert.deepStrictEqual(done.response.message, {
        "@type": "type.googleapis.com/example.v1.ExportResponse",
        uri: "gs://rivers",
        at: "2026-01-31T12:00:00.000Z"
      })
    }).pipe(served(succeeds))
  )

  it.effect("publishes typed progress, made from what it published before", () =>
    Effect.gen(function* () {
      const started = yield* Export.start({ table: "rivers" }, { metadata: { rows: 0 } })
      const rows = Effect.map(Operations.get(started.name), (operation) =>
        OperationType.metadata(Export.type.decode(operation))
      )
      assert.deepStrictEqual(OperationType.metadata(started), Option.some({ rows: 0 }))
      yield* settled
      assert.deepStrictEqual(yield* rows, Option.some({ rows: 1, seen: at }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* rows, Option.some({ rows: 11, seen: at }))
    }).pipe(
      served((_, job) =>
        job
          .updateWith((current) => ({ rows: Option.getOrThrow(current).rows + 1, seen: at }))
          .pipe(
            Effect.zipRight(Effect.sleep("1 second")),
            Effect.zipRight(job.updateWith((current) => ({ ...Option.getOrThrow(current), rows: 11 }))),
            Effect.zipRight(Effect.never)
          )
      )
    )
  )

  it.effect("fails with its own error in the details of the status", () =>
    Effect.gen(function* () {
      const done = yield* Effect.flatMap(Export.start({ table: "rivers" }), ({ name }) => Operations.wait(name))
      assert(done._tag === "Failed")
      assert.deepStrictEqual(done.error.details, [
        { "@type": "type.googleapis.com/example.v1.ExportError", _tag: "TooWide", width: 9 }
      ])
      assert.strictEqual(done.error.code, 2)
    }).pipe(served(() => Effect.fail(new TooWide({ width: 9 }))))
  )

  it.effect("fails with the status that it says itself", () =>
    Effect.gen(function* () {
      const done = yield* Effect.flatMap(Export.start({ table: "rivers" }), ({ name }) => Operations.wait(name))
      assert(done._tag === "Failed")
      assert.deepStrictEqual(done.error, { code: 8, message: "full", details: [] })
    }).pipe(served(() => Effect.fail(StatusError.make({ code: "RESOURCE_EXHAUSTED", message: "full" }))))
  )

  it.effect("is stopped by a cancel request, as interruption, as a flag and as a signal", () =>
    Effect.gen(function* () {
      const told = yield* Queue.unbounded<string>()
      const layer = Export.toLayer((_, job) =>
        Effect.never.pipe(
          Effect.onInterrupt(() =>
            Effect.flatMap(job.isCancelRequested, (requested) =>
              Queue.offer(told, `${requested} ${job.abortSignal.aborted}`)
            )
          )
        )
      )
      yield* Effect.gen(function* () {
        const { name } = yield* Export.start({ table: "rivers" })
        yield* settled
        yield* Operations.cancel(name)
        assert.strictEqual((yield* Operations.wait(name))._tag, "Cancelled")
        assert.strictEqual(yield* Queue.take(told), "true true")
      }).pipe(Effect.provide(Layer.provideMerge(layer, HostOperations.layerMemory())))
    })
  )

  it.effect("takes what it requires from where its layer is built, and has a scope of its own", () =>
    Effect.gen(function* () {
      class Prefix extends Context.Tag("Prefix")<Prefix, string>() {}
      const closed = yield* Deferred.make<void>()
      const layer = Export.toLayer(({ table }) =>
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Deferred.succeed(closed, undefined))
          return { uri: (yield* Prefix) + table, at }
        })
      ).pipe(Layer.provide(Layer.succeed(Prefix, "s3://")), Layer.provideMerge(HostOperations.layerMemory()))
      yield* Effect.gen(function* () {
        const { name } = yield* Export.start({ table: "rivers" })
        const done = Export.type.decode(yield* Operations.wait(name))
        assert.strictEqual(Option.getOrThrow(OperationType.response(done)).uri, "s3://rivers")
        yield* Deferred.await(closed)
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("waits until some process has its layer", () =>
    Effect.gen(function* () {
      const { name } = yield* Export.start({ table: "rivers" })
      const waiting = yield* Effect.fork(Operations.wait(name))
      yield* settled
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* Fiber.join(waiting))._tag, "Succeeded")
      }).pipe(Effect.provide(Export.toLayer(succeeds)))
    }).pipe(Effect.provide(HostOperations.layerMemory()))
  )

  it.effect("stays pending as long as its payload says", () =>
    Effect.gen(function* () {
      const Reminder = HostedOperation.make({
        name: "example.v1.Reminder",
        payload: Schema.Struct({ after: Schema.DurationFromMillis }),
        metadata: HostedOperation.empty,
        response: HostedOperation.empty,
        error: Schema.Never,
        startDelay: ({ after }) => after
      })
      const tag = (name: string) => Effect.map(Operations.get(name), ({ _tag }) => _tag)
      yield* Effect.gen(function* () {
        const late = yield* Reminder.start({ after: Duration.seconds(10) })
        const soon = yield* Reminder.start({ after: Duration.zero })
        yield* settled
        assert.strictEqual(yield* tag(soon.name), "Succeeded")
        yield* TestClock.adjust("9999 millis")
        assert.strictEqual(yield* tag(late.name), "Running")
        yield* TestClock.adjust("1 millis")
        yield* settled
        assert.strictEqual(yield* tag(late.name), "Succeeded")
      }).pipe(
        Effect.provide(
          Layer.provideMerge(
            Reminder.toLayer(() => Effect.void),
            HostOperations.layerMemory()
          )
        )
      )
    })
  )

  it.effect("is not defined twice in one host", () =>
    Effect.gen(function* () {
      const twice = Layer.merge(Export.toLayer(succeeds), Layer.fresh(Export.toLayer(succeeds)))
      const exit = yield* Effect.exit(Effect.provide(Effect.void, twice))
      assert.strictEqual(exit._tag, "Failure")
      assert.include(String(exit), "two definitions of operations example.v1.Export")
    }).pipe(Effect.provide(HostOperations.layerMemory()))
  )
})

describe("a request id", () => {
  const reused = (error: Host.SubmitError) => {
    assert.strictEqual(error._tag, "InvalidArgument")
    assert.include(JSON.stringify(error), "REQUEST_ID_REUSED")
  }

  it.effect("answers the same operation for the same payload, however often, and runs it once", () =>
    Effect.gen(function* () {
      const names = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => Export.start({ table: "rivers", until: at }, { requestId: "once" }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(names.map(({ name }) => name)).size, 1)
      assert.strictEqual((yield* Operations.listPage({ name: "" })).operations.length, 1)
    }).pipe(served(succeeds))
  )

  it.effect("is refused for another payload, and for another kind", () =>
    Effect.gen(function* () {
      const Import = HostedOperation.make({
        name: "example.v1.Import",
        payload: Schema.Struct({ table: Schema.String }),
        metadata: HostedOperation.empty,
        response: HostedOperation.empty,
        error: Schema.Never
      })
      yield* Export.start({ table: "rivers" }, { requestId: "once" })
      reused(yield* Effect.flip(Export.start({ table: "lakes" }, { requestId: "once" })))
      reused(yield* Effect.flip(Import.start({ table: "rivers" }, { requestId: "once" })))
      reused(yield* Effect.flip(Host.submit({ requestId: "once", body: () => Effect.void })))
      yield* Export.start({ table: "lakes" }, { requestId: "once", parent: "projects/other" })
    }).pipe(served(succeeds))
  )

  it.effect.each(["\n", "a\0b", "é", "x".repeat(129)])("%j cannot be one", (requestId) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Export.start({ table: "rivers" }, { requestId }))
      assert.strictEqual(error._tag, "InvalidArgument")
    }).pipe(served(succeeds))
  )
})
