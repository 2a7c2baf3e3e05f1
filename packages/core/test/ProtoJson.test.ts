import * as ProtoJson from "@effect-lro/core/ProtoJson"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const nanos = FastCheck.oneof(
  FastCheck.constantFrom(0, 1, 1000, 1_000_000, 999_999_999, 120_000_000, 123_456_000),
  FastCheck.integer({ min: 0, max: 999_999_999 })
)

describe("ProtoJson.Duration", () => {
  const duration = FastCheck.tuple(
    FastCheck.constantFrom(1, -1),
    FastCheck.integer({ min: 0, max: ProtoJson.maxDurationSeconds - 1 }),
    nanos
  ).map(([sign, s, n]) => ({ seconds: s === 0 ? 0 : sign * s, nanos: n === 0 ? 0 : sign * n }))

  it("reads what it writes, to the nanosecond", () =>
    FastCheck.assert(
      FastCheck.property(duration, (value) => {
        assert.deepStrictEqual(ProtoJson.parseDuration(ProtoJson.formatDuration(value)), Option.some(value))
      })
    ))

  it("reads and writes the texts of ProtoJSON", () => {
    const table: ReadonlyArray<readonly [string, ProtoJson.Duration, string]> = [
      ["0s", { seconds: 0, nanos: 0 }, "0s"],
      ["-0s", { seconds: 0, nanos: 0 }, "0s"],
      ["7s", { seconds: 7, nanos: 0 }, "7s"],
      ["1.5s", { seconds: 1, nanos: 500_000_000 }, "1.500s"],
      ["-1.5s", { seconds: -1, nanos: -500_000_000 }, "-1.500s"],
      ["-0.000000001s", { seconds: 0, nanos: -1 }, "-0.000000001s"],
      ["3.000001s", { seconds: 3, nanos: 1000 }, "3.000001s"],
      ["1.s", { seconds: 1, nanos: 0 }, "1s"],
      ["315576000000s", { seconds: 315_576_000_000, nanos: 0 }, "315576000000s"]
    ]
    for (const [text, value, written] of table) {
      assert.deepStrictEqual(ProtoJson.parseDuration(text), Option.some(value), text)
      assert.strictEqual(ProtoJson.formatDuration(value), written)
    }
  })

  it("refuses what is no duration", () => {
    for (const text of [
      "",
      "s",
      "1",
      "1 s",
      "1.0000000001s",
      "1,5s",
      "+1s",
      "1e3s",
      "315576000001s",
      "315576000000.1s",
      "∞s"
    ]) {
      assert.isTrue(Option.isNone(ProtoJson.parseDuration(text)), text)
      assert.isTrue(Either.isLeft(Schema.decodeEither(ProtoJson.Duration)(text)), text)
    }
  })

  it("becomes an Effect Duration and comes back, where it is not negative", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 10_000_000 }), nanos, (seconds, n) => {
        const value = { seconds, nanos: n }
        assert.deepStrictEqual(ProtoJson.durationFromEffect(ProtoJson.durationToEffect(value)), value)
      })
    )
    assert.strictEqual(Duration.toMillis(ProtoJson.durationToEffect({ seconds: -5, nanos: -1 })), 0)
    assert.deepStrictEqual(ProtoJson.durationFromEffect(Duration.infinity), {
      seconds: ProtoJson.maxDurationSeconds,
      nanos: 0
    })
  })
})

describe("ProtoJson.Timestamp", () => {
  it("reads what it writes, to the nanosecond, from the year 1 to 9999", () =>
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: -62_135_596_800, max: 253_402_300_799 }), nanos, (seconds, n) => {
        const value = { seconds, nanos: n }
        assert.deepStrictEqual(ProtoJson.parseTimestamp(ProtoJson.formatTimestamp(value)), Option.some(value))
      })
    ))

  it("agrees with the platform's calendar to the millisecond", () =>
    FastCheck.assert(
      FastCheck.property(
        FastCheck.date({ min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_000), noInvalidDate: true }),
        (date) => {
          const timestamp = ProtoJson.timestampFromMillis(date.getTime())
          assert.strictEqual(ProtoJson.timestampToMillis(timestamp), date.getTime())
          const text = ProtoJson.formatTimestamp(timestamp)
          assert.strictEqual(new Date(text).getTime(), date.getTime(), text)
        }
      )
    ))

  it("keeps nine digits and understands offsets", () => {
    assert.deepStrictEqual(
      Option.map(ProtoJson.parseTimestamp("2025-01-01T01:30:00.123456789+01:30"), ProtoJson.formatTimestamp),
      Option.some("2025-01-01T00:00:00.123456789Z")
    )
    assert.deepStrictEqual(
      Option.map(ProtoJson.parseTimestamp("2024-02-29T23:59:59-00:01"), ProtoJson.formatTimestamp),
      Option.some("2024-03-01T00:00:59Z")
    )
  })

  it("refuses dates that no calendar has and texts that are not RFC 3339", () => {
    const wrong = [
      "",
      "2025-02-29T00:00:00Z",
      "2025-13-01T00:00:00Z",
      "2025-00-01T00:00:00Z",
      "2025-01-32T00:00:00Z",
      "2025-01-01T24:00:00Z",
      "2025-01-01T00:60:00Z",
      "2025-01-01T00:00:00",
      "2025-01-01 00:00:00Z",
      "2025-01-01t00:00:00z",
      "2025-01-01T00:00:00.Z",
      "2025-01-01T00:00:00.1234567890Z",
      "0000-01-01T00:00:00Z",
      "0001-01-01T00:00:00+01:00",
      "9999-12-31T23:59:59-01:00"
    ]
    for (const text of wrong) assert.isTrue(Option.isNone(ProtoJson.parseTimestamp(text)), text)
  })
})

describe("ProtoJson.Int64", () => {
  const decode = Schema.decodeUnknownEither(ProtoJson.Int64)

  it("is a decimal string on the wire and exact in its whole range", () =>
    FastCheck.assert(
      FastCheck.property(FastCheck.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const text = Schema.encodeSync(ProtoJson.Int64)(value)
        assert.strictEqual(text, value.toString())
        assert.deepStrictEqual(decode(text), Either.right(value))
      })
    ))

  it("accepts a whole number, and refuses the rest", () => {
    assert.deepStrictEqual(decode(42), Either.right(42n))
    for (const wrong of [
      "",
      "1.5",
      1.5,
      "0x10",
      " 1",
      "9223372036854775808",
      "-9223372036854775809",
      Number.NaN,
      null
    ]) {
      assert.isTrue(Either.isLeft(decode(wrong)), String(wrong))
    }
  })
})
