/**
 * What every store does, as named cases to run against it. Each needs an empty store, or one that it never ran on.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as changes from "./internal/battery/changes.js"
import * as listing from "./internal/battery/listing.js"
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
 * @example
 * ```ts
 * import * as OperationStore from "@effect-lro/host/OperationStore"
 * import * as StoreBattery from "@effect-lro/host/StoreBattery"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.forEach(StoreBattery.cases, ({ name, run }) =>
 *   Effect.zipRight(Effect.provide(run, OperationStore.layerMemory), Effect.log(name))
 * )
 *
 * Effect.runPromise(program)
 * ```
 */
export const cases: ReadonlyArray<Case> = [...writing.cases, ...listing.cases, ...changes.cases]
