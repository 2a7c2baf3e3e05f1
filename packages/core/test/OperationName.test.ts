import * as OperationName from "@effect-lro/core/OperationName"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

describe("OperationName.validate", () => {
  const good = [
    "projects/demo/operations/3DNU363IM57LNU4SDTMB6I33",
    "projects/example.com:demo/operations/ABC",
    "projects/demo/locations/us-central1/operations/operation-1",
    "operations/ABC",
    "operations/projects/x/y/z",
    "transferOperations/a-b",
    "projects/p/operations/a:cancel",
    "projects/p/operations/a b",
    "projects/p/operations/50%",
    "projects/p/operations/a%2Fb",
    "projects/p/operations/é",
    "projects/p/operations/😀",
    "projects/p/operations/a?b#c",
    "projects/p/operations/...",
    "projects/p/operations/a..b",
    "p".repeat(1024)
  ]
  const hostile = [
    "",
    "/",
    "/projects/p/operations/a",
    "projects/p/operations/",
    "projects/p/operations/..",
    "projects/p/operations/.",
    "projects/../operations/a",
    "projects/p/operations/%2e%2e",
    "projects/p/operations/.%2E/x",
    "projects/p//operations/a",
    "projects/p/operations/a\r\nX-Evil: 1",
    "projects/p/operations/a\u0000",
    "projects/p/operations/a\u0085",
    "projects/p/operations/a\u2028",
    "projects/p/operations/\ud800",
    "p".repeat(1025),
    "é".repeat(513),
    "x".repeat(100_000)
  ]

  it("accepts every name that can be told by a URL", () => {
    for (const name of good) assert.deepStrictEqual<unknown>(OperationName.validate(name), Either.right(name), name)
  })

  it("refuses names that would escape from their path, and says why in a line that can be printed", () => {
    for (const name of hostile) {
      const result = OperationName.validate(name)
      assert.isTrue(Either.isLeft(result), name.slice(0, 60))
      if (Either.isRight(result)) continue
      assert.match(result.left.message, /^[^\u0000-\u001f\u007f-\u009f]{20,400}$/)
      assert.isTrue(result.left.message.isWellFormed())
      assert.isTrue(Either.isLeft(Schema.decodeEither(OperationName.OperationName)(name)))
    }
  })
})

describe("OperationName.parse", () => {
  const full = "projects/demo/operations/ABC"

  it("reads a name as people write it", () => {
    const table: ReadonlyArray<readonly [string, string]> = [
      [full, full],
      [`  ${full}\n`, full],
      ["operations/ABC", full],
      ["ABC", full],
      [`https://earthengine.googleapis.com/v1/${full}`, full],
      [`https://earthengine.googleapis.com/v1/${full}:cancel?alt=json`, full],
      ["http://127.0.0.1:8085/v1/projects/example.com%3Ap/operations/ABC", "projects/example.com:p/operations/ABC"]
    ]
    for (const [input, name] of table) {
      assert.deepStrictEqual<unknown>(
        OperationName.parse(input, { parent: "projects/demo" }),
        Either.right(name),
        input
      )
    }
  })

  it("completes nothing without a parent", () => {
    assert.deepStrictEqual<unknown>(OperationName.parse("operations/ABC"), Either.right("operations/ABC"))
    assert.isTrue(Either.isLeft(OperationName.parse("ABC")))
  })

  it("refuses what has no name in it", () => {
    for (const input of [
      "",
      "   ",
      "https://example.com/",
      "https://example.com/projects/p",
      "https://x/operations/%zz"
    ]) {
      assert.isTrue(Either.isLeft(OperationName.parse(input, { parent: "projects/demo" })), input)
    }
  })
})

describe("OperationName.view", () => {
  it("splits a name into parent, collection and id", () => {
    const table: ReadonlyArray<readonly [string, string, string, string]> = [
      ["projects/p/operations/A", "projects/p", "operations", "A"],
      ["projects/p/operations/x/y", "projects/p", "operations", "x/y"],
      ["operations/A", "", "operations", "A"],
      ["transferOperations/A", "", "transferOperations", "A"],
      ["projects/p/locations/l/warehouseOperations/A", "projects/p/locations/l", "warehouseOperations", "A"]
    ]
    for (const [name, parent, collection, id] of table) {
      assert.deepStrictEqual(OperationName.view(name), Option.some({ parent, collection, id }))
    }
    assert.isTrue(Option.isNone(OperationName.view("ABC")))
  })
})
