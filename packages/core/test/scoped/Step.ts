import type * as Operations from "@effect-lro/core/Operations"
import * as FastCheck from "effect/FastCheck"

/** What happens next, somewhere around a program that runs an operation. */
export type Step =
  /** The request that is under way is answered by the server. */
  | { readonly _tag: "Answer" }
  /** It is refused, or its answer is lost. */
  | { readonly _tag: "Refuse"; readonly refusal: Refusal }
  /** The work comes to its end by itself. */
  | { readonly _tag: "Finish" }
  /** A cancel that has reached the server takes effect. */
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Interrupt" }
  | { readonly _tag: "Pass"; readonly milliseconds: number }

/** `lost` does what was asked for and says nothing; `gone` says that there is no such operation. */
export type Refusal = "unavailable" | "denied" | "lost" | "gone" | "precondition"

export interface Script {
  readonly policy: Operations.OnInterrupt
  readonly steps: ReadonlyArray<Step>
}

// What the program sleeps for is odd and what passes between steps is even, so that nothing falls on the same instant.

/** How long the program sleeps before it begins. */
export const sleepsFirst = 999

/** How long each step takes that is none of time. */
export const settles = 2

/** The delay after so many looks. */
export const delayAfter = (looks: number) => Math.min(501 * 3 ** looks, 4509)

export const retries = { delay: 1001, times: 2 }

const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  { weight: 6, arbitrary: FastCheck.constant<Step>({ _tag: "Answer" }) },
  {
    weight: 2,
    arbitrary: FastCheck.constantFrom<Refusal>("unavailable", "denied", "lost", "gone", "precondition").map(
      (refusal): Step => ({ _tag: "Refuse", refusal })
    )
  },
  { weight: 1, arbitrary: FastCheck.constant<Step>({ _tag: "Finish" }) },
  { weight: 2, arbitrary: FastCheck.constant<Step>({ _tag: "Stop" }) },
  { weight: 2, arbitrary: FastCheck.constant<Step>({ _tag: "Interrupt" }) },
  {
    weight: 6,
    arbitrary: FastCheck.constantFrom(100, 500, 1000, 2000, 6000).map((milliseconds): Step => ({
      _tag: "Pass",
      milliseconds
    }))
  }
)

// Nearly all scripts get as far as the start request, and half of them beyond it.
const beginnings: ReadonlyArray<ReadonlyArray<Step>> = [
  [],
  [{ _tag: "Interrupt" }],
  [{ _tag: "Pass", milliseconds: 1000 }],
  [{ _tag: "Pass", milliseconds: 1000 }, { _tag: "Answer" }],
  [{ _tag: "Pass", milliseconds: 1000 }, { _tag: "Answer" }, { _tag: "Answer" }],
  [{ _tag: "Pass", milliseconds: 1000 }, { _tag: "Answer" }, { _tag: "Interrupt" }]
]

export const script: FastCheck.Arbitrary<Script> = FastCheck.record({
  policy: FastCheck.constantFrom<Operations.OnInterrupt>("leave", "cancel", "cancelAndConfirm"),
  steps: FastCheck.tuple(
    FastCheck.constantFrom(...beginnings),
    FastCheck.array(step, { minLength: 2, maxLength: 20 })
  ).map(([beginning, steps]) => [...beginning, ...steps])
})
