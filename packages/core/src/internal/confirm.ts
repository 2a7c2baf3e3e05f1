import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Options } from "../Cancellation.js"
import * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { advice, isRetryable, type OperationsError } from "../OperationsError.js"
import * as RetryPolicy from "../RetryPolicy.js"
import type { Failure, Looker } from "./looker.js"
import * as internal from "./looker.js"
import { Pace } from "./pace.js"

export const defaultTimeout = Duration.minutes(10)

/** The options of a wait that ends by itself. */
export const limited = (options: Options): Options =>
  options.timeout === undefined ? { ...options, timeout: defaultTimeout } : options

/** Cancels and looks until the operation is done, within the timeout. */
export const confirm = (
  operations: Operations.Provider,
  name: string,
  options: Options
): Effect.Effect<Operation.Done, Failure> =>
  internal.begin(operations, name, limited(options), (looker) =>
    looker.within(
      Effect.flatMap(request(options, looker), (refusal) =>
        refusal === undefined || isUnclear(refusal) ? looker.untilDone() : unlessOver(looker, refusal)
      )
    )
  )

/** Cancels, within the timeout, and looks only where a refusal may say that the operation is over. */
export const accepted = (
  operations: Operations.Provider,
  name: string,
  options: Options
): Effect.Effect<void, Failure> =>
  internal.begin(operations, name, limited(options), (looker) =>
    looker.within(
      Effect.flatMap(request(options, looker), (refusal) =>
        refusal === undefined ? Effect.void : Effect.asVoid(unlessOver(looker, refusal))
      )
    )
  )

/**
 * Succeeds with nothing once the cancel was accepted, and with a refusal that a look may explain. `refusal` is what a first
 * request, which somebody else has sent, was answered with.
 */
export const request = (
  options: Options,
  looker: Looker,
  refusal?: OperationsError
): Effect.Effect<OperationsError | undefined, Failure> => {
  let pace: Pace<OperationsError> | undefined
  const refused = (error: OperationsError) => {
    looker.troubled(error)
    if (!isRetryable(error)) return isTelling(error) ? Effect.fail(error) : Effect.succeed(error)
    pace ??= new Pace(looker.clock, options.retry ?? RetryPolicy.default, looker.deadline)
    return pace.pause(error, advice(error), undefined, (ended) => {
      if (ended === undefined) return send()
      return ended === "Timeout" ? looker.over(ended) : Effect.succeed(error)
    })
  }
  const send = (): Effect.Effect<OperationsError | undefined, Failure> =>
    Effect.matchEffect(looker.cancel(), {
      onFailure: (error) => (typeof error === "string" ? looker.over(error) : refused(error)),
      onSuccess: () => {
        looker.cancelAccepted()
        return accepting
      }
    })
  return refusal === undefined ? send() : refused(refusal)
}

const accepting: Effect.Effect<undefined> = Effect.succeed(undefined)

// FAILED_PRECONDITION and NOT_FOUND are also how some servers say that the operation is over already; and of a request
// whose answer never came, or was not read, it is not known whether it arrived. Every other refusal tells all there is to know.
const isTelling = (refusal: OperationsError): boolean =>
  !(
    refusal._tag === "FailedPrecondition" ||
    (refusal._tag === "NotFound" && refusal.missing === "operation") ||
    (refusal._tag === "TransportError" && refusal.reason === "TooLarge") ||
    isRetryable(refusal) ||
    isUnclear(refusal)
  )

/**
 * Says whether a cancel was answered with success and a body that makes no sense, such as none at all. It may well have been
 * accepted, which only looks can tell, so that they go on as if it had been; but it is not known to have been.
 */
export const isUnclear = (refusal: OperationsError): boolean =>
  refusal._tag === "MalformedResponse" &&
  (refusal.httpStatus === undefined || (refusal.httpStatus >= 200 && refusal.httpStatus < 300))

/**
 * Looks whether the operation is over and the refusal said so. Looks that fail are forgiven as in any wait, but for where
 * the server has been in trouble for all repetitions of the cancel: there, one look is the last try.
 */
export const unlessOver = (looker: Looker, refusal: OperationsError): Effect.Effect<Operation.Done, Failure> => {
  looker.refused(refusal)
  return Effect.matchEffect(isRetryable(refusal) ? looker.lookOnce() : looker.next(), {
    onFailure: (failure): Effect.Effect<never, Failure> => Effect.fail(failure._tag === "Vanished" ? failure : refusal),
    onSuccess: (operation) => (Operation.isDone(operation) ? Effect.succeed(operation) : Effect.fail(refusal))
  })
}
