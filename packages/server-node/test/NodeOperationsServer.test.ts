import { Operations } from "@effect-lro/core/Operations"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Raw from "./fixtures/Raw.js"
import { p, service, start } from "./fixtures/Server.js"

/** A server whose scope is in the test's hands. */
const startIn = (...args: Parameters<typeof start>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const server = yield* Scope.extend(start(...args), scope)
    return { ...server, stop: Effect.timed(Scope.close(scope, Exit.void)) }
  })

describe("NodeOperationsServer", () => {
  it.live("serves the Operations of the context, and tells where", () =>
    Effect.gen(function* () {
      const server = yield* NodeOperationsServer.NodeOperationsServer
      assert.strictEqual(server.host, "127.0.0.1")
      assert.strictEqual(server.url, `http://127.0.0.1:${server.port}`)
      assert.strictEqual(yield* NodeOperationsServer.url, server.url)
      const answer = yield* Raw.ask(server.port, Raw.request(`GET /v1/${p}/a`))
      assert.deepStrictEqual(answer.json, { name: `${p}/a` })
    }).pipe(
      Effect.provide(
        NodeOperationsServer.layer({ service }).pipe(
          Layer.provide(Layer.sync(Operations, () => FakeOperations.make([`${p}/a`]).service))
        )
      )
    )
  )

  it.scopedLive("listens on an address of IPv6", () =>
    Effect.gen(function* () {
      const { port, url } = yield* start({ host: "::1" })
      assert.strictEqual(url, `http://[::1]:${port}`)
    })
  )

  it.scopedLive("gives a URL that can be connected to where it listens on all addresses", () =>
    Effect.gen(function* () {
      const { host, port, url } = yield* start({ host: "0.0.0.0" })
      assert.strictEqual(host, "0.0.0.0")
      assert.strictEqual(url, `http://127.0.0.1:${port}`)
    })
  )

  it.scopedLive("fails with AddressInUse where another server has the port", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const error = yield* Effect.flip(start({ port }))
      assert.strictEqual(error._tag, "ListenError")
      assert.strictEqual(error.reason, "AddressInUse")
      assert.strictEqual(error.message, `cannot listen on 127.0.0.1 port ${port}: another process has this port`)
    })
  )

  for (const [shown, options, reason] of [
    ["an address of another machine", { host: "192.0.2.1" }, "AddressNotAvailable"],
    ["a port that is none", { port: 70_000 }, "Other"]
  ] as const) {
    it.scopedLive(`fails with ${reason} on ${shown}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(start(options))).reason, reason)
      })
    )
  }

  it.live("frees the port when it stops", () =>
    Effect.gen(function* () {
      const { port, stop } = yield* startIn()
      yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))
      yield* stop
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Raw.ask(port, Raw.request(`GET /v1/${p}/a`)))))
      const again = yield* startIn({ port })
      assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
      yield* again.stop
    })
  )

  it.scopedLive("stops at once, whatever idle, silent or half-way connections there are", () =>
    Effect.gen(function* () {
      const { port, stop } = yield* startIn()
      const idle = yield* Raw.connect(port)
      yield* idle.send(Raw.request(`GET /v1/${p}/a`, ["Connection: keep-alive"]))
      yield* idle.answer
      const silent = yield* Raw.connect(port)
      const halfWay = yield* Raw.connect(port)
      yield* halfWay.send(`GET /v1/${p}/a HTTP/1.1\r\nX-`)
      yield* Effect.sleep("50 millis")
      const [took] = yield* stop
      assert.isBelow(Duration.toMillis(took), 1000)
      yield* Effect.all([idle.closed, silent.closed, halfWay.closed])
    })
  )

  it.scopedLive("ends waits with the latest state when it stops", () =>
    Effect.gen(function* () {
      const { fake, port, stop } = yield* startIn()
      const waits = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => Effect.fork(Raw.ask(port, Raw.request(`POST /v1/${p}/a:wait`, ["Connection: keep-alive"]))),
        { concurrency: "unbounded" }
      )
      yield* until(() => fake.waiting === 20)
      const [took] = yield* stop
      assert.isBelow(Duration.toMillis(took), 2000)
      for (const answer of yield* Effect.forEach(waits, Fiber.join)) {
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(answer.json, { name: `${p}/a` })
        assert.strictEqual(answer.headers["connection"], "close")
      }
      assert.strictEqual(fake.waiting, 0)
    })
  )

  it.scopedLive("goes on for a while where it is told to, and says meanwhile that it is not ready", () =>
    Effect.gen(function* () {
      const { port, stop } = yield* startIn({ drainDelay: "400 millis" })
      const isReady = Effect.map(Raw.ask(port, Raw.request("GET /readyz")), ({ status }) => status)
      assert.strictEqual(yield* isReady, 200)
      const stopped = yield* Effect.fork(stop)
      yield* Effect.sleep("50 millis")
      assert.strictEqual(yield* isReady, 503)
      assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
      assert.strictEqual((yield* Raw.ask(port, Raw.request("GET /healthz"))).status, 200)
      yield* Fiber.join(stopped)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(isReady)))
    })
  )

  it.scopedLive("finishes what is being answered when it stops", () =>
    Effect.gen(function* () {
      const { port, stop } = yield* startIn({}, delayed("300 millis"))
      const asked = yield* Effect.fork(Raw.ask(port, Raw.request(`GET /v1/${p}/a`, ["Connection: keep-alive"])))
      yield* Effect.sleep("100 millis")
      const [took] = yield* stop
      assert.strictEqual((yield* Fiber.join(asked)).status, 200)
      assert.isBelow(Duration.toMillis(took), 2000)
    })
  )

  it.scopedLive("cuts off what is not answered in time when it stops", () =>
    Effect.gen(function* () {
      const { port, stop } = yield* startIn({ stopTimeout: "200 millis" }, delayed("1 hour"))
      const connection = yield* Raw.connect(port)
      yield* connection.send(Raw.request(`GET /v1/${p}/a`))
      yield* Effect.sleep("50 millis")
      const [took] = yield* stop
      assert.isBelow(Duration.toMillis(took), 2000)
      yield* connection.closed
    })
  )
})

const delayed = (duration: Duration.DurationInput): FakeOperations.Fake => {
  const fake = FakeOperations.make([`${p}/a`])
  return {
    ...fake,
    service: { ...fake.service, get: (name) => Effect.delay(fake.service.get(name), duration) }
  }
}

const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.zipRight(Effect.sleep("5 millis"), until(condition))))
