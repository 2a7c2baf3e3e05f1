import * as Operations from "@effect-lro/core/Operations"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as Goals from "@effect-lro/test-support/Goals"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Processes from "./support/processes.js"
import { Simulation } from "./support/Simulation.js"

const Work = HostedOperation.make({
  name: "example.v1.Work",
  payload: Schema.Struct({}),
  metadata: HostedOperation.empty,
  response: HostedOperation.empty,
  error: Schema.Never
})

const endless = Work.toLayer(() => Effect.never)

/** Somebody asks for the end of everything that an earlier process has left while this one takes it up. */
const states = (choices: ReadonlyArray<number>, patience: number) => {
  let turn = 0
  const simulation = new Simulation((among) => (choices[turn++ % choices.length] ?? 0) % among, patience)
  return simulation.run(
    Effect.gen(function* () {
      const store = yield* OperationStore.makeMemory
      const first = yield* Processes.start(store, endless)
      const left = yield* first.run(Effect.replicateEffect(Work.start({}), 3))
      yield* Effect.sleep("1 second")
      yield* first.crash
      const second = yield* Processes.start(store, endless)
      yield* Effect.forEach(left, ({ name }) => second.run(Operations.cancel(name)), {
        concurrency: "unbounded",
        discard: true
      })
      yield* Effect.sleep("1 second")
      const records = yield* Effect.forEach(left, ({ name }) => store.get(name))
      yield* second.crash
      return records.map((record) => Option.map(record, ({ state }) => state))
    })
  )
}

it("cancel requests that come while work of an earlier process is taken up take effect, in any order of things", () => {
  FastCheck.assert(
    FastCheck.property(
      FastCheck.array(FastCheck.nat({ max: 60 }), { minLength: 1, maxLength: 40 }),
      FastCheck.integer({ min: 10, max: 2048 }),
      (choices, patience) => {
        const cancelled = Option.some("CANCELLED" as const)
        assert.deepStrictEqual(states(choices, patience), [cancelled, cancelled, cancelled])
      }
    ),
    { numRuns: Goals.isLong ? 1000 : 50 }
  )
})
