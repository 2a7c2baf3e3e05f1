import * as Postgres from "@effect-lro/test-support/Postgres"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Witness from "./processes/Witness.js"
import * as Cluster from "./support/Cluster.js"

const mark = (operation: string, pid: number, mark: Witness.Mark["mark"], at: number): Witness.Mark => ({
  operation,
  pid,
  attempt: 1,
  mark,
  at
})

describe("the witnesses", () => {
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

  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive("of a cluster contradict each promise that is broken", () =>
    Effect.gen(function* () {
      const cluster = yield* Cluster.make({ leaseDuration: 9000 })
      const write = (name: string, state: string, at: number) =>
        cluster.sql`INSERT INTO history (name, state, fence, at) VALUES (${name}, ${state}, 1, ${at})`
      yield* write("lost", "RUNNING", 1000)
      yield* write("twice", "SUCCEEDED", 1000)
      yield* write("twice", "FAILED", 1001)
      yield* write("early", "CANCELLED", 1000)
      yield* write("fine", "CANCELLED", 1000)
      const marks = [
        mark("doubled", 1, "began", 0),
        mark("doubled", 2, "began", 5),
        mark("early", 3, "began", 900),
        mark("early", 3, "ended", 1100),
        mark("fine", 3, "began", 900),
        mark("fine", 3, "ended", 1000)
      ]
      for (const each of marks) Witness.write(cluster.witness, each)
      assert.deepStrictEqual(yield* cluster.contradictions(["lost", "twice", "early", "fine"]), [
        "twice was SUCCEEDED and was written again as FAILED",
        "lost was acknowledged and has not ended",
        "two bodies of doubled ran at once, in 1 and 2",
        "early was CANCELLED while a body of it ran, or before one began"
      ])
    })
  )
})
