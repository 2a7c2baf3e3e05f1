import * as LimitedClient from "@effect-lro/client/LimitedClient"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Answer } from "../NodeTransport.js"
import type { TransportFailure } from "../TransportFailure.js"

type Read<A> = Effect.Effect<A, HttpClientError.ResponseError>

/** An answer that is complete, so that reading it is never waiting. */
export class AnswerResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly [LimitedClient.TypeId]: LimitedClient.TypeId = LimitedClient.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  private readonly answer: Answer

  constructor(request: HttpClientRequest.HttpClientRequest, answer: Answer) {
    super()
    this.request = request
    this.answer = answer
  }

  get status(): number {
    return this.answer.status
  }

  get headers(): Headers.Headers {
    return this.answer.headers
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.answer.setCookies)
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get text(): Read<string> {
    return Effect.succeed(this.answer.body)
  }

  get json(): Read<unknown> {
    const read = (): unknown => (this.answer.body === "" ? null : JSON.parse(this.answer.body))
    return Effect.try({ try: read, catch: (cause) => this.undecodable(cause) })
  }

  get urlParamsBody(): Read<UrlParams.UrlParams> {
    return Effect.sync(() => UrlParams.fromInput(new URLSearchParams(this.answer.body)))
  }

  get arrayBuffer(): Read<ArrayBuffer> {
    return Effect.sync(() => new Uint8Array(this.answer.bytes).buffer)
  }

  get formData(): Read<FormData> {
    return Effect.tryPromise({
      try: () => new Response(new Uint8Array(this.answer.bytes), { headers: { ...this.headers } }).formData(),
      catch: (cause) => this.undecodable(cause)
    })
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.succeed(this.answer.bytes)
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  private undecodable(cause: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({ request: this.request, response: this, reason: "Decode", cause })
  }
}

/** What is there of an answer that broke off: no more than its status. */
export class BrokenResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers = Headers.empty
  readonly cookies: Cookies.Cookies = Cookies.empty
  readonly remoteAddress: Option.Option<string> = Option.none()
  readonly text: Read<never>

  constructor(request: HttpClientRequest.HttpClientRequest, status: number, cause: TransportFailure) {
    super()
    this.request = request
    this.status = status
    this.text = Effect.suspend(
      () => new HttpClientError.ResponseError({ request, response: this, reason: "Decode", cause })
    )
  }

  get json(): Read<never> {
    return this.text
  }

  get urlParamsBody(): Read<never> {
    return this.text
  }

  get arrayBuffer(): Read<never> {
    return this.text
  }

  get formData(): Read<never> {
    return this.text
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.fromEffect(this.text)
  }

  toJSON(): unknown {
    return { _id: "@effect/platform/HttpClientResponse", request: this.request.toJSON(), status: this.status }
  }
}
