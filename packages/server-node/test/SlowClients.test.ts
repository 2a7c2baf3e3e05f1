import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Raw from "./fixtures/Raw.js"
import { p, start, ways } from "./fixtures/Server.js"

type Kind = "headers" | "body" | "reading" | "idle"

// Few read slowly, since what they do not read has to be more than the buffers of a system hold.
const kindOf = (index: number): Kind => (index < 4 ? "reading" : index < 60 ? "idle" : index < 130 ? "body" : "headers")

describe("200 slow connections", () => {
  for (const { hotPath, way } of ways) {
    it.scopedLive(
      `are closed, each within its limit, while others are answered ${way}`,
      () =>
        Effect.gen(function* () {
          const names = Array.from({ length: 60_000 }, (_, i) => `${p}/${i}-${"x".repeat(200)}`)
          const fake = FakeOperations.make([...names, `${p}/a`])
          const { port } = yield* start(
            {
              hotPath,
              maxPageSize: 60_000,
              headersTimeout: "2 seconds",
              requestTimeout: "3 seconds",
              keepAliveTimeout: "1 second",
              writeTimeout: "500 millis"
            },
            fake
          )
          const closed = new Map<string, number>()
          const client = (kind: Kind) =>
            Effect.gen(function* () {
              const connection = yield* Raw.connect(port)
              switch (kind) {
                case "headers":
                  yield* connection.send(`GET /v1/${p}/a HTTP/1.1\r\n`)
                  break
                case "body":
                  yield* connection.send(Raw.request(`POST /v1/${p}/a:wait`, ["Content-Length: 30"], "{"))
                  break
                case "reading":
                  connection.socket.pause()
                  yield* connection.send(Raw.request(`GET /v1/${p}?pageSize=60000`, ["Connection: keep-alive"]))
                  break
                case "idle":
                  yield* connection.send(Raw.request(`GET /v1/${p}/a`, ["Connection: keep-alive"]))
                  yield* connection.answer
              }
              // A byte now and then, as those do who want to hold a server up.
              const drip = Effect.forever(
                Effect.delay(kind === "headers" ? connection.send("X-A: b\r\n") : Effect.void, "100 millis")
              )
              const look =
                kind === "reading"
                  ? Effect.delay(
                      Effect.sync(() => connection.socket.resume()),
                      "6 seconds"
                    )
                  : Effect.void
              yield* Effect.raceFirst(Effect.zipRight(look, connection.closed), drip)
              if (kind === "reading") assert.isBelow(connection.socket.bytesRead, 13_000_000)
              closed.set(kind, (closed.get(kind) ?? 0) + 1)
            }).pipe(Effect.scoped, Effect.timeout("15 seconds"))
          const all = yield* Effect.fork(
            Effect.forEach(
              Array.from({ length: 200 }, (_, i) => kindOf(i)),
              client,
              {
                concurrency: "unbounded",
                discard: true
              }
            )
          )
          // Others come all the while, and are answered.
          for (let i = 0; i < 50; i++) {
            assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
            yield* Effect.sleep("10 millis")
          }
          yield* all
          assert.deepStrictEqual(Object.fromEntries(closed), { headers: 70, body: 70, reading: 4, idle: 56 })
          assert.strictEqual(fake.waiting, 0)
        }),
      60_000
    )
  }
})

describe("Slow bodies", () => {
  it.scopedLive("that are too much together give way to what comes, and are answered before they are let go", () =>
    Effect.gen(function* () {
      const { fake, port } = yield* start({ limits: { maxActive: 1, maxReading: 100_000 } })
      const slow = yield* Effect.forEach([1, 2, 3], () =>
        Effect.gen(function* () {
          const connection = yield* Raw.connect(port)
          yield* connection.send(Raw.request(`POST /v1/${p}/a:cancel`, ["Transfer-Encoding: chunked"], "1\r\n{\r\n"))
          // When this one is answered, that one has come.
          yield* Raw.ask(port, Raw.request("GET /healthz"))
          return connection
        })
      )
      // Each of them counts as the longest that is admitted, so that there is room for one.
      const answers = yield* Effect.forEach(slow.slice(0, 2), ({ answer }) => answer)
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [503, 503]
      )
      assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
      yield* slow[2]?.send("1\r\n}\r\n0\r\n\r\n") ?? Effect.void
      assert.strictEqual((yield* slow[2]?.answer ?? Effect.dieMessage("there are three")).status, 200)
      assert.deepStrictEqual(
        fake.asked.filter(([method]) => method === "cancel"),
        [["cancel", `${p}/a`]]
      )
    })
  )
})
