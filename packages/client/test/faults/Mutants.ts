import * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import * as Status from "@effect-lro/core/Status"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { Mutant } from "./Run.js"

type Get = Operations.Provider["get"]

const looking = (change: (get: ReturnType<Get>, name: string) => ReturnType<Get>): Mutant => ({
  operations: (operations) => ({ ...operations, get: (name) => change(operations.get(name), name) })
})

const cancelling = (
  change: (cancel: Effect.Effect<void, OperationsError.OperationsError>) => typeof cancel
): Mutant => ({
  operations: (operations) => ({ ...operations, cancel: (name) => change(operations.cancel(name)) })
})

const seeing = (change: (operation: Operation.Operation) => Operation.Operation): Mutant =>
  looking((get) => Effect.map(get, change))

const failing = (change: (error: OperationsError.OperationsError) => OperationsError.OperationsError): Mutant => ({
  operations: (operations) => ({
    ...operations,
    get: (name) => Effect.mapError(operations.get(name), change),
    cancel: (name) => Effect.mapError(operations.cancel(name), change)
  })
})

const cancelled = (name: string) => Operation.ended({ name, error: Status.make({ code: "CANCELLED" }) })

/** Takes away what a server says about when to come back, and not that it is worth it. */
const unadvised = (error: OperationsError.OperationsError): OperationsError.OperationsError =>
  OperationsError.isCodeError(error) && Option.isSome(OperationsError.advice(error))
    ? new OperationsError.Unavailable({
        operation: error.operation,
        method: error.method,
        status: Status.make({ code: "UNAVAILABLE" })
      })
    : error

const shorter = (error: OperationsError.OperationsError): OperationsError.OperationsError =>
  OperationsError.isCodeError(error) && error.retryAfter !== undefined
    ? OperationsError.fromStatus({
        ...common(error),
        httpStatus: error.httpStatus,
        retryAfter: Duration.times(error.retryAfter, 0.5)
      })
    : error

/** Clients that are wrong, each in one of the ways in which clients are. */
export const mutants: Readonly<Record<string, Mutant>> = {
  "takes 404 for cancelled": looking((get, name) =>
    Effect.catchTag(get, "NotFound", () => Effect.succeed(cancelled(name)))
  ),
  "takes a missing route for a missing operation": failing((error) =>
    error._tag === "NotFound" ? OperationsError.fromStatus({ ...common(error), missing: "operation" }) : error
  ),
  "follows redirects": { client: HttpClient.followRedirects() },
  "sends every cancel twice": cancelling((cancel) => Effect.zipRight(cancel, cancel)),
  "sends the cancel again before each look": {
    operations: (operations) => ({
      ...operations,
      get: (name) => Effect.zipRight(Effect.ignore(operations.cancel(name)), operations.get(name))
    })
  },
  "repeats what is not implemented": {
    options: (options) => ({
      ...options,
      retry: Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(5))
    })
  },
  "never repeats a cancel": { options: (options) => ({ ...options, retry: RetryPolicy.none }) },
  "repeats a cancel six times": {
    options: (options) => ({ ...options, retry: RetryPolicy.exponential({ retries: 6 }) })
  },
  "ignores advice": failing(unadvised),
  "comes back after half of Retry-After": failing(shorter),
  "takes a malformed answer for done": looking((get, name) =>
    Effect.catchTag(get, "MalformedResponse", () => Effect.succeed(Operation.doneWithoutResult({ name })))
  ),
  "takes a malformed answer for running": looking((get, name) =>
    Effect.catchTag(get, "MalformedResponse", () => Effect.succeed(Operation.running({ name })))
  ),
  "takes a malformed answer to the cancel for accepted": cancelling((cancel) =>
    Effect.catchTag(cancel, "MalformedResponse", () => Effect.void)
  ),
  "gives up where the answer to the cancel cannot be read": cancelling((cancel) =>
    Effect.catchTag(cancel, "MalformedResponse", ({ excerpt, method, operation, reason }) =>
      Effect.fail(new OperationsError.MalformedResponse({ operation, method, httpStatus: 400, reason, excerpt }))
    )
  ),
  "takes every error of an operation for cancelled": seeing((operation) =>
    operation._tag === "Failed" ? cancelled(operation.name) : operation
  ),
  "takes done without a result for cancelled": seeing((operation) =>
    operation._tag === "DoneWithoutResult" ? cancelled(operation.name) : operation
  ),
  "goes by the word for the state": seeing((operation) => {
    const state = Option.getOrUndefined(operation.metadata)?.["state"]
    if (state === "CANCELLED") return cancelled(operation.name)
    return state === "SUCCEEDED" && operation._tag === "Running"
      ? Operation.succeeded({ name: operation.name, response: {} })
      : operation
  }),
  "has no failure budget": { options: (options) => ({ ...options, failureBudget: Infinity }) },
  "never forgives a failed look": { options: (options) => ({ ...options, failureBudget: 0 }) },
  "forgives looks that nothing can cure": looking((get) => Effect.retry(get, { times: 2 })),
  "takes vanished for not found": {
    program: (program) => Effect.catchTag(program, "Vanished", ({ cause }) => Effect.fail(cause))
  },
  "does not look after FAILED_PRECONDITION": {
    ...cancelling((cancel) =>
      Effect.catchTag(cancel, "FailedPrecondition", (error) =>
        Effect.fail(OperationsError.fromStatus({ ...common(error), status: Status.make({ code: "INVALID_ARGUMENT" }) }))
      )
    )
  },
  "takes FAILED_PRECONDITION for accepted": cancelling((cancel) =>
    Effect.catchTag(cancel, "FailedPrecondition", () => Effect.void)
  ),
  "takes the accepted cancel for cancelled": seeing((operation) =>
    operation._tag === "Running" ? cancelled(operation.name) : operation
  ),
  "has no deadline": { options: (options) => ({ ...options, timeout: Infinity }) },
  "has no limit for a request": { transport: { requestTimeout: Infinity } },
  "takes a lost connection for the end": failing((error) =>
    error._tag === "TransportError"
      ? new OperationsError.TransportError({
          operation: error.operation,
          method: error.method,
          reason: "TooLarge",
          description: error.description
        })
      : error
  ),
  "takes 502 for the end": failing((error) =>
    error._tag === "Unavailable" && error.httpStatus === 502
      ? OperationsError.fromStatus({ ...common(error), status: Status.make({ code: "INTERNAL" }) })
      : error
  ),
  "looks in a hurry": {
    options: (options) => ({ ...options, schedule: PollSchedule.capped({ initial: "250 millis", max: "5 seconds" }) })
  }
}

const common = (error: OperationsError.CodeError) => ({
  operation: error.operation,
  method: error.method,
  status: error.status
})
