/**
 * A test to start from: the program takes `Operations` from its environment, and the test provides scripted ones, so that
 * two hours of waiting and an outage of the server take milliseconds.
 */
import type * as Operation from "@effect-lro/core/Operation"
import * as Poller from "@effect-lro/core/Poller"
import * as Fault from "@effect-lro/testing/Fault"
import * as Script from "@effect-lro/testing/Script"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

const name = "projects/demo/operations/EXPORT"

/** The program under test. */
const waitFor = (name: string) =>
  Poller.awaitDone(name, { timeout: "3 hours" }).pipe(
    Effect.map((done: Operation.Done) => (done._tag === "Succeeded" ? "published" : "thrown away")),
    Effect.catchTag("StillRunning", () => Effect.succeed("asked a colleague"))
  )

it.effect("what succeeds is published, outage or not", () =>
  Effect.gen(function* () {
    yield* TestOperations.failNext("get", Fault.unavailable, { times: 4 })
    const { exit, took } = yield* VirtualTime.toEnd(waitFor(name))
    assert.deepStrictEqual(exit, Exit.succeed("published"))
    assert.isAtLeast(Duration.toMinutes(took), 10)
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "10 minutes" }) })))
)

it.live("after three hours a colleague is asked", () =>
  VirtualTime.run(
    Effect.gen(function* () {
      assert.strictEqual(yield* waitFor(name), "asked a colleague")
    }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() })))
  )
)
