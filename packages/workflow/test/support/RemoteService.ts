import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** What the operation of the service does. */
export interface Behaviour {
  /** How long it takes, in milliseconds. */
  readonly takes: number
  readonly ends: "Succeeded" | "Failed"
  /** How long it takes to stop; one that does not stop goes on to its end. */
  readonly stopsWithin: number | undefined
  /** How many requests to cancel are refused as unavailable before one is accepted. */
  readonly refusals: number
}

export interface Request {
  readonly method: "start" | "get" | "cancel"
  readonly at: number
  readonly requestId?: string
}

/** A service far away, which goes on whatever becomes of its clients. It knows request ids, and one kind of operation. */
export interface RemoteService {
  readonly requests: Array<Request>
  /** When the operations were started. */
  readonly started: Map<string, number>
  readonly start: (requestId: string) => Effect.Effect<Operation.Operation, OperationsError.OperationsError>
  readonly operations: Operations.Service
  /** Waits for the first request to start. */
  readonly firstStart: Effect.Effect<void>
}

export const response = { "@type": "type.googleapis.com/demo.v1.Exported", uri: "gs://bucket/object" }

export const make = (behaviour: Behaviour): RemoteService => {
  const requests: Array<Request> = []
  const started = new Map<string, number>()
  const firstStart = Deferred.unsafeMake<void>(FiberId.none)
  let acceptedAt: number | undefined
  let refusals = behaviour.refusals

  const noted = (request: Omit<Request, "at">) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      requests.push({ ...request, at })
      return at
    })

  const state = (name: string, now: number): Operation.Operation => {
    const beganAt = started.get(name) ?? 0
    const endsAt = beganAt + behaviour.takes
    const stopsAt =
      acceptedAt === undefined || behaviour.stopsWithin === undefined ? Infinity : acceptedAt + behaviour.stopsWithin
    const metadata = { "@type": "type.googleapis.com/demo.v1.Progress", since: String(Math.min(now, endsAt) - beganAt) }
    if (now < Math.min(endsAt, stopsAt)) return Operation.running({ name, metadata })
    if (stopsAt < endsAt) {
      return Operation.ended({ name, metadata, error: Status.make({ code: "CANCELLED", message: "stopped" }) })
    }
    return behaviour.ends === "Succeeded"
      ? Operation.succeeded({ name, metadata, response })
      : Operation.ended({ name, metadata, error: Status.make({ code: "INTERNAL", message: "broken" }) })
  }

  const unavailable = (method: OperationsError.Method, operation: string) =>
    OperationsError.fromStatus({
      method,
      operation,
      status: Status.make({ code: "UNAVAILABLE", message: "later" }),
      httpStatus: 503
    })

  return {
    requests,
    started,
    start: (requestId) =>
      Effect.map(noted({ method: "start", requestId }), (now) => {
        const name = `projects/demo/operations/${requestId}`
        if (!started.has(name)) started.set(name, now)
        return state(name, now)
      }).pipe(Effect.zipLeft(Deferred.succeed(firstStart, undefined))),
    firstStart: Deferred.await(firstStart),
    operations: Operations.make({
      get: (name) => Effect.map(noted({ method: "get" }), (now) => state(name, now)),
      cancel: (name) =>
        Effect.flatMap(noted({ method: "cancel" }), (now) => {
          if (refusals > 0) {
            refusals -= 1
            return Effect.fail(unavailable("cancel", name))
          }
          acceptedAt ??= now
          return Effect.void
        }),
      listPage: () => Effect.dieMessage("nobody lists"),
      delete: () => Effect.dieMessage("nobody deletes"),
      wait: () => Effect.dieMessage("nobody waits at the server")
    })
  }
}
