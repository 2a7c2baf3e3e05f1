/**
 * What a program did with scripted operations, and when: each request, with the end it came to.
 *
 * @since 0.1.0
 */
import type * as OperationsError from "@effect-lro/core/OperationsError"

/**
 * The methods that a request can be for.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = Exclude<OperationsError.Method, "start">

/**
 * A request that arrived. One with an invalid name is never sent, and so never arrives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** When, by the clock, in milliseconds since the layer was made. */
  readonly at: number
  readonly method: Method
  /** The operation, or the parent for `list`. */
  readonly name: string
}

/**
 * What a request came to: an answer, nothing because the program did not wait for it any more, or nothing so far.
 *
 * @since 0.1.0
 * @category models
 */
export type End =
  | {
      readonly _tag: "Answered"
      /** In milliseconds since the layer was made. */
      readonly at: number
      /** The tag of the operation or the error; `OK` where there is nothing to tell, and `Page(n)` for a list. */
      readonly answer: string
    }
  | { readonly _tag: "GivenUp"; readonly at: number }
  | { readonly _tag: "Pending" }

/**
 * A request with what it came to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange extends Request {
  readonly end: End
}

/**
 * A line for each exchange, without its name: `0 cancel: OK`, `500 get: Running`, and `500 get: Running at 2500` where the
 * answer came later than the request.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as Report from "@effect-lro/testing/Report"
 * import * as Script from "@effect-lro/testing/Script"
 * import * as TestOperations from "@effect-lro/testing/TestOperations"
 * import * as VirtualTime from "@effect-lro/testing/VirtualTime"
 * import { assert, it } from "@effect/vitest"
 * import * as Effect from "effect/Effect"
 *
 * const name = "projects/demo/operations/EXPORT"
 *
 * it.effect("looks at once, and again after half a second", () =>
 *   Effect.gen(function* () {
 *     yield* VirtualTime.toEnd(Cancellation.cancelAndConfirm(name))
 *     assert.deepStrictEqual(Report.lines(yield* TestOperations.report), [
 *       "0 cancel: OK",
 *       "0 get: Running",
 *       "500 get: Cancelled"
 *     ])
 *   }).pipe(
 *     Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled({ onCancel: Script.stops("300 millis") }) }))
 *   )
 * )
 * ```
 */
export const lines = (exchanges: ReadonlyArray<Exchange>): ReadonlyArray<string> =>
  exchanges.map((exchange) => `${exchange.at} ${exchange.method}: ${ending(exchange)}`)

const ending = ({ at, end }: Exchange): string => {
  switch (end._tag) {
    case "Pending":
      return "no answer so far"
    case "GivenUp":
      return `given up at ${end.at}`
    case "Answered":
      return end.at === at ? end.answer : `${end.answer} at ${end.at}`
  }
}
