import * as State from "@effect-lro/host/State"
import * as StateMachine from "@effect-lro/host/StateMachine"
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

/** What has happened to an operation, as somebody would note it who has never heard of states. */
interface Facts {
  readonly isBodyRunning: boolean
  readonly wasAskedToStop: boolean
  readonly verdict: "SUCCEEDED" | "FAILED" | "CANCELLED" | undefined
}

const nothing: Facts = { isBodyRunning: false, wasAskedToStop: false, verdict: undefined }

/** Where facts forbid an event, it leaves them as they are. */
const happen = (facts: Facts, event: StateMachine.Event): Facts => {
  if (facts.verdict !== undefined) return facts
  const { isBodyRunning, wasAskedToStop } = facts
  if ((event === "RequestCancel" || event === "Expire") && !wasAskedToStop) return { ...facts, wasAskedToStop: true }
  if (event === "Start" && !wasAskedToStop && !isBodyRunning) return { ...facts, isBodyRunning: true }
  if (event === "Restart" && !wasAskedToStop && isBodyRunning) return { ...facts, isBodyRunning: false }
  // Once it was asked to stop, the state does not tell whether the body runs: the host that writes the event knows.
  const mayRun = isBodyRunning || wasAskedToStop
  if (event === "Succeed" && mayRun) return { ...facts, verdict: "SUCCEEDED" }
  if (event === "Fail" && mayRun) return { ...facts, verdict: "FAILED" }
  if (event === "Stop" && wasAskedToStop) return { ...facts, verdict: "CANCELLED" }
  return facts
}

const stateOf = (facts: Facts): State.State =>
  facts.verdict ?? (facts.wasAskedToStop ? "CANCELLING" : facts.isBodyRunning ? "RUNNING" : "PENDING")

const legal: ReadonlySet<string> = new Set([
  "PENDING Start RUNNING",
  "PENDING RequestCancel CANCELLING",
  "PENDING Expire CANCELLING",
  "RUNNING RequestCancel CANCELLING",
  "RUNNING Expire CANCELLING",
  "RUNNING Succeed SUCCEEDED",
  "RUNNING Fail FAILED",
  "RUNNING Restart PENDING",
  "CANCELLING StartAnyway CANCELLING",
  "CANCELLING Stop CANCELLED",
  "CANCELLING Succeed SUCCEEDED",
  "CANCELLING Fail FAILED"
])

describe("the state machine", () => {
  it("admits exactly the listed transitions", () => {
    const admitted = State.all.flatMap((state) =>
      StateMachine.events.flatMap((event) =>
        Option.match(StateMachine.transition(state, event), {
          onNone: () => [],
          onSome: (next) => [`${state} ${event} ${next}`]
        })
      )
    )
    assert.deepStrictEqual(new Set(admitted), legal)
  })

  it("never leaves a final state, and never starts again what was asked to stop", () => {
    for (const state of State.all) {
      for (const event of StateMachine.events) {
        const next = StateMachine.transition(state, event)
        if (State.isTerminal(state)) assert.isTrue(Option.isNone(next), `${state} ${event}`)
        if (state === "CANCELLING") assert.notInclude(["PENDING", "RUNNING"], Option.getOrUndefined(next))
      }
    }
  })

  it("agrees with a record of the facts after every sequence of events", () => {
    const reached = new Map<State.State, number>()
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.constantFrom(...StateMachine.events), { maxLength: 12 }),
        (events) => {
          let state: State.State = "PENDING"
          let facts = nothing
          for (const event of events) {
            state = Option.getOrElse(StateMachine.transition(state, event), () => state)
            facts = happen(facts, event)
            assert.strictEqual(state, stateOf(facts), events.join(" "))
          }
          reached.set(state, (reached.get(state) ?? 0) + 1)
        }
      ),
      { numRuns: 2000 }
    )
    assert.strictEqual(reached.size, State.all.length, "every state was reached")
  })
})
