/**
 * The connection over HTTP. This is the one place that picks a transport for it.
 *
 * @since 0.1.0
 */
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import type * as Operations from "@effect-lro/core/Operations"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Settings } from "./Settings.js"

/**
 * Makes the service that settings name. Its sockets are closed with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (settings: Settings): Effect.Effect<Operations.Service, never, Scope.Scope> =>
  Effect.flatMap(Layer.build(NodeHttpClient.layerUndici), (client) =>
    Effect.provide(
      RestOperations.make({
        service: settings.service,
        endpoint: settings.endpoint,
        version: Option.getOrUndefined(settings.version),
        credentials: Option.getOrUndefined(Option.map(settings.token, Credentials.bearer)),
        requestTimeout: Option.getOrUndefined(settings.requestTimeout)
      }),
      client
    )
  )
