import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Commands from "../src/Commands.js"
import * as ExitCode from "../src/ExitCode.js"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

describe("the README", () => {
  it("has every exit code", () => {
    for (const code of new Set(Object.values(ExitCode.codes))) {
      assert.match(readme, new RegExp(`(^\\| ${code} +\\||\\(${code} |, ${code} )`, "m"), String(code))
    }
  })

  it("has every command", () => {
    for (const { usage } of Object.values(Commands.pages)) assert.include(readme, `lro ${usage}`)
  })
})
