import * as Code from "@effect-lro/core/Code"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as ErrorEnvelope from "@effect-lro/rest/ErrorEnvelope"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const now = Date.UTC(2025, 0, 1)

const decode = (
  httpStatus: number,
  body: unknown,
  more?: { readonly contentType?: string; readonly retryAfter?: string; readonly date?: string }
) =>
  ErrorEnvelope.decode({
    operation: "projects/p/operations/a",
    method: "cancel",
    httpStatus,
    body: typeof body === "string" ? body : JSON.stringify(body),
    now,
    ...more
  })

const html = (status: number, title: string) =>
  `<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8><title>Error ${status} (${title})!!1</title>\n<style>*{margin:0;padding:0}html,code{font:15px/22px arial}</style>\n<p><b>${status}.</b> <ins>That’s an error.</ins>`

describe("ErrorEnvelope", () => {
  describe("decode", () => {
    it.each<[string, number, unknown, string, number | undefined]>([
      [
        "the standard envelope",
        404,
        { error: { code: 404, message: "gone", status: "NOT_FOUND" } },
        "NotFound",
        undefined
      ],
      [
        "an envelope without details",
        501,
        { error: { code: 501, message: "no", status: "UNIMPLEMENTED" } },
        "Unimplemented",
        undefined
      ],
      [
        "the status name over the HTTP status",
        400,
        { error: { code: 400, status: "FAILED_PRECONDITION" } },
        "FailedPrecondition",
        undefined
      ],
      [
        "the status name over a HTTP status of another kind",
        500,
        { error: { code: 404, status: "DATA_LOSS" } },
        "DataLoss",
        undefined
      ],
      [
        "the HTTP status over the code in the body",
        403,
        { error: { code: 404, message: "no" } },
        "PermissionDenied",
        undefined
      ],
      [
        "the HTTP status where the name is not known",
        409,
        { error: { code: 409, status: "CONFUSED" } },
        "Aborted",
        undefined
      ],
      ["the HTTP status where the name says OK", 503, { error: { code: 503, status: "OK" } }, "Unavailable", undefined],
      [
        "the code in the body where the HTTP status tells nothing",
        600,
        { error: { code: 404, message: "no" } },
        "NotFound",
        undefined
      ],
      [
        "an array around the envelope",
        503,
        [{ error: { code: 503, message: "later", status: "UNAVAILABLE" } }],
        "Unavailable",
        undefined
      ],
      [
        "the first element with an error",
        429,
        [{}, 1, { error: { status: "RESOURCE_EXHAUSTED" } }, { error: { status: "ABORTED" } }],
        "ResourceExhausted",
        undefined
      ],
      ["an object that is the error", 404, { code: 5, message: "Not Found", details: [] }, "NotFound", undefined],
      [
        "a gRPC number that agrees with the HTTP status",
        400,
        { code: 9, message: "state" },
        "FailedPrecondition",
        undefined
      ],
      ["no gRPC number that disagrees", 400, { code: 13, message: "state" }, "InvalidArgument", undefined],
      [
        "no gRPC number within an envelope",
        400,
        { error: { code: 9, message: "state" } },
        "InvalidArgument",
        undefined
      ],
      ["OAuth's string", 401, { error: "invalid_grant", error_description: "expired" }, "Unauthorized", undefined],
      ["HTML of a front end", 502, html(502, "Server Error"), "Unavailable", undefined],
      ["HTML with 500", 500, html(500, "Server Error"), "Internal", undefined],
      ["nothing at all", 401, "", "Unauthorized", undefined],
      ["plain text", 429, "slow down", "ResourceExhausted", undefined],
      ["truncated JSON", 501, `{"error": {"code": 404, "status": "NOT_FO`, "Unimplemented", undefined],
      ["JSON that is no object", 403, "null", "PermissionDenied", undefined],
      ["a number", 400, "17", "InvalidArgument", undefined],
      ["an empty array", 503, "[]", "Unavailable", undefined],
      ["an object with nothing in it", 504, "{}", "DeadlineExceeded", undefined],
      ["an error that is null", 500, { error: null }, "Internal", undefined],
      [
        "members of the wrong types",
        500,
        { error: { code: "x", message: 1, status: 2, details: 3, errors: 4 } },
        "Internal",
        undefined
      ],
      [
        "details that are none",
        500,
        { error: { status: "INTERNAL", details: [1, null, "x", []] } },
        "Internal",
        undefined
      ],
      ["405, which says that the method is not there", 405, "", "Unimplemented", undefined],
      ["408, by which a proxy gives up", 408, "", "DeadlineExceeded", undefined],
      ["any other 4xx", 418, "", "FailedPrecondition", undefined],
      ["499", 499, "", "CallCancelled", undefined],
      ["416", 416, "", "OutOfRange", undefined]
    ])("reads %s", (_, httpStatus, body, tag) => {
      const error = decode(httpStatus, body)
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(error.httpStatus, httpStatus)
      assert.strictEqual(error.operation, "projects/p/operations/a")
      assert.strictEqual(error.method, "cancel")
    })

    it.each<[string, unknown, "operation" | "route"]>([
      ["JSON that says NOT_FOUND", { error: { code: 404, message: "gone", status: "NOT_FOUND" } }, "operation"],
      ["an envelope without a status", { error: { code: 404, message: "gone" } }, "operation"],
      ["grpc-gateway's JSON", { code: 5, message: "operation not found" }, "operation"],
      ["HTML", html(404, "Not Found"), "route"],
      ["nothing", "", "route"],
      ["plain text", "404 page not found", "route"],
      ["JSON without an error", {}, "route"],
      ["JSON of Spring", { status: 404, error: "Not Found", path: "/v1/projects/p/operations/a" }, "route"],
      ["JSON of Fastify", { statusCode: 404, error: "Not Found", message: "Route GET:/v1/x not found" }, "route"],
      ["JSON of Dropwizard", { code: 404, message: "HTTP 404 Not Found" }, "route"],
      ["JSON of a gateway", { message: "no Route matched with those values" }, "route"],
      ["an error that says no more than a text", { error: { message: "gone" } }, "route"],
      [
        "what Google's frameworks say of a path",
        { error: { code: 404, message: "Method not found.", status: "NOT_FOUND" } },
        "route"
      ],
      ["what our server says of a path", ErrorEnvelope.encode(ErrorEnvelope.routeNotFound("nothing here")), "route"]
    ])("tells from %s what a 404 is about", (_, body, missing) => {
      const error = decode(404, body)
      assert.strictEqual(error._tag === "NotFound" ? error.missing : error._tag, missing)
    })

    it("keeps the message and the details of the envelope", () => {
      const info = ErrorDetails.errorInfo({ reason: "X", domain: "earthengine.googleapis.com", metadata: { a: "b" } })
      const unknown = { "@type": "type.googleapis.com/acme.Unheard", x: [1, { y: null }] }
      const error = decode(404, {
        error: { code: 404, message: "gone", status: "NOT_FOUND", details: [info, unknown] }
      })
      assert.strictEqual(error.status.message, "gone")
      assert.deepStrictEqual(error.status.details, [info, unknown])
    })

    it("joins the two texts of OAuth", () => {
      const error = decode(400, { error: "invalid_grant", error_description: "Token has been revoked." })
      assert.strictEqual(error.status.message, "invalid_grant: Token has been revoked.")
    })

    it("shows the beginning of a body that is not JSON, without its markup", () => {
      const error = decode(502, html(502, "Server Error") + "x".repeat(100_000), {
        contentType: "text/html; charset=UTF-8"
      })
      assert.include(error.status.message, "HTTP 502 (text/html; charset=UTF-8): Error 502 (Server Error)!!1")
      assert.notInclude(error.status.message, "margin")
      assert.isAtMost(error.status.message.length, 600)
    })

    it.each(["rateLimitExceeded", "userRateLimitExceeded"])(
      "makes a 403 with the legacy reason %s retryable",
      (reason) => {
        const errors = [{ message: "slow", domain: "usageLimits", reason }]
        assert.isTrue(OperationsError.isRetryable(decode(403, { error: { code: 403, message: "slow", errors } })))
        const details = [ErrorDetails.errorInfo({ reason: "OTHER", domain: "x" })]
        assert.isTrue(OperationsError.isRetryable(decode(403, { error: { code: 403, errors, details } })))
      }
    )

    it.each([
      ["beginnings of tokens", "-eyJ".repeat(64 * 1024)],
      ["beginnings of tokens before a dot", `${"-eyJ".repeat(64 * 1024)}.`],
      ["a token of many escapes", `{"access_token":"${"\\n".repeat(8 * 1024 * 1024)}`],
      ["a token without an end", `{"access_token":"${"a".repeat(16 * 1024 * 1024)}`]
    ])("is not kept busy by a body that is nothing but %s", (_, body) => {
      const error = decode(400, body)
      assert.strictEqual(error._tag, "InvalidArgument")
      assert.isAtMost(error.status.message.length, 600)
    })

    it("makes no other 403 retryable, and no 429 that is a quota", () => {
      const errors = [{ message: "no", domain: "global", reason: "forbidden" }]
      const denied = decode(403, { error: { code: 403, message: "no", errors } })
      assert.isFalse(OperationsError.isRetryable(denied))
      assert.deepStrictEqual(ErrorDetails.reason(denied.status.details), Option.some("forbidden"))
      assert.isFalse(OperationsError.isRetryable(decode(429, { error: { status: "RESOURCE_EXHAUSTED" } })))
    })

    it("leaves an ErrorInfo alone beside other legacy reasons", () => {
      const details = [ErrorDetails.errorInfo({ reason: "SERVICE_DISABLED", domain: "googleapis.com" })]
      const error = decode(403, {
        error: { code: 403, details, errors: [{ reason: "accessNotConfigured" }, null, {}] }
      })
      assert.deepStrictEqual(error.status.details, details)
    })

    it("reads Retry-After, in seconds and as a date", () => {
      const advice = (retryAfter: string) =>
        Option.map(OperationsError.advice(decode(503, "", { retryAfter })), Duration.toSeconds)
      assert.deepStrictEqual(advice("7"), Option.some(7))
      assert.deepStrictEqual(advice("Wed, 01 Jan 2025 00:01:00 GMT"), Option.some(60))
      assert.deepStrictEqual(advice("soon"), Option.none())
    })

    it.each([
      ["of its own clock", "Tue, 31 Dec 2024 22:00:00 GMT", "Tue, 31 Dec 2024 22:01:00 GMT", 60],
      ["of this machine where it tells no other", "yesterday", "Wed, 01 Jan 2025 00:01:00 GMT", 60],
      ["that are over", "Thu, 02 Jan 2025 00:00:00 GMT", "Wed, 01 Jan 2025 00:01:00 GMT", 0]
    ])(
      "counts a Retry-After that is a date from the Date that the server tells: %s",
      (_, date, retryAfter, seconds) => {
        const error = decode(503, "", { retryAfter, date })
        assert.deepStrictEqual(Option.map(OperationsError.advice(error), Duration.toSeconds), Option.some(seconds))
      }
    )

    it("takes the longer of Retry-After and RetryInfo for advice", () => {
      const error = decode(
        429,
        { error: { status: "RESOURCE_EXHAUSTED", details: [ErrorDetails.retryInfo("9 seconds")] } },
        { retryAfter: "2" }
      )
      assert.deepStrictEqual(OperationsError.advice(error), Option.some(Duration.seconds(9)))
      assert.isTrue(OperationsError.isRetryable(error))
    })

    it.each<[string, unknown]>([
      ["a message", { error: { status: "UNAUTHENTICATED", message: "bad header Authorization: Bearer canary" } }],
      ["a detail", { error: { status: "INTERNAL", details: [{ "@type": "x", detail: "token ya29.canary" }] } }],
      ["HTML", "<p>Bearer canary</p>"],
      ["text", "GET /v1/x?key=canary&access_token=canary HTTP/1.1"],
      ["an OAuth answer", `{"error": "x", "access_token": "canary", "refresh_token":"canary"}`],
      ["truncated JSON", `{"error": "Authorization: bearer canary`]
    ])("shows no credentials that %s repeats", (_, body) => {
      assert.notInclude(JSON.stringify(decode(401, body)), "canary")
    })

    it("is total", () => {
      FastCheck.assert(
        FastCheck.property(
          FastCheck.integer({ min: 0, max: 999 }),
          FastCheck.oneof(
            FastCheck.string(),
            FastCheck.json(),
            FastCheck.record({
              error: FastCheck.oneof(
                FastCheck.jsonValue(),
                FastCheck.record(
                  {
                    code: FastCheck.jsonValue(),
                    status: FastCheck.constantFrom(...Code.codes),
                    message: FastCheck.jsonValue(),
                    details: FastCheck.jsonValue(),
                    errors: FastCheck.jsonValue()
                  },
                  { requiredKeys: [] }
                )
              )
            }).map((value) => JSON.stringify(value))
          ),
          FastCheck.option(FastCheck.string(), { nil: undefined }),
          (httpStatus, body, retryAfter) => {
            const error = ErrorEnvelope.decode({ operation: "o", method: "get", httpStatus, body, retryAfter, now })
            assert.isTrue(OperationsError.isCodeError(error))
            assert.isString(error.message)
          }
        ),
        { numRuns: 1000 }
      )
    })
  })

  describe("encode", () => {
    it("writes the envelope of AIP-193", () => {
      const details = [ErrorDetails.errorInfo({ reason: "X", domain: "y" })]
      assert.deepStrictEqual(ErrorEnvelope.encode(Status.make({ code: "NOT_FOUND", message: "gone", details })), {
        error: { code: 404, message: "gone", status: "NOT_FOUND", details }
      })
    })

    it("leaves out details that are none, and takes another HTTP status", () => {
      assert.deepStrictEqual(ErrorEnvelope.encode(Status.make({ code: 99 }), { httpStatus: 502 }), {
        error: { code: 502, message: "", status: "UNKNOWN" }
      })
    })

    it.each<[Status.Status, string]>([
      [Status.make({ code: "NOT_FOUND", message: "m" }), "notFound"],
      [Status.make({ code: "INVALID_ARGUMENT", message: "m" }), "invalid"],
      [Status.make({ code: "RESOURCE_EXHAUSTED", message: "m" }), "quotaExceeded"],
      [
        Status.make({ code: "RESOURCE_EXHAUSTED", message: "m", details: [ErrorDetails.retryInfo(1000)] }),
        "rateLimitExceeded"
      ],
      [
        Status.make({
          code: "RESOURCE_EXHAUSTED",
          message: "m",
          details: [ErrorDetails.errorInfo({ reason: "RATE_LIMIT_EXCEEDED", domain: "googleapis.com" })]
        }),
        "rateLimitExceeded"
      ]
    ])("adds the errors of the older format where it is asked to (%#)", (status, reason) => {
      assert.deepStrictEqual(ErrorEnvelope.encode(status, { legacyErrors: true }).error.errors, [
        { message: "m", domain: "global", reason }
      ])
    })

    it("is read back as the same status, in both formats", () => {
      const status = FastCheck.record({
        code: FastCheck.constantFrom(...Code.codes.slice(1)),
        message: FastCheck.string().filter((text) => text !== "Method not found." && !/key|bearer|token/i.test(text)),
        details: FastCheck.array(
          FastCheck.oneof(
            FastCheck.constant(ErrorDetails.errorInfo({ reason: "X", domain: "y" })),
            FastCheck.constant(ErrorDetails.retryInfo("3 seconds")),
            Arbitrary.make(Status.Status).map(() => ({ "@type": "type.googleapis.com/acme.Thing", a: [1] }))
          ),
          { maxLength: 3 }
        )
      }).map(Status.make)
      FastCheck.assert(
        FastCheck.property(status, FastCheck.boolean(), (status, legacyErrors) => {
          const { error } = ErrorEnvelope.encode(status, { legacyErrors })
          const read = decode(error.code, { error })
          assert.strictEqual(read.status.code, status.code)
          assert.strictEqual(read.status.message, status.message)
          assert.deepStrictEqual(read.status.details.slice(0, status.details.length), status.details)
          if (!legacyErrors) assert.deepStrictEqual(read.status, status)
          const retryable = OperationsError.isRetryable(decode(error.code, ErrorEnvelope.encode(status)))
          assert.strictEqual(OperationsError.isRetryable(read), retryable)
        })
      )
    })
  })
})
