/**
 * What every store does, as named cases to run against it. Each needs an empty store, or one that it never ran on.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as changes from "./internal/battery/changes.js"
import * as filtering from "./internal/battery/filtering.js"
import * as listing from "./internal/battery/listing.js"
import * as recovering from "./internal/battery/recovering.js"
import * as writing from "./internal/battery/writing.js"
import type { OperationStore, StoreError } from "./OperationStore.js"
import type { StoreViolation } from "./StoreViolation.js"

/**
 * One behaviour. `name` is a sentence, unique among all.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case {
  readonly name: string
  readonly run: Effect.Effect<void, StoreViolation | StoreError, OperationStore>
}

/**
 * All cases.
 *
 * @since 0.1.0
 * @category cases
 */
export const cases: ReadonlyArray<Case> = [
  ...writing.cases,
  ...listing.cases,
  ...filtering.cases,
  ...recovering.cases,
  ...changes.cases
]

/**
 * How a test framework is told about a test; `it.effect` of `@effect/vitest` is one.
 *
 * @since 0.1.0
 * @category models
 */
export type It<E> = (name: string, test: () => Effect.Effect<void, E>) => void

/**
 * Registers every case as a test of its own, with a store that is built anew for each.
 *
 * @since 0.1.0
 * @category runners
 * @example
 * ```ts
 * import * as OperationStore from "@effect-lro/host/OperationStore"
 * import * as StoreBattery from "@effect-lro/host/StoreBattery"
 * import { describe, it } from "@effect/vitest"
 *
 * describe("my store", () => {
 *   StoreBattery.register(it.effect, { layer: OperationStore.layerMemory })
 * })
 * ```
 */
export const register = <E>(
  it: It<E | StoreViolation | StoreError>,
  options: { readonly layer: Layer.Layer<OperationStore, E> }
): void => {
  for (const { name, run } of cases) it(name, () => Effect.provide(run, options.layer))
}
