/**
 * What the exit code of `lro` tells, so that a script can act on an outcome without reading any text.
 *
 * @since 0.1.0
 */
import type * as Cancellation from "@effect-lro/core/Cancellation"
import type * as Operation from "@effect-lro/core/Operation"
import type { Failure, Signal } from "./Failure.js"

/**
 * The codes by their names.
 *
 * @since 0.1.0
 * @category constants
 */
export const codes = {
  Success: 0,
  Failure: 1,
  Usage: 2,
  CompletedAnyway: 3,
  Failed: 4,
  StillRunning: 5,
  Unimplemented: 6,
  NotFound: 7,
  Denied: 8,
  Vanished: 9,
  Cancelled: 10,
  Hangup: 129,
  Interrupted: 130,
  BrokenPipe: 141,
  Terminated: 143
} as const

/**
 * A code that `lro` ends with.
 *
 * @since 0.1.0
 * @category models
 */
export type ExitCode = (typeof codes)[keyof typeof codes]

/**
 * A code and what it means.
 *
 * @since 0.1.0
 * @category models
 */
export type Meaning = readonly [code: ExitCode, meaning: string]

/**
 * What each code means, for the help text and for the table of the package's README.
 *
 * @since 0.1.0
 * @category constants
 */
export const meanings: readonly [Meaning, ...ReadonlyArray<Meaning>] = [
  [codes.Success, "it stopped, now or before (cancel); it succeeded (wait); the command did what it says (all others)"],
  [codes.Failure, "any other failure, such as a server that cannot be reached"],
  [codes.Usage, "wrong usage, or a name that cannot be an operation's; nothing was sent"],
  [codes.CompletedAnyway, "cancel: the work completed anyway"],
  [codes.Failed, "cancel: the work failed anyway; wait: it failed"],
  [codes.StillRunning, "the operation was still running at the deadline"],
  [codes.Unimplemented, "the service does not support the method"],
  [codes.NotFound, "there is no such operation, or no such method at this endpoint"],
  [codes.Denied, "unauthorized, or permission denied"],
  [codes.Vanished, "the operation was there and then was not found any more"],
  [codes.Cancelled, "wait: the operation was cancelled"],
  [codes.Interrupted, "interrupted (129 by a hangup, 143 by SIGTERM); the operation goes its own way"],
  [codes.BrokenPipe, "nobody reads the output any more"]
]

/**
 * The code for what stopped a command from doing what it was asked.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromFailure = (failure: Failure): ExitCode => {
  switch (failure._tag) {
    case "UsageError":
    case "InvalidName":
      return codes.Usage
    case "StillRunning":
      return codes.StillRunning
    case "Unimplemented":
      return codes.Unimplemented
    case "NotFound":
      return codes.NotFound
    case "Unauthorized":
    case "PermissionDenied":
      return codes.Denied
    case "Vanished":
      return codes.Vanished
    case "Interrupted":
      return fromSignal(failure.signal)
    default:
      return codes.Failure
  }
}

/**
 * The code of `lro cancel` once the operation is over.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromOutcome = (outcome: Cancellation.Outcome): ExitCode => {
  switch (outcome._tag) {
    case "Cancelled":
      return codes.Success
    case "CompletedAnyway":
      return codes.CompletedAnyway
    case "FailedAnyway":
      return codes.Failed
  }
}

/**
 * The code of `lro wait` once the operation is over.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromDone = (operation: Operation.Done): ExitCode => {
  switch (operation._tag) {
    case "Succeeded":
    case "DoneWithoutResult":
      return codes.Success
    case "Failed":
      return codes.Failed
    case "Cancelled":
      return codes.Cancelled
  }
}

/**
 * 128 and the signal's number, as shells do.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromSignal = (signal: Signal): ExitCode => {
  switch (signal) {
    case "SIGHUP":
      return codes.Hangup
    case "SIGINT":
      return codes.Interrupted
    case "SIGTERM":
      return codes.Terminated
  }
}
