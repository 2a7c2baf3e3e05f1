/**
 * `Operations` that play a script, and remember what was asked of them.
 *
 * It behaves as a server does: names are validated, unknown ones are NOT_FOUND, lists have pages, waits have a limit. Time
 * is Effect's `Clock`, so a `TestClock` moves it, and there is no fiber or timer of its own.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Fault from "./Fault.js"
import * as internal from "./internal/scripted.js"
import type * as Report from "./Report.js"
import type * as Script from "./Script.js"

/**
 * The other side of the scripted `Operations`: looks at what happened, and orders what shall.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All requests that arrived, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<Report.Request>>
  /** The same with what each was answered, and when. */
  readonly report: Effect.Effect<ReadonlyArray<Report.Exchange>>
  /** When an operation was looked at by `get`, in milliseconds since the layer was made. */
  readonly lookTimes: (name: string) => Effect.Effect<ReadonlyArray<number>>
  /** How many requests arrived and are neither answered nor given up. */
  readonly inFlight: Effect.Effect<number>
  /** The truth about an operation, without a request; deleted ones too. None where it never was, or has vanished. */
  readonly peek: (name: string) => Effect.Effect<Option.Option<Operation.Operation>>
  /** Starts an operation now, or starts it anew. Dies where no request could reach the name. */
  readonly start: (name: string, script: Script.Script) => Effect.Effect<void>
  /**
   * Fails the next requests of a method, or of any: with each of several faults once, or with one `times` times (1 by
   * default).
   */
  readonly failNext: (
    method: Report.Method | "any",
    fault: Fault.Fault | ReadonlyArray<Fault.Fault>,
    options?: {
      readonly times?: number | undefined
      /** The request takes effect and only its answer is lost. `false` by default. */
      readonly afterwards?: boolean | undefined
    }
  ) => Effect.Effect<void>
  /** Answers the next requests of a method (1 by default) that much later; `Duration.infinity` is never. */
  readonly delayNext: (
    method: Report.Method,
    delay: Duration.DurationInput,
    options?: { readonly times?: number | undefined }
  ) => Effect.Effect<void>
  /**
   * Shows the next looks, or waits, something else than the truth, one after the other: an older state as from a replica that
   * lags behind, or NOT_FOUND just after the start. A wait shows it at once.
   */
  readonly showNext: (method: "get" | "wait", sights: Script.Steps) => Effect.Effect<void>
  /** Lets the next waits (1 by default) return after at most that long, with the truth, done or not. */
  readonly shortenNextWait: (
    limit: Duration.DurationInput,
    options?: { readonly times?: number | undefined }
  ) => Effect.Effect<void>
  /**
   * Lets an operation win the race, whatever its script says: a cancel is accepted, and it succeeds `after` that, at once by
   * default. Dies where there is no such operation.
   */
  readonly completeDespiteCancel: (
    name: string,
    options?: {
      readonly after?: Duration.DurationInput | undefined
      /** `google.protobuf.Empty` by default. */
      readonly response?: AnyMessage.AnyMessage | undefined
    }
  ) => Effect.Effect<void>
  /** Answers these methods with `UNIMPLEMENTED` from now on. */
  readonly unimplemented: (...methods: ReadonlyArray<Report.Method>) => Effect.Effect<void>
}

/**
 * Inspects and directs the `Operations` that `layer` provides.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestOperations extends Context.Tag("@effect-lro/testing/TestOperations")<TestOperations, Service>() {}

/**
 * How the server as a whole behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Methods that are answered with `UNIMPLEMENTED`. None by default. */
  readonly unimplemented?: ReadonlyArray<Report.Method> | undefined
  /** Decides what a list with a filter shows. By default a filter is an `INVALID_ARGUMENT`, rather than ignored. */
  readonly filter?: ((filter: string, operation: Operation.Operation) => boolean) | undefined
  /** How many operations a page holds where the request does not say; 100 by default. */
  readonly pageSize?: number | undefined
  /** Puts an empty page after each full one, as AIP-158 allows. `false` by default. */
  readonly emptyPages?: boolean | undefined
  /** How long a `wait` lasts at most; 55 seconds by default. */
  readonly waitLimit?: Duration.DurationInput | undefined
}

/**
 * Makes both sides: the `Operations` for the program, and the service for the test.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: (
  scripts: { readonly [name: string]: Script.Script },
  options?: Options
) => Effect.Effect<{ readonly operations: Operations.Service; readonly control: Service }> = internal.make

/**
 * Provides `Operations` that play the scripts, and `TestOperations` to inspect them. The scripts start when the layer is
 * built.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as Script from "@effect-lro/testing/Script"
 * import * as TestOperations from "@effect-lro/testing/TestOperations"
 * import { assert, it } from "@effect/vitest"
 * import * as Effect from "effect/Effect"
 * import * as Fiber from "effect/Fiber"
 * import * as TestClock from "effect/TestClock"
 *
 * const name = "projects/demo/operations/EXPORT"
 * const tooLate = Script.completes({ after: "5 seconds", onCancel: Script.ignored })
 *
 * it.effect("an export that cannot be stopped any more is told as completed", () =>
 *   Effect.gen(function* () {
 *     const fiber = yield* Effect.fork(Cancellation.cancelAndConfirm(name))
 *     yield* TestClock.adjust("1 minute")
 *     assert.strictEqual((yield* Fiber.join(fiber))._tag, "CompletedAnyway")
 *   }).pipe(Effect.provide(TestOperations.layer({ [name]: tooLate })))
 * )
 * ```
 */
export const layer = (
  scripts: { readonly [name: string]: Script.Script },
  options?: Options
): Layer.Layer<Operations.Operations | TestOperations> =>
  Layer.effectContext(
    Effect.map(make(scripts, options), ({ control, operations }) =>
      Context.make(Operations.Operations, operations).pipe(Context.add(TestOperations, control))
    )
  )

/**
 * All requests that arrived, oldest first.
 *
 * @since 0.1.0
 * @category getters
 */
export const requests: Effect.Effect<ReadonlyArray<Report.Request>, never, TestOperations> = Effect.flatMap(
  TestOperations,
  (it) => it.requests
)

/**
 * All requests that arrived, with what each was answered and when; `Report.lines` makes it short.
 *
 * @since 0.1.0
 * @category getters
 */
export const report: Effect.Effect<ReadonlyArray<Report.Exchange>, never, TestOperations> = Effect.flatMap(
  TestOperations,
  (it) => it.report
)

/**
 * When an operation was looked at by `get`, in milliseconds since the layer was made.
 *
 * @since 0.1.0
 * @category getters
 */
export const lookTimes = (name: string): Effect.Effect<ReadonlyArray<number>, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.lookTimes(name))

/**
 * Starts an operation now, or starts it anew.
 *
 * @since 0.1.0
 * @category orders
 */
export const start = (name: string, script: Script.Script): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.start(name, script))

/**
 * Fails the next requests of a method.
 *
 * @since 0.1.0
 * @category orders
 */
export const failNext = (...parameters: Parameters<Service["failNext"]>): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.failNext(...parameters))

/**
 * Answers the next requests of a method later, or never.
 *
 * @since 0.1.0
 * @category orders
 */
export const delayNext = (
  ...parameters: Parameters<Service["delayNext"]>
): Effect.Effect<void, never, TestOperations> => Effect.flatMap(TestOperations, (it) => it.delayNext(...parameters))

/**
 * Shows the next looks, or waits, something else than the truth.
 *
 * @since 0.1.0
 * @category orders
 */
export const showNext = (...parameters: Parameters<Service["showNext"]>): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.showNext(...parameters))

/**
 * Lets the next waits return early.
 *
 * @since 0.1.0
 * @category orders
 */
export const shortenNextWait = (
  ...parameters: Parameters<Service["shortenNextWait"]>
): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.shortenNextWait(...parameters))

/**
 * Lets an operation succeed although it is cancelled.
 *
 * @since 0.1.0
 * @category orders
 */
export const completeDespiteCancel = (
  ...parameters: Parameters<Service["completeDespiteCancel"]>
): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.completeDespiteCancel(...parameters))

/**
 * Answers methods with `UNIMPLEMENTED` from now on.
 *
 * @since 0.1.0
 * @category orders
 */
export const unimplemented = (...methods: ReadonlyArray<Report.Method>): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.unimplemented(...methods))
