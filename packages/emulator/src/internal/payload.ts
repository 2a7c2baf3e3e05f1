import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Status from "@effect-lro/core/Status"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Simulation from "../Simulation.js"
import { Stage } from "./plan.js"

// What is stored with a task, so that another process can go on with it: not the request, which may be megabytes, but what
// was made of it.
const Payload = Schema.Struct({
  about: Schema.Struct({ description: Schema.String, priority: Schema.Number }),
  simulation: Schema.Struct({
    startDelay: Schema.Duration,
    duration: Schema.Duration,
    stages: Schema.Array(Stage),
    outcome: Schema.Union(
      Schema.TaggedStruct("Succeed", { response: AnyMessage.AnyMessage }),
      Schema.TaggedStruct("Fail", { status: Status.Status })
    ),
    failedAttempts: Schema.Number,
    honoursCancel: Schema.Boolean,
    cleanup: Schema.Duration,
    destinationUris: Schema.Array(Schema.String)
  })
})

export const encode = (about: Simulation.About, simulation: Simulation.Simulation): unknown =>
  encodeSync({
    about: { description: about.description, priority: about.priority },
    simulation: {
      ...simulation,
      startDelay: Duration.decode(simulation.startDelay),
      duration: Duration.decode(simulation.duration),
      cleanup: Duration.decode(simulation.cleanup)
    }
  })

const encodeSync = Schema.encodeSync(Payload)

export const decode = Schema.decodeUnknown(Payload)

export const startDelay = (payload: unknown): Duration.Duration =>
  Option.match(decodeDelay(payload), { onNone: () => Duration.zero, onSome: ({ simulation }) => simulation.startDelay })

const decodeDelay = Schema.decodeUnknownOption(Payload.pipe(Schema.pick("simulation")))
