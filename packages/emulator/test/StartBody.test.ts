import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as StartBody from "@effect-lro/emulator/StartBody"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const violations = (method: StartMethod.Any, body: unknown): ReadonlyArray<string> =>
  Either.match(StartBody.parse(method, body), {
    onRight: () => [],
    onLeft: (status) => {
      assert.strictEqual(Status.codeOf(status), "INVALID_ARGUMENT")
      assert.notStrictEqual(status.message, "")
      return Option.match(ErrorDetails.find(status.details, "BadRequest"), {
        onNone: () => [],
        onSome: (detail) => detail.fieldViolations.map((violation) => violation.field)
      })
    }
  })

describe("StartBody.parse", () => {
  it("takes what Earth Engine's clients send", () => {
    const result = StartBody.parse(StartMethod.exportImage, {
      expression: { values: {} },
      description: "a tile",
      requestId: "r-1",
      priority: 200,
      maxPixels: "100000000",
      workloadTag: "batch_1",
      fileExportOptions: { driveDestination: { folder: "f" } }
    })
    assert.isTrue(Either.isRight(result))
    if (Either.isRight(result)) {
      assert.strictEqual(result.right.description, "a tile")
      assert.deepStrictEqual(result.right.requestId, Option.some("r-1"))
      assert.strictEqual(result.right.priority, 200)
    }
  })

  it.each([[undefined], [null], [{}], [{ expression: null, description: null }]])(
    "takes %j, and fills in defaults",
    (body) => {
      assert.deepStrictEqual(
        StartBody.parse(StartMethod.exportImage, body),
        Either.right({ description: "", requestId: Option.none(), priority: 100, message: {} })
      )
    }
  )

  it.each<[string, unknown, ReadonlyArray<string>]>([
    ["an unknown member", { expresion: {} }, ["expresion"]],
    ["an unknown member that is null", { nonsense: null }, ["nonsense"]],
    ["several unknown members", { b: 1, a: 2 }, ["b", "a"]],
    ["a member of another method", { videoOptions: {} }, ["videoOptions"]],
    ["a name of the prototype", JSON.parse('{"__proto__": {}, "constructor": 1}'), ["__proto__", "constructor"]],
    ["an expression that is no object", { expression: [] }, ["expression"]],
    ["a description that is no string", { description: 1 }, ["description"]],
    ["a request id that is no string", { requestId: {} }, ["requestId"]],
    ["a priority that is no number", { priority: "soon" }, ["priority"]],
    ["a priority with a fraction", { priority: 1.5 }, ["priority"]],
    ["a priority below 0", { priority: -1 }, ["priority"]],
    ["a priority above 9999", { priority: 10_000 }, ["priority"]],
    ["a workload tag with capitals", { workloadTag: "Batch" }, ["workloadTag"]],
    ["a workload tag that ends with a hyphen", { workloadTag: "batch-" }, ["workloadTag"]],
    ["a workload tag of 64 characters", { workloadTag: "a".repeat(64) }, ["workloadTag"]],
    ["an int64 that is none", { maxPixels: "many" }, ["maxPixels"]],
    ["a member that is given by both of its names", { requestId: "a", request_id: "a" }, ["requestId"]],
    ["an array", [], [""]],
    ["a string", "{}", [""]],
    ["a number", 1, [""]]
  ])("refuses %s, and says which", (_, body, expected) => {
    assert.deepStrictEqual(violations(StartMethod.exportImage, body), expected)
  })

  it.each<[string, unknown]>([
    ["original names", { request_id: "r", workload_tag: "t", file_export_options: {} }],
    ["numbers as strings", { priority: "100", maxPixels: 5 }],
    ["an empty workload tag", { workloadTag: "" }],
    ["a workload tag of 63 characters", { workloadTag: "a".repeat(63) }],
    ["the least and the greatest priority", { priority: 0 }],
    ["an expression of any content", { expression: { values: { "0": { constantValue: 1 } }, result: "0", more: [] } }]
  ])("takes %s", (_, body) => {
    assert.deepStrictEqual(violations(StartMethod.exportImage, body), [])
  })

  it("shows no more than 20 of the members that are wrong, each shortened", () => {
    const body = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${"x".repeat(1000)}${i}`, 1]))
    const found = violations(StartMethod.exportImage, body)
    assert.strictEqual(found.length, 20)
    assert.isTrue(found.every((field) => field.length <= 100))
  })

  it.each(StartMethod.all.map((method) => [method.path, method] as const))("knows all members of %s", (_, method) => {
    const values: Record<StartMethod.Kind, unknown> = {
      string: "a",
      strings: ["a"],
      message: {},
      boolean: true,
      int32: 1,
      int64: "1",
      double: 0.5
    }
    const body = Object.fromEntries(Object.entries(method.members).map(([member, kind]) => [member, values[kind]]))
    assert.deepStrictEqual(violations(method, body), [])
    assert.deepStrictEqual(
      violations(method, Object.fromEntries(Object.keys(method.members).map((member) => [member, Symbol("none")])))
        .length,
      Object.keys(method.members).length
    )
  })

  it.effect.prop("answers any JSON", [FastCheck.jsonValue()], ([json]) =>
    Effect.sync(() => {
      assert.doesNotThrow(() => violations(StartMethod.exportTable, json))
    })
  )
})
