/**
 * A kind of operation of one's own: what its metadata and its response are is said once, and everything that is read is
 * typed by it. What is of another type, or does not decode, breaks nothing.
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Poller from "@effect-lro/core/Poller"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const ImportMetadata = Schema.Struct({
  rowsDone: Schema.Number,
  since: Schema.DateTimeUtc
})

const ImportResponse = Schema.Struct({
  rows: Schema.Number,
  skipped: Schema.optionalWith(Schema.Number, { default: () => 0 })
})

const Import = OperationType.make({
  metadata: OperationType.message({ typeName: "example.v1.ImportMetadata", schema: ImportMetadata }),
  response: OperationType.message({ typeName: "example.v1.ImportResponse", schema: ImportResponse })
})

const program = Effect.gen(function* () {
  const { name } = yield* Host.submit({
    parent: "projects/demo",
    body: (job) =>
      Effect.gen(function* () {
        const since = "2026-01-01T00:00:00Z"
        yield* job.update(AnyMessage.pack("example.v1.ImportMetadata", { rowsDone: 500, since }))
        yield* Effect.sleep("700 millis")
        return AnyMessage.pack("example.v1.ImportResponse", { rows: 1000 })
      })
  })
  yield* Poller.changes(name, { type: Import }).pipe(
    Stream.runForEach((change) => {
      if (change._tag === "CancelRequested") return Effect.void
      if (change._tag !== "Done") {
        const rows = Option.map(OperationType.metadata(change.operation), ({ rowsDone }) => rowsDone)
        return Console.log(`so far ${Option.getOrElse(rows, () => 0)} rows`)
      }
      const response = OperationType.response(change.operation)
      return Console.log(
        Option.map(response, ({ rows, skipped }) => `${rows} rows, ${skipped} skipped`).pipe(
          Option.getOrElse(() => "?")
        )
      )
    })
  )
}).pipe(Effect.provide(HostOperations.layerMemory()))

NodeRuntime.runMain(program)
