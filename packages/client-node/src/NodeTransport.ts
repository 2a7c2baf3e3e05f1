/**
 * HTTP requests of a Node program with as little between them and the socket as can be: what an API with small JSON
 * answers needs, asked thousands of times.
 *
 * Connections are kept alive and bounded in number; answers are bounded in size, also when they are decompressed, and in
 * time. A request is sent once, never repeated, and no redirect is ever followed: it is an answer like any other. An
 * interruption closes the connection that the request is on.
 *
 * @since 0.1.0
 */
import type * as tls from "node:tls"
import type * as LimitedClient from "@effect-lro/client/LimitedClient"
import type * as Headers from "@effect/platform/Headers"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { exchange } from "./internal/effect.js"
import * as internal from "./internal/transport.js"
import type { TransportFailure } from "./TransportFailure.js"

/**
 * One request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** Defaults to `"GET"`. */
  readonly method?: string | undefined
  /** An absolute one of `http:` or `https:`, without credentials. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A string is sent as UTF-8. Nothing by default. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** How long it may take in all, waiting for a connection included. Defaults to `requestTimeout` of the transport. */
  readonly timeout?: Duration.DurationInput | undefined
  /** How many bytes the answer may have. Defaults to `maxBodyBytes` of the transport. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * A complete answer, whatever its status.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  /** Names are in lower case; the values of a repeated one are joined by commas. */
  readonly headers: Headers.Headers
  readonly setCookies: ReadonlyArray<string>
  /** The text of the body, decompressed; UTF-8 is expected, and a byte order mark is taken off. */
  readonly body: string
  /** The same as bytes. */
  readonly bytes: Uint8Array
}

/**
 * How a transport is set up.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Limits {
  /** Whom to trust and who to be in TLS. Node's defaults by default. */
  readonly tls?:
    | Pick<tls.ConnectionOptions, "ca" | "cert" | "key" | "passphrase" | "rejectUnauthorized" | "servername">
    | undefined
}

/**
 * The part of the options that can stand in a configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** How many connections may be open to one origin. Requests beyond it wait in line. Defaults to 64. */
  readonly connections?: number | undefined
  /** How long to try to connect. Defaults to 10 seconds. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** How long an answer may take to begin, to the second. Defaults to 5 minutes, since some requests wait at the server. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** How long an answer that has begun may stand still, to the second. Defaults to 30 seconds. */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** How long a request may take in all, waiting for a connection included. There is no such limit by default. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How long to keep a connection that nobody uses, unless the server names less. Defaults to 30 seconds. */
  readonly keepAlive?: Duration.DurationInput | undefined
  /** How many bytes an answer may have, as it is sent and decompressed. Defaults to 16 MiB. */
  readonly maxBodyBytes?: number | undefined
  /** Whether to ask for compressed answers where a request does not say. Defaults to `true`. */
  readonly compression?: boolean | undefined
}

/**
 * What the transport does.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Sends a request once and reads the answer to its end. */
  readonly request: (request: Request) => Effect.Effect<Answer, TransportFailure>
  /**
   * The same below Effect, for who drives thousands of requests from one fiber: calls back exactly once, possibly before
   * it returns, unless the request is abandoned by what it returns.
   */
  readonly unsafeRequest: (
    request: Request,
    callback: (exit: Exit.Exit<Answer, TransportFailure>) => void
  ) => () => void
  /**
   * The same for many requests to one origin, so that what they have in common is looked at but once. None where it is not an
   * origin of `http:` or `https:`, as `URL` writes it.
   */
  readonly unsafeSender: (
    origin: string,
    limits?: Pick<Request, "timeout" | "maxBodyBytes">
  ) => Option.Option<LimitedClient.Sender>
}

/**
 * The transport.
 *
 * @since 0.1.0
 * @category tags
 */
export class NodeTransport extends Context.Tag("@effect-lro/client-node/NodeTransport")<NodeTransport, Service>() {}

/**
 * A transport whose connections are closed with the scope; what is under way then fails with `Connection`.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as NodeTransport from "@effect-lro/client-node/NodeTransport"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Effect.gen(function* () {
 *   const transport = yield* NodeTransport.make({ connections: 16 })
 *   const answer = yield* transport.request({ url: "https://example.com/v1/operations/1", timeout: "30 seconds" })
 *   return answer.status === 200 ? answer.body : undefined
 * }).pipe(Effect.scoped)
 * ```
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new internal.Transport(options)),
      (transport) => Effect.promise(() => transport.close())
    ),
    (transport): Service => ({
      request: (request) => exchange((resume) => transport.send(request, resume), Effect.succeed, Effect.failCause),
      unsafeRequest: (request, callback) => transport.send(request, callback),
      unsafeSender: (origin, limits) => transport.sender(origin, limits ?? {})
    })
  )

/**
 * Provides a transport.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<NodeTransport> => Layer.scoped(NodeTransport, make(options))

/**
 * Provides a transport with limits out of the configuration.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (options: Config.Config.Wrap<Limits>): Layer.Layer<NodeTransport, ConfigError> =>
  Layer.scoped(NodeTransport, Effect.flatMap(Config.unwrap(options), make))
