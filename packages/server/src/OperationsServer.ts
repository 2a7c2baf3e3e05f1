/**
 * Any `Operations` as Google's REST methods.
 *
 * @since 0.1.0
 */
import * as Bounds from "@effect-lro/core/Bounds"
import { Operations } from "@effect-lro/core/Operations"
import * as SealedToken from "@effect-lro/core/SealedToken"
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import * as Router from "@effect-lro/rest/Router"
import type * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Authenticator from "./Authenticator.js"
import type * as Authorizer from "./Authorizer.js"
import * as Admission from "./internal/admission.js"
import * as Answer from "./internal/answer.js"
import * as Batch from "./internal/batch.js"
import * as DescriptionRoutes from "./internal/descriptionRoutes.js"
import * as Endpoint from "./internal/endpoint.js"
import * as Failures from "./internal/failures.js"
import * as ActiveLimits from "./internal/limits.js"
import * as Methods from "./internal/methods.js"
import * as Operational from "./internal/operational.js"
import * as Reading from "./internal/reading.js"
import * as Refusal from "./internal/refusal.js"
import * as RequestMetrics from "./internal/requestMetrics.js"
import * as Respond from "./internal/respond.js"
import * as SharedReads from "./internal/sharedReads.js"
import * as Step from "./internal/step.js"
import * as Texts from "./internal/texts.js"
import type * as Limits from "./Limits.js"
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
  /**
   * How long the answers to its requests may be together, in characters. Once they are, what has not been begun is refused with
   * RESOURCE_EXHAUSTED. 16,777,216 by default.
   */
  readonly maxAnswerLength?: number | undefined
  /** How many batches are answered at once: more are 503, UNAVAILABLE. 100 by default. */
  readonly maxActive?: number | undefined
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
   * Finds out who asks, before anything else is looked at, so that nobody else learns more than that. By default nobody is
   * asked, and everybody is `Authenticator.anonymous`.
   *
   * It is asked about each request of a batch, which has the headers of the whole but for those of its own; about the
   * whole only where that has an `Authorization`, and then whether it is `Unauthorized`.
   */
  readonly authenticate?: Authenticator.Authenticator<R> | undefined
  /**
   * Decides who may do what, before it is looked at whether there is such an operation. By default everybody who is known may
   * do everything.
   */
  readonly authorize?: Authorizer.Authorizer<R> | undefined
  /** How much may be asked at a time. */
  readonly limits?: Limits.Options | undefined
  /**
   * What page tokens are sealed with, so that they are of use for the same list and the same caller only. Random by default:
   * then they end with the process, and are of no use at another one.
   */
  readonly pageTokenKey?: Redacted.Redacted | undefined
  /**
   * How many operations a page has at most, whatever a client asks for (AIP-158). 500 by default. Who asks for no number gets as
   * many as the service gives, or, where this is set, no more than 100.
   */
  readonly maxPageSize?: number | undefined
  /**
   * Whether what the server depends on is there, such as a database. Where it is not, or it takes longer than 2 seconds to find
   * out, `GET /readyz` answers 503, as it does once the server begins to stop. `true` by default.
   */
  readonly ready?: Effect.Effect<boolean, never, R> | undefined
  /**
   * Who may read Effect's metrics at `GET /metrics`, in the text format of Prometheus: those whom `authenticate` knows, which
   * is the default, everybody, or, with `"off"`, nobody.
   */
  readonly metrics?: "authenticated" | "public" | "off" | undefined
  /**
   * What happens to names in the query or the body that a method does not know: `"reject"` with INVALID_ARGUMENT, as
   * Google's servers do, which is the default, or `"ignore"`.
   */
  readonly unknownFields?: "reject" | "ignore" | undefined
  /** The longest body of a method on operations, in bytes. 65,536 by default. */
  readonly maxBodyBytes?: number | undefined
  /** The longest body of a further route, in bytes, unless the route has its own limit. 1,048,576 by default. */
  readonly maxRouteBodyBytes?: number | undefined
  /**
   * How much of what was written of operations is kept, in bytes, to be answered again as it is. It is kept of those that the
   * service calls constant, and as long as they are the same. 16,777,216 by default; 0 keeps nothing.
   */
  readonly maxKeptBytes?: number | undefined
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
   * Whether `GET /$discovery/rest` answers the discovery document and `GET /openapi.json` the same in OpenAPI 3.1, to
   * everybody, as with Google. `true` by default.
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
 * Dies where a route is no template, or has the shape of another, and where a number is less than makes sense.
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
  Effect.map(makeServer(options), ({ app }) => app)

/**
 * The app, and a shorter way to some of its answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Server {
  readonly app: HttpApp.Default
  /**
   * Answers a GET of an operation or of a list from the head of the request alone, without the platform's request and response
   * between. Undefined for everything else, which is for `app` to answer. From the head on both are the same code, so they
   * cannot differ in what they admit, refuse, count or answer.
   *
   * It begins to answer when it is called, so what it gives is to be run, once. Where there was nothing to wait for, that is an
   * `Exit` already.
   */
  readonly direct: (head: Authenticator.RequestHead) => Effect.Effect<DirectAnswer> | undefined
}

/**
 * An answer as text.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectAnswer {
  readonly status: number
  readonly contentType: string
  /** Beside the type and length of the content. Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether the body is known to be ASCII, so that its length is its length in bytes. */
  readonly isAscii: boolean
}

/**
 * As {@link make}, for a platform that can make use of the shorter way.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeServer = <R = never>(options: Options<R>): Effect.Effect<Server, never, Operations | R> =>
  Effect.gen(function* () {
    yield* checkNumbers(options)
    const context = yield* Effect.context<Operations | R>()
    const pageTokens = yield* SealedToken.make({ purpose: "server page", secret: options.pageTokenKey })
    const settings = settingsOf(options, pageTokens)
    const service = options.batch === false ? { ...options.service, batchPath: Option.none() } : options.service
    const server = { ...serverOf(options, service, context), clock: yield* Effect.clock }
    const router = yield* routerOf(options, service, settings, context, server)
    const whole: Respond.Server = { ...server, router }
    return {
      app: Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        Effect.map(Respond.toRequest(whole, request), Answer.toResponse)
      ),
      direct: (head) => (head.method === "GET" ? Respond.toHead(whole, head) : undefined)
    }
  })

const checkNumbers = <R>({ batch, limits, ...options }: Options<R>): Effect.Effect<void> => {
  const batches = batch === false ? undefined : batch
  const failures = limits?.failedAuthentication === "unlimited" ? undefined : limits?.failedAuthentication
  return Bounds.check({
    "limits.rate.limit": [limits?.rate?.limit, 1],
    "limits.rate.interval (in milliseconds)": [millisOf(limits?.rate?.interval), 1],
    "limits.failedAuthentication.limit": [failures?.limit, 1],
    "limits.failedAuthentication.interval (in milliseconds)": [millisOf(failures?.interval), 1],
    "limits.trustedProxies": [limits?.trustedProxies, 0],
    "limits.maxActive": [limits?.maxActive, 1],
    "limits.maxActivePerPrincipal": [limits?.maxActivePerPrincipal, 1],
    "limits.maxWaiting": [limits?.maxWaiting, 0],
    "limits.maxReading": [limits?.maxReading, 1],
    "limits.maxReadsPerSecond": [limits?.maxReadsPerSecond, 1],
    "batch.maxParts": [batches?.maxParts, 1],
    "batch.maxBodyBytes": [batches?.maxBodyBytes, 1],
    "batch.maxAnswerLength": [batches?.maxAnswerLength, 1],
    "batch.concurrency": [batches?.concurrency, 1],
    "batch.maxActive": [batches?.maxActive, 1],
    maxPageSize: [options.maxPageSize, 1],
    maxBodyBytes: [options.maxBodyBytes, 0],
    maxRouteBodyBytes: [options.maxRouteBodyBytes, 0],
    maxKeptBytes: [options.maxKeptBytes, 0],
    ...Object.fromEntries(
      (options.routes ?? []).map((route): [string, Bounds.Bounded] => [
        `maxBodyBytes of ${route.method} ${route.template}`,
        [route.maxBodyBytes, 0]
      ])
    )
  })
}

const millisOf = (duration: Duration.DurationInput | undefined): number | undefined =>
  duration === undefined ? undefined : Duration.toMillis(duration)

const serverOf = <R>(
  options: Options<R>,
  service: ServiceDescription.ServiceDescription,
  context: Context.Context<R>
): Omit<Respond.Server, "router" | "clock"> => {
  const { authenticate, authorize, limits } = options
  return {
    authenticate: authenticate && admissionOf((head) => Step.provide(authenticate(head), context), limits),
    authorize: authorize && ((access) => Step.provide(authorize(access), context)),
    reading: Reading.make(limits?.maxReading ?? 67_108_864),
    limits: ActiveLimits.make({
      rate: limits?.rate && { limit: limits.rate.limit, interval: limits.rate.interval ?? "1 second" },
      maxActive: limits?.maxActive ?? 1000,
      maxActivePerPrincipal: limits?.maxActivePerPrincipal ?? Infinity,
      maxWaiting: limits?.maxWaiting ?? 10_000,
      trustedProxies: limits?.trustedProxies ?? 0,
      maxBatches: (options.batch === false ? undefined : options.batch?.maxActive) ?? 100
    }),
    metrics: RequestMetrics.make(),
    decoding: options.decoding ?? "all-but-slash",
    domain: options.domain ?? service.id,
    plain: { prettyPrint: options.prettyPrint ?? false, legacyErrors: false, mask: new Map() },
    spans: options.spans ?? false
  }
}

const admissionOf = (
  authenticate: Authenticator.Authenticator,
  limits: Limits.Options | undefined
): Admission.Admission => {
  const failures = limits?.failedAuthentication ?? { limit: 20 }
  if (failures === "unlimited") return authenticate
  return Admission.make(
    authenticate,
    Failures.make({
      limit: failures.limit,
      interval: Duration.toMillis(failures.interval ?? "1 minute"),
      trustedProxies: limits?.trustedProxies ?? 0
    })
  )
}

const routerOf = <R>(
  options: Options<R>,
  service: ServiceDescription.ServiceDescription,
  settings: Methods.Settings,
  context: Context.Context<Operations | R>,
  server: Omit<Respond.Server, "router">
): Effect.Effect<Router.Router<Endpoint.Endpoint>> => {
  const operations = Context.get(context, Operations)
  const perSecond = options.limits?.maxReadsPerSecond
  const served =
    perSecond === undefined ? operations : { ...operations, get: SharedReads.make(operations.get, perSecond) }
  const routes = Either.try(() => [
    ...Methods.routes(service, served, settings),
    ...(options.routes ?? []).map((route) => Endpoint.fromRoute(route, settings, context)),
    ...(options.discovery === false
      ? []
      : DescriptionRoutes.routes({ ...options, service }).map((route) =>
          Endpoint.fromRoute(route, settings, Context.empty())
        )),
    ...Operational.routes({
      ready: Step.provide(options.ready ?? Effect.succeed(true), context),
      readyTimeout: Duration.seconds(2),
      metrics: options.metrics ?? "authenticated"
    })
  ])
  const withBatch = (router: Router.Router<Endpoint.Endpoint>) => {
    if (options.batch === false || Option.isNone(service.batchPath)) return Either.right(router)
    const noRoom = Answer.failure(Refusal.batchTooLong, server.domain, server.plain)
    const batchSettings = { ...batchSettingsOf(options.batch, settings), noRoom }
    const batch = Batch.route(service.batchPath.value, batchSettings, (request) =>
      Respond.toRequest({ ...server, router }, request)
    )
    return Router.make([...router.routes, batch])
  }
  return routes.pipe(Either.flatMap(Router.make), Either.flatMap(withBatch), Effect.orDie)
}

const settingsOf = <R>(options: Options<R>, pageTokens: SealedToken.SealedTokens): Methods.Settings => ({
  unknownFields: options.unknownFields ?? "reject",
  maxBodyBytes: options.maxBodyBytes ?? 65_536,
  maxRouteBodyBytes: options.maxRouteBodyBytes ?? 1_048_576,
  maxWait: Duration.decode(options.maxWait ?? "55 seconds"),
  maxPageSize: options.maxPageSize ?? 500,
  defaultPageSize: options.maxPageSize === undefined ? undefined : Math.min(options.maxPageSize, 100),
  partialSuccess: options.partialSuccess ?? "unimplemented",
  pageTokens,
  texts: Texts.make(options.maxKeptBytes ?? 16_777_216)
})

const batchSettingsOf = (
  options: BatchOptions | undefined,
  { unknownFields }: Methods.Settings
): Omit<Batch.Settings, "noRoom"> => ({
  unknownFields,
  maxParts: options?.maxParts ?? 100,
  maxBodyBytes: options?.maxBodyBytes ?? 1_048_576,
  maxAnswerLength: options?.maxAnswerLength ?? 16_777_216,
  concurrency: options?.concurrency ?? 16
})
