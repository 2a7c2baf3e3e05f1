/**
 * Earth Engine's operations, and the methods that start them.
 *
 * @since 0.1.0
 */
import * as Batches from "@effect-lro/client/Batches"
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as StartOperation from "@effect-lro/client/StartOperation"
import * as Transport from "@effect-lro/client/Transport"
import type * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import { Operations, type Service as OperationsService } from "@effect-lro/core/Operations"
import type { InvalidName, OperationsError, Unauthorized } from "@effect-lro/core/OperationsError"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as EarthEngineCredentials from "@effect-lro/google-auth/EarthEngineCredentials"
import * as Endpoint from "@effect-lro/google-auth/Endpoint"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as EarthEngineService from "./EarthEngineService.js"
import * as Project from "./Project.js"
import * as StartMethod from "./StartMethod.js"
import type * as StartRequest from "./StartRequest.js"

/**
 * Starts an operation. With a `requestId` the request is repeated where that may help; without one it is sent exactly
 * once, because a lost answer may have started the task.
 *
 * @since 0.1.0
 * @category models
 */
export type Start<Request> = (request: Request) => Effect.Effect<Operation.Operation, OperationsError>

/**
 * What Earth Engine offers to one project.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly project: Project.Project
  /** google.longrunning.Operations, as the layer provides them too. */
  readonly operations: OperationsService
  readonly exportImage: Start<StartRequest.ExportImageRequest>
  readonly exportTable: Start<StartRequest.ExportTableRequest>
  readonly exportVideo: Start<StartRequest.ExportVideoRequest>
  readonly exportMap: Start<StartRequest.ExportMapRequest>
  readonly exportVideoMap: Start<StartRequest.ExportVideoMapRequest>
  readonly exportClassifier: Start<StartRequest.ExportClassifierRequest>
  readonly importImage: Start<StartRequest.ImportImageRequest>
  readonly importTable: Start<StartRequest.ImportTableRequest>
}

/**
 * Earth Engine, for one project.
 *
 * @since 0.1.0
 * @category tags
 */
export class EarthEngine extends Context.Tag("@effect-lro/earth-engine/EarthEngine")<EarthEngine, Service>() {}

/**
 * Who asks, and where.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** An id or a number, see `Project.parse`. Short operation names and new tasks belong to it. */
  readonly project: string
  /**
   * An OAuth access token with one of `EarthEngineService.scopes`, what gets one that is still good, run for every request,
   * or an `AccessToken` of `@effect-lro/google-auth`, which is renewed when it is refused.
   *
   * By default the credentials on the machine are used, see `EarthEngineCredentials.onThisMachine`, where the endpoint is
   * one of Google's; any other, such as an emulator, gets no token.
   */
  readonly token?:
    | Redacted.Redacted
    | Effect.Effect<Redacted.Redacted, Unauthorized>
    | Credentials.Renewable
    | undefined
  /** `EarthEngineService.standardEndpoint` by default. One that is no `http:` or `https:` URL is a defect. */
  readonly endpoint?: string | undefined
  /** `v1` by default. */
  readonly version?: string | undefined
  /**
   * The project whose quota the requests use, sent as `X-Goog-User-Project`. `project` by default, unless that is
   * `earthengine-legacy`, which has none.
   */
  readonly quotaProject?: string | undefined
  /** For one request. 30 seconds by default. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How many looks or cancels of many operations go into one request. 100 by default; `false` sends each by itself. */
  readonly batchSize?: number | false | undefined
  /** When a start that has a `requestId` is sent again. `RetryPolicy.default` by default. */
  readonly startRetry?: RetryPolicy.RetryPolicy | undefined
  /** Goes around the client with its credentials. */
  readonly transformClient?: Transport.Options["transformClient"]
}

/**
 * Makes the service over the `HttpClient` of the environment. Fails with `InvalidProject` where the project, or the quota
 * project, cannot be one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, Project.InvalidProject, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const project = yield* Project.parse(options.project)
    const quotaProject = yield* Project.parse(options.quotaProject ?? project)
    const token = options.token ?? (yield* found(options.endpoint ?? EarthEngineService.standardEndpoint))
    const transport = yield* Transport.make({
      service: EarthEngineService.description,
      apiClient,
      version: options.version,
      endpoint: options.endpoint,
      credentials: token === undefined ? undefined : Credentials.bearer(token),
      userProject: quotaProject === Project.legacy ? undefined : quotaProject,
      requestTimeout: options.requestTimeout,
      transformClient: options.transformClient
    })
    const retry = options.startRetry ?? RetryPolicy.default
    const start =
      <Request extends StartRequest.Common>(method: StartMethod.StartMethod<Request>): Start<Request> =>
      (request) => {
        const sent = StartOperation.send(transport, {
          id: EarthEngineService.startMethodId(method),
          variables: { project: Project.resourceName(project) },
          body: Object.fromEntries<unknown>(Object.entries(request))
        })
        return request.requestId === undefined || request.requestId === "" ? sent : Effect.retry(sent, retry)
      }
    return {
      project,
      operations: RestOperations.fromTransport(transport, { batches: batchesOf(options.batchSize) }),
      exportImage: start(StartMethod.exportImage),
      exportTable: start(StartMethod.exportTable),
      exportVideo: start(StartMethod.exportVideo),
      exportMap: start(StartMethod.exportMap),
      exportVideoMap: start(StartMethod.exportVideoMap),
      exportClassifier: start(StartMethod.exportClassifier),
      importImage: start(StartMethod.importImage),
      importTable: start(StartMethod.importTable)
    }
  })

/**
 * Provides `Operations` and `EarthEngine` for one project.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // With the credentials on the machine, such as those of `gcloud auth application-default login`.
 * const EarthEngineLive = EarthEngine.layer({ project: "my-project" }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * export const program = Effect.gen(function* () {
 *   const { name } = yield* EarthEngine.exportImage({
 *     expression: { values: {} },
 *     fileExportOptions: { fileFormat: "GEO_TIFF", driveDestination: { folder: "exports" } }
 *   })
 *   return yield* Cancellation.cancelAndConfirm(name)
 * }).pipe(Effect.provide(EarthEngineLive))
 * ```
 */
export const layer = (
  options: Options
): Layer.Layer<Operations | EarthEngine, Project.InvalidProject, HttpClient.HttpClient> => fromEffect(make(options))

/**
 * As {@link layer}, with what differs between deployments read from the configuration. Fails with `ConfigError` also
 * where the project or the endpoint cannot be one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Omit<Options, "project" | "token" | "endpoint" | "quotaProject"> & {
    readonly project: Config.Config<string>
    /** The credentials on the machine by default, as in {@link Options}. */
    readonly token?: Config.Config<Redacted.Redacted | undefined> | undefined
    readonly endpoint?: Config.Config<string | undefined> | undefined
    readonly quotaProject?: Config.Config<string | undefined> | undefined
  }
): Layer.Layer<Operations | EarthEngine, ConfigError.ConfigError, HttpClient.HttpClient> =>
  fromEffect(
    Effect.flatMap(
      Config.all({
        project: options.project,
        token: options.token ?? none,
        endpoint: Config.mapOrFail(options.endpoint ?? none, (endpoint) =>
          endpoint === undefined ? Either.right(endpoint) : Either.mapLeft(Transport.parseEndpoint(endpoint), invalid)
        ),
        quotaProject: options.quotaProject ?? none
      }),
      (configured) => Effect.mapError(make({ ...options, ...configured }), invalid)
    )
  )

/**
 * Reads an operation's name as people write it: the full name, `operations/ID` or a bare ID (both of them completed with
 * `project`), or a URL that has the name in its path.
 *
 * Fails with `InvalidName` where the result is no name of an Earth Engine operation.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parseName = (
  input: string,
  options?: {
    /** As `Project.parse` takes it. Without one, short forms are refused. */
    readonly project?: string | undefined
  }
): Either.Either<OperationName.OperationName, InvalidName | Project.InvalidProject> =>
  Either.gen(function* () {
    const project = options?.project === undefined ? undefined : yield* Project.parse(options.project)
    const name = yield* OperationName.parse(input, {
      parent: project === undefined ? undefined : Project.resourceName(project)
    })
    return yield* ServiceDescription.checkName(EarthEngineService.description, { method: "get", name })
  })

/**
 * Starts the export of an image.
 *
 * @since 0.1.0
 * @category programs
 */
export const exportImage = (request: StartRequest.ExportImageRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.exportImage(request))

/**
 * Starts the export of a table of features.
 *
 * @since 0.1.0
 * @category programs
 */
export const exportTable = (request: StartRequest.ExportTableRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.exportTable(request))

/**
 * Starts the export of a video.
 *
 * @since 0.1.0
 * @category programs
 */
export const exportVideo = (request: StartRequest.ExportVideoRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.exportVideo(request))

/**
 * Starts the export of map tiles.
 *
 * @since 0.1.0
 * @category programs
 */
export const exportMap = (request: StartRequest.ExportMapRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.exportMap(request))

/**
 * Starts the export of map tiles with a time axis.
 *
 * @since 0.1.0
 * @category programs
 */
export const exportVideoMap = (request: StartRequest.ExportVideoMapRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.exportVideoMap(request))

/**
 * Starts the export of a classifier to an asset.
 *
 * @since 0.1.0
 * @category programs
 */
export const exportClassifier = (request: StartRequest.ExportClassifierRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.exportClassifier(request))

/**
 * Starts the import of an image asset from files.
 *
 * @since 0.1.0
 * @category programs
 */
export const importImage = (request: StartRequest.ImportImageRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.importImage(request))

/**
 * Starts the import of a table asset from files.
 *
 * @since 0.1.0
 * @category programs
 */
export const importTable = (request: StartRequest.ImportTableRequest): Started =>
  Effect.flatMap(EarthEngine, (service) => service.importTable(request))

/**
 * What a program that starts an operation is.
 *
 * @since 0.1.0
 * @category models
 */
export type Started = Effect.Effect<Operation.Operation, OperationsError, EarthEngine>

const apiClient = "effect-lro/0.1.0"

const batchesOf = (size: Options["batchSize"]) => (size === false ? undefined : Batches.make({ size }))

const found = (endpoint: string): Effect.Effect<AccessToken.Service | undefined> =>
  Endpoint.isGoogle(endpoint) ? AccessToken.make(EarthEngineCredentials.onThisMachine()) : Effect.succeed(undefined)

const none: Config.Config<undefined> = Config.succeed(undefined)

const invalid = (error: { readonly message: string }): ConfigError.ConfigError =>
  ConfigError.InvalidData([], error.message)

const fromEffect = <E>(
  service: Effect.Effect<Service, E, HttpClient.HttpClient>
): Layer.Layer<Operations | EarthEngine, E, HttpClient.HttpClient> =>
  Layer.effectContext(
    Effect.map(service, (service) =>
      Context.make(EarthEngine, service).pipe(Context.add(Operations, service.operations))
    )
  )
