/**
 * An operations server on a socket of Node, with limits against slow clients and a graceful stop.
 *
 * @since 0.1.0
 */
import * as Http from "node:http"
import * as Bounds from "@effect-lro/core/Bounds"
import type { Operations } from "@effect-lro/core/Operations"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as RequestBody from "@effect-lro/server/RequestBody"
import * as Shutdown from "@effect-lro/server/Shutdown"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as body from "./internal/body.js"
import * as connections from "./internal/connections.js"
import * as Direct from "./internal/direct.js"
import * as refusals from "./internal/refusals.js"
import { fromCause, type ListenError } from "./ListenError.js"

/**
 * A server that is listening.
 *
 * @since 0.1.0
 * @category tags
 */
export class NodeOperationsServer extends Context.Tag("@effect-lro/server-node/NodeOperationsServer")<
  NodeOperationsServer,
  {
    /** The address that the socket is bound to. */
    readonly host: string
    /** The port, also where the system chose it. */
    readonly port: number
    /** Where a client on this machine reaches it, such as `http://127.0.0.1:41731`, without a slash at the end. */
    readonly url: string
  }
>() {}

/**
 * Where to listen, and how patient to be.
 *
 * @since 0.1.0
 * @category models
 */
export interface SocketOptions {
  /** The address to bind to. `"127.0.0.1"` by default: nobody but this machine. */
  readonly host?: string | undefined
  /** The port. 0 by default: one that is free. */
  readonly port?: number | undefined
  /** How long a client may take for the headers of a request. 10 seconds by default. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /**
   * How long a client may take for a whole request, body included. 15 seconds by default. It does not limit how long the
   * answer takes, so a `wait` is not cut off by it.
   */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How long a connection may be idle between two requests. 75 seconds by default. */
  readonly keepAliveTimeout?: Duration.DurationInput | undefined
  /** How long an answer may lie there without the client taking any of it. 30 seconds by default. */
  readonly writeTimeout?: Duration.DurationInput | undefined
  /**
   * How many bytes a second a client has to take of an answer, once `writeTimeout` is over: where it has not taken all of it by
   * then, the connection is closed. So a client that reads slowly holds an answer of 1 MiB for a minute and a half. 16,384 by
   * default; 0 sets no such limit. It does not count for a stream, of which nobody knows how long it is.
   */
  readonly minWriteRate?: number | undefined
  /** How large a request line with its headers may be, in bytes. 16,384 by default. */
  readonly maxHeaderBytes?: number | undefined
  /** How many connections there may be at once; more are closed as they come. 10,000 by default. */
  readonly maxConnections?: number | undefined
  /** How long a stop waits for requests that are being answered, before it cuts them off. 10 seconds by default. */
  readonly stopTimeout?: Duration.DurationInput | undefined
  /**
   * How long the server goes on as before when it is to stop, while `/readyz` already says no, so that whoever sends it requests
   * has the time to send them elsewhere. None by default.
   */
  readonly drainDelay?: Duration.DurationInput | undefined
  /**
   * Makes a span of `@effect/platform` for each request; it has the whole URL in it, with its query, and the headers, those of
   * `Headers.currentRedactedNames` redacted. `false` by default; `spans` has neither.
   */
  readonly platformSpans?: boolean | undefined
}

/**
 * What serves the `Operations` in the context, and on which socket.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<R = never> extends OperationsServer.Options<R>, SocketOptions {
  /**
   * Whether a GET of an operation or of a list is answered without the requests and responses of `@effect/platform` between, in a
   * fraction of the time. What is answered is the same. `true` by default; with `platformSpans` it is not done, as there would be
   * none of those requests.
   */
  readonly hotPath?: boolean | undefined
}

/**
 * Listens until the scope closes.
 *
 * Then `/readyz` says no for `drainDelay`, it accepts no more connections, ends waits with the latest state, finishes what is being answered within
 * `stopTimeout`, and frees the port. Fails with {@link ListenError} where the port cannot be had.
 *
 * Paths reach the app as they were sent: Node normalises nothing, and neither does this.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  app: HttpApp.Default<E, R>,
  options: SocketOptions = {}
): Effect.Effect<
  Context.Tag.Service<NodeOperationsServer>,
  ListenError,
  Scope.Scope | Exclude<R, HttpServerRequest.HttpServerRequest | Scope.Scope>
> => serve(app, undefined, options)

const serve = Effect.fnUntraced(function* <E, R>(
  app: HttpApp.Default<E, R>,
  direct: Direct.Direct | undefined,
  options: SocketOptions
): Effect.fn.Return<
  Context.Tag.Service<NodeOperationsServer>,
  ListenError,
  Scope.Scope | Exclude<R, HttpServerRequest.HttpServerRequest | Scope.Scope>
> {
  yield* Bounds.check({
    maxHeaderBytes: [options.maxHeaderBytes, 1],
    maxConnections: [options.maxConnections, 1],
    minWriteRate: [options.minWriteRate, 0]
  })
  const announced = yield* Deferred.make<void>()
  const stopping = yield* Deferred.make<void>()
  const server = yield* Effect.sync(() => createServer(options))
  const tracked = connections.track(server, yield* FiberSet.makeRuntime(), yield* Effect.clock)
  const handler = yield* listenerOf(app, direct, watchWrite(tracked, options)).pipe(
    Effect.provideService(Shutdown.Shutdown, {
      isAnnounced: Deferred.isDone(announced),
      begun: Deferred.await(stopping)
    }),
    Effect.provideService(RequestBody.CurrentReader, body.read),
    options.platformSpans === true ? (self) => self : HttpMiddleware.withTracerDisabledWhenEffect(constTrue)
  )
  refusals.install(server, tracked)
  server.on("request", handler)
  yield* Effect.acquireRelease(listen(server, options), () =>
    Deferred.succeed(announced, undefined).pipe(
      Effect.zipRight(Effect.sleep(options.drainDelay ?? 0)),
      Effect.zipRight(Deferred.succeed(stopping, undefined)),
      Effect.zipRight(stop(server, tracked, options))
    )
  )
  return yield* addressOf(server)
})

const listenerOf = <E, R>(app: HttpApp.Default<E, R>, direct: Direct.Direct | undefined, watch: Watch) =>
  Effect.gen(function* () {
    const otherwise = yield* NodeHttpServer.makeHandler(withWriteTimeout(app, watch))
    if (direct === undefined) return otherwise
    // Spans that nobody collects are not made.
    const isTraced = (yield* Effect.tracer) !== Context.get(DefaultServices.liveServices, Tracer.Tracer)
    const run = Runtime.runFork(yield* Effect.withTracerEnabled(Effect.runtime(), isTraced))
    return Direct.listener(direct, { run, otherwise, sent: watch })
  })

/**
 * Serves a ready app. The layer of {@link NodeOperationsServer} tells where.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerApp = <E, R>(
  app: HttpApp.Default<E, R>,
  options?: SocketOptions
): Layer.Layer<
  NodeOperationsServer,
  ListenError,
  Exclude<Exclude<R, HttpServerRequest.HttpServerRequest | Scope.Scope>, Scope.Scope>
> => Layer.scoped(NodeOperationsServer, make(app, options))

/**
 * Serves the `Operations` of the context as a service description says.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <R = never>(
  options: Options<R>
): Layer.Layer<NodeOperationsServer, ListenError, Operations | Exclude<R, Scope.Scope>> =>
  Layer.scoped(
    NodeOperationsServer,
    Effect.flatMap(OperationsServer.makeServer(options), ({ app, direct }) =>
      serve(app, options.hotPath === false || options.platformSpans === true ? undefined : direct, options)
    )
  )

/**
 * Where the server of the context is reached.
 *
 * @since 0.1.0
 * @category getters
 */
export const url: Effect.Effect<string, never, NodeOperationsServer> = Effect.map(
  NodeOperationsServer,
  (server) => server.url
)

// Node looks for connections that are over time this often, so a limit is kept to within a second.
const connectionsCheckingMillis = 1000

// Node looks for what is idle by timers of sockets, which is not worth it for what is small.
const writeTimeoutFromBytes = 65_536

const createServer = (options: SocketOptions): Http.Server => {
  const headersTimeout = timeoutOf(options.headersTimeout ?? "10 seconds")
  const server = Http.createServer({
    connectionsCheckingInterval: connectionsCheckingMillis,
    headersTimeout,
    requestTimeout: Math.max(headersTimeout, timeoutOf(options.requestTimeout ?? "15 seconds")),
    keepAliveTimeout: timeoutOf(options.keepAliveTimeout ?? "75 seconds"),
    maxHeaderSize: Math.min(Math.ceil(options.maxHeaderBytes ?? 16_384), longest),
    noDelay: true,
    // It would be refused without a body; nothing here looks at the host.
    requireHostHeader: false
  })
  server.maxConnections = options.maxConnections ?? 10_000
  return server
}

// Node takes whole numbers, and zero for no limit. A timeout of no time at all is as short as can be.
const timeoutOf = (duration: Duration.DurationInput): number =>
  Math.min(Math.max(1, Math.ceil(Duration.toMillis(duration))), longest)

// Timers take a little more than three weeks, and Node adds to some of them.
const longest = 2_000_000_000

const withWriteTimeout = <E, R>(app: HttpApp.Default<E, R>, watch: Watch): HttpApp.Default<E, R> =>
  Effect.tap(app, ({ body }: HttpServerResponse.HttpServerResponse) =>
    Effect.map(HttpServerRequest.HttpServerRequest, (request) =>
      watch(NodeHttpServerRequest.toServerResponse(request), body.contentLength ?? Infinity)
    )
  )

/** Looks after an answer of so many bytes, which may have been written already. */
type Watch = (response: Http.ServerResponse, bytes: number) => void

const watchWrite = (tracked: connections.Connections, options: SocketOptions): Watch => {
  const timeout = timeoutOf(options.writeTimeout ?? "30 seconds")
  const perMilli = (options.minWriteRate ?? 16_384) / 1000
  return (response, bytes) => {
    // The system has all of it, as it mostly does.
    if (response.writableFinished) return
    if (bytes >= writeTimeoutFromBytes) response.setTimeout(timeout, () => response.destroy())
    // What is smaller is over with the timeout. Many answers on one connection may be more than the system takes.
    const patience = timeout + bytes / perMilli
    if (Number.isFinite(patience)) tracked.answerWithin(response, patience)
  }
}

const listen = (server: Http.Server, options: SocketOptions): Effect.Effect<void, ListenError> => {
  const host = options.host ?? "127.0.0.1"
  const port = options.port ?? 0
  // Node throws where the number is no port at all.
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return Effect.fail(fromCause(new RangeError("a port is a whole number from 0 to 65535"), { host, port }))
  }
  return Effect.async((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(fromCause(cause, { host, port })))
    server.once("error", onError)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", onError)
      // From now on an error is that one connection could not be accepted (too many open files); without a listener it
      // would end the process, and the next connection may fare better.
      server.on("error", () => {})
      resume(Effect.void)
    })
  })
}

const stop = (server: Http.Server, tracked: connections.Connections, options: SocketOptions): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    // The callback's error only says that the server was closed already, which is what is wanted.
    server.close(() => resume(Effect.void))
    tracked.finishAll()
  }).pipe(
    Effect.interruptible,
    Effect.timeoutOption(options.stopTimeout ?? "10 seconds"),
    Effect.flatMap(Option.match({ onNone: () => cutOff(server), onSome: () => Effect.void }))
  )

const cutOff = (server: Http.Server): Effect.Effect<void> =>
  Effect.zipRight(
    Effect.logWarning(
      "requests were still being answered when the time to stop was over; their connections are cut off"
    ),
    Effect.sync(() => server.closeAllConnections())
  )

const addressOf = (server: Http.Server): Effect.Effect<Context.Tag.Service<NodeOperationsServer>> => {
  const address = server.address()
  if (address === null || typeof address === "string") return Effect.dieMessage("a server that listens has a port")
  const { address: host, port } = address
  return Effect.succeed({
    host,
    port,
    url: `http://${reachable[host] ?? (host.includes(":") ? `[${host}]` : host)}:${port}`
  })
}

// One cannot connect to "all addresses", but to one of them.
const reachable: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }
