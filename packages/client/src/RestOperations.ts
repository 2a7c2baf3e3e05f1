/**
 * `Operations` over REST.
 *
 * @since 0.1.0
 */
import * as DirectRequest from "@effect-lro/core/DirectRequest"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as CancelOperation from "@effect-lro/rest/CancelOperation"
import * as ListOperations from "@effect-lro/rest/ListOperations"
import * as ResponseBody from "@effect-lro/rest/ResponseBody"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as WaitOperation from "@effect-lro/rest/WaitOperation"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Batches from "./Batches.js"
import * as Transport from "./Transport.js"

/**
 * How requests go together.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchOptions {
  /**
   * `Batches.make()` sends many looks or cancels in one request where the service takes batches. By default each is sent by
   * itself.
   */
  readonly batches?: Batches.Batches | undefined
}

/**
 * See `Transport.Options`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Transport.Options, BatchOptions {}

/**
 * Makes the service. It sends every request exactly once, after the name was validated, and classifies what comes back;
 * repeating is the business of the programs over it. Of a server that is to wait it asks for four minutes at most, whatever
 * the timeout: most HTTP clients give up an answer that has not begun after five.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Operations.Service, never, HttpClient.HttpClient> =>
  Effect.map(Transport.make(options), (transport) => fromTransport(transport, options))

/**
 * Makes the service over a transport that other methods share, such as those that start operations.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTransport = (transport: Transport.Transport, options?: BatchOptions): Operations.Service => {
  const { send, service, version } = transport

  const callOf = (
    method: ServiceDescription.Method,
    name: string,
    more: More
  ): Either.Either<Transport.Call, OperationsError> => {
    const request = ServiceDescription.request(service, { method, name, version })
    if (Either.isLeft(request)) return Either.left(request.left)
    const { httpMethod, path } = request.right
    const { body, query, timeout } = more(request.right)
    return Either.right({ operation: name, method, httpMethod, path, body, query, timeout })
  }

  const ask = <A>(
    method: ServiceDescription.Method,
    name: string,
    more: More,
    read: (answer: ResponseBody.Answer) => Effect.Effect<A, OperationsError>
  ): Effect.Effect<A, OperationsError> => {
    const call = callOf(method, name, more)
    return Either.isLeft(call) ? Effect.fail(call.left) : Effect.flatMap(send(call.right), read)
  }

  // The two that are asked for thousands of names at once.
  const single = <A>(
    method: "get" | "cancel",
    more: More,
    read: (answer: ResponseBody.Answer) => Either.Either<A, OperationsError>
  ): DirectRequest.DirectMethod<A> => {
    const directly =
      (send: Transport.DirectSend): DirectRequest.DirectRequest<A> =>
      (name, callback) => {
        const call = callOf(method, name, more)
        if (Either.isRight(call)) return send(call.right, read, callback)
        callback(Exit.fail(call.left))
        return nothingToAbandon
      }
    return DirectRequest.make(
      (name) => ask(method, name, more, read),
      Effect.map(transport.direct, Option.map(directly))
    )
  }

  const get = single("get", nothing, ResponseBody.operation)
  const cancel = single(
    "cancel",
    ({ body }) => (body === "*" ? { body: CancelOperation.body } : {}),
    ResponseBody.empty
  )

  return Operations.make({
    get,
    cancel,
    requestTimeout: Option.getOrUndefined(transport.longestRequest),
    batch: options?.batches?.(transport, { get, cancel }),
    listPage: (request) => ask("list", request.name, () => ({ query: listQuery(service, request) }), ResponseBody.page),
    delete: (name) => ask("delete", name, nothing, ResponseBody.empty),
    wait: (name, options) => {
      const timeout = Option.map(Option.fromNullable(options?.timeout), (it) => Duration.min(it, longestAsked))
      return ask(
        "wait",
        name,
        ({ body }) => ({
          ...(body === "*"
            ? { body: WaitOperation.toBody(timeout) }
            : { query: Option.toArray(timeout).map((it) => ["timeout", WaitOperation.formatTimeout(it)] as const) }),
          timeout: Duration.sum(
            Option.getOrElse(timeout, () => longestWait),
            transport.requestTimeout
          )
        }),
        ResponseBody.operation
      )
    }
  })
}

/**
 * Provides `Operations` over the `HttpClient` of the environment.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Credentials from "@effect-lro/client/Credentials"
 * import * as RestOperations from "@effect-lro/client/RestOperations"
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const RunLive = RestOperations.layer({
 *   service: ServiceDescription.regional({ id: "run.googleapis.com", versions: ["v2"] }),
 *   credentials: Credentials.bearer(Redacted.make("ya29.…"))
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * export const program = Cancellation.cancelAndConfirm("projects/demo/locations/us-central1/operations/ABC").pipe(
 *   Effect.provide(RunLive)
 * )
 * ```
 */
export const layer = (options: Options): Layer.Layer<Operations.Operations, never, HttpClient.HttpClient> =>
  Layer.effect(Operations.Operations, make(options))

/**
 * As {@link layer}, with what differs between deployments read from the configuration. Fails with `ConfigError` also
 * where the endpoint is none.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Omit<Options, "endpoint" | "requestTimeout" | "userProject"> & {
    readonly endpoint?: Config.Config<string | undefined> | undefined
    readonly requestTimeout?: Config.Config<Duration.Duration | undefined> | undefined
    readonly userProject?: Config.Config<string | undefined> | undefined
  }
): Layer.Layer<Operations.Operations, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.effect(
    Operations.Operations,
    Effect.flatMap(
      Config.all({
        endpoint: Config.mapOrFail(options.endpoint ?? none, (endpoint) =>
          endpoint === undefined
            ? Either.right(undefined)
            : Either.mapLeft(Transport.parseEndpoint(endpoint), ({ message }) => ConfigError.InvalidData([], message))
        ),
        requestTimeout: options.requestTimeout ?? none,
        userProject: options.userProject ?? none
      }),
      (configured) => make({ ...options, ...configured })
    )
  )

/** What a request has beside its line. */
type More = (request: ServiceDescription.Request) => Pick<Transport.Call, "body" | "query" | "timeout">

const none: Config.Config<undefined> = Config.succeed(undefined)

const nothing: More = () => ({})

const nothingToAbandon = () => {}

// Fetch and undici give up after five minutes without headers, which would read as a connection that is no good.
const longestAsked = Duration.minutes(4)

// The longest deadline that services of Google give their own wait method.
const longestWait = Duration.minutes(5)

const listQuery = (service: ServiceDescription.ServiceDescription, request: Operations.ListRequest) =>
  ListOperations.toQuery(
    request.pageSize === undefined && Option.isSome(service.pageSize)
      ? { ...request, pageSize: service.pageSize.value }
      : request
  )
