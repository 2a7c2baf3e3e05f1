import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Model from "./scoped/Model.js"
import { mutants } from "./scoped/Mutants.js"
import { script, type Script } from "./scoped/Step.js"
import { live, type Program, scoped } from "./scoped/World.js"

const scale = process.env["EFFECT_LRO_LONG"] === "1" ? 20 : 1

const written = (seen: ReadonlyArray<Model.Seen>) =>
  seen.map(({ end, requests }) => `${requests.join(", ")}: ${end ?? "goes on"}`)

/** What is promised after each step, and what is seen. */
const compare = async (program: Program, generated: Script) => {
  const model = Model.make(generated)
  const promised = generated.steps.map((step) => {
    model.step(step)
    return model.seen()
  })
  const seen = await Effect.runPromise(live(program, generated))
  return { promised: written(promised), seen: written(seen) }
}

const isKept = async (program: Program, generated: Script) => {
  const { promised, seen } = await compare(program, generated)
  return promised.join() === seen.join()
}

describe("a program that is interrupted", () => {
  it(
    "sends exactly what its policy promises, whatever happens in whatever order",
    async () => {
      const interrupted: Record<string, Record<string, number>> = { leave: {}, cancel: {}, cancelAndConfirm: {} }
      await FastCheck.assert(
        FastCheck.asyncProperty(script, async (generated) => {
          const { promised, seen } = await compare(scoped, generated)
          assert.strictEqual(seen.join("\n"), promised.join("\n"))
          const model = Model.make(generated)
          const points = interrupted[generated.policy] ?? {}
          for (const step of generated.steps) {
            if (step._tag === "Interrupt") points[model.point()] = (points[model.point()] ?? 0) + 1
            model.step(step)
          }
        }),
        { numRuns: 600 * scale }
      )
      console.log(`interrupted: ${JSON.stringify(interrupted)}`)
      for (const [policy, points] of Object.entries(interrupted)) {
        for (const point of ["asleep", "starting", "looking", "pausing", "over"]) {
          assert.isAbove(points[point] ?? 0, 1, `${policy}, ${point}`)
        }
        if (policy !== "leave") assert.isAbove(points["stopping"] ?? 0, 5, policy)
      }
    },
    60_000 * scale
  )

  it.each(Object.entries(mutants))("is found out where it %s", async (_, mutant) => {
    for (const generated of FastCheck.sample(script, { numRuns: 600, seed: 7 })) {
      if (!(await isKept(mutant, generated))) return
    }
    assert.fail("no script told it from what is right")
  })
})
