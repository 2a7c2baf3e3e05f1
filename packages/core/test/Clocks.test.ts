import * as Bulk from "@effect-lro/core/Bulk"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { name, running, scripted } from "./fixtures/scripted.js"

/** A clock whose time of day can be set while time itself goes on, as an administrator or NTP does. */
const jumping = Effect.map(Effect.clock, (clock) => {
  let jump = 0
  const jumpy: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + jump,
    unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
    currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + jump),
    currentTimeNanos: clock.currentTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
  return {
    clock: jumpy,
    by: (millis: number) => {
      jump += millis
    }
  }
})

const days = 2 * 86_400_000

const schedule = Schedule.spaced("1 second")

const waits: ReadonlyArray<
  readonly [
    string,
    (options: {
      readonly timeout: Duration.DurationInput
    }) => Effect.Effect<Either.Either<unknown, { readonly _tag: string }>, never, Operations.Operations>
  ]
> = [
  ["Poller.awaitDone", (options) => Effect.either(Poller.awaitDone(name, { ...options, schedule }))],
  [
    "SharedPoller.awaitDone",
    (options) =>
      Effect.either(SharedPoller.awaitDone(name, { ...options, schedule })).pipe(
        Effect.provide(SharedPoller.layer({ window: 0 }))
      )
  ],
  [
    "Bulk.await",
    (options) =>
      Bulk.await([name], { ...options, schedule, window: 0 }).pipe(
        Bulk.summarize,
        Effect.map(({ ends }) => Either.left({ _tag: Object.keys(ends).join() }))
      )
  ],
  [
    "Checkpoint.resume",
    (options) =>
      Effect.either(
        Checkpoint.resume(Checkpoint.make({ operation: name, intent: "await", ...options }), {
          schedule,
          save: () => Effect.void
        })
      )
  ]
]

describe("a clock that is set", () => {
  for (const [what, wait] of waits) {
    for (const jump of [-days, days]) {
      it.effect(`${jump < 0 ? "back" : "forward"} changes neither looks nor timeout of ${what}`, () =>
        Effect.gen(function* () {
          const server = scripted({ looks: [running()] })
          const set = yield* jumping
          const fiber = yield* wait({ timeout: "5500 millis" }).pipe(
            Effect.provide(server.layer),
            Effect.withClock(set.clock),
            Effect.fork
          )
          yield* TestClock.adjust("2500 millis")
          set.by(jump)
          yield* TestClock.adjust("2999 millis")
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          assert.strictEqual(server.requests.length, 6)
          yield* TestClock.adjust("1 millis")
          const end = yield* Fiber.poll(fiber)
          assert.isTrue(Option.isSome(end))
          const result = yield* Fiber.join(fiber)
          assert.strictEqual(Either.isLeft(result) ? result.left._tag : "done", "StillRunning")
        }).pipe(Effect.scoped)
      )
    }
  }
})

describe("a timeout of no time", () => {
  it.effect("is one look and no more, negative or not", () =>
    Effect.gen(function* () {
      for (const timeout of [0, -1, "0 millis"] as const) {
        const server = scripted({ looks: [running()] })
        const fiber = yield* Effect.fork(
          Effect.flip(Poller.awaitDone(name, { timeout })).pipe(Effect.provide(server.layer))
        )
        yield* TestClock.adjust("1 second")
        assert.include(["StillRunning", "TransportError"], (yield* Fiber.join(fiber))._tag)
        assert.isAtMost(server.requests.length, 1)
      }
    })
  )
})

describe("a timeout of infinity", () => {
  it.effect("is none", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      for (const wait of [
        Effect.either(Poller.awaitDone(name, { timeout: Infinity })),
        Effect.either(SharedPoller.awaitDone(name, { timeout: Infinity })).pipe(
          Effect.provide(SharedPoller.layer().pipe(Layer.provide(server.layer)))
        )
      ]) {
        const fiber = yield* Effect.fork(Effect.provide(wait, server.layer))
        yield* TestClock.adjust("1 minute")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* Fiber.interrupt(fiber)
      }
    })
  )

  it.effect("can be written down", () =>
    Effect.gen(function* () {
      const written = Checkpoint.toText(Checkpoint.make({ operation: name, intent: "cancel", timeout: Infinity }))
      assert.strictEqual((yield* Checkpoint.fromText(written)).timeLeft, undefined)
    })
  )

  it.effect("for the server's wait leaves the limit to the server", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const server = scripted({ waits: [running()] })
      const fiber = yield* Effect.fork(
        Effect.gen(function* () {
          const operations = yield* Effect.provide(Operations.Operations, server.layer)
          return yield* Poller.awaitDone(name, { serverWait: Infinity }).pipe(
            Effect.provideService(Operations.Operations, {
              ...operations,
              wait: (each, options) => {
                asked.push(options)
                return operations.wait(each, options)
              }
            })
          )
        })
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(asked[0], undefined)
    })
  )
})
