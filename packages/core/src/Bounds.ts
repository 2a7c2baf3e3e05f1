/**
 * Numbers that come as options, looked at before anything is made of them: what is less than makes sense, or is no number,
 * would be found out by what does not work any more.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * A number, and the least that it may be. Where it is undefined there is a default, and `Infinity` is no limit.
 *
 * @since 0.1.0
 * @category models
 */
export type Bounded = readonly [value: number | undefined, least: number]

/**
 * Dies with a sentence where one of the numbers is not what it has to be, as only a change of the program can help.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Bounds from "@effect-lro/core/Bounds"
 *
 * export const checked = (options: { readonly maxRunning?: number }) =>
 *   Bounds.check({ maxRunning: [options.maxRunning, 1] })
 * ```
 */
export const check = (numbers: { readonly [option: string]: Bounded }): Effect.Effect<void> => {
  for (const [option, [value, least]] of Object.entries(numbers)) {
    // NaN is neither.
    if (value === undefined || value >= least) continue
    return Effect.dieMessage(`the option ${option} has to be ${least} or more, and is ${value}`)
  }
  return Effect.void
}
