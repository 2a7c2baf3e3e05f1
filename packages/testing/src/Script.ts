/**
 * How an operation behaves towards those who look at it: what they see, for how long, and what a cancel does.
 *
 * A script is data. Time in it is time since the operation was started, by Effect's `Clock`, so that a `TestClock` moves
 * it.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Code from "@effect-lro/core/Code"
import * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import * as Duration from "effect/Duration"

/**
 * What a look sees: an operation, NOT_FOUND, or no answer at all.
 *
 * @since 0.1.0
 * @category models
 */
export type Sight =
  | { readonly _tag: "Seen"; readonly as: (name: string) => Operation.Operation }
  | { readonly _tag: "Vanished" }
  | { readonly _tag: "Silent" }

/**
 * What is seen, and when that ends: after `looks` looks or after the time `lasts`, whichever is first. The last step of a
 * script stays.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step {
  readonly sight: Sight
  readonly looks: number
  readonly lasts: Duration.Duration
}

/**
 * What an accepted or refused cancel does to an operation that is not over.
 *
 * `Stops` accepts it and the operation is cancelled after `latency`, unless its own steps end before that; `Ignored`
 * accepts it and changes nothing; `Continues` accepts it and goes on with other steps; `Refused` answers with an error.
 *
 * @since 0.1.0
 * @category models
 */
export type OnCancel =
  | { readonly _tag: "Stops"; readonly latency: Duration.Duration }
  | { readonly _tag: "Ignored" }
  | { readonly _tag: "Continues"; readonly steps: Steps }
  | { readonly _tag: "Refused"; readonly status: Status.Status }

/**
 * At least one step, because there is always something to see.
 *
 * @since 0.1.0
 * @category models
 */
export type Steps = readonly [Step, ...ReadonlyArray<Step>]

/**
 * The behaviour of one operation.
 *
 * @since 0.1.0
 * @category models
 */
export interface Script {
  readonly steps: Steps
  readonly onCancel: OnCancel
  /** How a cancel of it is answered once it is over: `OK`, or the code of the refusal. */
  readonly cancelOfDone: Code.Code
}

/**
 * How a step ends. It does not, where neither is given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Until {
  /** After so many looks saw it. */
  readonly looks?: number | undefined
  /** After it was there for so long. */
  readonly lasts?: Duration.DurationInput | undefined
  readonly metadata?: AnyMessage.AnyMessage | undefined
}

/**
 * What the ready-made scripts leave to the caller.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Stops at once by default. */
  readonly onCancel?: OnCancel | undefined
  /** `OK` by default; services exist that say `FAILED_PRECONDITION` or `NOT_FOUND`. */
  readonly cancelOfDone?: Code.Code | undefined
  /** What it shows while it runs, and after. Nothing by default. */
  readonly metadata?: AnyMessage.AnyMessage | undefined
}

/**
 * Makes a script of steps, one after the other. What a look sees is up to the steps alone: a cancel is accepted and
 * changes nothing by default.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Script from "@effect-lro/testing/Script"
 *
 * export const lateCancel = Script.make([Script.running({ looks: 3 }), Script.cancelled()])
 * export const forgotten = Script.make([Script.running({ looks: 2 }), Script.vanished()])
 * ```
 */
export const make = (steps: Steps, options?: Omit<Options, "metadata">): Script => ({
  steps,
  onCancel: options?.onCancel ?? ignored,
  cancelOfDone: options?.cancelOfDone ?? "OK"
})

/**
 * Runs until it is cancelled, and without an end otherwise.
 *
 * @since 0.1.0
 * @category constructors
 */
export const runsUntilCancelled = (options?: Options): Script => ending([running(options)], options)

/**
 * Succeeds after a time.
 *
 * @since 0.1.0
 * @category constructors
 */
export const completes = (
  options: Options & {
    readonly after: Duration.DurationInput
    /** `google.protobuf.Empty` by default. */
    readonly response?: AnyMessage.AnyMessage | undefined
  }
): Script => ending([running({ lasts: options.after, metadata: options.metadata }), succeeded(options)], options)

/**
 * Fails after a time.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fails = (
  options: Options & {
    readonly after: Duration.DurationInput
    readonly status: Status.Status
  }
): Script => ending([running({ lasts: options.after, metadata: options.metadata }), failed(options)], options)

/**
 * Is in one state from the start, and stays in it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stays = (step: Step, options?: Omit<Options, "metadata">): Script => ending([step], options)

/**
 * Not done.
 *
 * @since 0.1.0
 * @category steps
 */
export const running = (until?: Until): Step =>
  seen((name) => Operation.running({ name, metadata: until?.metadata }), until)

/**
 * Done with a response, `google.protobuf.Empty` by default.
 *
 * @since 0.1.0
 * @category steps
 */
export const succeeded = (options?: {
  readonly response?: AnyMessage.AnyMessage | undefined
  readonly metadata?: AnyMessage.AnyMessage | undefined
}): Step =>
  seen((name) =>
    Operation.succeeded({ name, metadata: options?.metadata, response: options?.response ?? AnyMessage.empty })
  )

/**
 * Done with an error.
 *
 * @since 0.1.0
 * @category steps
 */
export const failed = (options: {
  readonly status: Status.Status
  readonly metadata?: AnyMessage.AnyMessage | undefined
}): Step => seen((name) => Operation.ended({ name, metadata: options.metadata, error: options.status }))

/**
 * Done with `error.code` 1.
 *
 * @since 0.1.0
 * @category steps
 */
export const cancelled = (options?: { readonly metadata?: AnyMessage.AnyMessage | undefined }): Step =>
  failed({ status: cancelledStatus, metadata: options?.metadata })

/**
 * Done with neither error nor response.
 *
 * @since 0.1.0
 * @category steps
 */
export const doneWithoutResult = (options?: { readonly metadata?: AnyMessage.AnyMessage | undefined }): Step =>
  seen((name) => Operation.doneWithoutResult({ name, metadata: options?.metadata }))

/**
 * NOT_FOUND, for every method.
 *
 * @since 0.1.0
 * @category steps
 */
export const vanished = (until?: Omit<Until, "metadata">): Step => step({ _tag: "Vanished" }, until)

/**
 * No look is ever answered.
 *
 * @since 0.1.0
 * @category steps
 */
export const silent = (until?: Omit<Until, "metadata">): Step => step({ _tag: "Silent" }, until)

/**
 * The cancel is accepted and comes true after `latency`, at once by default.
 *
 * @since 0.1.0
 * @category answers
 */
export const stops = (latency?: Duration.DurationInput): OnCancel => ({
  _tag: "Stops",
  latency: Duration.decode(latency ?? 0)
})

/**
 * The cancel is accepted and changes nothing.
 *
 * @since 0.1.0
 * @category answers
 */
export const ignored: OnCancel = { _tag: "Ignored" }

/**
 * The cancel is accepted, and from then on these steps are seen.
 *
 * @since 0.1.0
 * @category answers
 */
export const continues = (...steps: Steps): OnCancel => ({ _tag: "Continues", steps })

/**
 * The cancel is answered with an error, as `UNIMPLEMENTED` where a service cannot cancel.
 *
 * @since 0.1.0
 * @category answers
 */
export const refused = (code: Code.Code, message?: string): OnCancel => ({
  _tag: "Refused",
  status: Status.make({ code, message: message ?? `cancel is answered with ${code} here` })
})

/**
 * The error of an operation that was cancelled.
 *
 * @since 0.1.0
 * @category constants
 */
export const cancelledStatus: Status.Status = Status.make({ code: "CANCELLED", message: "the operation was cancelled" })

const ending = (steps: Steps, options: Omit<Options, "metadata"> | undefined): Script =>
  make(steps, { onCancel: options?.onCancel ?? stops(), cancelOfDone: options?.cancelOfDone })

const seen = (as: (name: string) => Operation.Operation, until?: Until): Step => step({ _tag: "Seen", as }, until)

const step = (sight: Sight, until?: Omit<Until, "metadata">): Step => ({
  sight,
  looks: until?.looks ?? Number.POSITIVE_INFINITY,
  lasts: Duration.decode(until?.lasts ?? Duration.infinity)
})
