import * as Dice from "@effect-lro/test-support/Dice"
import type * as World from "./World.js"

/** A scenario that looks random and is the same every time. */
export const make = (seed: number): World.Scenario => {
  const dice = Dice.make(seed)
  const takes = dice.whole(0, 4) === 0 ? dice.whole(0, 2000) : dice.whole(2000, 120_000)
  const crashes = Array.from({ length: dice.pick([0, 1, 1, 2, 3, 6]) }, () =>
    // Near the beginning of a life is where most of its steps are.
    dice.chance(0.5) ? dice.whole(1, 12) : dice.whole(1, 80)
  )
  return {
    behaviour: {
      takes,
      ends: dice.pick(["Succeeded", "Succeeded", "Failed"]),
      stopsWithin: dice.pick([0, 300, 4000, 20_000, undefined]),
      refusals: dice.pick([0, 0, 0, 1, 2])
    },
    onInterrupt: dice.pick(["leave", "cancel", "cancelAndConfirm", "cancelAndConfirm"]),
    interruptAfter: dice.chance(0.7) ? dice.whole(0, Math.ceil(takes * 1.1)) : undefined,
    crashes,
    downtime: dice.pick([0, 0, 1000, 30_000])
  }
}
