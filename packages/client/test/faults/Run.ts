import * as Credentials from "@effect-lro/client/Credentials"
import type * as RestOperations from "@effect-lro/client/RestOperations"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type { WaitError } from "@effect-lro/core/WaitError"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { name, operationsOver } from "../support/service.js"
import type { Sent } from "./Oracle.js"
import type { Script } from "./Script.js"
import * as World from "./World.js"

export type Program = Effect.Effect<Cancellation.Outcome, OperationsError | WaitError, Operations.Operations>

/** Something that is wrong with a client. */
export interface Mutant {
  readonly client?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly transport?: Partial<RestOperations.Options>
  readonly operations?: (operations: Operations.Service) => Operations.Provider
  readonly options?: (options: Cancellation.Options) => Cancellation.Options
  readonly program?: (program: Program) => Program
}

/** How a program ended, when, and after which requests. */
export interface Observed {
  readonly end: string
  readonly at: number
  readonly requests: ReadonlyArray<Sent>
  /** Requests that are neither a look at the operation nor its cancel, as it is written on the wire. */
  readonly strange: ReadonlyArray<string>
}

const path = `https://earthengine.googleapis.com/v1/${name}`

/** The server of a script, which answers in its own words. */
const serverOf = (script: Script): HttpClient.HttpClient => {
  const world = World.make(script.life)
  const written = (status: number, body: string) => {
    const length = script.measured ? { "content-length": String(body.length) } : {}
    return new Response(status === 204 ? null : body, {
      status,
      headers: { "content-type": "application/json; charset=UTF-8", ...length }
    })
  }
  const envelope = (code: number, status: string) =>
    written(code, JSON.stringify({ error: { code, message: "no", status } }))
  const answer = (method: string, now: number): Response => {
    if (method === "GET") {
      const sight = world.get(now)
      return sight._tag === "NotFound"
        ? envelope(404, "NOT_FOUND")
        : written(200, World.bodyOf(name, sight, script.dress))
    }
    switch (world.cancel(now)) {
      case "Accepted":
        return written(script.acceptance.status, script.acceptance.body)
      case "FailedPrecondition":
        return envelope(400, "FAILED_PRECONDITION")
      case "NotFound":
        return envelope(404, "NOT_FOUND")
    }
  }
  return HttpClient.make((request) =>
    Effect.sleep(script.latency).pipe(
      Effect.zipRight(Clock.currentTimeMillis),
      Effect.map((now) => HttpClientResponse.fromWeb(request, answer(request.method, now)))
    )
  )
}

/** Plays a script to its end. */
export const play = (script: Script, mutant: Mutant = {}): Effect.Effect<Observed> =>
  VirtualTime.run(
    Effect.gen(function* () {
      const wire = yield* TestHttpClient.make(serverOf(script))
      for (const fault of script.faults) {
        // What does not reach the server takes as long as what does.
        yield* wire.control.answerNext(
          fault === undefined
            ? TestHttpClient.served
            : fault.executes
              ? fault.answer
              : TestHttpClient.late(script.latency, fault.answer)
        )
      }
      let tokens = 0
      const fresh = Effect.sync(() => Redacted.make(`token-${++tokens}`))
      const first = Redacted.make("token")
      const operations = yield* operationsOver(wire.client, {
        credentials: Credentials.bearer(script.renews ? { get: Effect.succeed(first), renew: () => fresh } : first),
        maxBodyBytes: 64 * 1024,
        ...(mutant.client === undefined
          ? {}
          : { transformClient: mutant.client as RestOperations.Options["transformClient"] }),
        ...mutant.transport
      })
      const options: Cancellation.Options = {
        ...(script.timeout === undefined ? {} : { timeout: script.timeout }),
        ...(script.failureBudget === undefined ? {} : { failureBudget: script.failureBudget })
      }
      const program = Cancellation.cancelAndConfirm(name, mutant.options?.(options) ?? options)
      const exit = yield* (mutant.program?.(program) ?? program).pipe(
        Effect.provideService(
          Operations.Operations,
          mutant.operations === undefined ? operations : Operations.make(mutant.operations(operations))
        ),
        Effect.withRandom(Random.fixed([script.jitter])),
        Effect.timeoutFail({ duration: "1 hour", onTimeout: () => "it has no end" as const }),
        Effect.exit
      )
      const at = yield* Clock.currentTimeMillis
      const requests = yield* wire.control.requests
      return {
        end: Exit.match(exit, { onSuccess: tell, onFailure: tellCause }),
        at,
        requests: requests.map(({ at, httpMethod }) => ({ at, method: httpMethod === "GET" ? "get" : "cancel" })),
        strange: requests.flatMap(({ body, httpMethod, url }) => {
          const line = `${httpMethod} ${url} ${body}`
          return line === `GET ${path} ` || line === `POST ${path}:cancel {}` ? [] : [line]
        })
      }
    })
  )

const tell = (outcome: Cancellation.Outcome): string => {
  switch (outcome._tag) {
    case "Cancelled":
    case "FailedAnyway":
      return `${outcome._tag} ${outcome.operation.error.code}`
    case "CompletedAnyway":
      return `${outcome._tag} ${outcome.operation._tag}`
  }
}

const tellCause = (cause: Cause.Cause<OperationsError | WaitError | string>): string => {
  if (!Cause.isFailType(cause)) return Cause.pretty(cause)
  return typeof cause.error === "string" ? cause.error : tellError(cause.error)
}

const tellError = (error: OperationsError | WaitError): string => {
  switch (error._tag) {
    case "Vanished":
      return `Vanished${Option.isSome(error.lastSeen) ? " seen" : ""}${error.cancelAccepted ? " accepted" : ""}`
    case "StillRunning": {
      const last = Option.match(error.lastError, { onNone: () => "no error", onSome: tellError })
      return `StillRunning${Option.isSome(error.lastSeen) ? " seen" : ""}${error.cancelAccepted ? " accepted" : ""} (${last})`
    }
    case "TransportError":
      return `TransportError ${error.reason}`
    case "MalformedResponse":
      return `MalformedResponse ${error.httpStatus}`
    case "NotFound":
      return `NotFound ${error.missing}`
    case "Unauthorized":
      return `Unauthorized ${error.reason}`
    default:
      return error._tag
  }
}
