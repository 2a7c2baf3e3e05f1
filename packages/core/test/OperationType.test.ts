import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Poller from "@effect-lro/core/Poller"
import * as Status from "@effect-lro/core/Status"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { name, scripted } from "./fixtures/scripted.js"

const Export = OperationType.make({
  metadata: OperationType.message({
    typeName: "demo.v1.ExportMetadata",
    matches: (typeName) => /^demo\.\w+\.ExportMetadata$/.test(typeName),
    schema: Schema.Struct({ progress: Schema.Number })
  }),
  response: OperationType.message({
    typeName: "demo.v1.Exported",
    schema: Schema.Struct({ uri: Schema.String })
  })
})

const response = { "@type": "type.googleapis.com/demo.v1.Exported", uri: "gs://b/o" }

describe("OperationType", () => {
  it("decodes what is of its type, and of any name that matches", () => {
    for (const version of ["v1", "v1alpha"]) {
      const metadata = { "@type": `type.googleapis.com/demo.${version}.ExportMetadata`, progress: 0.5, more: true }
      const decoded = Export.decode(Operation.succeeded({ name, metadata, response }))
      assert.deepStrictEqual(OperationType.metadata(decoded), Option.some({ progress: 0.5 }))
      assert.deepStrictEqual(OperationType.response(decoded), Option.some({ uri: "gs://b/o" }))
    }
  })

  it("keeps what is of another type, of none, or does not decode, and says why", () => {
    for (const metadata of [
      { "@type": "type.googleapis.com/other.Metadata", progress: 0.5 },
      { progress: 0.5 },
      { "@type": "type.googleapis.com/demo.v1.ExportMetadata", progress: "half" }
    ]) {
      const decoded = Export.decode(Operation.running({ name, metadata }))
      const message = Option.getOrThrow(decoded.metadata)
      assert.isTrue(message._tag === "Unknown" && message.message === metadata && message.reason.length > 10)
      assert.isTrue(Option.isNone(OperationType.metadata(decoded)))
    }
  })

  it("writes a typed operation down as it came, with what is not of its type, and reads it again", () => {
    const schema = OperationType.Done(Export)
    for (const metadata of [
      { "@type": "type.googleapis.com/demo.v1.ExportMetadata", progress: 0.5, more: true },
      { "@type": "type.googleapis.com/other.Metadata", progress: 0.5 }
    ]) {
      const error = Status.make({ code: "CANCELLED", message: "stopped" })
      for (const operation of [
        Operation.succeeded({ name, metadata, response }),
        Operation.succeeded({ name, metadata, response: { "@type": "type.googleapis.com/other.Answer" } }),
        Operation.doneWithoutResult({ name, metadata }),
        Operation.ended({ name, metadata, error }),
        Operation.ended({ name, error: Status.make({ code: "INTERNAL", message: "broken" }) })
      ]) {
        const typed = Export.decodeDone(operation)
        const written = Schema.encodeSync(schema)(typed)
        assert.deepStrictEqual(written, Operation.toWire(operation))
        assert.deepStrictEqual(Schema.decodeSync(schema)(written), typed)
      }
    }
    assert.isTrue(Either.isLeft(Schema.decodeEither(schema)(Operation.toWire(Operation.running({ name })))))
  })

  it.effect("types the programs that take one", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [Effect.succeed(Operation.succeeded({ name, response }))] })
      const done = yield* Poller.awaitDone(name, { type: Export }).pipe(Effect.provide(server.layer))
      assert.deepStrictEqual(OperationType.response(done), Option.some({ uri: "gs://b/o" }))
      const outcome = yield* Cancellation.cancelAndConfirm(name, { type: Export }).pipe(Effect.provide(server.layer))
      assert.deepStrictEqual(OperationType.response(outcome.operation), Option.some({ uri: "gs://b/o" }))
      expectTypeOf(OperationType.metadata(done)).toEqualTypeOf<Option.Option<{ readonly progress: number }>>()
      expectTypeOf(OperationType.response(outcome.operation)).toEqualTypeOf<Option.Option<{ readonly uri: string }>>()
    })
  )
})
