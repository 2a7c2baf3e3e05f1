/**
 * Sends the requests of one service over any `HttpClient`, each exactly once, and says what came of it.
 *
 * @since 0.1.0
 */
import * as Bounds from "@effect-lro/core/Bounds"
import type { Method, OperationsError, Unauthorized } from "@effect-lro/core/OperationsError"
import * as CancelOperation from "@effect-lro/rest/CancelOperation"
import * as Query from "@effect-lro/rest/Query"
import type * as ResponseBody from "@effect-lro/rest/ResponseBody"
import type * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { type HttpClientError, ResponseError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Credentials } from "./Credentials.js"
import * as answer from "./internal/answer.js"
import * as body from "./internal/body.js"
import * as Direct from "./internal/direct.js"
import * as Exchange from "./internal/exchange.js"
import * as failure from "./internal/failure.js"
import * as LimitedClient from "./LimitedClient.js"

/**
 * The endpoint is not an address to send requests to.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidEndpoint extends Schema.TaggedError<InvalidEndpoint>(
  "@effect-lro/client/Transport/InvalidEndpoint"
)("InvalidEndpoint", { reason: Schema.String }) {
  override get message(): string {
    return `invalid endpoint: ${this.reason}`
  }
}

/**
 * Where a service is, who asks, and with how much patience.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly service: ServiceDescription.ServiceDescription
  /** The version to speak. Defaults to the first of the service's. */
  readonly version?: string | undefined
  /**
   * An `http:` or `https:` URL in place of the service's root URL; it may have a path, see {@link parseEndpoint}. One
   * that is no such URL is a defect.
   */
  readonly endpoint?: string | undefined
  /** Sent to the endpoint and to no other host. None by default. */
  readonly credentials?: Credentials | undefined
  /**
   * How long one request may take, its answer included. Defaults to 30 seconds; the method `wait` adds its own. Over a
   * `LimitedClient` it counts from when the credentials are there.
   */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** The largest answer that is read, in bytes after decompression. Defaults to 16 MiB; a negative one is a defect. */
  readonly maxBodyBytes?: number | undefined
  /**
   * Goes around the client with its credentials. By default spans are not made for requests, as they cost more than
   * everything else together; `HttpClient.withTracerDisabledWhen(() => false)` makes them.
   */
  readonly transformClient?: ((client: Client) => Client) | undefined
  /** The project that pays for the requests, sent as `X-Goog-User-Project`. None by default. */
  readonly userProject?: string | undefined
  /** Sent as `X-Goog-Api-Client`: names with versions, separated by spaces. None by default. */
  readonly apiClient?: string | undefined
  /**
   * Whether to send what the path is about, the name or the variables of a start method, as `x-goog-request-params` too, as
   * gax does (AIP-4222). Defaults to `false`.
   */
  readonly requestParams?: boolean | undefined
}

/**
 * An HTTP client whose requests may lack credentials.
 *
 * @since 0.1.0
 * @category models
 */
export type Client = HttpClient.HttpClient.With<HttpClientError | Unauthorized>

/**
 * One request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** The name that is asked about, for errors; empty where there is none. */
  readonly operation: string
  readonly method: Method
  readonly httpMethod: ServiceDescription.Binding["httpMethod"]
  /** Begins with a slash, percent-encoded. */
  readonly path: string
  /** None by default. */
  readonly query?: Query.Query | undefined
  /** Without one, nothing is sent. */
  readonly body?: string | undefined
  /** What the body is, and the kind of answer to it. JSON by default. */
  readonly contentType?: string | undefined
  /** Defaults to the transport's `requestTimeout`. */
  readonly timeout?: Duration.DurationInput | undefined
  /** What `requestParams` sends. Defaults to `operation` as `name`. */
  readonly routing?: Query.Query | undefined
}

/**
 * A service that can be asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Transport {
  readonly service: ServiceDescription.ServiceDescription
  readonly version: string
  readonly requestTimeout: Duration.Duration
  /**
   * After how long at most a request ends by itself, where that is known: not where the client keeps the limit itself and
   * something around it, such as the fetching of a token, may take longer.
   */
  readonly longestRequest: Option.Option<Duration.Duration>
  /**
   * Sends a request and succeeds with the body of a success (2xx).
   *
   * Every other status is the error that its body tells; a redirect is `TransportError` and is not followed, as is what
   * gives no answer at all.
   */
  readonly send: (call: Call) => Effect.Effect<ResponseBody.Answer, OperationsError>
  /**
   * The same below Effect, with the clock and the services of the fiber that asks for it. There is none over a client that
   * cannot do it, with credentials that are more than a token, or where something was put around the client.
   */
  readonly direct: Effect.Effect<Option.Option<DirectSend>>
}

/**
 * Sends a request as `send` does, with the usual time limit, and reads the body of a success: throws nothing and calls back
 * exactly once, possibly before it returns, unless the request is abandoned by what it returns.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectSend {
  <A>(
    call: Call,
    read: (answer: ResponseBody.Answer) => Either.Either<A, OperationsError>,
    callback: (exit: Exit.Exit<A, OperationsError>) => void
  ): () => void
}

/**
 * Makes a transport over the `HttpClient` of the environment.
 *
 * With `FetchHttpClient`, redirects are refused by a `RequestInit` of the environment in which this is run, extended by
 * `redirect: "manual"`; it goes before one that only the layer of the client was given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Transport, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    yield* Bounds.check({ maxBodyBytes: [options.maxBodyBytes, 0] })
    const endpoint = yield* Effect.orDie(parseEndpoint(options.endpoint ?? options.service.rootUrl))
    const given = yield* HttpClient.HttpClient
    const { origin } = new URL(endpoint)
    const client = dress(given, origin, options)
    const requestInit: RequestInit = {
      ...Option.getOrUndefined(yield* Effect.serviceOption(FetchHttpClient.RequestInit)),
      redirect: "manual"
    }
    const requestTimeout = Duration.decode(options.requestTimeout ?? Duration.seconds(30))
    const { scopes } = options.service
    const maxBytes = options.maxBodyBytes ?? 16 * 1024 * 1024
    const headers = Headers.fromInput({
      accept: "application/json",
      "x-goog-user-project": options.userProject,
      "x-goog-api-client": options.apiClient
    })

    const pathOf = (call: Call): string =>
      call.query === undefined || call.query.length === 0 ? call.path : `${call.path}?${Query.encode(call.query)}`

    const headersOf = (call: Call): Headers.Headers => {
      const accepting = call.contentType === undefined ? headers : Headers.set(headers, "accept", "*/*")
      if (options.requestParams !== true || call.operation === "") return accepting
      return Headers.set(accepting, "x-goog-request-params", Query.encode(call.routing ?? [["name", call.operation]]))
    }

    const toRequest = (call: Call, url: string): HttpClientRequest.HttpClientRequest => {
      const request = HttpClientRequest.make(call.httpMethod)(url, { headers: headersOf(call) })
      return call.body === undefined
        ? request
        : HttpClientRequest.setBody(request, HttpBody.text(call.body, call.contentType ?? json))
    }

    // Most requests of a method differ in nothing but their URL, and making the rest costs more than sending it.
    const patterns = new Map<string, HttpClientRequest.HttpClientRequest>()
    const requestOf = (call: Call): HttpClientRequest.HttpClientRequest => {
      const url = endpoint + pathOf(call)
      if (options.requestParams === true || call.contentType !== undefined) return toRequest(call, url)
      if (call.body !== undefined && call.body !== CancelOperation.body) return toRequest(call, url)
      const key = call.body === undefined ? call.httpMethod : `${call.httpMethod} with a body`
      const known = patterns.get(key)
      if (known !== undefined) return HttpClientRequest.setUrl(known, url)
      const request = toRequest(call, url)
      patterns.set(key, request)
      return request
    }

    const basePath = endpoint.slice(origin.length)
    const usualHeaders = byTurns(headers)
    const usualHeadersOfBody = [...usualHeaders, "content-type", json]

    const byTurnsOf = (call: Call): ReadonlyArray<string> => {
      if (options.requestParams !== true && call.contentType === undefined) {
        return call.body === undefined ? usualHeaders : usualHeadersOfBody
      }
      const own = byTurns(headersOf(call))
      return call.body === undefined ? own : [...own, "content-type", call.contentType ?? json]
    }

    const toMessage = (call: Call): LimitedClient.Message => ({
      method: call.httpMethod,
      path: basePath + pathOf(call),
      headers: byTurnsOf(call),
      body: call.body
    })

    const succeeded = (call: Call, response: Pick<answer.Received, "headers" | "status">, body: string) => ({
      operation: call.operation,
      method: call.method,
      httpStatus: response.status,
      // To read the headers of every success would cost a tenth of its decoding, and only a batch has need of it.
      contentType: call.contentType === undefined ? undefined : response.headers["content-type"],
      body
    })

    const receive = (call: Call, response: HttpClientResponse): Effect.Effect<ResponseBody.Answer, OperationsError> => {
      const { status } = response
      const refused = (body: string) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.fail(answer.refusal(call, { status, headers: response.headers, body }, scopes, now))
        )
      if (answer.isRedirect(status)) {
        // What a redirect says does not matter; it is read so that the connection can be used again.
        return Effect.zipRight(Effect.ignore(body.read(response, call, maxBytes)), refused(""))
      }
      return body.readWith(response, call, maxBytes, (body) =>
        answer.isSuccess(status) ? Effect.succeed(succeeded(call, response, body)) : refused(body)
      )
    }

    const sendWith = (client: Client, call: Call): Effect.Effect<ResponseBody.Answer, OperationsError> =>
      Effect.matchEffect(client.execute(requestOf(call)), {
        onSuccess: (response) => receive(call, response),
        onFailure: (error) =>
          // A transformation that fails on a status still has the answer, which tells more.
          error instanceof ResponseError && error.reason === "StatusCode"
            ? receive(call, error.response)
            : Effect.fail(failure.fromClient(call, error))
      })

    const bindTo = (limit: Duration.Duration) =>
      LimitedClient.bind(given, { requestTimeout: Duration.toMillis(limit), maxBodyBytes: maxBytes })

    const sender = (limit: Duration.Duration): Transport["send"] => {
      const limited = bindTo(limit)
      if (Option.isSome(limited)) {
        const dressed = dress(limited.value, origin, options)
        return (call) => sendWith(dressed, call)
      }
      const exchange = Exchange.make({ requestInit, limit })
      const late = `no complete answer within ${Duration.format(limit)}`
      return (call) => exchange(sendWith(client, call), () => failure.transportError(call, "Timeout", late))
    }

    const usual = sender(requestTimeout)

    const send: Transport["send"] = (call) => {
      const timeout = call.timeout === undefined ? requestTimeout : Duration.decode(call.timeout)
      return Duration.equals(timeout, requestTimeout) ? usual(call) : sender(timeout)(call)
    }

    const isDressed = options.credentials !== undefined || options.transformClient !== undefined
    const keepsLimits = Option.isSome(bindTo(requestTimeout))

    const directly =
      (clock: Clock.Clock, send: Direct.Send): DirectSend =>
      (call, read, callback) =>
        send(toMessage(call), (exit) =>
          callback(
            Exit.isSuccess(exit)
              ? Direct.reading(exit.value, (reply) =>
                  answer.isSuccess(reply.status)
                    ? read(succeeded(call, reply, reply.body))
                    : Either.left(answer.refusal(call, reply, scopes, clock.unsafeCurrentTimeMillis()))
                )
              : Exit.failCause(Cause.map(exit.cause, (error) => failure.fromSender(call, error)))
          )
        )

    const direct = Effect.gen(function* () {
      const { credentials, transformClient } = options
      const senderTo = Option.flatMapNullable(bindTo(requestTimeout), (client) => client.sender)
      if (Option.isNone(senderTo) || transformClient !== undefined) return Option.none()
      if (credentials !== undefined && credentials.token === undefined) return Option.none()
      const clock = yield* Effect.clock
      const runtime = yield* Effect.runtime()
      return Option.map(yield* senderTo.value(origin), (sender) =>
        directly(
          clock,
          credentials?.token === undefined ? sender : Direct.withToken(sender, credentials.token, runtime)
        )
      )
    })

    return {
      service: options.service,
      version: options.version ?? options.service.versions[0],
      requestTimeout,
      longestRequest: keepsLimits && isDressed ? Option.none() : Option.some(requestTimeout),
      send,
      direct
    }
  })

/**
 * Checks an endpoint, and writes it without a slash at the end.
 *
 * Fails where it is no `http:` or `https:` URL, or has a query, a fragment or a user.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parseEndpoint = (endpoint: string): Either.Either<string, InvalidEndpoint> => {
  const invalid = (reason: string) => Either.left(new InvalidEndpoint({ reason }))
  const parsed = Option.liftThrowable((text: string) => new URL(text))(endpoint.trim())
  if (Option.isNone(parsed)) return invalid("it is not an absolute URL, such as https://earthengine.googleapis.com")
  const url = parsed.value
  if (url.protocol !== "https:" && url.protocol !== "http:") return invalid("it begins with neither https: nor http:")
  if (url.username !== "" || url.password !== "") return invalid("it has a user or a password")
  if (url.search !== "" || url.hash !== "") return invalid("it has a query or a fragment")
  return Either.right((url.origin + url.pathname).replace(/\/+$/, ""))
}

const json = "application/json"

const byTurns = (headers: Headers.Headers): ReadonlyArray<string> => Object.entries(headers).flat()

const dress = (client: HttpClient.HttpClient, origin: string, options: Options): Client => {
  const credited: Client = options.credentials === undefined ? client : options.credentials(origin)(client)
  return options.transformClient === undefined ? credited : options.transformClient(credited)
}
