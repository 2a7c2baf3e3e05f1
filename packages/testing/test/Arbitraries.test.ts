import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Change from "@effect-lro/core/Change"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import * as Arbitraries from "@effect-lro/testing/Arbitraries"
import * as HostileNames from "@effect-lro/testing/HostileNames"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const kinds = <A>(arbitrary: FastCheck.Arbitrary<A>, kindOf: (value: A) => string) =>
  [...new Set(FastCheck.sample(arbitrary, { numRuns: 2000, seed: 1 }).map(kindOf))].sort()

describe("names", () => {
  for (const { name, what } of HostileNames.hostile) {
    it(`${what} is refused`, () => assert.isTrue(Either.isLeft(OperationName.validate(name))))
  }

  for (const { name, what } of [...HostileNames.unusualIds, ...HostileNames.segmentedIds]) {
    it(`an id with ${what} is accepted`, () =>
      assert.isTrue(Either.isRight(OperationName.validate(`projects/demo/operations/${name}`))))
  }

  for (const { name, what } of HostileNames.unusualParents) {
    it(`${what} is accepted`, () => assert.isTrue(Either.isRight(OperationName.validate(`${name}/operations/A`))))
  }

  it.prop("a generated name is valid", [Arbitraries.operationName], ([name]) => {
    assert.isTrue(Either.isRight(OperationName.validate(name)))
  })

  it.prop("a generated hostile name is not", [Arbitraries.hostileName], ([name]) => {
    assert.isTrue(Either.isLeft(OperationName.validate(name)))
  })
})

describe("metadata", () => {
  it("says in every way that a cancel was asked for, in some way that it was not, and has or lacks what tells of work", () => {
    const running = Arbitraries.metadata.map((metadata) =>
      Operation.running({ name: "projects/demo/operations/A", metadata })
    )
    assert.deepStrictEqual(
      kinds(running, (operation) => `${operation._tag === "Running" && Change.isCancelling(operation)}`),
      ["false", "true"]
    )
    const members = kinds(Arbitraries.metadata, (metadata) => Object.keys(metadata).sort().join())
    for (const member of ["state", "progress", "stages", "updateTime", "requestedCancellation"]) {
      assert.isTrue(
        members.some((keys) => keys.split(",").includes(member)),
        member
      )
      assert.isTrue(
        members.some((keys) => !keys.split(",").includes(member)),
        member
      )
    }
  })

  it.prop("is a message with a type, and stays what it is on the wire", [Arbitraries.metadata], ([metadata]) => {
    assert.isTrue(AnyMessage.isAnyMessage(overTheWire(metadata)))
    assert.deepStrictEqual(overTheWire(metadata), metadata)
  })
})

describe("operations", () => {
  it("come in every state", () => {
    assert.deepStrictEqual(
      kinds(Arbitraries.operation, (operation) => operation._tag),
      ["Cancelled", "DoneWithoutResult", "Failed", "Running", "Succeeded"]
    )
  })

  it.prop("survive the wire", [Arbitraries.operation], ([operation]) => {
    const wire = Schema.decodeUnknownSync(Operation.Wire)(overTheWire(Operation.toWire(operation)))
    assert.deepStrictEqual(Operation.fromWire(wire), operation)
  })

  it("on the wire come in every state, and lack and contradict what they may", () => {
    const shapes = kinds(Arbitraries.operationWire, (wire) =>
      [wire.done === true, Predicate.isNotNullable(wire.error), Predicate.isNotNullable(wire.response)]
        .map(Number)
        .join("")
    )
    assert.deepStrictEqual(shapes, ["000", "001", "010", "011", "100", "101", "110", "111"])
    assert.lengthOf(
      kinds(Arbitraries.operationWire, (wire) => Operation.fromWire(wire)._tag),
      5
    )
  })

  it.effect.prop("on the wire have the shape of the wire", [Arbitraries.operationWire], ([wire]) =>
    Effect.map(Schema.decodeUnknown(Operation.Wire)(overTheWire(wire)), (decoded) =>
      assert.deepStrictEqual(Operation.fromWire(decoded), Operation.fromWire(wire))
    )
  )
})

describe("statuses and details", () => {
  it("come in all kinds", () => {
    assert.lengthOf(
      kinds(Arbitraries.errorDetail, (detail) => detail._tag),
      11
    )
    assert.isAtLeast(kinds(Arbitraries.status, Status.codeOf).length, 17)
  })

  it.prop("a detail survives the wire", [Arbitraries.errorDetail], ([detail]) => {
    const message = Schema.decodeUnknownSync(Schema.Record({ key: Schema.String, value: Schema.Unknown }))(
      overTheWire(ErrorDetails.encode(detail))
    )
    assert.deepStrictEqual(ErrorDetails.decode(message), detail)
  })

  it.prop("a status survives the wire", [Arbitraries.status], ([status]) => {
    const wire = Schema.decodeUnknownSync(Status.Wire)(overTheWire(Status.toWire(status)))
    assert.deepStrictEqual(Status.fromWire(wire), status)
  })

  it.prop("a duration survives its text", [Arbitraries.duration], ([duration]) => {
    assert.deepStrictEqual(ProtoJson.parseDuration(ProtoJson.formatDuration(duration)), Option.some(duration))
  })
})

describe("errors", () => {
  it("come in every kind", () => {
    const seen = kinds(Arbitraries.operationsError, (error) => error._tag)
    assert.lengthOf(seen, 19)
  })

  it.effect.prop("survive their schema", [Arbitraries.operationsError], ([error]) =>
    Effect.gen(function* () {
      const encoded = overTheWire(yield* Schema.encode(OperationsError.OperationsError)(error))
      const decoded = yield* Schema.decodeUnknown(OperationsError.OperationsError)(encoded)
      assert.strictEqual(decoded._tag, error._tag)
      assert.strictEqual(decoded.message, error.message)
      assert.deepStrictEqual(overTheWire(yield* Schema.encode(OperationsError.OperationsError)(decoded)), encoded)
    })
  )
})
