/**
 * What becomes known of an operation while a command is busy with it.
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as ProgressLine from "./ProgressLine.js"
import * as RenderOperation from "./RenderOperation.js"

/**
 * What is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Known {
  readonly lastSeen: Option.Option<Operation.Operation>
  readonly cancelAccepted: boolean
}

/**
 * An `Operations` that tells what passes through it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Watch {
  readonly operations: Operations.Service
  readonly known: Effect.Effect<Known>
}

/**
 * Hands every call on, keeps what was seen last, and shows it on a progress line.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (operations: Operations.Service, line: ProgressLine.ProgressLine): Effect.Effect<Watch> =>
  Effect.map(Ref.make<Known>({ lastSeen: Option.none(), cancelAccepted: false }), (known) => {
    const seen = (operation: Operation.Operation) =>
      Effect.zipRight(
        Ref.update(known, (_) => ({ ..._, lastSeen: Option.some(operation) })),
        line.update(RenderOperation.progress(operation))
      )
    const accepted = Effect.zipRight(
      Ref.update(known, (_) => ({ ..._, cancelAccepted: true })),
      line.update({ key: "accepted", text: "the request to cancel was accepted" })
    )
    const failed = (error: OperationsError.OperationsError) =>
      OperationsError.isRetryable(error)
        ? line.update({ key: error._tag, text: `no answer yet: ${cause(error)}` })
        : Effect.void
    const watched = <A>(
      effect: Effect.Effect<A, OperationsError.OperationsError>,
      onSuccess: (a: A) => Effect.Effect<void>
    ) => Effect.tapBoth(effect, { onFailure: failed, onSuccess })
    return {
      operations: Operations.make({
        ...operations,
        get: (name) => watched(operations.get(name), seen),
        cancel: (name) => watched(operations.cancel(name), () => accepted)
      }),
      known: Ref.get(known)
    }
  })

// Who looks at the line knows which operation it is about.
const cause = (error: OperationsError.OperationsError): string => {
  const about = error._tag === "InvalidName" ? "" : `${error.method} ${error.operation}: `
  return error.message.startsWith(about) ? error.message.slice(about.length) : error.message
}
