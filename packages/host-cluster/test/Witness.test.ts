import { assert, describe, it } from "@effect/vitest"
import * as Witness from "./processes/Witness.js"

const mark = (operation: string, pid: number, mark: Witness.Mark["mark"], at: number): Witness.Mark => ({
  operation,
  pid,
  attempt: 1,
  mark,
  at
})

describe("the witnesses of bodies", () => {
  it("see two bodies of one operation at once, and none where one follows the other", () => {
    const marks = [
      mark("a", 1, "began", 0),
      mark("a", 2, "began", 10),
      mark("a", 1, "ended", 11),
      mark("b", 1, "began", 0),
      mark("b", 1, "ended", 10),
      mark("b", 2, "began", 10)
    ]
    assert.deepStrictEqual(
      Witness.overlaps(Witness.runs(marks, new Map())).map(([one, other]) => [one.operation, one.pid, other.pid]),
      [["a", 1, 2]]
    )
  })

  it("take what ran in a process for ended when that dies", () => {
    const marks = [mark("a", 1, "began", 0), mark("a", 2, "began", 10)]
    assert.lengthOf(Witness.overlaps(Witness.runs(marks, new Map([[1, 5]]))), 0)
    assert.lengthOf(Witness.overlaps(Witness.runs(marks, new Map([[1, 15]]))), 1)
  })
})
