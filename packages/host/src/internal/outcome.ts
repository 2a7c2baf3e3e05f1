import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Status from "@effect-lro/core/Status"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

/**
 * What the end of a body says: its own result, its own failure, or that it was interrupted before it had either. `details`
 * tells of finalizers that failed.
 */
export type Outcome =
  | { readonly _tag: "Succeeded"; readonly response: AnyMessage.AnyMessage }
  | { readonly _tag: "Failed"; readonly status: Status.Status }
  | { readonly _tag: "Interrupted"; readonly details: ReadonlyArray<AnyMessage.AnyMessage> }

/** `halted` says whether the host has asked the body to stop. */
export const fromExit = (exit: Exit.Exit<AnyMessage.AnyMessage | void, Status.Status>, halted: boolean): Outcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Succeeded", response: exit.value ?? AnyMessage.empty }
  const failed = Cause.failureOption(exit.cause)
  if (Option.isSome(failed)) return { _tag: "Failed", status: failed.value }
  const defects = Chunk.size(Cause.defects(exit.cause))
  // Next to an interruption that was asked for, a defect is one of a finalizer: the work itself did as it was told.
  if (defects > 0 && !(halted && Cause.isInterrupted(exit.cause))) return { _tag: "Failed", status: internalError }
  return { _tag: "Interrupted", details: defects === 0 ? [] : [cleanupFailed(defects)] }
}

export const internalError = Status.make({ code: "INTERNAL", message: "The work failed with an internal error." })

export const selfInterrupted = Status.make({ code: "ABORTED", message: "The work interrupted itself." })

export const shutDown = Status.make({
  code: "UNAVAILABLE",
  message: "The host was shut down while the operation was running."
})

export const cancelled = (details: ReadonlyArray<AnyMessage.AnyMessage>): Status.Status =>
  Status.make({ code: "CANCELLED", message: "The operation was cancelled.", details })

export const cleanupTimedOut: AnyMessage.AnyMessage = AnyMessage.pack("google.rpc.ErrorInfo", {
  reason: "CLEANUP_TIMED_OUT",
  domain: "effect-lro",
  metadata: {}
})

// What a finalizer says is for the log: it may name what no caller should know.
const cleanupFailed = (failures: number): AnyMessage.AnyMessage =>
  AnyMessage.pack("google.rpc.ErrorInfo", {
    reason: "CLEANUP_FAILED",
    domain: "effect-lro",
    metadata: { failures: String(failures) }
  })

/** A failure can say neither OK, which would be none, nor CANCELLED, which is said only where somebody asked for it. */
export const failure = (status: Status.Status): Status.Status => {
  switch (status.code) {
    case 0:
      return Status.make({ ...status, code: "UNKNOWN" })
    case 1:
      return Status.make({ ...status, code: "ABORTED" })
    default:
      return status
  }
}
