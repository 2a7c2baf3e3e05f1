import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

describe("details", () => {
  it("are found by their kind and told by their type, data first and data last", () => {
    const details = [AnyMessage.empty, ErrorDetails.retryInfo("5 seconds")]
    const info = ErrorDetails.find(details, "RetryInfo")
    assert.isTrue(Option.isSome(info))
    assert.deepStrictEqual(details.find(AnyMessage.hasType("google.rpc.RetryInfo")), details[1])
    assert.deepStrictEqual(ErrorDetails.find("RetryInfo")(details), info)
    assert.isTrue(Option.isNone(ErrorDetails.find("ErrorInfo")(details)))
  })
})

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

  it("reads reasons and delays without the schemas as it does with them", () => {
    const value = FastCheck.oneof(
      FastCheck.constantFrom("", "R", "RATE_LIMIT_EXCEEDED", "7s", "-1s", "0.000000001s", "1.5", "soon"),
      FastCheck.constantFrom(null, undefined, 7, {})
    )
    const message = FastCheck.tuple(
      FastCheck.constantFrom("google.rpc.ErrorInfo", "google.rpc.RetryInfo", "google.rpc.BadRequest", "x.ErrorInfo"),
      FastCheck.record({ reason: value, domain: value, retryDelay: value }, { requiredKeys: [] })
    ).map(([type, fields]) => AnyMessage.pack(type, fields))
    let told = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.array(message, { maxLength: 4 }), (messages) => {
        const delay = Option.map(ErrorDetails.find(messages, "RetryInfo"), (info) =>
          ProtoJson.durationToEffect(info.retryDelay)
        )
        assert.deepStrictEqual(ErrorDetails.retryDelay(messages), delay)
        const infos = messages.map(ErrorDetails.decode).flatMap((it) => (it._tag === "ErrorInfo" ? [it.reason] : []))
        const reasons = ErrorDetails.reasons(messages)
        for (const reason of infos.filter((it) => it !== "")) assert.include(reasons, reason)
        assert.deepStrictEqual(ErrorDetails.reason(messages), Option.fromNullable(reasons[0]))
        if (Option.isSome(delay) && reasons.length > 0) told++
      }),
      { numRuns: 1000 }
    )
    assert.isAbove(told, 20)
  })

  it("hears a reason also where the rest of an ErrorInfo is not as it should be", () => {
    const details = [
      AnyMessage.pack("google.rpc.ErrorInfo", { reason: "", domain: "d" }),
      AnyMessage.pack("google.rpc.ErrorInfo", { reason: "R", metadata: { a: 1 } }),
      AnyMessage.pack("google.rpc.ErrorInfo", { reason: 7 })
    ]
    assert.deepStrictEqual(ErrorDetails.reasons(details), ["R"])
  })
})
