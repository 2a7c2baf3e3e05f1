/** Numbers that look random and are the same every time. */
export interface Dice {
  /** From 0 up to 1. */
  readonly roll: () => number
  readonly between: (from: number, to: number) => number
  readonly whole: (from: number, to: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <const A extends readonly [unknown, ...ReadonlyArray<unknown>]>(from: A) => A[number]
}

/** The generator mulberry32. */
export const make = (seed: number): Dice => {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  const roll = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return {
    roll,
    between: (from, to) => from + roll() * (to - from),
    whole: (from, to) => from + Math.floor(roll() * (to - from + 1)),
    chance: (probability) => roll() < probability,
    pick: (from) => from[Math.floor(roll() * from.length)]
  }
}
