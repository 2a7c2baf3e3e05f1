import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FakeOperations from "./fixtures/FakeOperations.js"
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
              headersTimeout: "500 millis",
              requestTimeout: "700 millis",
              keepAliveTimeout: "300 millis",
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
