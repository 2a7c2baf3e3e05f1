import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Url from "../src/internal/url.js"

const origins = ["http://localhost", "http://localhost:8", "http://localhost:8080", "https://a.googleapis.com"]

const piece = FastCheck.constantFrom(
  "/",
  "a",
  "Z9",
  "-_~",
  ".",
  "..",
  "%2e",
  "%2F",
  ":",
  "@",
  "?",
  "#",
  "\\",
  "ü",
  " ",
  "\n",
  "80"
)

const url = FastCheck.tuple(FastCheck.constantFrom(...origins, ""), FastCheck.array(piece, { maxLength: 8 })).map(
  ([origin, pieces]) => origin + pieces.join("")
)

describe("Url", () => {
  it("splits the same whatever was split before", () => {
    FastCheck.assert(
      FastCheck.property(url, FastCheck.constantFrom(...origins), (url, likely) => {
        assert.deepStrictEqual(Url.split(url, likely), Url.split(url))
      }),
      { numRuns: 2000 }
    )
  })
})
