/** What the long tests measure, told as lines of JSON that `scripts/test.mjs --long` collects. */

/** Whether there is time for what takes minutes. */
// oxlint-disable-next-line node/no-process-env -- tests are registered by it, before there is a Config to be read
export const isLong = process.env["EFFECT_LRO_LONG"] === "1" // rule-exception(environment): as the line above says

/** Tells what was measured, and whether it is as it is meant to be, where there was time to measure it. */
export const tell = (goal: string, measured: string, met: boolean): void => {
  if (isLong) process.stdout.write(`${JSON.stringify({ goal, measured, met })}\n`)
}

/** The value that such a part of all is not above. NaN of none. */
export const percentile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * part) - 1)] ?? Number.NaN
