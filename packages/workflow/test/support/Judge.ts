import type * as Operation from "@effect-lro/core/Operation"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as World from "./World.js"

const intent = "export/stop/intent"
const cancelStep = "export/stop/cancel"

/** When the default schedule looks, in milliseconds after the first look, as long as nothing disturbs it. */
const lookTimes = (takes: number): ReadonlyArray<number> => {
  const times = [0]
  let delay = 500
  for (let at = 0; at < takes;) {
    at += Math.min(delay, 5000)
    times.push(at)
    delay *= 1.5
  }
  return times
}

/** Stretches grow by an eighth, from ten seconds on, and so by an eighth of the time that they have taken. */
const stretchAt = (elapsed: number) => 10_000 * 1.125 + elapsed / 8

/** What is wrong with how a scenario has gone, by what was promised and not by how it is done. */
export const judge = (scenario: World.Scenario, observed: World.Observed): ReadonlyArray<string> => {
  const complaints: Array<string> = []
  const expect = (holds: boolean, complaint: string) => {
    if (!holds) complaints.push(complaint)
  }
  const { behaviour, interruptAfter, onInterrupt } = scenario
  const { crashes, exit, requests, steps } = observed
  const starts = requests.filter(({ method }) => method === "start")
  const cancels = requests.filter(({ method }) => method === "cancel")
  const crashesDuring = (step: string) => crashes.filter((begun) => begun.includes(step)).length

  expect(observed.started === 1, `${observed.started} operations were started`)
  expect(new Set(starts.map(({ requestId }) => requestId)).size === 1, "the request id has changed")
  expect(starts.length <= 1 + crashesDuring("export/start"), `${starts.length} requests to start`)

  const mayCancel = interruptAfter !== undefined && onInterrupt !== "leave"
  expect(mayCancel || cancels.length === 0, "a cancel that nobody asked for")
  expect(
    cancels.length <= behaviour.refusals + 1 + crashesDuring(cancelStep),
    `${cancels.length} cancels where ${behaviour.refusals} were refused`
  )
  expect(cancels.length === 0 || cancels.length > behaviour.refusals, "a cancel that was given up")
  for (const cancel of cancels) {
    expect(steps.slice(0, cancel.steps).includes(intent), "a cancel before it was written down that it is meant")
  }

  expect(new Set(steps).size === steps.length, "a step was written down twice")
  const stretches = steps.filter((step) => step.startsWith("export/await/"))
  expect(
    stretches.every((step, index) => step === `export/await/${index + 1}`),
    "the stretches do not follow each other"
  )

  const startedAt = starts[0]?.at ?? 0
  const endsAt = startedAt + behaviour.takes
  const acceptedAt = cancels[behaviour.refusals]?.at ?? Infinity
  const stopsAt = behaviour.stopsWithin === undefined ? Infinity : acceptedAt + behaviour.stopsWithin
  const truth: Operation.Done["_tag"] = stopsAt < endsAt ? "Cancelled" : behaviour.ends

  if (interruptAfter !== undefined && mayCancel) {
    const slow = (stretchAt(interruptAfter) + scenario.downtime) * (1 + crashes.length)
    const due = startedAt + interruptAfter + slow
    expect(
      due >= endsAt || (cancels[0]?.at ?? Infinity) <= due,
      "the interruption has not reached the operation in time"
    )
  }

  if (Exit.isSuccess(exit)) {
    expect(cancels.length === 0, "it was cancelled, and the result does not say so")
    expect(exit.value._tag === behaviour.ends, `it has ended as ${behaviour.ends}, and not as ${exit.value._tag}`)
  } else if (Cause.isInterruptedOnly(exit.cause)) {
    expect(interruptAfter !== undefined && onInterrupt === "leave", "an interruption that says nothing")
  } else {
    const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
    if (failure?._tag !== "Interrupted") {
      complaints.push(`it has failed: ${Cause.pretty(exit.cause)}`)
    } else {
      const confirmed = Option.getOrUndefined(failure.confirmed)
      expect(cancels.length > 0, "it says that it was interrupted, and has not cancelled")
      if (onInterrupt === "cancelAndConfirm" || confirmed !== undefined) {
        expect(confirmed?._tag === truth, `it has ended as ${truth}, and ${confirmed?._tag} was confirmed`)
      }
    }
  }
  return complaints
}

/** What is wrong with the looks of a wait that nothing has disturbed. */
export const judgeLooks = (scenario: World.Scenario, observed: World.Observed): ReadonlyArray<string> => {
  const looks = observed.requests.filter(({ method }) => method === "get").map(({ at }) => at)
  const expected = lookTimes(scenario.behaviour.takes)
  return looks.length === expected.length &&
    looks.every((at, index) => Math.abs(at - (looks[0] ?? 0) - (expected[index] ?? 0)) < looks.length)
    ? []
    : [`it has looked at ${looks.join(", ")} and not at ${expected.join(", ")}`]
}
