/**
 * Any `Operations` as Google's REST methods.
 *
 * @since 0.1.0
 */
import { Operations } from "@effect-lro/core/Operations"
import type { OperationsError, PermissionDenied, Unauthorized } from "@effect-lro/core/OperationsError"
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Query from "@effect-lro/rest/Query"
import * as Router from "@effect-lro/rest/Router"
import type * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Answer from "./internal/answer.js"
import * as Asked from "./internal/asked.js"
import * as Batch from "./internal/batch.js"
import * as Body from "./internal/body.js"
import * as Discovery from "./internal/discoveryRoute.js"
import * as Endpoint from "./internal/endpoint.js"
import * as Found from "./internal/found.js"
import * as Methods from "./internal/methods.js"
import * as Refusal from "./internal/refusal.js"
import * as Target from "./internal/target.js"
import type * as Route from "./Route.js"

/**
 * How much may come in one batch.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchOptions {
  /** How many requests. 100 by default. */
  readonly maxParts?: number | undefined
  /** How long it may be, in bytes. 1,048,576 by default. Each request has the limit of its method too. */
  readonly maxBodyBytes?: number | undefined
  /** How many of its requests are answered at a time. 16 by default. */
  readonly concurrency?: number | undefined
}

/**
 * What is served, and how strictly.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out R = never> {
  /** Which methods there are, and under which paths. A method that it does not bind is not served. */
  readonly service: ServiceDescription.ServiceDescription
  /** Further methods, in the same trie. None by default. */
  readonly routes?: ReadonlyArray<Route.Route<R>> | undefined
  /**
   * Agrees to a request or refuses it, before anything else is looked at, so that nobody learns more than that. By
   * default everybody may do everything.
   *
   * It is asked about each request of a batch, which has the headers of the whole but for those of its own; about the
   * whole only where that has an `Authorization`, and then whether it is `Unauthorized`.
   */
  readonly authenticate?:
    | ((request: HttpServerRequest.HttpServerRequest) => Effect.Effect<void, Unauthorized | PermissionDenied, R>)
    | undefined
  /**
   * What happens to names in the query or the body that a method does not know: `"reject"` with INVALID_ARGUMENT, as
   * Google's servers do, which is the default, or `"ignore"`.
   */
  readonly unknownFields?: "reject" | "ignore" | undefined
  /** The longest body of a method on operations, in bytes. 65,536 by default. */
  readonly maxBodyBytes?: number | undefined
  /** The longest body of a further route, in bytes, unless the route has its own limit. 1,048,576 by default. */
  readonly maxRouteBodyBytes?: number | undefined
  /** The longest that `wait` waits, whatever a client asks for. 55 seconds by default, below the minute of many proxies. */
  readonly maxWait?: Duration.DurationInput | undefined
  /**
   * What `returnPartialSuccess` is answered with: UNIMPLEMENTED (HTTP 501), which is the default, or by `"forward"` what
   * the service makes of it.
   */
  readonly partialSuccess?: "unimplemented" | "forward" | undefined
  /** Which escapes in names are decoded. `"all-but-slash"` by default. */
  readonly decoding?: PathTemplate.Decoding | undefined
  /** Whether JSON is spread over lines where `prettyPrint` does not say. `false` by default, unlike with Google. */
  readonly prettyPrint?: boolean | undefined
  /** The domain of the ErrorInfo of the server's own refusals. The service's id by default. */
  readonly domain?: string | undefined
  /**
   * Whether `GET /$discovery/rest` answers the discovery document, to everybody, as with Google. `true` by default.
   */
  readonly discovery?: boolean | undefined
  /**
   * How much may come in one batch, where the service takes batches; `false` takes none. The answers to a batch are those
   * that its requests would have had by themselves.
   */
  readonly batch?: BatchOptions | false | undefined
  /** Whether each request has a span, with the path but not the query. `false` by default. */
  readonly spans?: boolean | undefined
}

/**
 * Makes the app that serves the `Operations` of the context.
 *
 * Every success is 200 with a JSON object, every error Google's envelope, also for what is no request of the service. It
 * asks its `Operations` for names only that are safe and have the form of the service's.
 *
 * Dies where a route is no template, or has the shape of another.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Operation from "@effect-lro/core/Operation"
 * import * as Operations from "@effect-lro/core/Operations"
 * import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
 * import * as InMemory from "@effect-lro/server/InMemory"
 * import * as OperationsServer from "@effect-lro/server/OperationsServer"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * const operations = Operations.make({
 *   get: (name) => Effect.succeed(Operation.running({ name })),
 *   listPage: () => Effect.succeed({ operations: [], nextPageToken: Option.none(), unreachable: [] }),
 *   cancel: () => Effect.void,
 *   delete: () => Effect.void,
 *   wait: (name) => Effect.succeed(Operation.running({ name }))
 * })
 *
 * const program = Effect.gen(function* () {
 *   const app = yield* OperationsServer.make({ service: ServiceDescription.project({ id: "demo.example.com" }) })
 *   const response = yield* InMemory.toHttpClient(app).get("/v1/projects/p/operations/a")
 *   return yield* response.text // {"name":"projects/p/operations/a"}
 * })
 *
 * Effect.runPromise(Effect.provideService(program, Operations.Operations, operations))
 * ```
 */
export const make = <R = never>(options: Options<R>): Effect.Effect<HttpApp.Default, never, Operations | R> =>
  Effect.flatMap(Effect.context<Operations | R>(), (context) => {
    const settings = settingsOf(options)
    const service = options.batch === false ? { ...options.service, batchPath: Option.none() } : options.service
    const routes = Either.try(() => [
      ...Methods.routes(service, Context.get(context, Operations), settings),
      ...(options.routes ?? []).map((route) => Endpoint.fromRoute(route, settings, context)),
      ...(options.discovery === false
        ? []
        : [Endpoint.fromRoute(Discovery.route({ ...options, service }), settings, Context.empty())])
    ])
    const server = (router: Router.Router<Endpoint.Endpoint>): Server => ({
      router,
      authenticate: authenticateIn(options.authenticate, context),
      decoding: options.decoding ?? "all-but-slash",
      domain: options.domain ?? service.id,
      plain: { prettyPrint: options.prettyPrint ?? false, legacyErrors: false, mask: new Map() },
      spans: options.spans ?? false
    })
    const withBatch = (router: Router.Router<Endpoint.Endpoint>) => {
      if (options.batch === false || Option.isNone(service.batchPath)) return Either.right(router)
      const single = server(router)
      const batch = Batch.route(service.batchPath.value, batchSettingsOf(options.batch, settings), (request) =>
        respond(single, request)
      )
      return Router.make([...router.routes, batch])
    }
    const router = routes.pipe(Either.flatMap(Router.make), Either.flatMap(withBatch))
    return Effect.map(Effect.orDie(router), (router) => {
      const whole = server(router)
      return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => respond(whole, request))
    })
  })

interface Server {
  readonly router: Router.Router<Endpoint.Endpoint>
  readonly authenticate: ((request: HttpServerRequest.HttpServerRequest) => Effect.Effect<void, Failure>) | undefined
  readonly decoding: PathTemplate.Decoding
  readonly domain: string
  readonly plain: Answer.Format
  readonly spans: boolean
}

type Failure = OperationsError | Refusal.Refusal

const settingsOf = <R>(options: Options<R>): Methods.Settings => ({
  unknownFields: options.unknownFields ?? "reject",
  maxBodyBytes: options.maxBodyBytes ?? 65_536,
  maxRouteBodyBytes: options.maxRouteBodyBytes ?? 1_048_576,
  maxWait: Duration.decode(options.maxWait ?? "55 seconds"),
  partialSuccess: options.partialSuccess ?? "unimplemented"
})

const batchSettingsOf = (options: BatchOptions | undefined, { unknownFields }: Methods.Settings): Batch.Settings => ({
  unknownFields,
  maxParts: options?.maxParts ?? 100,
  maxBodyBytes: options?.maxBodyBytes ?? 1_048_576,
  concurrency: options?.concurrency ?? 16
})

const authenticateIn = <R>(
  authenticate: Options<R>["authenticate"],
  context: Context.Context<R>
): Server["authenticate"] =>
  authenticate === undefined ? undefined : (request) => Effect.mapInputContext(authenticate(request), () => context)

const respond = (
  server: Server,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  const target = Target.parse(request.url)
  const asked = Asked.of(server.plain, request, target.query)
  const found = Found.find(server, request, target.path)
  const answered = Effect.suspend(() => {
    const answer = Effect.suspend(() => {
      if (Either.isLeft(found)) return Effect.fail(found.left)
      return Either.isLeft(asked.fields)
        ? Effect.fail(asked.fields.left)
        : call(found.right, asked.fields.right, request)
    })
    const admitted = admit(server, request, Either.isRight(found) ? found.right.value.access : "authenticated")
    return admitted === undefined ? answer : Effect.zipRight(Effect.interruptible(admitted), answer)
  }).pipe(
    Effect.map((message) => Answer.success(message, asked.format)),
    Effect.catchAllCause((cause) =>
      Effect.map(refusalOf(cause, request, target.path), (refusal) =>
        Answer.failure(refusal, server.domain, asked.format)
      )
    )
  )
  return server.spans ? spanned(answered, request, target.path, found) : answered
}

const admit = (
  { authenticate }: Server,
  request: HttpServerRequest.HttpServerRequest,
  access: Endpoint.Endpoint["access"]
): Effect.Effect<void, Failure> | undefined => {
  if (authenticate === undefined || access === "public") return undefined
  if (access === "authenticated") return authenticate(request)
  if (request.headers["authorization"] === undefined) return undefined
  // A client renews a token when the whole is refused. What the token permits is a question about each part.
  return Effect.catchTag(authenticate(request), "PermissionDenied", () => Effect.void)
}

const call = (
  { value: endpoint, variables }: Router.Match<Endpoint.Endpoint>,
  query: Query.Query,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<object, Failure> => {
  const handle = (body: string) => {
    const handled = Effect.flatMap(endpoint.handle({ variables, query, body, request }), (message) =>
      Array.isArray(message) ? Effect.dieMessage(`${endpoint.label} answered an array`) : Effect.succeed(message)
    )
    return endpoint.interruptible ? Effect.interruptible(handled) : Effect.uninterruptible(handled)
  }
  if (endpoint.body === "ignored") return handle("")
  const read = endpoint.bodyType === "other" ? Body.readOther : Body.read
  return Effect.flatMap(Effect.interruptible(read(request, endpoint.body)), handle)
}

/**
 * What a request that failed is answered with. An interruption is passed on: there is nobody to be answered.
 */
const refusalOf = (
  cause: Cause.Cause<Failure>,
  request: HttpServerRequest.HttpServerRequest,
  path: string
): Effect.Effect<Refusal.Refusal> => {
  const failure = Cause.failureOption(cause)
  if (Option.isSome(failure)) {
    return Effect.succeed(failure.value._tag === "Refusal" ? failure.value : Refusal.fromError(failure.value))
  }
  if (Cause.isInterruptedOnly(cause)) return Effect.failCause(Cause.stripFailures(cause))
  return Effect.logError("A request failed with a defect", cause).pipe(
    Effect.annotateLogs({ "http.method": request.method, "http.path": Refusal.show(path, 1024) }),
    Effect.as(Refusal.internal)
  )
}

const spanned = (
  answered: Effect.Effect<HttpServerResponse.HttpServerResponse>,
  request: HttpServerRequest.HttpServerRequest,
  path: string,
  found: Found.Found
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  answered.pipe(
    Effect.tap((response) => Effect.annotateCurrentSpan("http.response.status_code", response.status)),
    Effect.withSpan(`OperationsServer.${Either.isRight(found) ? found.right.value.label : "unrouted"}`, {
      kind: "server",
      captureStackTrace: false,
      parent: Option.getOrUndefined(HttpTraceContext.fromHeaders(request.headers)),
      attributes: { "http.request.method": request.method, "url.path": Refusal.show(path, 1024) }
    })
  )
