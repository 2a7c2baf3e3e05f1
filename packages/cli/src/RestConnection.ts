/**
 * The connection over HTTP. This is the one place that picks a transport for it, and credentials.
 *
 * @since 0.1.0
 */
import * as Batches from "@effect-lro/client/Batches"
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import type * as Operations from "@effect-lro/core/Operations"
import * as Project from "@effect-lro/earth-engine/Project"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as ApplicationDefault from "@effect-lro/google-auth/ApplicationDefault"
import * as EarthEngineCredentials from "@effect-lro/google-auth/EarthEngineCredentials"
import * as Endpoint from "@effect-lro/google-auth/Endpoint"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Settings } from "./Settings.js"

/**
 * Makes the service that settings name, for requests about an operation where one is known. Its sockets are closed with
 * the scope.
 *
 * What was found on the machine, and the project that pays, are told to Google's endpoints alone.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (settings: Settings, name?: string): Effect.Effect<Operations.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* Layer.build(NodeHttpClient.layerUndici)
    const found =
      Option.isNone(settings.token) && Endpoint.isGoogle(settings.endpoint)
        ? Option.some(
            yield* AccessToken.make(
              settings.serviceName === "earthengine"
                ? EarthEngineCredentials.onThisMachine()
                : ApplicationDefault.make()
            ).pipe(Effect.provide(NodeFileSystem.layer))
          )
        : Option.none()
    return yield* Effect.provide(
      RestOperations.make({
        service: settings.service,
        endpoint: settings.endpoint,
        version: Option.getOrUndefined(settings.version),
        credentials: Option.getOrUndefined(
          Option.map(
            Option.orElse(settings.token, () => found),
            Credentials.bearer
          )
        ),
        userProject: Option.getOrUndefined(yield* quotaProject(settings, found, name)),
        requestTimeout: Option.getOrUndefined(settings.requestTimeout),
        batches: Batches.make()
      }),
      client
    )
  })

const quotaProject = (
  settings: Settings,
  found: Option.Option<AccessToken.Service>,
  name: string | undefined
): Effect.Effect<Option.Option<string>> => {
  if (!Endpoint.isGoogle(settings.endpoint)) return Effect.succeedNone
  // Credentials that cannot be read fail the request itself, with all that there is to say.
  const ofCredentials = Option.isNone(found)
    ? Effect.succeedNone
    : Effect.orElseSucceed(found.value.quotaProject, Option.none)
  const ofOperation =
    settings.serviceName === "earthengine"
      ? Option.fromNullable(/^projects\/([^/]+)\//.exec(name ?? "")?.[1])
      : Option.none()
  return Effect.map(Option.isSome(settings.quotaProject) ? Effect.succeedNone : ofCredentials, (theirs) =>
    settings.quotaProject.pipe(
      Option.orElse(() => theirs),
      Option.orElse(() => ofOperation),
      Option.flatMap((text) => Option.getRight(Project.parse(text))),
      Option.filter((project) => project !== Project.legacy)
    )
  )
}
