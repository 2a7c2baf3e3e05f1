import type * as Schedule from "effect/Schedule"

/**
 * The delay in milliseconds after so many looks, of a schedule whose delays hang on nothing else and which has no end. To
 * walk a schedule is to run an effect, which for one among many waits costs more than all the rest.
 */
export type Delays = (looks: number) => number

const known = new WeakMap<object, Delays>()

export const make = (schedule: Schedule.Schedule<unknown>, delays: Delays): Schedule.Schedule<unknown> => {
  known.set(schedule, delays)
  return schedule
}

/** Any other schedule has to be walked. */
export const delaysOf = <In>(schedule: Schedule.Schedule<unknown, In>): Delays | undefined => known.get(schedule)
