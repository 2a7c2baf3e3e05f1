import * as Operation from "@effect-lro/core/Operation"
import * as Excerpt from "@effect-lro/rest/Excerpt"
import * as ResponseBody from "@effect-lro/rest/ResponseBody"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const name = "projects/demo/operations/3DNU363IM57LNU4SDTMB6I33"

const type = "type.googleapis.com/google.earthengine.v1.OperationMetadata"

const answer = (
  body: unknown,
  method: ResponseBody.Answer["method"] = "get",
  httpStatus = 200
): ResponseBody.Answer => ({
  operation: name,
  method,
  httpStatus,
  body: typeof body === "string" ? body : JSON.stringify(body)
})

const tagOf = (body: unknown) =>
  Either.match(ResponseBody.operation(answer(body)), { onLeft: (error) => error._tag, onRight: (it) => it._tag })

describe("ResponseBody", () => {
  it.each<[string, unknown, string]>([
    ["what a start answers", { name, metadata: { "@type": type, state: "PENDING", priority: 100 } }, "Running"],
    [
      "a running one",
      { name, metadata: { "@type": type, state: "RUNNING", progress: 0.25, stages: [{ totalWorkUnits: "1" }] } },
      "Running"
    ],
    [
      "a cancelled one",
      { name, metadata: { "@type": type, state: "CANCELLED" }, done: true, error: { code: 1, message: "x" } },
      "Cancelled"
    ],
    ["a failed one", { name, done: true, error: { code: 3, message: "x" } }, "Failed"],
    [
      "one that has succeeded",
      { name, done: true, response: { "@type": "type.googleapis.com/google.protobuf.Empty" } },
      "Succeeded"
    ],
    ["one without a result", { name, done: true }, "DoneWithoutResult"],
    ["nulls for what is unset", { name, done: null, error: null, response: null, metadata: null }, "Running"],
    ["members that nobody knows", { name, kind: "x#y", extra: [1] }, "Running"],
    ["no name, but done", { done: true, response: {} }, "Succeeded"],
    ["an empty object", {}, "MalformedResponse"],
    ["an error envelope with 200", { error: { code: 404, message: "x", status: "NOT_FOUND" } }, "MalformedResponse"],
    ["an error envelope with 200 and without code", { error: { message: "x" } }, "MalformedResponse"],
    ["an array", [{ name }], "MalformedResponse"],
    ["null", "null", "MalformedResponse"],
    ["nothing", "", "MalformedResponse"],
    ["HTML", "<html>sign in</html>", "MalformedResponse"],
    ["truncated JSON", `{"name": "x", "done": tr`, "MalformedResponse"],
    ["done that is no boolean", { name, done: "true" }, "MalformedResponse"],
    ["an error that is a string", { name, done: true, error: "x" }, "MalformedResponse"],
    ["metadata that is a list", { name, metadata: [] }, "MalformedResponse"],
    ["a name that is a number", { name: 1 }, "MalformedResponse"]
  ])("reads %s", (_, body, expected) => {
    assert.strictEqual(tagOf(body), expected)
  })

  it("names an operation by what was asked where the answer does not, but not one that was started", () => {
    const done = { done: true }
    assert.strictEqual(Either.getOrThrow(ResponseBody.operation(answer(done))).name, name)
    assert.strictEqual(Either.getOrThrow(ResponseBody.operation(answer(done, "start"))).name, "")
  })

  it("reads pages, of which the last may be an empty object", () => {
    assert.deepStrictEqual(
      ResponseBody.page(answer({}, "list")),
      Either.right({ operations: [], nextPageToken: Option.none(), unreachable: [] })
    )
    assert.deepStrictEqual(
      ResponseBody.page(answer({ operations: [{ name }], nextPageToken: "t", unreachable: ["x"] }, "list")),
      Either.right({ operations: [Operation.running({ name })], nextPageToken: Option.some("t"), unreachable: ["x"] })
    )
    assert.deepStrictEqual(
      ResponseBody.page(answer({ operations: null, nextPageToken: "" }, "list")),
      Either.right({ operations: [], nextPageToken: Option.none(), unreachable: [] })
    )
  })

  it.each([
    "",
    "[]",
    "null",
    "<html>",
    `{"operations": {}}`,
    `{"operations": [1]}`,
    `{"nextPageToken": 1}`,
    `{"error": {}}`
  ])("takes %j for no page", (body) => {
    assert.isTrue(Either.isLeft(ResponseBody.page(answer(body, "list"))))
  })

  it("takes any object but an error for Empty, and nothing only where HTTP says so", () => {
    assert.deepStrictEqual(ResponseBody.empty(answer("{}")), Either.right(undefined))
    assert.deepStrictEqual(ResponseBody.empty(answer(`{"x": 1}`)), Either.right(undefined))
    assert.deepStrictEqual(ResponseBody.empty(answer("", "cancel", 204)), Either.right(undefined))
    for (const body of ["", "[]", "null", "OK", "<html>", `{"error": {"code": 503, "status": "UNAVAILABLE"}}`]) {
      assert.isTrue(Either.isLeft(ResponseBody.empty(answer(body, "cancel"))))
    }
  })

  it("shows the beginning of what it could not understand, and no credentials", () => {
    const error = Either.getOrThrow(
      Either.flip(ResponseBody.operation(answer(`<p>Authorization: Bearer canary</p>${"x".repeat(10_000)}`)))
    )
    assert.strictEqual(error.httpStatus, 200)
    assert.isAtMost(error.excerpt.length, Excerpt.maxLength)
    assert.notInclude(JSON.stringify(error), "canary")
  })

  it("reads back every operation", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Operation.Operation), (operation) => {
        const named = { ...operation, name }
        const body = JSON.stringify(Operation.toWire(named))
        // What JSON itself loses (minus zero, undefined) is not this module's matter.
        const expected = Operation.fromWire(JSON.parse(body) as Operation.Wire)
        assert.deepStrictEqual(ResponseBody.operation(answer(body)), Either.right(expected))
      })
    )
  })
})

describe("Excerpt", () => {
  it.each([
    ["Authorization: Bearer abc.def-123", "Authorization: Bearer <redacted>"],
    ["Bearer token-1234 Bearer tokens.of.mine", "Bearer <redacted> Bearer <redacted>"],
    ["The request has no bearer token.", "The request has no bearer token."],
    [
      `{"message":"no bearer token"}, bearer tokens, a bearer token`,
      `{"message":"no bearer token"}, bearer tokens, a bearer token`
    ],
    [`{"a":"Bearer abc","b":1}`, `{"a":"Bearer <redacted>","b":1}`],
    ["Basic dXNlcjpwYXNzd29yZA== x", "Basic <redacted> x"],
    ["Basic auth is not supported", "Basic auth is not supported"],
    ["token ya29.a0Af_x-y expired", "token <redacted> expired"],
    ["?key=abc&pageSize=1", "?key=<redacted>&pageSize=1"],
    ["AIzaSyA1234567890abcdefghijklmnopqrstuv", "<redacted>"],
    ["eyJhbGciOi.eyJpc3MiOi.sig", "<redacted>"],
    ["jwt-a-eyJhbGciOi.eyJpc3MiOi.sig", "jwt-a-<redacted>"],
    ["refresh 1//0gabcdefghijklmnopqrstuvwxyz", "refresh <redacted>"],
    [`{"refresh_token": "a\\"b", "x": 1}`, `{"refresh_token": "<redacted>", "x": 1}`],
    [`{"client_secret": "GOCSPX-abc`, `{"client_secret": "<redacted>"`],
    ["monkey=banana", "monkey=banana"]
  ])("blots out credentials in %s", (text, expected) => {
    assert.strictEqual(Excerpt.redact(text), expected)
  })

  it("shows no control characters and no markup, and stays short", () => {
    assert.strictEqual(Excerpt.of("a\r\n\u001b[31mb\u0000\tc"), "a [31mb c")
    assert.strictEqual(Excerpt.of("<html><style>x{}</style><b>a</b>\n<p>b"), "a b")
    assert.strictEqual(Excerpt.of("a < b"), "a < b")
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary", maxLength: 2000 }), (text) => {
        const excerpt = Excerpt.of(text)
        assert.isAtMost(excerpt.length, Excerpt.maxLength)
        assert.isTrue(excerpt.isWellFormed())
        assert.notMatch(excerpt, /[\u0000-\u001f\u007f]/)
      })
    )
  })

  it("is quick with bodies that are made to be slow", () => {
    for (const text of [
      "<".repeat(1e6),
      "<style".repeat(2e5),
      "Bearer ".repeat(2e5),
      "eyJ".repeat(3e5),
      "-eyJ".repeat(6e4),
      `${"-eyJ".repeat(6e4)}.`,
      `"private_key":"${"\\".repeat(1e6)}`,
      "key=".repeat(3e5)
    ]) {
      assert.isAtMost(Excerpt.of(text).length, Excerpt.maxLength)
      assert.isString(Excerpt.redact(text))
    }
  })
})
