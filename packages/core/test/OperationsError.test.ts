import * as Code from "@effect-lro/core/Code"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import { StillRunning, Vanished } from "@effect-lro/core/WaitError"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { error, name, running } from "./fixtures/scripted.js"

const tags: Record<Exclude<Code.Code, "OK">, OperationsError.CodeError["_tag"]> = {
  CANCELLED: "CallCancelled",
  UNKNOWN: "Unknown",
  INVALID_ARGUMENT: "InvalidArgument",
  DEADLINE_EXCEEDED: "DeadlineExceeded",
  NOT_FOUND: "NotFound",
  ALREADY_EXISTS: "AlreadyExists",
  PERMISSION_DENIED: "PermissionDenied",
  RESOURCE_EXHAUSTED: "ResourceExhausted",
  FAILED_PRECONDITION: "FailedPrecondition",
  ABORTED: "Aborted",
  OUT_OF_RANGE: "OutOfRange",
  UNIMPLEMENTED: "Unimplemented",
  INTERNAL: "Internal",
  UNAVAILABLE: "Unavailable",
  DATA_LOSS: "DataLoss",
  UNAUTHENTICATED: "Unauthorized"
}

describe("OperationsError", () => {
  it("has a tag for each code, and Unknown for a number without a name", () => {
    for (const code of Code.codes) assert.strictEqual(error(code)._tag, code === "OK" ? "Unknown" : tags[code])
    assert.strictEqual(error(99)._tag, "Unknown")
  })

  it("names the request and says what the server said, or the code where it said nothing", () => {
    assert.strictEqual(error("NOT_FOUND", { method: "cancel" }).message, `cancel ${name}: it says NOT_FOUND`)
    const silent = OperationsError.fromStatus({ operation: name, method: "get", status: Status.make({ code: 14 }) })
    assert.strictEqual(silent.message, `get ${name}: UNAVAILABLE`)
    assert.include(String(silent), "Unavailable")
  })

  it("carries details that can be typed", () => {
    const failure = error("RESOURCE_EXHAUSTED", {
      details: [ErrorDetails.retryInfo("2 seconds"), { "@type": "x/y.Z" }]
    })
    assert.deepStrictEqual(
      failure.status.details.map((detail) => ErrorDetails.decode(detail)._tag),
      ["RetryInfo", "Unknown"]
    )
  })

  it("takes the longer of Retry-After and RetryInfo for the server's advice", () => {
    const both = error("UNAVAILABLE", { retryAfter: "3 seconds", details: [ErrorDetails.retryInfo("5 seconds")] })
    assert.deepStrictEqual(Option.map(OperationsError.advice(both), Duration.toMillis), Option.some(5000))
    assert.deepStrictEqual(
      Option.map(OperationsError.advice(error("UNAVAILABLE", { retryAfter: "3 seconds" })), Duration.toMillis),
      Option.some(3000)
    )
    assert.isTrue(Option.isNone(OperationsError.advice(error("UNAVAILABLE"))))
  })

  it("is worth a repetition for want of credentials only where it says when to come back", () => {
    assert.isFalse(OperationsError.isRetryable(error("UNAUTHENTICATED")))
    assert.isTrue(
      OperationsError.isRetryable(error("UNAUTHENTICATED", { details: [ErrorDetails.retryInfo("5 seconds")] }))
    )
  })

  it("is caught by its tag, and by instanceof", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const failing: Effect.Effect<never, OperationsError.OperationsError> = Effect.fail(error("UNIMPLEMENTED"))
        const caught = yield* failing.pipe(Effect.catchTag("Unimplemented", (refusal) => Effect.succeed(refusal)))
        assert.instanceOf(caught, OperationsError.Unimplemented)
        assert.instanceOf(caught, Error)
        assert.isTrue(OperationsError.isOperationsError(caught))
      }).pipe(Effect.orDie)
    ))

  it("crosses a process border and is the same error again", () => {
    const all: ReadonlyArray<OperationsError.OperationsError> = [
      ...Code.codes.map((code) => error(code, { retryAfter: "1 seconds", httpStatus: 500 })),
      new OperationsError.TransportError({ operation: name, method: "get", reason: "Timeout", description: "late" }),
      new OperationsError.MalformedResponse({ operation: name, method: "wait", reason: "no JSON", excerpt: "<html>" }),
      new OperationsError.InvalidName({ input: "..", reason: "dots" })
    ]
    for (const failure of all) {
      const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(OperationsError.OperationsError)(failure)))
      const back = Schema.decodeUnknownSync(OperationsError.OperationsError)(json)
      assert.strictEqual(back._tag, failure._tag)
      assert.strictEqual(back.message, failure.message)
      assert.deepStrictEqual(Object.entries(back), Object.entries(failure))
      const other = OperationsError.about(failure, "projects/demo/operations/OTHER")
      assert.strictEqual(other._tag, failure._tag)
      if (other._tag === "InvalidName" || failure._tag === "InvalidName") continue
      assert.strictEqual(other.operation, "projects/demo/operations/OTHER")
      assert.deepStrictEqual(Object.entries(OperationsError.about(other, failure.operation)), Object.entries(failure))
    }
  })
})

describe("WaitError", () => {
  it("crosses a process border with what was last seen", () => {
    const lastSeen = Option.some(Effect.runSync(Effect.orDie(running({ state: "CANCELLING" }))))
    const still = new StillRunning({
      operation: name,
      lastSeen,
      cancelAccepted: true,
      reason: "Timeout",
      lastError: Option.some(error("UNAVAILABLE"))
    })
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(StillRunning)(still)))
    const back = Schema.decodeUnknownSync(StillRunning)(json)
    assert.deepStrictEqual(back.lastSeen, lastSeen)
    assert.strictEqual(back.message, still.message)
    assert.include(still.message, name)
    const cause = OperationsError.fromStatus({
      operation: name,
      method: "get",
      status: Status.make({ code: "NOT_FOUND" })
    })
    assert.isTrue(cause._tag === "NotFound")
    if (cause._tag !== "NotFound") return
    const vanished = new Vanished({ operation: name, lastSeen: Option.none(), cancelAccepted: true, cause })
    const again = Schema.decodeUnknownSync(Vanished)(JSON.parse(JSON.stringify(Schema.encodeSync(Vanished)(vanished))))
    assert.strictEqual(again.cause._tag, "NotFound")
    assert.include(vanished.message, "vanished")
  })
})
