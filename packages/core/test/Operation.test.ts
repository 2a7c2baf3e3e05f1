import * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const name = "projects/demo/operations/ABC"
const decode = Schema.decodeUnknownEither(Operation.Operation)

describe("Operation", () => {
  it("means what done and the result say, whatever else is there", () => {
    const response = { "@type": "type.googleapis.com/google.protobuf.Empty" }
    const table: ReadonlyArray<readonly [unknown, Operation.Operation["_tag"]]> = [
      [{ name }, "Running"],
      [{ name, done: false }, "Running"],
      [{ name, done: null, error: null }, "Running"],
      [{ name, done: false, response }, "Running"],
      [{ name, error: { code: 1 } }, "Running"],
      [{ name, done: true, response }, "Succeeded"],
      [{ name, done: true, response, error: null }, "Succeeded"],
      [{ name, done: true, error: { code: 1, message: "cancelled" } }, "Cancelled"],
      [{ name, done: true, error: { code: 13 } }, "Failed"],
      [{ name, done: true, error: { code: 499 } }, "Failed"],
      [{ name, done: true, error: {} }, "Failed"],
      [{ name, done: true, error: { code: 0 }, response }, "Failed"],
      [{ name, done: true, error: { code: 1 }, response }, "Cancelled"],
      [{ name, done: true }, "DoneWithoutResult"],
      [{ done: true }, "DoneWithoutResult"],
      [{}, "Running"],
      [{ name, unheardOf: [1, 2], done: true }, "DoneWithoutResult"]
    ]
    for (const [wire, tag] of table) {
      assert.deepStrictEqual(
        Either.map(decode(wire), (operation) => operation._tag),
        Either.right(tag),
        JSON.stringify(wire)
      )
    }
  })

  it("keeps metadata and response by reference, whatever their type", () => {
    const metadata = { "@type": "x/y.Unheard", deep: { list: [1, "2", null] } }
    const operation = Either.getOrThrow(decode({ name, done: true, metadata, response: metadata }))
    assert.strictEqual(Option.getOrThrow(operation.metadata), metadata)
    assert.isTrue(operation._tag === "Succeeded" && operation.response === metadata)
  })

  it("is no operation where a member is of the wrong kind", () => {
    for (const wire of [
      null,
      [],
      "x",
      { name: 1 },
      { name, done: "true" },
      { name, metadata: [] },
      { name, done: true, response: "x" },
      { name, done: true, error: { code: "1" } }
    ]) {
      assert.isTrue(Either.isLeft(decode(wire)), JSON.stringify(wire))
    }
  })

  it("survives the wire", () =>
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Schema.typeSchema(Operation.Operation)), (generated) => {
        // An error with code 1 is Cancelled by definition, so that is what a generated Failed of that code becomes.
        const operation =
          generated._tag === "Failed" || generated._tag === "Cancelled"
            ? Operation.ended({ ...generated, metadata: Option.getOrUndefined(generated.metadata) })
            : generated
        assert.deepStrictEqual(
          Either.getOrThrow(decode(JSON.parse(JSON.stringify(Operation.toWire(operation))))),
          operation
        )
      }),
      { numRuns: 300 }
    ))

  it("leaves defaults out when it writes", () => {
    assert.deepStrictEqual(Operation.toWire(Operation.running({ name: "" })), {})
    assert.deepStrictEqual(Operation.toWire(Operation.ended({ name, error: Status.make({ code: "CANCELLED" }) })), {
      name,
      done: true,
      error: { code: 1 }
    })
  })
})
