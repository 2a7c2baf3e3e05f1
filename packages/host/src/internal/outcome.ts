import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Status from "@effect-lro/core/Status"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as OperationRecord from "../OperationRecord.js"

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

/** It was running, or to be run, when its process went away, and it is not run again. */
export const lost = Status.make({
  code: "ABORTED",
  message: "The process that ran the operation has gone, and the operation is not run again."
})

export const killed = Status.make({
  code: "ABORTED",
  message: "The operation was given up by an administrator. Its work may still run.",
  details: [AnyMessage.pack("google.rpc.ErrorInfo", { reason: "KILLED", domain: "effect-lro", metadata: {} })]
})

export const deadlineExceeded = (details: ReadonlyArray<AnyMessage.AnyMessage>): Status.Status =>
  Status.make({ code: "DEADLINE_EXCEEDED", message: "The operation has not ended before its deadline.", details })

/** The end of what was asked to stop and has come to nothing of its own. What it says itself stands where somebody asked. */
export const stopped = (
  record: OperationRecord.OperationRecord,
  own: Option.Option<Status.Status>,
  details: ReadonlyArray<AnyMessage.AnyMessage>
): OperationRecord.Change =>
  OperationRecord.isExpired(record)
    ? { _tag: "Fail", error: deadlineExceeded(details) }
    : { _tag: "Stop", error: Option.getOrElse(own, () => cancelled(details)) }

/** Ends what comes to no end of its own, from whatever state it is in. */
export const giveUp = (
  record: OperationRecord.OperationRecord,
  error: Status.Status
): ReadonlyArray<OperationRecord.Change> =>
  record.state === "PENDING" ? [{ _tag: "Expire" }, { _tag: "Fail", error }] : [{ _tag: "Fail", error }]

/** Ends, or begins to end, what has not ended before its deadline. */
export const expire = (record: OperationRecord.OperationRecord): ReadonlyArray<OperationRecord.Change> =>
  record.state === "PENDING"
    ? [{ _tag: "Expire" }, { _tag: "Fail", error: deadlineExceeded([]) }]
    : [{ _tag: "Expire" }]

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
