import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Authenticator from "@effect-lro/server/Authenticator"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as RequestBody from "@effect-lro/server/RequestBody"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import * as Headers from "@effect/platform/Headers"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { type Answer, serve, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const authenticate = Authenticator.bearer({ alice: Redacted.make("a"), bob: Redacted.make("b") })

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const detailsOf = (answer: Answer) =>
  (answer.json as { error: { details: ReadonlyArray<{ "@type": string }> } }).error.details

const withBatches = ServiceDescription.unsafeMake({
  id: "x.example.com",
  batchPath: "batch",
  methods: { get: { template: "{name=projects/*/operations/*}" } }
})

const batchOf = (count: number) => {
  const part = (_: unknown, index: number): Batch.Request => ({
    id: String(index),
    method: "GET",
    path: `/v1/${p}/a`,
    headers: {},
    body: ""
  })
  const message = Either.getOrThrow(Batch.encodeRequests(Array.from({ length: count }, part)))
  return { headers: { ...as("a").headers, "content-type": message.contentType }, body: message.body }
}

const statusesIn = (answer: Answer) => Array.from(answer.text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status)

describe("The rate of a principal", () => {
  const limits = { rate: { limit: 4, interval: "2 seconds" } } as const

  it.effect("is refused with 429 once it is used up, with both kinds of advice, and comes back evenly", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* serve({ authenticate, limits })
      for (let i = 0; i < 4; i++) assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 200)
      const refused = yield* ask(`GET /v1/${p}/a`, as("a"))
      assert.deepStrictEqual([refused.status, statusOf(refused)], [429, "RESOURCE_EXHAUSTED"])
      assert.strictEqual(refused.headers["retry-after"], "1")
      assert.deepStrictEqual(
        Option.map(ErrorDetails.retryDelay(detailsOf(refused)), Duration.toMillis),
        Option.some(500)
      )
      assert.deepStrictEqual(ErrorDetails.reason(detailsOf(refused)), Option.some("RATE_LIMIT_EXCEEDED"))
      assert.strictEqual(fake.asked.length, 4)
      yield* TestClock.adjust("499 millis")
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 429)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 200)
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 429)
    })
  )

  it.effect("is nobody else's, and what nobody is known for counts too", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ authenticate, limits })
      // A route that is none, a method that is none and a request that is wrong cost what every request costs.
      for (const line of ["GET /nothing", `PUT /v1/${p}/a`, `GET /v1/${p}?pageSize=-1`, `POST /v1/${p}/a:cancel`]) {
        assert.notStrictEqual((yield* ask(line, as("a"))).status, 429)
      }
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 429)
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("b"))).status, 200)
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`)).status, 401)
      assert.strictEqual((yield* ask(`GET /readyz`)).status, 200)
    })
  )

  it.effect("is used up by the requests of a batch one by one", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ authenticate, limits, service: withBatches })
      const answer = yield* ask("POST /batch", batchOf(6))
      assert.deepStrictEqual(statusesIn(answer), ["200", "200", "200", "200", "429", "429"])
    })
  )

  it.effect("is a bound for batches too, so that nobody sends any number of those with nothing in them", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ authenticate, limits, service: withBatches })
      const nonsense = { headers: { ...as("a").headers, "content-type": "multipart/mixed; boundary=b" }, body: "?" }
      for (let i = 0; i < 4; i++) assert.strictEqual((yield* ask("POST /batch", nonsense)).status, 400)
      assert.strictEqual((yield* ask("POST /batch", nonsense)).status, 429)
      // What they have used up is not the rate of other requests.
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 200)
    })
  )
})

const parked = (limits: OperationsServer.Options["limits"], options?: Partial<OperationsServer.Options>) =>
  Effect.gen(function* () {
    const fake = FakeOperations.make([`${p}/a`])
    const gate = yield* Deferred.make<void>()
    const get = (name: string) => Effect.zipRight(Deferred.await(gate), fake.service.get(name))
    const slow = { ...fake, service: { ...fake.service, get } }
    const { ask } = yield* serve({ authenticate, limits, ...options }, slow)
    return { ask, gate, fake }
  })

describe("How much is answered at once", () => {
  it.effect("is bounded, and more is refused with 503 until there is room", () =>
    Effect.gen(function* () {
      const { ask, gate } = yield* parked({ maxActive: 2 })
      const fibers = yield* Effect.forEach([1, 2], () => Effect.fork(ask(`GET /v1/${p}/a`, as("a"))))
      yield* TestClock.adjust(1)
      const refused = yield* ask(`GET /v1/${p}/a`, as("b"))
      assert.deepStrictEqual([refused.status, statusOf(refused)], [503, "UNAVAILABLE"])
      assert.strictEqual(refused.headers["retry-after"], "1")
      assert.strictEqual((yield* ask("GET /healthz")).status, 200)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("b"))).status, 200)
    })
  )

  it.effect("is bounded for each principal, and a place is free again when its client went away", () =>
    Effect.gen(function* () {
      const { ask } = yield* parked({ maxActivePerPrincipal: 1 })
      const fiber = yield* Effect.fork(ask(`GET /v1/${p}/a`, as("a")))
      yield* TestClock.adjust(1)
      const refused = yield* ask(`POST /v1/${p}/a:cancel`, as("a"))
      assert.deepStrictEqual([refused.status, statusOf(refused)], [429, "RESOURCE_EXHAUSTED"])
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel`, as("b"))).status, 200)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel`, as("a"))).status, 200)
    })
  )

  it.effect("does not count those who wait, of whom there may be so many of their own", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* parked({ maxActive: 1, maxWaiting: 3 })
      for (let i = 0; i < 3; i++) yield* Effect.fork(ask(`POST /v1/${p}/a:wait`, as("a")))
      yield* TestClock.adjust(1)
      assert.strictEqual(fake.waiting, 3)
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:wait`, as("a"))).status, 503)
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel`, as("a"))).status, 200)
    })
  )
})

describe("What batches take", () => {
  it.effect("is bounded by how long their answers are, and what is refused for it was not begun", () =>
    Effect.gen(function* () {
      const one = (yield* (yield* serve({ authenticate, service: withBatches })).ask(`GET /v1/${p}/a`, as("a"))).text
      const batch = { concurrency: 1, maxAnswerLength: 2 * one.length }
      const { ask, fake } = yield* serve({ authenticate, service: withBatches, batch })
      const answer = yield* ask("POST /batch", batchOf(4))
      assert.deepStrictEqual(statusesIn(answer), ["200", "200", "429", "429"])
      assert.include(answer.text, "BATCH_ANSWER_TOO_LONG")
      assert.strictEqual(fake.asked.length, 2)
    })
  )

  it.effect("is bounded by how many there are at once, which takes no place of other requests", () =>
    Effect.gen(function* () {
      const { ask, gate } = yield* parked({ maxActive: 1 }, { service: withBatches, batch: { maxActive: 1 } })
      const fiber = yield* Effect.fork(ask("POST /batch", batchOf(1)))
      yield* TestClock.adjust(1)
      const refused = yield* ask("POST /batch", batchOf(1))
      assert.deepStrictEqual([refused.status, statusOf(refused)], [503, "UNAVAILABLE"])
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(statusesIn(yield* Fiber.join(fiber)), ["200"])
      assert.deepStrictEqual(statusesIn(yield* ask("POST /batch", batchOf(1))), ["200"])
    })
  )
})

describe("A body that comes slowly", () => {
  /** Asks for a cancel with a body of so many bytes, which never comes to its end. */
  const slowly = (app: HttpApp.Default, bytes: number) => {
    const request = HttpServerRequest.fromWeb(
      new Request(`http://server/v1/${p}/a:cancel`, { method: "POST", headers: as("a").headers })
    ).modify({
      url: `/v1/${p}/a:cancel`,
      headers: Headers.fromInput({ ...as("a").headers, "content-length": `${bytes}` })
    })
    return app.pipe(
      Effect.provideService(HttpServerRequest.HttpServerRequest, request),
      Effect.provideService(RequestBody.CurrentReader, () => Effect.never),
      Effect.scoped
    )
  }

  it.effect("takes no place of those that are answered", () =>
    Effect.gen(function* () {
      const { app, ask } = yield* serve({ authenticate, limits: { maxActive: 1, maxActivePerPrincipal: 1 } })
      for (let i = 0; i < 200; i++) yield* Effect.fork(slowly(app, 2))
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`, as("a"))).status, 200)
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel`, { ...as("a"), body: "{}" })).status, 200)
    })
  )

  it.effect("gives way where too much is read at once, the one that has been coming for the longest time first", () =>
    Effect.gen(function* () {
      const { app, ask } = yield* serve({ authenticate, limits: { maxReading: 10_000 } })
      const first = yield* Effect.fork(slowly(app, 4000))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(slowly(app, 4000))
      yield* TestClock.adjust(1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(first)))
      const third = yield* Effect.fork(slowly(app, 4000))
      assert.strictEqual((yield* Fiber.join(first)).status, 503)
      assert.isTrue(Option.isNone(yield* Fiber.poll(second)))
      // What is let go has given back its share.
      yield* Fiber.interruptAll([second, third])
      const fourth = yield* Effect.fork(slowly(app, 5000))
      const fifth = yield* Effect.fork(slowly(app, 5000))
      yield* TestClock.adjust(1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(fourth)))
      assert.isTrue(Option.isNone(yield* Fiber.poll(fifth)))
      const spaces = `{${" ".repeat(3000)}}`
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel`, { ...as("a"), body: spaces })).status, 200)
    })
  )
})
