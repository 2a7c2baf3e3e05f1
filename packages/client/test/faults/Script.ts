import * as Dice from "@effect-lro/test-support/Dice"
import * as Fault from "./Fault.js"
import * as World from "./World.js"

/** One program, one operation, and everything that comes between the two. */
export interface Script {
  readonly seed: number
  readonly about: (typeof World.lives)[number]
  readonly life: World.Life
  readonly dress: World.Dress
  readonly acceptance: (typeof World.acceptances)[number]
  /** Whether answers tell their length. */
  readonly measured: boolean
  /** How long the server takes, in milliseconds. */
  readonly latency: number
  /** What becomes of the first requests, one by one. */
  readonly faults: ReadonlyArray<Fault.Fault | undefined>
  /** In milliseconds; the default where it is absent. */
  readonly timeout: number | undefined
  readonly failureBudget: number | undefined
  /** Where between 0 and 1 every draw of the jitter falls. */
  readonly jitter: number
  /** Whether a token that is refused can be had anew. */
  readonly renews: boolean
}

// Races and work that stops are what most scripts are about.
const rollAbout = (dice: Dice.Dice): Script["about"] =>
  dice.chance(0.65)
    ? dice.pick(["race", "stops"])
    : dice.pick(["over", "over", "ignores", "ignores", "gone", "gone", "unborn"])

const kinds = Object.keys(Fault.kinds) as ReadonlyArray<Fault.Kind>

/** Every kind of fault has its turn at being the first of a script; what else happens is drawn. */
export const make = (seed: number): Script => {
  const dice = Dice.make(seed)
  const about = rollAbout(dice)
  const first = kinds[seed % kinds.length] ?? "unavailable"
  const faults: Array<Fault.Fault | undefined> = []
  const episode = (kind: Fault.Kind, from: number, length: number) => {
    for (let index = from; index < from + length; index++) faults[index] = Fault.make(kind, dice)
  }
  const lengthOf = () => (dice.chance(0.65) ? 1 : dice.chance(0.7) ? dice.whole(2, 4) : dice.whole(5, 9))
  const others = dice.pick([0, 0, 1, 2])
  for (let index = 0; index < others; index++) {
    episode(kinds[dice.whole(0, kinds.length - 1)] ?? first, dice.whole(1, 12), lengthOf())
  }
  episode(first, dice.pick([0, 0, 0, 1, 1, 2]), lengthOf())
  return {
    seed,
    about,
    life: World.roll(dice, about),
    dress: dice.pick(World.dresses),
    acceptance: dice.pick(World.acceptances),
    measured: dice.chance(0.5),
    latency: dice.between(1, 200),
    faults: Array.from({ length: faults.length }, (_, index) => faults[index]),
    timeout: dice.chance(0.1) ? undefined : dice.chance(0.25) ? dice.between(500, 5000) : dice.between(5000, 90_000),
    failureBudget: dice.chance(0.7) ? undefined : dice.whole(0, 3),
    jitter: dice.roll(),
    renews: dice.chance(0.5)
  }
}
