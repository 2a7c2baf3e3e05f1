import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

describe("Status", () => {
  it("fills in what ProtoJSON leaves out, and leaves it out again", () => {
    assert.deepStrictEqual(Schema.decodeUnknownSync(Status.Status)({}), { code: 0, message: "", details: [] })
    assert.deepStrictEqual(Schema.decodeUnknownSync(Status.Status)({ code: null, message: null, details: null }), {
      code: 0,
      message: "",
      details: []
    })
    assert.deepStrictEqual(Schema.encodeSync(Status.Status)(Status.make({ code: "OK" })), {})
  })

  it("survives the wire", () =>
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Schema.typeSchema(Status.Status)), (status) => {
        assert.deepStrictEqual(Status.fromWire(Status.toWire(status)), status)
      })
    ))

  it("names its code, UNKNOWN where the number is", () => {
    assert.strictEqual(Status.codeOf(Status.make({ code: 1 })), "CANCELLED")
    assert.strictEqual(Status.codeOf(Status.make({ code: 999 })), "UNKNOWN")
  })
})

describe("ErrorDetails", () => {
  const samples: ReadonlyArray<readonly [string, { readonly [key: string]: unknown }]> = [
    ["ErrorInfo", { reason: "R", domain: "d", metadata: { a: "b" } }],
    ["RetryInfo", { retryDelay: "7s" }],
    ["DebugInfo", { stackEntries: ["a"], detail: "b" }],
    [
      "QuotaFailure",
      {
        violations: [
          {
            subject: "s",
            description: "d",
            apiService: "a",
            quotaMetric: "m",
            quotaId: "i",
            quotaDimensions: { k: "v" },
            quotaValue: "3000",
            futureQuotaValue: "9223372036854775807"
          }
        ]
      }
    ],
    ["PreconditionFailure", { violations: [{ type: "t", subject: "s", description: "d" }] }],
    [
      "BadRequest",
      {
        fieldViolations: [
          { field: "a.b[2]", description: "d", reason: "R", localizedMessage: { locale: "en-US", message: "m" } }
        ]
      }
    ],
    ["RequestInfo", { requestId: "r", servingData: "s" }],
    ["ResourceInfo", { resourceType: "t", resourceName: "n", owner: "o", description: "d" }],
    ["Help", { links: [{ description: "d", url: "https://example.com" }] }],
    ["LocalizedMessage", { locale: "en", message: "m" }]
  ]

  it("types all ten messages of error_details.proto and writes them as they came", () => {
    for (const [tag, fields] of samples) {
      const message = AnyMessage.pack(`google.rpc.${tag}`, fields)
      const detail = ErrorDetails.decode(message)
      assert.strictEqual(detail._tag, tag)
      assert.deepStrictEqual(ErrorDetails.encode(detail), message)
    }
  })

  it("types each of them when every field is absent or null", () => {
    for (const [tag, fields] of samples) {
      const nulls = Object.fromEntries(Object.keys(fields).map((key) => [key, null]))
      for (const sparse of [{}, nulls]) {
        assert.strictEqual(ErrorDetails.decode(AnyMessage.pack(`google.rpc.${tag}`, sparse))._tag, tag)
      }
    }
  })

  it("keeps what it cannot type", () => {
    for (const message of [
      { "@type": "type.googleapis.com/google.rpc.Unheard", x: 1 },
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "soon" },
      { "@type": "type.googleapis.com/other.ErrorInfo", reason: "R" },
      { "@type": 7 },
      {}
    ]) {
      const detail = ErrorDetails.decode(message)
      assert.strictEqual(detail._tag, "Unknown")
      assert.strictEqual(ErrorDetails.encode(detail), message)
    }
  })

  it("finds the delay that is asked for, also behind details nobody knows", () => {
    const details = [AnyMessage.pack("x.Y", {}), ErrorDetails.retryInfo("1500 millis")]
    assert.deepStrictEqual(Option.map(ErrorDetails.retryDelay(details), Duration.toMillis), Option.some(1500))
    assert.isTrue(Option.isNone(ErrorDetails.retryDelay([])))
  })
})
