import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Printable from "../src/Printable.js"

describe("Printable", () => {
  it("takes the power over the terminal from text that came from elsewhere", () => {
    assert.strictEqual(Printable.oneLine("a\u001b[2Jb\u0007c\u202ed\u009be"), "a\ufffd[2Jb\ufffdc\ufffdd\ufffde")
  })

  it("keeps a text on one line", () => {
    assert.strictEqual(Printable.oneLine("one\r\n  two\tthree\u2028four"), "one two three four")
  })

  it("leaves no control character in any text", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
        const shown = Printable.oneLine(text)
        return shown.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(shown)
      })
    )
  })

  it("counts the columns of wide and combining characters", () => {
    assert.strictEqual(Printable.width("abc"), 3)
    assert.strictEqual(Printable.width("日本"), 4)
    assert.strictEqual(Printable.width("e\u0301"), 1)
    assert.strictEqual(Printable.width("🌍"), 2)
  })

  it("cuts a text to a width, and only where it is too long", () => {
    assert.strictEqual(Printable.truncate("abcdef", 6), "abcdef")
    assert.strictEqual(Printable.truncate("abcdef", 5), "abcd…")
    assert.strictEqual(Printable.truncate("日本語", 4), "日…")
    assert.strictEqual(Printable.truncate("abc", 0), "")
  })

  it("never makes a cut text wider than it was told", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.string({ unit: "grapheme" }),
        FastCheck.integer({ min: 0, max: 40 }),
        (text, columns) => Printable.width(Printable.truncate(text, columns)) <= columns
      )
    )
  })

  it("quotes for a shell only what needs it", () => {
    assert.strictEqual(
      Printable.shell(["lro", "wait", "projects/a:b/operations/X", "it's", "$(x)", ""]),
      `lro wait projects/a:b/operations/X 'it'\\''s' '$(x)' ''`
    )
  })
})
