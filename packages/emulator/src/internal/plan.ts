import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type * as Simulation from "../Simulation.js"

export const Stage = Schema.Struct({
  displayName: Schema.String,
  description: Schema.optional(Schema.String),
  totalWorkUnits: Schema.Number,
  share: Schema.Number
})

// What the host keeps of a task besides its states. It is the emulator's own message: nobody but `describe` sees it.
export const Plan = Schema.Struct({
  description: Schema.optional(Schema.String),
  priority: Schema.optional(Schema.Number),
  destinationUris: Schema.optional(Schema.Array(Schema.String)),
  attemptTime: Schema.optional(Schema.Number),
  // Absent where it is infinite, for which JSON has no number.
  durationMillis: Schema.optional(Schema.Number),
  stages: Schema.optional(Schema.Array(Stage))
})

export type Plan = typeof Plan.Type

export const of = (
  about: Simulation.About,
  simulation: Simulation.Simulation,
  attemptTime: number | undefined
): Plan => {
  const durationMillis = Duration.toMillis(simulation.duration)
  return {
    description: about.description === "" ? undefined : about.description,
    priority: about.priority,
    destinationUris: simulation.destinationUris,
    attemptTime,
    durationMillis: Number.isFinite(durationMillis) ? durationMillis : undefined,
    stages: simulation.stages
  }
}

export const encode = (plan: Plan): AnyMessage.AnyMessage => AnyMessage.pack("effect_lro.emulator.Plan", plan)

export const decode = Schema.decodeUnknownOption(Plan)
