/**
 * An `HttpClient` between a client and a server that remembers what was sent, and answers as ordered instead.
 *
 * Laid around the real one it is also what the behaviour battery needs to see of a provider that speaks HTTP.
 *
 * @since 0.1.0
 */
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import type { Method } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as ErrorEnvelope from "@effect-lro/rest/ErrorEnvelope"
import * as RetryAfter from "@effect-lro/rest/RetryAfter"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Subject from "./Subject.js"

/**
 * A request as it was sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** When, by the clock, in milliseconds since the layer was made. */
  readonly at: number
  readonly httpMethod: string
  /** As it was written, with its query. */
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** Empty where there is none, or where it is no text. */
  readonly body: string
  /** What its method and path say it is for; `start` where it is for no method of google.longrunning.Operations. */
  readonly method: Method
}

/**
 * What a request meets with in place of the server's answer: another one, none although the server gets the request, none
 * because it does not, or none ever.
 *
 * `Served` is the server's own answer. `Broken` is a response whose connection breaks after its body. `Executed` lets the
 * server have the request, and then meets with something else than its answer. `Late` comes after a time, which the
 * request takes to get anywhere; within `Executed`, the answer takes it to come back.
 *
 * @since 0.1.0
 * @category models
 */
export type Answer =
  | {
      readonly _tag: "Response" | "Broken"
      readonly status: number
      readonly headers: { readonly [name: string]: string }
      readonly body: string
    }
  | { readonly _tag: "Served" }
  | { readonly _tag: "Executed"; readonly then: Answer }
  | { readonly _tag: "Late"; readonly by: Duration.Duration; readonly then: Answer }
  | { readonly _tag: "AnswerLost" }
  | { readonly _tag: "ConnectionLost" }
  | { readonly _tag: "Silence" }

/**
 * The other side of the client: looks at what was sent, and orders what to answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All requests, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<Request>>
  /** Answers the next requests; one by default. */
  readonly answerNext: (
    answer: Answer,
    options?: {
      readonly times?: number | undefined
      /** Only requests for this method meet with it. Whatever they are for by default. */
      readonly method?: Method | undefined
    }
  ) => Effect.Effect<void>
}

/**
 * Inspects and directs the client that `layer` provides.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestHttpClient extends Context.Tag("@effect-lro/testing/TestHttpClient")<TestHttpClient, Service>() {}

/**
 * Lays it around a client.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  client: HttpClient.HttpClient
): Effect.Effect<{ readonly client: HttpClient.HttpClient; readonly control: Service }> =>
  Effect.map(Clock.currentTimeMillis, (began) => {
    const requests: Array<Request> = []
    const orders: Array<Order> = []
    return {
      client: HttpClient.transform(client, (send, request) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const method = methodOf(request)
          requests.push({
            at: now - began,
            httpMethod: request.method,
            url: request.url,
            headers: request.headers,
            body: textOf(request.body),
            method
          })
          return play(take(orders, method), send, request)
        })
      ),
      control: {
        requests: Effect.sync(() => requests.slice()),
        answerNext: (answer, options) =>
          Effect.sync(() => {
            const order = { answer, method: options?.method }
            orders.push(...Array.from({ length: options?.times ?? 1 }, () => order))
          })
      }
    }
  })

/**
 * Lays it around the client of the environment.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import { assert, it } from "@effect/vitest"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * it.effect("is told that the front end is down", () =>
 *   Effect.gen(function* () {
 *     yield* TestHttpClient.answerNext(TestHttpClient.html(502))
 *     const response = yield* HttpClient.get("https://example.com/v1/projects/p/operations/a")
 *     assert.strictEqual(response.status, 502)
 *   }).pipe(Effect.provide(TestHttpClient.layer.pipe(Layer.provide(FetchHttpClient.layer))))
 * )
 * ```
 */
export const layer: Layer.Layer<HttpClient.HttpClient | TestHttpClient, never, HttpClient.HttpClient> =
  Layer.effectContext(
    Effect.map(Effect.flatMap(HttpClient.HttpClient, make), ({ client, control }) =>
      Context.make(HttpClient.HttpClient, client).pipe(Context.add(TestHttpClient, control))
    )
  )

/**
 * Any response. `status` is from 200 up, and not one that has no body (204, 205, 304).
 *
 * @since 0.1.0
 * @category answers
 */
export const response = (
  status: number,
  options?: {
    /** Empty by default. */
    readonly body?: string | undefined
    readonly headers?: { readonly [name: string]: string } | undefined
  }
): Answer => ({ _tag: "Response", status, headers: options?.headers ?? {}, body: options?.body ?? "" })

/**
 * An error in the envelope of AIP-193.
 *
 * @since 0.1.0
 * @category answers
 */
export const refusal = (
  status: Status.Status,
  options?: {
    /** The header of that name. None by default. */
    readonly retryAfter?: Duration.DurationInput | undefined
  }
): Answer => {
  const envelope = ErrorEnvelope.encode(status)
  return response(envelope.error.code, {
    body: JSON.stringify(envelope),
    headers: {
      "content-type": "application/json; charset=UTF-8",
      ...(options?.retryAfter === undefined ? {} : { "retry-after": RetryAfter.format(options.retryAfter) })
    }
  })
}

/**
 * A page of HTML, as front ends and proxies send it; longer than the 500 characters that errors show of it.
 *
 * @since 0.1.0
 * @category answers
 */
export const html = (status: number): Answer =>
  response(status, {
    body: `<!DOCTYPE html><html lang=en><title>Error ${status}!!1</title><p>${"That is all we know. ".repeat(100)}</html>`,
    headers: { "content-type": "text/html; charset=UTF-8" }
  })

/**
 * A response that breaks off: what is given is all of its body that arrives before the connection is reset.
 *
 * @since 0.1.0
 * @category answers
 */
export const broken = (...[status, options]: Parameters<typeof response>): Answer => ({
  _tag: "Broken",
  status,
  headers: options?.headers ?? {},
  body: options?.body ?? ""
})

/**
 * The server's own answer: for the requests between two that meet with something else.
 *
 * @since 0.1.0
 * @category answers
 */
export const served: Answer = { _tag: "Served" }

/**
 * The server gets the request and does what it asks for, and the client meets with something else than its answer.
 *
 * @since 0.1.0
 * @category answers
 */
export const executed = (then: Answer): Answer => ({ _tag: "Executed", then })

/**
 * The same, after a time.
 *
 * @since 0.1.0
 * @category answers
 */
export const late = (by: Duration.DurationInput, then: Answer = served): Answer => ({
  _tag: "Late",
  by: Duration.decode(by),
  then
})

/**
 * The next requests meet with this, in the order of the calls.
 *
 * @since 0.1.0
 * @category orders
 */
export const answerNext = (
  ...parameters: Parameters<Service["answerNext"]>
): Effect.Effect<void, never, TestHttpClient> => Effect.flatMap(TestHttpClient, (it) => it.answerNext(...parameters))

/**
 * All requests that were sent, oldest first.
 *
 * @since 0.1.0
 * @category getters
 */
export const requests: Effect.Effect<ReadonlyArray<Request>, never, TestHttpClient> = Effect.flatMap(
  TestHttpClient,
  (it) => it.requests
)

/**
 * The members of a subject of the behaviour battery that this client can supply for a provider that sends through it.
 *
 * @since 0.1.0
 * @category witnesses
 */
export const witness = (
  self: Service
): {
  readonly requests: NonNullable<Subject.Service["requests"]>
  readonly troubleNext: NonNullable<Subject.Service["troubleNext"]>
} => ({
  requests: Effect.map(self.requests, (sent) => sent.map((request) => request.method)),
  troubleNext: (trouble) => self.answerNext(troubles[trouble])
})

const troubles: Record<Subject.Trouble, Answer> = {
  Unavailable: refusal(
    Status.make({
      code: "UNAVAILABLE",
      message: "come back later",
      details: [ErrorDetails.retryInfo("7 seconds")]
    })
  ),
  RateLimited: refusal(Status.make({ code: "RESOURCE_EXHAUSTED", message: "not so fast" }), {
    retryAfter: "7 seconds"
  }),
  Unauthorized: refusal(Status.make({ code: "UNAUTHENTICATED", message: "who are you?" })),
  PermissionDenied: refusal(Status.make({ code: "PERMISSION_DENIED", message: "you may not" })),
  Gone: refusal(Status.make({ code: "NOT_FOUND", message: "it is gone" })),
  RouteMissing: html(404),
  BadGateway: html(502),
  NotJson: html(200),
  Empty: response(200),
  Redirect: response(302, { headers: { location: "http://elsewhere.invalid/v1/projects/demo/operations/other" } }),
  ConnectionLost: { _tag: "ConnectionLost" },
  AnswerLost: { _tag: "AnswerLost" }
}

interface Order {
  readonly answer: Answer
  readonly method: Method | undefined
}

/** The first order that is for such a request, which is then carried out. */
const take = (orders: Array<Order>, method: Method): Answer | undefined => {
  const index = orders.findIndex((order) => order.method === undefined || order.method === method)
  return index === -1 ? undefined : orders.splice(index, 1)[0]?.answer
}

const play = <E, R>(
  answer: Answer | undefined,
  send: Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, E | HttpClientError.RequestError, R> => {
  const lost = new HttpClientError.RequestError({
    request,
    reason: "Transport",
    description: "told to lose the connection"
  })
  switch (answer?._tag) {
    case undefined:
    case "Served":
      return send
    case "Response":
      return Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(answer.body, answer)))
    case "Broken":
      return Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(breaking(answer.body), answer)))
    case "Executed":
      // Whatever the answer would have been, nobody gets it.
      return Effect.zipRight(Effect.ignore(send), play(answer.then, Effect.fail(lost), request))
    case "Late":
      return Effect.delay(play(answer.then, send, request), answer.by)
    case "AnswerLost":
      // Whatever the answer would have been, nobody gets it.
      return Effect.zipRight(Effect.ignore(send), Effect.fail(lost))
    case "ConnectionLost":
      return Effect.fail(lost)
    case "Silence":
      return Effect.never
  }
}

/** Gives what there is, and is reset when it is asked for more. */
const breaking = (body: string): ReadableStream<Uint8Array> => {
  let given = false
  return new ReadableStream({
    pull: (controller) => {
      if (given) return controller.error(new TypeError("terminated"))
      given = true
      controller.enqueue(new TextEncoder().encode(body))
    }
  })
}

const textOf = (body: HttpBody.HttpBody): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""

const methodOf = (request: HttpClientRequest.HttpClientRequest): Method => {
  const path = request.url.replace(/[?#].*$/s, "")
  switch (request.method) {
    case "GET":
      return /\/operations\/?$/.test(path) ? "list" : "get"
    case "DELETE":
      return "delete"
    default:
      return path.endsWith(":cancel") ? "cancel" : path.endsWith(":wait") ? "wait" : "start"
  }
}
