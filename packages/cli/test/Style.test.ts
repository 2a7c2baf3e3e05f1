import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Style from "../src/Style.js"

const choose = (options: { isTerminal?: boolean; forceColor?: string; noColor?: string; term?: string }) =>
  Style.choose({
    isTerminal: options.isTerminal ?? false,
    forceColor: Option.fromNullable(options.forceColor),
    noColor: Option.fromNullable(options.noColor),
    term: Option.fromNullable(options.term)
  }).hasColours

describe("Style", () => {
  const cases: ReadonlyArray<readonly [string, Parameters<typeof choose>[0], boolean]> = [
    ["has colours on a terminal", { isTerminal: true, term: "xterm" }, true],
    ["has none elsewhere", {}, false],
    ["has none with NO_COLOR", { isTerminal: true, noColor: "1" }, false],
    ["takes an empty NO_COLOR for none", { isTerminal: true, noColor: "" }, true],
    ["has none on a dumb terminal", { isTerminal: true, term: "dumb" }, false],
    ["has colours with FORCE_COLOR in a pipe", { forceColor: "1" }, true],
    ["follows FORCE_COLOR before NO_COLOR", { forceColor: "1", noColor: "1" }, true],
    ["has none with FORCE_COLOR=0 on a terminal", { isTerminal: true, forceColor: "0" }, false],
    ["takes an empty FORCE_COLOR for none", { isTerminal: true, forceColor: "" }, true]
  ]
  for (const [behaviour, options, expected] of cases) {
    it(behaviour, () => assert.strictEqual(choose(options), expected))
  }

  it("strips all that it adds", () => {
    const text = Style.ansi.bold(`${Style.ansi.red("a")}${Style.ansi.dim("b")}`)
    assert.notStrictEqual(text, "ab")
    assert.strictEqual(Style.strip(text), "ab")
  })
})
