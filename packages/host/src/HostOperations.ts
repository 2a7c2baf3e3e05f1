/**
 * google.longrunning.Operations, provided by a host in the same process.
 *
 * @since 0.1.0
 */
import { Operations } from "@effect-lro/core/Operations"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Host from "./Host.js"

/**
 * The operations of a host.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Operations, never, Host.Host> = Layer.effect(
  Operations,
  Effect.map(Host.Host, (host) => host.operations)
)

/**
 * A host that keeps its operations in memory, and its operations.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (options?: Host.Options): Layer.Layer<Operations | Host.Host> =>
  Layer.provideMerge(layer, Host.layerMemory(options))
