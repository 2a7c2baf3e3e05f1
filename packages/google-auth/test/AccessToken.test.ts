import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import { CredentialsError } from "@effect-lro/google-auth/CredentialsError"
import type * as TokenSource from "@effect-lro/google-auth/TokenSource"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"

const trouble = (reason: CredentialsError["reason"]) =>
  new CredentialsError({ reason, source: "the test", problem: "it does not work", next: "Mend it." })

/** Gives the tokens 1, 2, 3, …, each good for so long. */
const counting = (
  lifetime: Duration.DurationInput,
  before: (count: number) => Effect.Effect<unknown, CredentialsError> = () => Effect.void
) => {
  const fetches: Array<number> = []
  const source: TokenSource.TokenSource = {
    description: "the test",
    fetch: Effect.gen(function* () {
      const asked = yield* Clock.currentTimeMillis
      fetches.push(asked)
      const count = fetches.length
      yield* before(count)
      const now = yield* Clock.currentTimeMillis
      return { value: Redacted.make(String(count)), expiresAt: Option.some(now + Duration.toMillis(lifetime)) }
    }),
    quotaProject: Effect.succeedNone
  }
  return { source, fetches }
}

const value = Effect.map<Redacted.Redacted, string>(Redacted.value)

const settle = Effect.repeatN(Effect.yieldNow(), 50)

const minutes = (count: number) => count * 60_000

describe("AccessToken", () => {
  it.effect("asks for nothing before it is asked", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour")
      yield* AccessToken.make(source)
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(fetches, [])
    })
  )

  it.effect("is one token until five minutes before it expires", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour")
      const token = yield* AccessToken.make(source)
      assert.strictEqual(yield* value(token.get), "1")
      yield* TestClock.adjust(minutes(55) - 1)
      assert.strictEqual(yield* value(token.get), "1")
      yield* settle
      assert.deepStrictEqual(fetches, [0])
      yield* TestClock.adjust(1)
      // Nobody waits for the renewal.
      assert.strictEqual(yield* value(token.get), "1")
      yield* settle
      assert.strictEqual(yield* value(token.get), "2")
      assert.deepStrictEqual(fetches, [0, minutes(55)])
    })
  )

  it.effect("is renewed when a tenth of its life is left, where that is short", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 minute")
      const token = yield* AccessToken.make(source)
      yield* token.get
      yield* TestClock.adjust("53999 millis")
      yield* Effect.zipRight(token.get, settle)
      assert.deepStrictEqual(fetches, [0])
      yield* TestClock.adjust("1 millis")
      yield* Effect.zipRight(token.get, settle)
      assert.deepStrictEqual(fetches, [0, 54_000])
    })
  )

  it.effect("is good at every look of a poll of three hours, with three renewals in all", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour", () => Effect.sleep("200 millis"))
      const token = yield* AccessToken.make(source)
      const first = yield* Effect.fork(token.get)
      yield* TestClock.adjust("200 millis")
      yield* Fiber.join(first)
      for (let second = 0; second < 3 * 60 * 60; second += 60) {
        const seen = yield* value(token.get)
        const expiry = (fetches[Number(seen) - 1] ?? 0) + 200 + minutes(60)
        assert.isBelow(yield* Clock.currentTimeMillis, expiry)
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual(fetches.length, 4)
    })
  )

  it.effect("that has expired is renewed once for a thousand who wait for it", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour", () => Effect.sleep("1 second"))
      const token = yield* AccessToken.make(source)
      const first = yield* Effect.fork(token.get)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(first)
      yield* TestClock.adjust("2 hours")
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => value(token.get)),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(new Set(yield* Fiber.join(all)), new Set(["2"]))
      assert.strictEqual(fetches.length, 2)
    })
  )

  it.effect("that was refused is renewed once for all who had it, and not for one who had an older one", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour")
      const token = yield* AccessToken.make(source)
      const refused = yield* token.get
      const all = yield* Effect.all(
        Array.from({ length: 1000 }, () => value(token.renew(refused))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(all), new Set(["2"]))
      assert.strictEqual(yield* value(token.renew(refused)), "2")
      assert.strictEqual(fetches.length, 2)
    })
  )

  it.effect("is got anew where that is asked for, however good it is", () =>
    Effect.gen(function* () {
      const { source } = counting("1 hour")
      const token = yield* AccessToken.make(source)
      assert.strictEqual(yield* value(token.get), "1")
      assert.strictEqual(yield* value(token.forceRefresh), "2")
      assert.strictEqual(yield* value(token.get), "2")
    })
  )

  it.effect("is renewed to the end where the one who began is interrupted", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour", () => Effect.sleep("1 second"))
      const token = yield* AccessToken.make(source)
      const first = yield* Effect.fork(token.get)
      yield* settle
      const second = yield* Effect.fork(value(token.get))
      yield* settle
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(second), "1")
      assert.strictEqual(fetches.length, 1)
    })
  )

  it.effect("is kept where its early renewal fails, which is tried again half a minute later", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour", (count) => (count === 2 ? trouble("Refused") : Effect.void))
      const token = yield* AccessToken.make(source)
      yield* token.get
      yield* TestClock.adjust("55 minutes")
      yield* Effect.zipRight(token.get, settle)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* value(Effect.zipLeft(token.get, settle)), "1")
      assert.strictEqual(fetches.length, 2)
      yield* TestClock.adjust("1 second")
      yield* Effect.zipRight(token.get, settle)
      assert.strictEqual(yield* value(token.get), "3")
    })
  )

  it.effect("that has expired and cannot be renewed is no credentials", () =>
    Effect.gen(function* () {
      const { source } = counting("1 hour", (count) => (count >= 2 ? trouble("Refused") : Effect.void))
      const token = yield* AccessToken.make(source)
      yield* token.get
      yield* TestClock.adjust("1 hour")
      const error = yield* Effect.flip(token.get)
      assert.deepInclude(error, { _tag: "Unauthorized", reason: "NoCredentials" })
      assert.include(error.message, "the test: it does not work. Mend it.")
      assert.deepInclude(error.status.details[0], { reason: "CREDENTIALS_REFUSED", domain: "google-auth.effect-lro" })
    })
  )

  it.effect.each<[CredentialsError["reason"], number]>([
    ["Unavailable", 4],
    ["Missing", 1],
    ["Unreadable", 1],
    ["Malformed", 1],
    ["Unsupported", 1],
    ["Refused", 1]
  ])("asks again only where nobody answered: %s", ([reason, expected]) =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour", () => trouble(reason))
      const token = yield* AccessToken.make(source)
      const fiber = yield* Effect.fork(Effect.flip(token.get))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(fetches.length, expected)
    })
  )

  it.effect.each<[CredentialsError["reason"], string]>([
    ["Unavailable", "DoneWithoutResult"],
    ["Refused", "Unauthorized"]
  ])("lets a wait go on once somebody answers again, and end where they refuse: %s", ([reason, end]) =>
    Effect.gen(function* () {
      const { source } = counting("1 hour", (count) => (count > 8 ? Effect.void : trouble(reason)))
      const token = yield* AccessToken.make(source)
      const get = (name: string) => Effect.as(token.get, Operation.doneWithoutResult({ name }))
      const operations = Operations.make({
        get,
        wait: get,
        listPage: () => Effect.dieMessage("not asked for"),
        cancel: () => Effect.void,
        delete: () => Effect.void
      })
      const fiber = yield* Poller.awaitDone("projects/demo/operations/A").pipe(
        Effect.merge,
        Effect.provideService(Operations.Operations, operations),
        Effect.fork
      )
      for (let seconds = 0; seconds < 60; seconds++) yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, end)
    })
  )

  it.effect("does not wait for ever", () =>
    Effect.gen(function* () {
      const { fetches, source } = counting("1 hour", () => Effect.never)
      const token = yield* AccessToken.make(source, { timeout: "4 seconds", retry: Schedule.recurs(1) })
      const fiber = yield* Effect.fork(Effect.flip(token.get))
      yield* TestClock.adjust("8 seconds")
      assert.include((yield* Fiber.join(fiber)).message, "there was no token within 4s")
      assert.strictEqual(fetches.length, 2)
    })
  )

  it.effect("fails for all where its source is broken, and asks it again the next time", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { source } = counting("1 hour", (count) =>
        count === 1 ? Effect.zipRight(Deferred.await(gate), Effect.die("a bug")) : Effect.void
      )
      const token = yield* AccessToken.make(source)
      const fibers = yield* Effect.forEach([1, 2], () => Effect.fork(token.get))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      for (const fiber of fibers) assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      assert.strictEqual(yield* value(token.get), "2")
    })
  )

  it.effect("that nobody says the end of is good until it is refused", () =>
    Effect.gen(function* () {
      let count = 0
      const token = yield* AccessToken.make({
        description: "the test",
        fetch: Effect.sync(() => ({ value: Redacted.make(String(++count)), expiresAt: Option.none() })),
        quotaProject: Effect.succeedSome("payer")
      })
      const first = yield* token.get
      yield* TestClock.adjust("365 days")
      assert.strictEqual(yield* value(token.get), "1")
      assert.strictEqual(yield* value(token.renew(first)), "2")
      assert.deepStrictEqual(yield* token.quotaProject, Option.some("payer"))
    })
  )
})
