import * as RetryAfter from "@effect-lro/rest/RetryAfter"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const now = Date.UTC(1994, 10, 6, 8, 49, 0)

describe("RetryAfter", () => {
  it.each<[string, number | undefined]>([
    ["0", 0],
    ["7", 7],
    [" 120 ", 120],
    ["99999999999999999999999999", 2_147_483_648],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37],
    ["Sun Nov  6 08:49:37 1994", 37],
    ["Sat, 05 Nov 1994 08:49:37 GMT", 0],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["0x10", undefined],
    ["soon", undefined],
    ["Sun, 99 Nov 1994 08:49:37 GMT", undefined],
    ["2", 2]
  ])("reads %j", (header, seconds) => {
    assert.deepStrictEqual(
      Option.getOrUndefined(Option.map(RetryAfter.parse(header, now), Duration.toSeconds)),
      seconds
    )
  })

  it("reads a date without a zone as UTC wherever it runs", () => {
    const zone = process.env["TZ"]
    process.env["TZ"] = "America/New_York"
    const read = RetryAfter.parse("Sun Nov  6 08:49:37 1994", now)
    if (zone === undefined) delete process.env["TZ"]
    else process.env["TZ"] = zone
    assert.deepStrictEqual(read, Option.some(Duration.seconds(37)))
  })

  it("never writes less than is asked for", () => {
    assert.strictEqual(RetryAfter.format("1500 millis"), "2")
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 1e12 }), (millis) => {
        const read = Option.getOrThrow(RetryAfter.parse(RetryAfter.format(millis), now))
        assert.isAtLeast(Duration.toMillis(read), millis)
        assert.isBelow(Duration.toMillis(read), millis + 1000)
      })
    )
  })
})
