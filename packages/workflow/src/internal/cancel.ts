import type * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import type * as Operation from "@effect-lro/core/Operation"
import type { Operations } from "@effect-lro/core/Operations"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Activity from "@effect/workflow/Activity"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Failure, initial, Over, Progress } from "./progress.js"
import type { Durable } from "./stretches.js"
import * as Stretches from "./stretches.js"

export interface Options extends Omit<Cancellation.Options, "onLook"> {
  readonly name: string
  readonly operation: string
  readonly longestStretch?: Duration.DurationInput | undefined
  readonly atOnce?: boolean | undefined
}

/** Cancels, in steps that are taken once each, and looks until the operation is done. */
export const confirm = (options: Options): Durable<Option.Option<Operation.Done>> =>
  Effect.flatMap(request(options), (result) =>
    result._tag === "Over"
      ? Effect.succeedSome(result.operation)
      : Stretches.untilDone(result.progress, {
          schedule: options.schedule,
          failureBudget: options.failureBudget,
          serverWait: options.serverWait,
          longestStretch: options.longestStretch,
          atOnce: options.atOnce,
          name: `${options.name}/confirm`
        })
  )

/**
 * Sends the cancel, in two steps. The first writes down that it is meant to be sent, and until when it may take; from then
 * on whoever takes the workflow over goes on with it. The second is over as soon as the server has accepted, so only a crash
 * between that answer and its being written down has it sent again, as after any answer that was lost.
 */
export const request = (options: Options): Durable<Requested> =>
  Effect.flatMap(intent(options), ({ deadline, requestedAt }) =>
    Activity.make({
      name: `${options.name}/cancel`,
      success: Requested,
      error: Failure,
      execute: send(options, requestedAt, deadline)
    })
  )

const Accepted = Schema.TaggedStruct("Accepted", { progress: Progress })

const Requested = Schema.Union(Over, Accepted)

type Requested = typeof Requested.Type

const Intent = Schema.Struct({ requestedAt: Schema.String, deadline: Schema.optional(Schema.Number) })

const intent = (options: Options) =>
  Activity.make({
    name: `${options.name}/intent`,
    success: Intent,
    execute: Effect.map(Clock.currentTimeMillis, (now) => {
      const timeout = Duration.decode(options.timeout ?? defaultTimeout)
      return {
        requestedAt: ProtoJson.formatTimestamp(ProtoJson.timestampFromMillis(now)),
        ...(Duration.isFinite(timeout) ? { deadline: now + Duration.toMillis(timeout) } : {})
      }
    })
  })

const send = (
  options: Options,
  requestedAt: string,
  deadline: number | undefined
): Effect.Effect<Requested, Failure, Operations> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const checkpoint = Checkpoint.make({
      operation: options.operation,
      intent: "cancel",
      timeout: deadline === undefined ? Duration.infinity : Duration.millis(Math.max(leastTime, deadline - now))
    })
    return Checkpoint.resume(
      { ...checkpoint, cancelRequestedAt: requestedAt },
      {
        retry: options.retry,
        schedule: options.schedule,
        failureBudget: options.failureBudget,
        save: (next) => (next.cancelAccepted ? Effect.fail(new Saved({ checkpoint: next })) : Effect.void)
      }
    ).pipe(
      Effect.map((operation): Requested => ({ _tag: "Over", operation })),
      Effect.catchTag("Saved", ({ checkpoint }) =>
        Effect.succeed<Requested>({
          _tag: "Accepted",
          progress: { ...initial(checkpoint), ...(deadline === undefined ? {} : { deadline }) }
        })
      )
    )
  })

/** Ends the first part of a cancel: that it was accepted is to be written down before anything else is done. */
class Saved extends Data.TaggedError("Saved")<{ readonly checkpoint: Checkpoint.Checkpoint }> {}

/** A process that takes over after the deadline still sends the cancel, in milliseconds. */
const leastTime = 30_000

/** That of `Cancellation.Options`. */
const defaultTimeout = Duration.minutes(10)
