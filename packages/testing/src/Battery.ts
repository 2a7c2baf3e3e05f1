/**
 * The behaviour battery: what every provider of `Operations` does, as named cases to run against it.
 *
 * A provider's author supplies a `Subject`, which starts work that behaves as ordered, and says what the provider can
 * do; the cases that apply then run against any clock, over a socket as well as in memory. The README of this package
 * lists all of them.
 *
 * @since 0.1.0
 */
import type { Operations } from "@effect-lro/core/Operations"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Struct from "effect/Struct"
import type { BatteryFailure } from "./BatteryFailure.js"
import type * as bench from "./internal/battery/bench.js"
import { cancel } from "./internal/battery/cancel.js"
import { confirm } from "./internal/battery/confirm.js"
import { deleting } from "./internal/battery/delete.js"
import { errors } from "./internal/battery/errors.js"
import { get } from "./internal/battery/get.js"
import { interruption } from "./internal/battery/interruption.js"
import { listing } from "./internal/battery/list.js"
import { names } from "./internal/battery/names.js"
import { troubles } from "./internal/battery/trouble.js"
import { waiting } from "./internal/battery/wait.js"
import type { Capabilities, Subject } from "./Subject.js"

/**
 * What a case is about.
 *
 * @since 0.1.0
 * @category models
 */
export type Group = bench.Group

/**
 * One behaviour. `name` is a sentence, unique among all; `requires` are the capabilities without which it does not apply; and
 * `run` fails with `BatteryFailure` where the provider behaves otherwise. It gives up after 500 units of the subject's time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case {
  readonly group: Group
  readonly name: string
  readonly requires: Partial<Capabilities>
  readonly run: Effect.Effect<void, BatteryFailure, Operations | Subject>
}

/**
 * All cases.
 *
 * @since 0.1.0
 * @category cases
 */
export const cases: ReadonlyArray<Case> = [
  ...get,
  ...listing,
  ...cancel,
  ...deleting,
  ...waiting,
  ...names,
  ...confirm,
  ...errors,
  ...troubles,
  ...interruption
]

/**
 * Says whether a case applies to what can do so much.
 *
 * @since 0.1.0
 * @category refinements
 */
export const applies = (self: Case, capabilities: Capabilities): boolean =>
  Struct.keys(self.requires).every((capability) => self.requires[capability] === capabilities[capability])

/**
 * What is needed to run the battery: the provider with its subject, and what it can do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E> {
  readonly capabilities: Capabilities
  /** Which cases to run, where they apply. All by default. */
  readonly cases?: ReadonlyArray<Case> | undefined
  /** Is built anew for each case. */
  readonly layer: Layer.Layer<Operations | Subject, E>
}

/**
 * How a test framework is told about a test; `it.live` of `@effect/vitest` is one.
 *
 * @since 0.1.0
 * @category models
 */
export type It<E> = (name: string, test: () => Effect.Effect<void, E>) => void

/**
 * Registers every case that applies as a test of its own.
 *
 * @since 0.1.0
 * @category runners
 * @example
 * ```ts
 * import * as Battery from "@effect-lro/testing/Battery"
 * import type * as Operations from "@effect-lro/core/Operations"
 * import * as Subject from "@effect-lro/testing/Subject"
 * import { describe, it } from "@effect/vitest"
 * import type * as Layer from "effect/Layer"
 *
 * declare const layer: Layer.Layer<Operations.Operations | Subject.Subject>
 *
 * describe("my provider", () => {
 *   Battery.register(it.live, {
 *     layer,
 *     capabilities: { ...Subject.everything, delete: "unimplemented", bodyWitness: false }
 *   })
 * })
 * ```
 */
export const register = <E>(it: It<E | BatteryFailure>, options: Options<E>): void => {
  for (const each of options.cases ?? cases) {
    if (!applies(each, options.capabilities)) continue
    it(`${each.group}: ${each.name}`, () => Effect.provide(each.run, options.layer))
  }
}

/**
 * How one case went: with a failure, or without. One that does not apply has not run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result<E> {
  readonly case: Case
  readonly applies: boolean
  readonly failure: Option.Option<E | BatteryFailure>
}

/**
 * Runs all cases that apply and tells how each went, for those who want a report rather than tests. They run at the same
 * time, `concurrency` of them, all by default.
 *
 * @since 0.1.0
 * @category runners
 */
export const check = <E>(
  options: Options<E> & { readonly concurrency?: number | "unbounded" | undefined }
): Effect.Effect<ReadonlyArray<Result<E>>> =>
  Effect.forEach(
    options.cases ?? cases,
    (each): Effect.Effect<Result<E>> =>
      applies(each, options.capabilities)
        ? Effect.map(Effect.either(Effect.provide(each.run, options.layer)), (result) => ({
            case: each,
            applies: true,
            failure: Either.getLeft(result)
          }))
        : Effect.succeed({ case: each, applies: false, failure: Option.none() }),
    { concurrency: options.concurrency ?? "unbounded" }
  )
