import { setImmediate } from "node:timers/promises"
import * as Goals from "@effect-lro/test-support/Goals"
import * as FastCheck from "effect/FastCheck"

/**
 * Runs a property that says that no operation has two ends so many times, and lets others have a turn now and then: vitest
 * takes a worker that is silent for lost.
 */
export const assertInPortions = async <A>(
  what: string,
  property: FastCheck.IProperty<A>,
  numRuns: number
): Promise<void> => {
  const portion = 50
  for (let done = 0; done < numRuns; done += portion) {
    try {
      FastCheck.assert(property, { numRuns: Math.min(portion, numRuns - done) })
    } catch (error) {
      Goals.tell("G2", `a contradiction after at least ${done} ${what}`, false)
      throw error
    }
    await setImmediate()
  }
  Goals.tell("G2", `no contradiction in ${numRuns} ${what}`, true)
}
