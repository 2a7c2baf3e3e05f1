import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Status from "@effect-lro/core/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { error, name, running, scripted } from "./fixtures/scripted.js"

interface Life {
  readonly policy: Operations.OnInterrupt
  /** How long the start request takes. */
  readonly starting: number
  /** When the work would end by itself. */
  readonly working: number
  /** How long a cancel takes to have its effect. */
  readonly cancelling: number
  readonly interruptedAt: number
}

/** A server whose operation starts, works and is cancelled in its own time; it notes what reaches it. */
const serve = (life: Life) => {
  const requests: Array<string> = []
  let doneAt = life.working
  let cancelled = false
  const request = <A>(method: string, answer: (now: number) => A) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      requests.push(`${method} ${now}`)
      return answer(now)
    })
  const unused = () => Effect.dieMessage("it is not asked for")
  const operations = Operations.make({
    get: () =>
      request("get", (now): Operation.Operation => {
        if (now < doneAt) return Operation.running({ name })
        return cancelled
          ? Operation.ended({ name, error: Status.make({ code: "CANCELLED" }) })
          : Operation.succeeded({ name, response: {} })
      }),
    cancel: () =>
      request("cancel", (now) => {
        if (now >= doneAt) return
        cancelled = now + life.cancelling < doneAt
        doneAt = Math.min(doneAt, now + life.cancelling)
      }),
    listPage: unused,
    delete: unused,
    wait: unused
  })
  const start = Effect.gen(function* () {
    yield* request("start", () => undefined)
    yield* Effect.sleep(life.starting)
    yield* request("started", () => undefined)
    return Operation.running({ name })
  })
  return { operations, start, requests }
}

const looks = (from: number, until: (at: number) => boolean): Array<number> => {
  const times: Array<number> = []
  let at = from
  for (let delay = 500; ; delay = Math.min(delay * 1.5, 5000)) {
    times.push(at)
    if (until(at)) return times
    at += delay
  }
}

/** What was promised, derived from the words of the documentation and not from the code. */
const promised = (life: Life): ReadonlyArray<string> => {
  const { cancelling, interruptedAt, policy, starting, working } = life
  const requests = ["start 0"]
  const answered = policy !== "leave" || starting <= interruptedAt
  if (!answered) return requests
  requests.push(`started ${starting}`)
  const undisturbed = looks(starting, (at) => at >= working)
  const seen = undisturbed.filter((at) => at <= interruptedAt)
  for (const at of seen) requests.push(`get ${at}`)
  if (seen.length === undisturbed.length || policy === "leave") return requests
  const stoppedFrom = Math.max(starting, interruptedAt)
  requests.push(`cancel ${stoppedFrom}`)
  if (policy === "cancel") return requests
  const doneAt = Math.min(working, stoppedFrom + cancelling)
  return [...requests, ...looks(stoppedFrom, (at) => at >= doneAt).map((at) => `get ${at}`)]
}

const live = (life: Life) =>
  Effect.gen(function* () {
    const server = serve(life)
    const fiber = yield* Operations.scoped(server.start, { onInterrupt: life.policy }).pipe(
      Effect.provideService(Operations.Operations, server.operations),
      Effect.fork
    )
    yield* TestClock.adjust(life.interruptedAt)
    yield* Fiber.interruptFork(fiber)
    yield* TestClock.adjust("1 day")
    return { requests: server.requests, exit: yield* Fiber.await(fiber) }
  })

describe("Operations.scoped", () => {
  // Odd and even milliseconds keep the interruption and everything else from falling on the same instant.
  const life: FastCheck.Arbitrary<Life> = FastCheck.record({
    policy: FastCheck.constantFrom<Operations.OnInterrupt>("leave", "cancel", "cancelAndConfirm"),
    starting: FastCheck.integer({ min: 1, max: 500 }).map((n) => n * 2),
    working: FastCheck.integer({ min: 1, max: 20_000 }).map((n) => n * 2),
    cancelling: FastCheck.integer({ min: 0, max: 2000 }).map((n) => n * 2),
    interruptedAt: FastCheck.integer({ min: 0, max: 15_000 }).map((n) => n * 2 + 0.3)
  })

  it("sends exactly what each policy promises, wherever in its life it is interrupted", async () => {
    const points = { starting: 0, looking: 0, done: 0 }
    await FastCheck.assert(
      FastCheck.asyncProperty(life, async (generated) => {
        const { exit, requests } = await Effect.runPromise(
          live(generated).pipe(Effect.provide(TestContext.TestContext))
        )
        assert.deepStrictEqual(requests, promised(generated))
        const done = looks(generated.starting, (at) => at >= generated.working)
        const over = (done.at(-1) ?? 0) <= generated.interruptedAt
        assert.strictEqual(
          Exit.isSuccess(exit),
          over,
          "an interruption is not an outcome, and an outcome no interruption"
        )
        points[generated.interruptedAt < generated.starting ? "starting" : over ? "done" : "looking"] += 1
      }),
      { numRuns: 100 }
    )
    console.log(`interrupted while starting ${points.starting}, looking ${points.looking}, done ${points.done}`)
    for (const [point, times] of Object.entries(points)) assert.isAbove(times, 3, point)
  })

  it.effect("sends nothing where it is interrupted before it began", () =>
    Effect.gen(function* () {
      for (const policy of ["leave", "cancel", "cancelAndConfirm"] as const) {
        const server = serve({ policy, starting: 10, working: 1000, cancelling: 0, interruptedAt: 0 })
        const fiber = yield* Effect.sleep("1 second").pipe(
          Effect.zipRight(Operations.scoped(server.start, { onInterrupt: policy })),
          Effect.provideService(Operations.Operations, server.operations),
          Effect.fork
        )
        yield* TestClock.adjust("10 millis")
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(server.requests, [])
      }
    })
  )

  it.effect("tells how the stopping went, and that it failed", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const server = scripted({
        looks: [running()],
        cancels: [Effect.fail(error("UNIMPLEMENTED", { method: "cancel" }))]
      })
      const fiber = yield* Operations.scoped(Effect.succeed(Operation.running({ name })), {
        onInterrupt: "cancel",
        onStopped: (stopped, exit) =>
          Effect.sync(() => {
            told.push(stopped, exit._tag)
          })
      }).pipe(Effect.provide(server.layer), Effect.fork)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(told, [name, "Failure"])
    })
  )

  it.effect("is not kept from stopping the operation by another interruption", () =>
    Effect.gen(function* () {
      const server = serve({
        policy: "cancelAndConfirm",
        starting: 10,
        working: 1e9,
        cancelling: 5000,
        interruptedAt: 0
      })
      const fiber = yield* Operations.scoped(server.start, { onInterrupt: "cancelAndConfirm" }).pipe(
        Effect.provideService(Operations.Operations, server.operations),
        Effect.fork
      )
      yield* TestClock.adjust("100 millis")
      for (let times = 0; times < 3; times++) {
        yield* Fiber.interruptFork(fiber)
        yield* TestClock.adjust("600 millis")
      }
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
      assert.deepStrictEqual(
        server.requests,
        ["start 0", "started 10", "get 10", "cancel 100", "get 100"].concat(
          [600, 1350, 2475, 4162.5, 6693.75].map((at) => `get ${at}`)
        )
      )
    })
  )

  it.effect("needs no wait for what is done when it is started", () =>
    Effect.gen(function* () {
      const server = scripted({})
      const done = yield* Operations.scoped(Effect.succeed(Operation.doneWithoutResult({ name })), {
        onInterrupt: "cancel"
      }).pipe(Effect.provide(server.layer))
      assert.strictEqual(done._tag, "DoneWithoutResult")
      assert.deepStrictEqual(server.requests, [])
    })
  )
})
