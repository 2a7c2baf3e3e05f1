/**
 * Earth Engine's operations service, emulated, as an HTTP app without a socket.
 *
 * Tasks are bodies of a host, which has the state machine, and a server answers for it; what is the emulator's own is
 * what tasks do with their time and how they are told of.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as EarthEngineService from "@effect-lro/earth-engine/EarthEngineService"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Host from "@effect-lro/host/Host"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as Authenticator from "@effect-lro/server/Authenticator"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Route from "@effect-lro/server/Route"
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Simulation from "./Simulation.js"
import * as Task from "./Task.js"
import * as TaskMetadata from "./TaskMetadata.js"
import * as Withheld from "./Withheld.js"

/**
 * How the emulator behaves. Where Earth Engine's own behaviour is not documented, an option chooses.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long a task works. Ten seconds by default. */
  readonly exportDuration?: Duration.DurationInput | undefined
  /** How long a task stays PENDING at least. Zero by default. */
  readonly startDelay?: Duration.DurationInput | undefined
  /** How many tasks run at once; the others stay PENDING. Unbounded by default. */
  readonly maxRunning?: number | undefined
  /** How long a cancelled task is CANCELLING before it is stopped, whether it was pending or running. Zero by default. */
  readonly cancelLatency?: Duration.DurationInput | undefined
  /**
   * `"supported"` by default. `"unimplemented"` answers 501. `"ignored"` answers as if it were supported and shows
   * CANCELLING, but the work runs to its end.
   */
  readonly cancel?: "supported" | "unimplemented" | "ignored" | undefined
  /**
   * What the cancelling of a task that is over answers: 200 and no change (`"lenient"`, the default), or
   * FAILED_PRECONDITION (`"strict"`).
   */
  readonly cancelDone?: "lenient" | "strict" | undefined
  /** `"unimplemented"` (501) by default, since no client of Earth Engine is known to delete. */
  readonly delete?: "supported" | "unimplemented" | undefined
  /** `"supported"` by default. */
  readonly wait?: "supported" | "unimplemented" | undefined
  /** How long `wait` waits at most. 55 seconds by default. */
  readonly waitLimit?: Duration.DurationInput | undefined
  /** Whether requests without a bearer token are refused with 401. `false` by default; which token it is never counts. */
  readonly requireToken?: boolean | undefined
  /** What page tokens are sealed with. Random by default, so that they end with the emulator. */
  readonly pageTokenKey?: Redacted.Redacted | undefined
  /** Shapes each task by its request. Nothing differs from the options by default. */
  readonly simulate?: ((request: Simulation.Request) => Partial<Simulation.Simulation>) | undefined
}

/**
 * Makes the app. Its tasks run in the scope, and end with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<HttpApp.Default, never, Scope.Scope> =>
  // In memory no cancel request is lost, and nobody else runs anything.
  Effect.provide(build(options, { pollInterval: Duration.infinity }), OperationStore.layerMemory)

/**
 * Makes the app over a store of its own. Tasks that an earlier process left there are taken up: what was asked to stop is
 * CANCELLED, what was running begins anew, with the next `attempt`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeWith = (
  options: Options = {}
): Effect.Effect<HttpApp.Default, never, OperationStore.OperationStore | Scope.Scope> => build(options, {})

const build = (
  options: Options,
  running: Host.Options
): Effect.Effect<HttpApp.Default, never, OperationStore.OperationStore | Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const host = yield* Host.make({
      ...running,
      maxRunning: options.maxRunning,
      cancelLatency: options.cancelLatency,
      cancellation: options.cancel === "ignored" ? "ignore" : "interrupt",
      cancelDone: options.cancelDone,
      waitLimit: options.waitLimit,
      pageTokenKey: options.pageTokenKey,
      shutdownTimeout: "2 seconds",
      // A host describes a record when it reads it, so this is the moment that the answer is about.
      describe: (record) => TaskMetadata.describe(record, DateTime.unsafeMake(clock.unsafeCurrentTimeMillis()))
    })
    // Closed before the host is, which waits for its bodies.
    const ending = yield* Effect.acquireRelease(Deferred.make<void>(), (deferred) =>
      Deferred.succeed(deferred, undefined)
    )
    yield* Effect.provideService(Task.register(Deferred.await(ending)), Host.Host, host)
    return yield* OperationsServer.make({
      service: EarthEngineService.description,
      routes: [...starts(options), ...algorithms],
      authenticate: options.requireToken === true ? requireToken : undefined,
      maxWait: options.waitLimit,
      maxRouteBodyBytes: maxStartBytes,
      pageTokenKey: options.pageTokenKey,
      batch
    }).pipe(
      Effect.provideService(Host.Host, host),
      Effect.provideService(Operations.Operations, Withheld.withhold(host.operations, withheld(options)))
    )
  })

/**
 * An `HttpClient` whose requests are answered by an emulator in this process, whatever host they are for. An endpoint that
 * is none of Google's spares the search for credentials.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
 * import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const EarthEngineTest = EarthEngine.layer({ project: "demo", endpoint: "http://emulator" }).pipe(
 *   Layer.provide(EmulatorApp.layerHttpClient({ exportDuration: "1 hour" }))
 * )
 *
 * const program = Effect.gen(function* () {
 *   const { name } = yield* EarthEngine.exportImage({ expression: { values: {} } })
 *   const outcome = yield* Cancellation.cancelAndConfirm(name)
 *   return outcome._tag // "Cancelled"
 * }).pipe(Effect.provide(EarthEngineTest))
 *
 * Effect.runPromise(program)
 * ```
 */
export const layerHttpClient = (options?: Options): Layer.Layer<HttpClient.HttpClient> =>
  Layer.unwrapScoped(Effect.map(make(options), InMemory.layerHttpClient))

// Earth Engine's own limit for a request.
const maxStartBytes = 10 * 1024 * 1024

// The official JavaScript client asks for all operations of a call in one batch, however many; the limit is that of most
// of Google's services.
const batch: OperationsServer.BatchOptions = { maxParts: 1000, maxBodyBytes: 4 * 1024 * 1024 }

const starts = (options: Options): ReadonlyArray<Route.Route<Host.Host>> => {
  const simulate = (request: Simulation.Request): Simulation.Simulation =>
    Simulation.make(request, {
      startDelay: options.startDelay ?? 0,
      duration: options.exportDuration ?? Simulation.defaultDuration,
      ...options.simulate?.(request)
    })
  return EarthEngineService.description.starts.flatMap((start) =>
    StartMethod.all
      .filter((method) => EarthEngineService.startMethodId(method) === start.id)
      .flatMap((method) =>
        Route.start(start, {
          handler: ({ body, variables }) =>
            Effect.map(Task.start(method, { parent: variables["project"] ?? "", body, simulate }), Operation.toWire)
        })
      )
  )
}

// Earth Engine's JavaScript client asks for it when it begins; an empty list is enough for what this emulates.
const algorithms: ReadonlyArray<Route.Route> = EarthEngineService.description.versions.map((version) => ({
  method: "GET",
  template: `/${version}/{parent=projects/*}/algorithms`,
  handler: () => Effect.succeed({ algorithms: [] })
}))

const withheld = (options: Options): ReadonlyArray<Withheld.Method> => [
  ...(options.cancel === "unimplemented" ? (["cancel"] as const) : []),
  ...(options.delete === "supported" ? [] : (["delete"] as const)),
  ...(options.wait === "unimplemented" ? (["wait"] as const) : [])
]

// Which token it is never counts, so all who have one are the same.
const requireToken: Authenticator.Authenticator = ({ headers }) =>
  /^bearer +\S+$/i.test(headers["authorization"] ?? "")
    ? Effect.succeed(Authenticator.anonymous)
    : Authenticator.refuse("The request has no bearer token.")
