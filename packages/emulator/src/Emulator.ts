/**
 * Earth Engine's operations service, emulated on a socket of this machine.
 *
 * @since 0.1.0
 */
import * as OperationStore from "@effect-lro/host/OperationStore"
import type * as ListenError from "@effect-lro/server-node/ListenError"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as DataDirectory from "./DataDirectory.js"
import * as EmulatorApp from "./EmulatorApp.js"

/**
 * An emulator that is listening.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Where a client on this machine reaches it, such as `http://127.0.0.1:41731`, without a slash at the end. */
  readonly url: string
  /** The address that the socket is bound to. */
  readonly host: string
  /** The port, also where the system chose it. */
  readonly port: number
}

/**
 * An emulator that is listening.
 *
 * @since 0.1.0
 * @category tags
 */
export class Emulator extends Context.Tag("@effect-lro/emulator/Emulator")<Emulator, Service>() {}

/**
 * How it behaves, and where it listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends EmulatorApp.Options {
  /** 0 by default: a port that is free. */
  readonly port?: number | undefined
  /** `"127.0.0.1"` by default: nobody but this machine. There is no other protection. */
  readonly host?: string | undefined
  /**
   * Where tasks are kept, so that an emulator that starts there again still knows them: what was asked to stop is then
   * CANCELLED, and what was running begins anew. In memory by default.
   */
  readonly dataDirectory?: string | undefined
  /** Goes around the app, to log requests or to break some. Nothing by default. */
  readonly middleware?: ((app: HttpApp.Default) => HttpApp.Default) | undefined
  /** How long a stop waits for requests that are being answered. One second by default. */
  readonly stopTimeout?: Duration.DurationInput | undefined
}

/**
 * Listens until the scope closes; then the port is free and all tasks have ended.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, ListenError.ListenError | DataDirectory.DataDirectoryError, Scope.Scope> =>
  Effect.flatMap(makeApp(options), (app) =>
    NodeOperationsServer.make(options.middleware === undefined ? app : options.middleware(app), {
      host: options.host,
      port: options.port,
      stopTimeout: options.stopTimeout ?? "1 second"
    })
  )

/**
 * An emulator that listens as long as the layer lives.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
 * import * as Emulator from "@effect-lro/emulator/Emulator"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const EarthEngineLocal = Layer.unwrapEffect(
 *   Effect.map(Emulator.Emulator, ({ url }) => EarthEngine.layer({ project: "demo", endpoint: url }))
 * ).pipe(Layer.provide([Emulator.layer({ cancelLatency: "300 millis" }), FetchHttpClient.layer]))
 *
 * const program = Effect.gen(function* () {
 *   const { name } = yield* EarthEngine.exportImage({ expression: { values: {} } })
 *   return yield* Cancellation.cancelAndConfirm(name)
 * }).pipe(Effect.provide(EarthEngineLocal))
 *
 * Effect.runPromise(program)
 * ```
 */
export const layer = (
  options?: Options
): Layer.Layer<Emulator, ListenError.ListenError | DataDirectory.DataDirectoryError> =>
  Layer.scoped(Emulator, make(options))

const makeApp = (options: Options) =>
  options.dataDirectory === undefined
    ? EmulatorApp.make(options)
    : Effect.flatMap(DataDirectory.open(options.dataDirectory), ({ pageTokenKey, store }) =>
        Effect.provideService(
          EmulatorApp.makeWith({ ...options, pageTokenKey: options.pageTokenKey ?? pageTokenKey }),
          OperationStore.OperationStore,
          store
        )
      )
