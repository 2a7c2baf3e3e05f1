import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as DurationText from "../src/DurationText.js"

describe("DurationText", () => {
  const good: ReadonlyArray<readonly [string, number]> = [
    ["2s", 2000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1m 30s", 90_000],
    ["2h", 7_200_000],
    ["1.5h", 5_400_000],
    ["1d", 86_400_000],
    ["0s", 0],
    [" 10m ", 600_000],
    ["24d", 24 * 86_400_000]
  ]
  for (const [text, millis] of good) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.strictEqual(Duration.toMillis(Either.getOrThrow(DurationText.parse(text))), millis)
    })
  }

  const bad: ReadonlyArray<readonly [string, string]> = [
    ["", "is not a duration"],
    ["10", "has no unit: write 10s"],
    ["1.5", "has no unit"],
    ["-1s", "is negative"],
    ["soon", "is not a duration"],
    ["1w", "is not a duration"],
    ["1 s", "is not a duration"],
    ["s", "is not a duration"],
    ["1s garbage", "is not a duration"],
    ["Infinity", "is not a duration"],
    ["25d", "is longer than 24 days"],
    ["999999999999h", "is longer than 24 days"]
  ]
  for (const [text, wrong] of bad) {
    it(`refuses ${JSON.stringify(text)} and says why`, () => {
      assert.include(Either.getOrThrow(Either.flip(DurationText.parse(text))), wrong)
    })
  }

  it("shows what would be right with every refusal of a form", () => {
    for (const text of ["", "10", "-1s", "soon"]) {
      assert.include(Either.getOrThrow(Either.flip(DurationText.parse(text))), "1m30s")
    }
  })

  const written: ReadonlyArray<readonly [number, string]> = [
    [0, "0ms"],
    [999, "999ms"],
    [1000, "1s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [90_000, "1m 30s"],
    [3_600_000, "1h"],
    [3_660_000, "1h 1m"],
    [86_400_000, "1d"],
    [90_000_000, "1d 1h"]
  ]
  for (const [millis, text] of written) {
    it(`writes ${millis} ms as ${text}`, () => {
      assert.strictEqual(DurationText.format(millis), text)
    })
  }

  it("reads what it writes, to within the unit that it left out", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 0, max: 24 * 86_400_000 - 1 }), (millis) => {
        const back = Duration.toMillis(Either.getOrThrow(DurationText.parse(DurationText.format(millis))))
        const unit = millis < 1000 ? 1 : millis < 3_600_000 ? 1000 : millis < 86_400_000 ? 60_000 : 3_600_000
        return back <= millis && millis - back < unit
      })
    )
  })

  it("never throws, whatever it reads", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string(), (text) => Either.isEither(DurationText.parse(text))))
  })
})
