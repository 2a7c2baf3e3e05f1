/**
 * How `lro` comes to an `Operations` service.
 *
 * @since 0.1.0
 */
import type * as Operations from "@effect-lro/core/Operations"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Settings } from "./Settings.js"

/**
 * Connects as settings say. Nothing is sent until the service is used.
 *
 * @since 0.1.0
 * @category tags
 */
export class Connection extends Context.Tag("@effect-lro/cli/Connection")<
  Connection,
  {
    /** `name` is the operation that the requests will be about, where there is one. */
    readonly open: (settings: Settings, name?: string) => Effect.Effect<Operations.Service, never, Scope.Scope>
  }
>() {}

/**
 * Connects over HTTP. The code for that is loaded when the first connection is made, so that what needs none is quick.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Connection> = Layer.succeed(Connection, {
  open: (settings, name) =>
    Effect.flatMap(
      Effect.promise(() => import("./RestConnection.js")),
      (rest) => rest.open(settings, name)
    )
})

/**
 * The service of the server that settings name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const operations = (
  settings: Settings,
  name?: string
): Effect.Effect<Operations.Service, never, Connection | Scope.Scope> =>
  Effect.flatMap(Connection, ({ open }) => open(settings, name))
