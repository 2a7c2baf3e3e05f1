import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Authenticator from "@effect-lro/server/Authenticator"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Address from "../src/internal/address.js"
import * as TokenBuckets from "../src/internal/tokenBuckets.js"
import { type Answer, ask, serve, type Sent, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const line = `GET /v1/${p}/a`

/** A server, and who asks it from which address. */
const start = (options: Partial<OperationsServer.Options> = {}) =>
  Effect.map(
    serve({ authenticate: Authenticator.bearer({ alice: Redacted.make("right") }), ...options }),
    ({ app }) => {
      const from = (address: string, request: string, sent: Sent) =>
        ask(
          Effect.updateService(app, HttpServerRequest.HttpServerRequest, (it) => it.modify({ remoteAddress: address }))
        )(request, sent)
      const as = (address: string, token: string, headers: Readonly<Record<string, string>> = {}) =>
        from(address, line, { headers: { authorization: `Bearer ${token}`, ...headers } })
      return { from, as }
    }
  )

const statusesOf = (count: number, one: (index: number) => Effect.Effect<Answer>) =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: count }, (_, index) => index),
      one
    ),
    (answers) => answers.map(({ status }) => status)
  )

const times = (count: number, status: number) => Array.from({ length: count }, () => status)

const fewer = { limits: { failedAuthentication: { limit: 3, interval: "3 seconds" } } } as const

describe("Wrong credentials", () => {
  it.effect(
    "are tried 20 times at once by default, then every 3 seconds, and what is right does not show meanwhile",
    () =>
      Effect.gen(function* () {
        const { as } = yield* start()
        assert.deepStrictEqual(yield* statusesOf(20, (i) => as("192.0.2.1", `wrong-${i}`)), times(20, 401))
        const refused = yield* as("192.0.2.1", "wrong-20")
        assert.deepStrictEqual([refused.status, statusOf(refused)], [429, "RESOURCE_EXHAUSTED"])
        assert.strictEqual(refused.headers["retry-after"], "3")
        const { details } = (refused.json as { error: { details: ReadonlyArray<{ "@type": string }> } }).error
        assert.deepStrictEqual(ErrorDetails.reason(details), Option.some("AUTHENTICATION_FAILURES_EXCEEDED"))
        assert.notInclude(refused.text, "wrong-")
        assert.strictEqual((yield* as("192.0.2.1", "right")).status, 429)
        // What is refused without a look puts the end of it off no further.
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(yield* statusesOf(5, () => as("192.0.2.1", "right")), times(5, 200))
        assert.deepStrictEqual(yield* statusesOf(2, (i) => as("192.0.2.1", `more-${i}`)), [401, 429])
      })
  )

  it.effect("are no other address's, but those of all of a network of IPv6", () =>
    Effect.gen(function* () {
      const { as } = yield* start(fewer)
      assert.deepStrictEqual(yield* statusesOf(4, (i) => as(`2001:db8::${i}`, `${i}`)), [401, 401, 401, 429])
      assert.strictEqual((yield* as("2001:db8:0:0:9::1", "x")).status, 429)
      assert.strictEqual((yield* as("2001:db8:0:1::1", "right")).status, 200)
      assert.strictEqual((yield* as("192.0.2.1", "right")).status, 200)
    })
  )

  it.effect("count once where they are the same, whatever they are about and come with", () =>
    Effect.gen(function* () {
      const { as, from } = yield* start(fewer)
      const expired = (i: number) =>
        from("192.0.2.1", `GET /v1/${p}/${i}`, {
          headers: { authorization: "Bearer expired", traceparent: `00-${i}` }
        })
      assert.deepStrictEqual(yield* statusesOf(50, expired), times(50, 401))
      assert.strictEqual((yield* from("192.0.2.1", line, {})).status, 401)
      assert.deepStrictEqual(yield* statusesOf(5, () => as("192.0.2.1", "right")), times(5, 200))
      // A header that an authenticator may look at is not left out of what is told apart.
      const guess = (i: number) => as("192.0.2.1", "expired", { "x-api-key": `${i}` })
      assert.deepStrictEqual(yield* statusesOf(2, guess), [401, 401])
      const inQuery = (i: number) =>
        from("192.0.2.1", `${line}?access_token=${i}`, { headers: { authorization: "Bearer expired" } })
      assert.deepStrictEqual(yield* statusesOf(2, inQuery), [429, 429])
    })
  )

  it.effect("of the requests of a batch count one by one", () =>
    Effect.gen(function* () {
      const service = ServiceDescription.unsafeMake({
        id: "x.example.com",
        batchPath: "batch",
        methods: { get: { template: "{name=projects/*/operations/*}" } }
      })
      const { from } = yield* start({ ...fewer, service, batch: { concurrency: 1 } })
      const part = (token: string) => ({
        id: token,
        method: "GET" as const,
        path: `/v1/${p}/a`,
        headers: { authorization: `Bearer ${token}` },
        body: ""
      })
      const message = Either.getOrThrow(Batch.encodeRequests(["a", "b", "c", "d", "right"].map(part)))
      const sent = { headers: { "content-type": message.contentType }, body: message.body }
      const { text } = yield* from("192.0.2.1", "POST /batch", sent)
      assert.deepStrictEqual(
        Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status),
        ["401", "401", "401", "429", "429"]
      )
    })
  )

  it.effect("that are found out to be so at the same time are owed, but no more than there may be at once", () =>
    Effect.gen(function* () {
      const { as } = yield* start({
        ...fewer,
        authenticate: (head) =>
          Effect.zipRight(Effect.sleep("1 second"), Authenticator.bearer({ alice: Redacted.make("right") })(head))
      })
      const all = yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i),
          (i) => as("192.0.2.1", `${i}`),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 second")
      yield* all.await
      const refused = yield* as("192.0.2.1", "right")
      assert.deepStrictEqual([refused.status, refused.headers["retry-after"]], [429, "4"])
      yield* TestClock.adjust("4 seconds")
      const right = yield* Effect.fork(as("192.0.2.1", "right"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* right).status, 200)
    })
  )

  it.effect("are not counted where that is not wanted, or the address is not known", () =>
    Effect.gen(function* () {
      const { as } = yield* start({ limits: { failedAuthentication: "unlimited" } })
      assert.deepStrictEqual(yield* statusesOf(50, (i) => as("192.0.2.1", `${i}`)), times(50, 401))
      const { ask } = yield* serve({ authenticate: Authenticator.bearer({}) })
      const unknown = (i: number) => ask(line, { headers: { authorization: `Bearer ${i}` } })
      assert.deepStrictEqual(yield* statusesOf(50, unknown), times(50, 401))
    })
  )
})

describe("Behind proxies", () => {
  const through = (client: string) => ({ "x-forwarded-for": client })

  it.effect("that are told about, the client is whom the farthest of them saw", () =>
    Effect.gen(function* () {
      const { as } = yield* start({ limits: { ...fewer.limits, trustedProxies: 2 } })
      const guess = (i: number) => as("10.0.0.1", `${i}`, through(`198.51.100.${i}, 192.0.2.1:${4000 + i}, 10.0.0.2`))
      assert.deepStrictEqual(yield* statusesOf(4, guess), [401, 401, 401, 429])
      assert.strictEqual((yield* as("10.0.0.1", "right", through("192.0.2.2, 10.0.0.2"))).status, 200)
    })
  )

  it.effect(
    "that are not told about, nobody is kept out for others once somebody was right, and the log says so once",
    () =>
      Effect.gen(function* () {
        const logged: Array<unknown> = []
        const logger = Logger.make(({ message }) => void logged.push(message))
        const program = Effect.gen(function* () {
          const { as } = yield* start(fewer)
          // By a header alone the limit does not end.
          const guess = (i: number) => as("203.0.113.1", `${i}`, through(`198.51.100.${i}`))
          assert.deepStrictEqual(yield* statusesOf(4, guess), [401, 401, 401, 429])
          assert.strictEqual((yield* as("10.0.0.1", "right", through("192.0.2.1"))).status, 200)
          const other = (i: number) => as("10.0.0.1", `${i}`, through("192.0.2.9"))
          assert.deepStrictEqual(yield* statusesOf(50, other), times(50, 401))
          assert.strictEqual((yield* as("10.0.0.1", "right", through("192.0.2.1"))).status, 200)
        })
        yield* Effect.provide(program, Logger.replace(Logger.defaultLogger, logger))
        assert.strictEqual(logged.length, 1)
        assert.include(String(logged[0]), "limits.trustedProxies")
      })
  )

  it.effect("on this machine, what is forwarded has no limit, and everything else has", () =>
    Effect.gen(function* () {
      const { as } = yield* start(fewer)
      const forwarded = (i: number) => as("127.0.0.1", `${i}`, through("192.0.2.1"))
      assert.deepStrictEqual(yield* statusesOf(50, forwarded), times(50, 401))
      assert.deepStrictEqual(yield* statusesOf(4, (i) => as("127.0.0.1", `w${i}`)), [401, 401, 401, 429])
    })
  )

  it.effect("that are told about, the rate of those whom nobody knows is by client too", () =>
    Effect.gen(function* () {
      const { app } = yield* serve({ limits: { rate: { limit: 1 }, trustedProxies: 1 } })
      const as = (client: string) => ask(app)(line, { headers: through(client) })
      assert.strictEqual((yield* as("192.0.2.1")).status, 200)
      assert.strictEqual((yield* as("192.0.2.2")).status, 200)
      assert.strictEqual((yield* as("198.51.100.1, 192.0.2.1")).status, 429)
    })
  )
})

describe("A network", () => {
  const spellings: ReadonlyArray<readonly [string, string]> = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0DB8:0000:0000:1:2:3:4", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2::/64"]
  ]
  for (const [address, network] of spellings) {
    it(`of ${address} is ${network}`, () => assert.strictEqual(Address.networkOf(address), network))
  }

  it.prop(
    "is the same for all hosts in it, however zeros are left out",
    [FastCheck.tuple(...Array.from({ length: 8 }, () => FastCheck.constantFrom(0, 1, 0x20, 0xabcd)))],
    ([groups]) => {
      const full = groups.map((group) => group.toString(16).padStart(4, "0")).join(":")
      const short = new URL(`http://[${full}]/`).hostname.slice(1, -1)
      assert.strictEqual(Address.networkOf(short), Address.networkOf(full))
    }
  )
})

describe("Buckets of addresses", () => {
  it("are never more than a hundred thousand, however many addresses there are", () => {
    const buckets = TokenBuckets.make({ capacity: 20, interval: 3000 })
    for (let i = 0; i < 110_000; i++) buckets.spend(`address ${i}`, i / 1000)
    assert.isAtMost(buckets.size(), 100_000)
    assert.isAbove(buckets.size(), 50_000)
  })
})
