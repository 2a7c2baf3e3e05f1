import * as LimitedClient from "@effect-lro/client/LimitedClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type * as NodeTransport from "../NodeTransport.js"
import type { TransportFailure } from "../TransportFailure.js"
import { exchange } from "./effect.js"
import { AnswerResponse, BrokenResponse } from "./response.js"

type Limits = Pick<NodeTransport.Request, "maxBodyBytes" | "timeout">

type Sent = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

// The tracer that is there when nobody has provided one: its spans end nowhere.
const silent = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** A client whose requests have the limits of the transport, until it is bound to others. */
export const make = (transport: NodeTransport.Service): LimitedClient.LimitedClient =>
  Object.assign(
    of(transport, {}, (fiber, request) => !fiber.getFiberRef(HttpClient.currentTracerDisabledWhen)(request)),
    {
      [LimitedClient.TypeId]: ({ maxBodyBytes, requestTimeout }: LimitedClient.Limits) => {
        const limits: Limits = { maxBodyBytes, timeout: requestTimeout }
        return Object.assign(
          of(transport, limits, (fiber, request) =>
            Option.exists(tracing(fiber), (isDisabled) => !isDisabled(request))
          ),
          {
            sender: (origin: string) =>
              Effect.withFiberRuntime<Option.Option<LimitedClient.Sender>>((fiber) =>
                fiber.currentTracer !== silent && Option.isSome(tracing(fiber))
                  ? Effect.succeedNone
                  : Effect.succeed(transport.unsafeSender(origin, limits))
              )
          }
        )
      }
    }
  )

const tracing = (fiber: Fiber.RuntimeFiber<unknown, unknown>) =>
  FiberRefs.get(fiber.getFiberRefs(), HttpClient.currentTracerDisabledWhen)

const of = (
  transport: NodeTransport.Service,
  limits: Limits,
  isTraced: (fiber: Fiber.RuntimeFiber<unknown, unknown>, request: HttpClientRequest.HttpClientRequest) => boolean
): HttpClient.HttpClient => {
  const traced = HttpClient.make((request, url) => send(transport, request, url.href, limits))
  const execute = (request: HttpClientRequest.HttpClientRequest): Sent =>
    Effect.withFiberRuntime((fiber) => {
      if (fiber.currentTracer !== silent && isTraced(fiber, request)) return traced.execute(request)
      const url = urlOf(request)
      return Either.isLeft(url)
        ? Effect.fail(new HttpClientError.RequestError({ request, reason: "InvalidUrl", cause: url.left }))
        : send(transport, request, url.right, limits)
    })
  return Object.assign(
    HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(Effect.flatMap(execute), Effect.succeed),
    // What `makeWith` makes of the two comes to the same; transformations go by them and not by this.
    { execute }
  )
}

const urlOf = (request: HttpClientRequest.HttpClientRequest): Either.Either<string, Error> =>
  request.urlParams.length === 0
    ? Either.right(request.url)
    : Either.map(UrlParams.makeUrl(request.url, request.urlParams, Option.none()), (url) => url.href)

const send = (
  transport: NodeTransport.Service,
  request: HttpClientRequest.HttpClientRequest,
  url: string,
  limits: Limits
): Sent =>
  exchange(
    (resume) => transport.unsafeRequest(messageOf(request, url, limits), resume),
    (answer) => Effect.succeed(new AnswerResponse(request, answer)),
    (cause) => Effect.failCause(Cause.map(cause, (failure) => errorOf(request, failure)))
  )

const messageOf = (
  request: HttpClientRequest.HttpClientRequest,
  url: string,
  { maxBodyBytes, timeout }: Limits
): NodeTransport.Request => {
  const { body, headers, method } = request
  switch (body._tag) {
    case "Empty":
      return { method, url, headers, timeout, maxBodyBytes }
    case "Uint8Array":
      return { method, url, headers, body: body.body, timeout, maxBodyBytes }
    case "Stream":
      return { method, url, headers, body: Stream.toAsyncIterable(body.stream), timeout, maxBodyBytes }
    case "Raw":
      return { method, url, headers, body: rawOf(body.body), timeout, maxBodyBytes }
    case "FormData": {
      const encoded = new Response(body.formData)
      const type = encoded.headers.get("content-type") ?? "multipart/form-data"
      const parts = Stream.fromReadableStream(
        () => encoded.body ?? new ReadableStream<Uint8Array>(),
        (cause) => cause
      )
      const withType = { ...headers, "content-type": type }
      return { method, url, headers: withType, body: Stream.toAsyncIterable(parts), timeout, maxBodyBytes }
    }
  }
}

const rawOf = (body: unknown): string | Uint8Array => {
  if (typeof body === "string" || body instanceof Uint8Array) return body
  return body instanceof ArrayBuffer ? new Uint8Array(body) : new TextEncoder().encode(String(body))
}

const errorOf = (
  request: HttpClientRequest.HttpClientRequest,
  cause: TransportFailure
): HttpClientError.HttpClientError => {
  const description = cause.description
  if (cause.status === undefined) {
    const reason = cause.reason === "InvalidRequest" ? "Encode" : "Transport"
    return new HttpClientError.RequestError({ request, reason, description, cause })
  }
  return new HttpClientError.ResponseError({
    request,
    response: new BrokenResponse(request, cause.status, cause),
    reason: "Decode",
    description,
    cause
  })
}
