import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as StatusError from "@effect-lro/host/StatusError"
import * as Schema from "effect/Schema"

/** How a body behaves: it goes on for so long, and ends so, unless it is stopped. */
export const Payload = Schema.Struct({
  millis: Schema.Number,
  ends: Schema.Literal("Succeeded", "Failed"),
  /** It cannot be interrupted. */
  isStubborn: Schema.Boolean
})

export type Payload = typeof Payload.Type

export const Name = Schema.Literal("Again", "Once")

const make = (name: typeof Name.Type, recovery: "rerun" | "abort") =>
  HostedOperation.make({
    name,
    payload: Payload,
    metadata: HostedOperation.empty,
    response: HostedOperation.empty,
    error: StatusError.StatusError,
    recovery
  })

const works = { Again: make("Again", "rerun"), Once: make("Once", "abort") }

export const byName = (name: typeof Name.Type) => works[name]

export const all = Object.values(works)
