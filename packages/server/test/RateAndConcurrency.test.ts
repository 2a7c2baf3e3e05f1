import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Authenticator from "@effect-lro/server/Authenticator"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
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
import * as FakeOperations from "./fixtures/FakeOperations.js"

const p = "projects/p/operations"

const authenticate = Authenticator.bearer({ alice: Redacted.make("a"), bob: Redacted.make("b") })

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const detailsOf = (answer: Answer) =>
  (answer.json as { error: { details: ReadonlyArray<{ "@type": string }> } }).error.details

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
      const service = ServiceDescription.unsafeMake({
        id: "x.example.com",
        batchPath: "batch",
        methods: { get: { template: "{name=projects/*/operations/*}" } }
      })
      const { ask } = yield* serve({ authenticate, limits, service })
      const part = (id: number): Batch.Request => ({
        id: String(id),
        method: "GET",
        path: `/v1/${p}/a`,
        headers: {},
        body: ""
      })
      const message = Either.getOrThrow(Batch.encodeRequests([1, 2, 3, 4, 5, 6].map(part)))
      const answer = yield* ask("POST /batch", {
        headers: { ...as("a").headers, "content-type": message.contentType },
        body: message.body
      })
      const statuses = Array.from(answer.text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status)
      assert.deepStrictEqual(statuses, ["200", "200", "200", "200", "429", "429"])
    })
  )
})

describe("How much is answered at once", () => {
  const parked = (limits: OperationsServer.Options["limits"]) =>
    Effect.gen(function* () {
      const fake = FakeOperations.make([`${p}/a`])
      const gate = yield* Deferred.make<void>()
      const get = (name: string) => Effect.zipRight(Deferred.await(gate), fake.service.get(name))
      const slow = { ...fake, service: { ...fake.service, get } }
      const { ask } = yield* serve({ authenticate, limits }, slow)
      return { ask, gate, fake }
    })

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
