import * as Operations from "@effect-lro/core/Operations"
import * as Battery from "@effect-lro/testing/Battery"
import type { BatteryFailure } from "@effect-lro/testing/BatteryFailure"
import * as ScriptedSubject from "@effect-lro/testing/ScriptedSubject"
import * as Subject from "@effect-lro/testing/Subject"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Mutant, mutants } from "./mutants.js"

const honest = ScriptedSubject.layer({ emptyPages: true })

const failures = (
  layer: Layer.Layer<Operations.Operations | Subject.Subject>
): Effect.Effect<ReadonlyArray<BatteryFailure>> =>
  Effect.map(VirtualTime.run(Battery.check({ layer, capabilities: Subject.everything, concurrency: 4 })), (results) =>
    results.flatMap((result) => Option.toArray(result.failure))
  )

const lying = (mutant: Mutant) =>
  Layer.merge(
    honest,
    Layer.effect(Operations.Operations, Effect.map(Operations.Operations, mutant.of)).pipe(Layer.provide(honest))
  )

const caught = new Map<string, ReadonlyArray<string>>()

describe("the battery", () => {
  it.live("finds nothing wrong with a provider that tells the truth, empty pages and all", () =>
    Effect.map(failures(honest), (found) =>
      assert.deepStrictEqual(
        found.map((each) => each.message),
        []
      )
    )
  )

  for (const mutant of mutants) {
    it.live(`finds out a provider that lies: ${mutant.lie}`, ({ annotate }) =>
      Effect.gen(function* () {
        const found = (yield* failures(lying(mutant))).map((each) => each.case)
        caught.set(mutant.lie, found)
        assert.isNotEmpty(found)
        yield* Effect.promise(() => annotate(`caught by: ${found.join("; ")}`))
      })
    )
  }

  it("has no case that never finds out anything", ({ skip }) => {
    if (caught.size < mutants.length) skip("some of the mutants were left out")
    const useful = new Set([...caught.values()].flat())
    assert.deepStrictEqual(
      Battery.cases
        .filter((each) => Battery.applies(each, Subject.everything) && !useful.has(each.name))
        .map((each) => each.name),
      []
    )
  })
})
