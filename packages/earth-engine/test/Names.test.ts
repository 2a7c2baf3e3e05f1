import { readFileSync } from "node:fs"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"

const document = readFileSync(new URL("../../../docs/names.md", import.meta.url), "utf8")

/** The cells in backticks of each row of the table under a heading. */
const rows = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const [, section = ""] = document.split(`## ${heading}\n`)
  const [table = ""] = section.split("\n## ")
  return table
    .split("\n")
    .filter((line) => line.startsWith("|") && line.includes("`"))
    .map((line) => Array.from(line.matchAll(/`([^`]*)`/g), ([, cell = ""]) => cell))
}

// What no table can hold as it is stands in quotes, as in JSON.
const asWritten = (cell: string): string => (cell.startsWith('"') ? JSON.parse(cell) : cell)

const parse = (cell: string) => EarthEngine.parseName(asWritten(cell), { project: "my-project" })

describe("docs/names.md", () => {
  const understood = rows("What is understood")
  const refused = rows("What is refused")

  it("has its tables", () => {
    assert.isAtLeast(understood.length, 12)
    assert.isAtLeast(refused.length, 12)
  })

  for (const [input = "", name = ""] of understood) {
    it(`${JSON.stringify(input)} is understood as the table says`, () => {
      assert.deepStrictEqual<unknown>(parse(input), Either.right(name))
    })
  }

  it("refuses names of more than 1,024 bytes", () => {
    assert.isTrue(Either.isRight(parse(`projects/demo/operations/${"é".repeat(499)}`)))
    assert.isTrue(Either.isLeft(parse(`projects/demo/operations/${"é".repeat(500)}`)))
  })

  for (const [input = ""] of refused) {
    it(`${JSON.stringify(input)} is refused as the table says`, () => {
      const result = parse(input)
      assert.isTrue(Either.isLeft(result) && result.left._tag === "InvalidName")
    })
  }
})
