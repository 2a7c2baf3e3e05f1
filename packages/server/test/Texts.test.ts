import * as Constant from "@effect-lro/core/Constant"
import * as Operation from "@effect-lro/core/Operation"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Texts from "../src/internal/texts.js"

/** An operation that counts how often it is written. */
const counted = (id: number, size: number, letter = "x") => {
  const counter = { writes: 0 }
  const metadata = {
    "@type": "type.googleapis.com/x.Y",
    get text() {
      counter.writes++
      return letter.repeat(size)
    }
  }
  return { operation: Operation.running({ name: `operations/${id}`, metadata }), counter }
}

const constant = (id: number, size: number, letter?: string) => {
  const made = counted(id, size, letter)
  Constant.mark(made.operation)
  return made
}

describe("Texts of operations", () => {
  it("are written anew where nobody called the operation constant", () => {
    const texts = Texts.make(1_000_000)
    const metadata = { "@type": "type.googleapis.com/x.Y", rows: 1 }
    const operation = Operation.running({ name: "operations/a", metadata })
    assert.include(texts(operation).text, `"rows":1`)
    metadata.rows = 2
    assert.include(texts(operation).text, `"rows":2`)
    const { counter, operation: another } = counted(1, 10)
    for (let i = 0; i < 3; i++) texts(another)
    assert.strictEqual(counter.writes, 3)
  })

  it("are written once where it is constant, and never again for a copy of it with something else in it", () => {
    const texts = Texts.make(1_000_000)
    const { counter, operation } = constant(1, 10)
    for (let i = 0; i < 3; i++) texts(operation)
    assert.strictEqual(counter.writes, 1)
    assert.notInclude(texts({ ...operation, name: "operations/b" }).text, "operations/1")
  })

  it("are called ASCII where they are, and only there", () => {
    const texts = Texts.make(1_000_000)
    for (const letter of ["x", "\u007f", "\n"]) assert.isTrue(texts(constant(1, 3, letter).operation).isAscii)
    for (const letter of ["\u0080", "é", "\u2028", "😀"])
      assert.isFalse(texts(constant(1, 3, letter).operation).isAscii)
    assert.isFalse(texts(counted(1, 3).operation).isAscii)
  })

  for (const letter of ["x", "é"]) {
    it(`are kept up to so many bytes in all, also of ${letter}`, () => {
      const maxBytes = 100_000
      const texts = Texts.make(maxBytes)
      const all = Array.from({ length: 3000 }, (_, i) => constant(i, 500, letter))
      for (const { operation } of all) texts(operation)
      let kept = 0
      // From the newest, so that what is written anew takes the place of what was looked at.
      for (const { counter, operation } of all.toReversed()) {
        const { text } = texts(operation)
        if (counter.writes === 1) kept += Buffer.byteLength(text)
      }
      assert.isAbove(kept, maxBytes / 2)
      assert.isAtMost(kept, maxBytes)
    })
  }

  it("are kept longer where they are asked for again", () => {
    const texts = Texts.make(100_000)
    const popular = constant(0, 500)
    for (let i = 1; i < 5000; i++) {
      texts(constant(i, 500).operation)
      if (i % 20 === 0) texts(popular.operation)
    }
    assert.strictEqual(popular.counter.writes, 1)
  })

  it("are not kept where one alone would drive out the others, nor where nothing is to be kept", () => {
    for (const texts of [Texts.make(1000), Texts.make(0)]) {
      const { counter, operation } = constant(1, 500)
      for (let i = 0; i < 3; i++) texts(operation)
      assert.strictEqual(counter.writes, 3)
    }
  })

  it.prop(
    "are the same whatever is kept of them",
    [
      FastCheck.array(Arbitrary.make(Schema.typeSchema(Operation.Operation)), { minLength: 1, maxLength: 12 }),
      FastCheck.array(FastCheck.nat(11), { maxLength: 100 }),
      FastCheck.array(FastCheck.boolean(), { minLength: 12, maxLength: 12 }),
      FastCheck.constantFrom(0, 600, 3000, 1_000_000)
    ],
    ([operations, looks, isConstant, maxBytes]) => {
      const texts = Texts.make(maxBytes)
      for (const [index, operation] of operations.entries()) if (isConstant[index] === true) Constant.mark(operation)
      for (const look of looks) {
        const operation = operations[look % operations.length]
        if (operation === undefined) continue
        const { isAscii, text } = texts(operation)
        assert.strictEqual(text, JSON.stringify(Operation.toWire(operation)))
        if (isAscii) assert.strictEqual(Buffer.byteLength(text), text.length)
      }
    }
  )
})
