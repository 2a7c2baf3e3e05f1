import { join } from "node:path"
import { Operations } from "@effect-lro/core/Operations"
import * as Status from "@effect-lro/core/Status"
import * as Host from "@effect-lro/host/Host"
import * as StatusError from "@effect-lro/host/StatusError"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Dice from "@effect-lro/test-support/Dice"
import * as Files from "@effect-lro/test-support/Files"
import * as Processes from "@effect-lro/test-support/Processes"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import { service } from "./support/service.js"

/** A server on a socket that notes what it is asked for, and can keep an answer to itself. */
const serving = Effect.gen(function* () {
  const host = Context.get(yield* Layer.build(Host.layerMemory()), Host.Host)
  const app = yield* OperationsServer.make({ service }).pipe(Effect.provideService(Operations, host.operations))
  const asked: Array<string> = []
  const withheld = new Map<string, Deferred.Deferred<void>>()
  const noted = Effect.gen(function* () {
    const { method, url } = yield* HttpServerRequest.HttpServerRequest
    const what = url.endsWith(":cancel") ? "cancel" : url.endsWith(":wait") ? "wait" : method.toLowerCase()
    asked.push(what)
    const response = yield* app
    const kept = withheld.get(what)
    if (kept === undefined) return response
    withheld.delete(what)
    yield* Deferred.succeed(kept, undefined)
    return yield* Effect.never
  })
  const { url } = yield* NodeOperationsServer.make(noted, { stopTimeout: 0 })
  /** Executes the next such request without an answer; what it returns waits for that. */
  const withhold = (what: string) => {
    const kept = Deferred.unsafeMake<void>(FiberId.none)
    withheld.set(what, kept)
    return Deferred.await(kept)
  }
  return { asked, host, url, withhold }
})

const bodies = {
  Cancelled: Effect.onInterrupt(Effect.never, () => Effect.sleep("700 millis")),
  CompletedAnyway: Effect.uninterruptible(Effect.sleep("2500 millis")),
  FailedAnyway: Effect.uninterruptible(
    Effect.delay(
      Effect.fail(StatusError.make(Status.make({ code: "INTERNAL", message: "out of memory" }))),
      "2500 millis"
    )
  )
}

type Outcome = keyof typeof bodies

const bundled = Processes.bundle(new URL("processes/Program.ts", import.meta.url))

/** Everything that a process has printed, once it has ended. */
const told = (process: Processes.Running) => Effect.map(process.ended, process.output)

/** A process that is to cancel an operation, as often as it takes, and what the server was asked for. */
const scene = (outcome: Outcome) =>
  Effect.gen(function* () {
    const { asked, host, url, withhold } = yield* serving
    const { name } = yield* host.submit({ parent: "projects/demo", body: () => bodies[outcome] })
    const program = yield* bundled
    const file = join(yield* Files.folder, "checkpoint.json")
    const start = (gate = "") => Processes.start(program, "cancel", url, name, file, gate)
    const cancels = () => asked.filter((what) => what === "cancel").length
    return { asked, cancels, host, name, start, withhold }
  })

describe("a process that cancels is killed", () => {
  it.scopedLive.each<readonly [string, { readonly gate: string; readonly before: number; readonly after: number }]>([
    ["before it has sent the cancel", { gate: "1", before: 0, after: 1 }],
    ["after the server has accepted it", { gate: "2", before: 1, after: 1 }],
    ["after it has seen the operation being cancelled", { gate: "3", before: 1, after: 1 }],
    ["after it has seen the end", { gate: "done", before: 1, after: 1 }]
  ])(
    "%s: another one ends with the right outcome",
    ([_, { after, before, gate }]) =>
      Effect.gen(function* () {
        const { cancels, start } = yield* scene("Cancelled")
        const first = yield* start(gate)
        yield* first.until(`saved ${gate}`)
        yield* first.kill
        assert.notInclude(yield* told(first), "ended")
        assert.strictEqual(cancels(), before)
        const second = yield* start()
        assert.include(yield* told(second), "ended Cancelled")
        assert.strictEqual(cancels(), after)
      }),
    60_000
  )

  it.scopedLive.each(Object.keys(bodies) as ReadonlyArray<Outcome>)(
    "between the cancel and its answer: another one ends with %s, as the operation does",
    (outcome) =>
      Effect.gen(function* () {
        const { cancels, start, withhold } = yield* scene(outcome)
        const executed = withhold("cancel")
        const first = yield* start()
        yield* executed
        yield* first.kill
        // It knows that it asked, and not what the server said.
        assert.strictEqual(yield* told(first), "saved 1\n")
        const second = yield* start()
        assert.include(yield* told(second), `ended ${outcome}`)
        assert.strictEqual(cancels(), 2)
      }),
    60_000
  )

  it.scopedLive(
    "and the operation is deleted before another takes over: it has vanished, and is not called cancelled",
    () =>
      Effect.gen(function* () {
        const { host, name, start } = yield* scene("Cancelled")
        const first = yield* start("2")
        yield* first.until("saved 2")
        yield* first.kill
        yield* first.ended
        yield* host.operations.delete(name)
        const second = yield* start()
        assert.include(yield* told(second), "ended Vanished")
      }),
    60_000
  )

  it.scopedLive(
    "at any time, again and again: the last one ends with the right outcome",
    () =>
      Effect.gen(function* () {
        const dice = Dice.make(1)
        for (const outcome of Object.keys(bodies) as ReadonlyArray<Outcome>) {
          yield* Effect.gen(function* () {
            const { cancels, start } = yield* scene(outcome)
            let output = ""
            let processes = 0
            while (!output.includes("ended")) {
              processes += 1
              const next = yield* start()
              // The first writing comes some time after the start, which no two machines agree on.
              yield* processes < 6
                ? Effect.race(next.ended, Effect.zipRight(next.until("saved"), Effect.sleep(dice.between(0, 400))))
                : next.ended
              yield* next.kill
              output = yield* told(next)
            }
            assert.include(output, `ended ${outcome}`)
            assert.isAtMost(cancels(), processes)
          }).pipe(Effect.scoped)
        }
      }),
    120_000
  )
})

describe("a process whose wait is interrupted", () => {
  it.scopedLive.each(["awaitDone", "serverWait", "cancelAndConfirm", "sharedPoller"])(
    "ends at once and by itself, with no timer left: %s",
    (wait) =>
      Effect.gen(function* () {
        const { asked, host, url, withhold } = yield* serving
        const { name } = yield* host.submit({
          parent: "projects/demo",
          body: () =>
            Effect.onInterrupt(Effect.never, () => Effect.sleep(wait === "cancelAndConfirm" ? "4 seconds" : 0))
        })
        const program = yield* bundled
        for (const answered of [true, false]) {
          // Interrupted while it sleeps between two looks, or while the server owes it an answer, as it does in a wait.
          const asking = answered || wait === "serverWait" ? Effect.void : withhold("get")
          const waiting = yield* Processes.start(program, "interrupt", url, name, wait)
          yield* asking
          yield* waiting.until("interrupted")
          const [took, output] = yield* Effect.timed(told(waiting))
          assert.strictEqual(output, "interrupted 0\n")
          assert.isTrue(Duration.lessThan(took, "1 second"), `it went on for ${Duration.format(took)}`)
        }
        assert.isAtLeast(asked.length, 2)
      }),
    60_000
  )
})
