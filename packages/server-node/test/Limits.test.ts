import * as Net from "node:net"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Raw from "./fixtures/Raw.js"
import { type Options, p, start as startEither, ways } from "./fixtures/Server.js"

const envelope = (answer: Raw.Answer) =>
  (answer.json as { readonly error: { readonly code: number; readonly status: string } }).error

/** Who reads nothing sees that a connection was closed by writing to it; a blank line is no request. */
const noticing = (read: () => void, socket: Net.Socket) =>
  Effect.sync(() => {
    read()
    socket.write("\r\n")
  })

for (const { hotPath, isAtHand, way } of ways) {
  const start = (options: Options = {}, fake?: FakeOperations.Fake) =>
    startEither({ hotPath, isAtHand, ...options }, fake)

  describe(`Limits ${way}`, () => {
    for (const [shown, bytes, status, code] of [
      ["what is not HTTP", "hello\r\n\r\n", 400, "INVALID_ARGUMENT"],
      ["a broken header", `GET /v1/${p}/a HTTP/1.1\r\nno colon\r\n\r\n`, 400, "INVALID_ARGUMENT"],
      ["a space in the path", `GET /v1/${p}/a b HTTP/1.1\r\n\r\n`, 400, "INVALID_ARGUMENT"],
      [
        "two lengths",
        Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 2", "Content-Length: 3"], "{}"),
        400,
        "INVALID_ARGUMENT"
      ],
      [
        "a length and chunks",
        Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 2", "Transfer-Encoding: chunked"], "{}"),
        400,
        "INVALID_ARGUMENT"
      ],
      [
        "chunks that are none",
        Raw.request(`POST /v1/${p}/a:cancel`, ["Transfer-Encoding: chunked"], "zz\r\n"),
        400,
        "INVALID_ARGUMENT"
      ],
      [
        "headers that are too large",
        Raw.request(`GET /v1/${p}/a`, [`X-Large: ${"x".repeat(20_000)}`]),
        431,
        "RESOURCE_EXHAUSTED"
      ],
      ["a path that is too large", Raw.request(`GET /v1/${p}/${"x".repeat(20_000)}`), 431, "RESOURCE_EXHAUSTED"],
      ["a tunnel", Raw.request("CONNECT example.com:443"), 405, "UNIMPLEMENTED"],
      ["an unheard-of expectation", Raw.request(`GET /v1/${p}/a`, ["Expect: the unexpected"]), 417, "INVALID_ARGUMENT"]
    ] as const) {
      it.scopedLive(`refuses ${shown} with ${status}, in Google's envelope`, () =>
        Effect.gen(function* () {
          const { fake, port } = yield* start()
          const answer = yield* Raw.ask(port, bytes)
          assert.strictEqual(answer.status, status, answer.body)
          assert.deepInclude(envelope(answer), { code: status, status: code })
          assert.strictEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
          assert.deepStrictEqual(fake.asked, [])
        })
      )
    }

    it.scopedLive("refuses a body by its declared length, before any of it has come", () =>
      Effect.gen(function* () {
        const { fake, port } = yield* start()
        const answer = yield* Raw.ask(port, Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 10000000000"]))
        assert.strictEqual(answer.status, 413)
        assert.deepInclude(envelope(answer), { code: 413, status: "RESOURCE_EXHAUSTED" })
        assert.deepStrictEqual(fake.asked, [])
      })
    )

    it.scopedLive("refuses a body in chunks once it is too long, and does not read on for ever", () =>
      Effect.gen(function* () {
        const { port } = yield* start({ maxBodyBytes: 1000 })
        const connection = yield* Raw.connect(port)
        yield* connection.send(
          Raw.request(`POST /v1/${p}/a:cancel`, ["Transfer-Encoding: chunked", "Connection: keep-alive"])
        )
        const chunk = `3e8\r\n${" ".repeat(1000)}\r\n`
        yield* connection.send(chunk)
        yield* connection.send(chunk)
        const answer = yield* connection.answer
        assert.strictEqual(answer.status, 413)
        const pour = Effect.forever(Effect.zipRight(connection.send(chunk), Effect.sleep("10 millis")))
        yield* Effect.raceFirst(connection.closed, pour).pipe(Effect.timeout("4 seconds"))
      })
    )

    it.scopedLive("serves the next request on a connection after it refused a body", () =>
      Effect.gen(function* () {
        const { port } = yield* start({ maxBodyBytes: 10 })
        const connection = yield* Raw.connect(port)
        const body = "x".repeat(200_000)
        yield* connection.send(
          Raw.request(`POST /v1/${p}/a:cancel`, [`Content-Length: ${body.length}`, "Connection: keep-alive"], body)
        )
        assert.strictEqual((yield* connection.answer).status, 413)
        yield* connection.send(Raw.request(`GET /v1/${p}/a`))
        assert.strictEqual((yield* connection.answer).status, 200)
      })
    )

    it.scopedLive("gives up on headers that come too slowly", () =>
      Effect.gen(function* () {
        const { port } = yield* start({ headersTimeout: "200 millis" })
        const connection = yield* Raw.connect(port)
        yield* connection.send(`GET /v1/${p}/a HTTP/1.1\r\nX-Slow: `)
        const answer = yield* Effect.timeout(connection.answer, "3 seconds")
        assert.strictEqual(answer.status, 408)
        assert.deepInclude(envelope(answer), { code: 408, status: "DEADLINE_EXCEEDED" })
        yield* connection.closed
      })
    )

    it.scopedLive("gives up on a body that comes too slowly", () =>
      Effect.gen(function* () {
        const { fake, port } = yield* start({ headersTimeout: "200 millis", requestTimeout: "300 millis" })
        const connection = yield* Raw.connect(port)
        yield* connection.send(Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 2"], "{"))
        const answer = yield* Effect.timeout(connection.answer, "3 seconds")
        assert.deepInclude(envelope(answer), { code: 408, status: "DEADLINE_EXCEEDED" })
        yield* connection.closed
        assert.deepStrictEqual(fake.asked, [])
      })
    )

    it.scopedLive("does not apply the limits on requests to how long an answer takes", () =>
      Effect.gen(function* () {
        const { port } = yield* start({ headersTimeout: "100 millis", requestTimeout: "200 millis" })
        const body = `{"timeout":"2.5s"}`
        const answer = yield* Raw.ask(
          port,
          Raw.request(`POST /v1/${p}/a:wait`, [`Content-Length: ${body.length}`], body)
        )
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(answer.json, { name: `${p}/a` })
      })
    )

    it.scopedLive("closes a connection that is idle for too long after a request", () =>
      Effect.gen(function* () {
        const { port } = yield* start({ keepAliveTimeout: "100 millis" })
        const connection = yield* Raw.connect(port)
        yield* connection.send(Raw.request(`GET /v1/${p}/a`, ["Connection: keep-alive"]))
        yield* connection.answer
        yield* Effect.timeout(connection.closed, "3 seconds")
      })
    )

    it.scopedLive("cuts off a client that takes nothing of its answer", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 60_000 }, (_, i) => `${p}/${i}-${"x".repeat(200)}`)
        const { port } = yield* start({ writeTimeout: "300 millis", maxPageSize: 60_000 }, FakeOperations.make(names))
        const connection = yield* Raw.connect(port)
        connection.socket.pause()
        yield* connection.send(Raw.request(`GET /v1/${p}?pageSize=60000`, ["Connection: keep-alive"]))
        yield* Effect.sleep("4 seconds")
        connection.socket.resume()
        yield* Effect.timeout(connection.closed, "3 seconds")
        const received = connection.socket.bytesRead
        assert.isBelow(received, 12_000_000)
      })
    )

    it.scopedLive("cuts off a client that takes its answer too slowly, though it never stops", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 60_000 }, (_, i) => `${p}/${i}-${"x".repeat(700)}`)
        const { port } = yield* start(
          { writeTimeout: "1 second", minWriteRate: 40_000_000, maxPageSize: 60_000 },
          FakeOperations.make(names)
        )
        // Some of it ten times a second, which is less than it has to be.
        let received = 0
        const socket = Net.connect({
          port,
          host: "127.0.0.1",
          onread: {
            buffer: Buffer.alloc(262_144),
            callback: (bytes) => {
              received += bytes
              return false
            }
          }
        })
        const closed = Effect.async<void>((resume) => {
          socket.on("error", () => {})
          socket.once("close", () => resume(Effect.void))
        })
        socket.write(Raw.request(`GET /v1/${p}?pageSize=60000`, ["Connection: keep-alive"]))
        const drip = Effect.forever(
          Effect.delay(
            noticing(() => void socket.resume(), socket),
            "90 millis"
          )
        )
        yield* Effect.timeout(Effect.raceFirst(closed, drip), "40 seconds")
        assert.isBelow(received, 40_000_000)
      })
    )

    it.scopedLive("cuts off a client that takes none of many small answers", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 250 }, (_, i) => `${p}/${i}-${"x".repeat(200)}`)
        const { port } = yield* start({ writeTimeout: "300 millis" }, FakeOperations.make(names))
        const { closed, send, socket } = yield* Raw.connect(port)
        socket.pause()
        yield* send(Raw.request(`GET /v1/${p}?pageSize=250`, ["Connection: keep-alive"]).repeat(300))
        const wait = Effect.forever(
          Effect.delay(
            noticing(() => {}, socket),
            "90 millis"
          )
        )
        yield* Effect.timeout(Effect.raceFirst(closed, wait), "40 seconds")
        assert.isAtMost(socket.bytesRead, 1_000_000)
      })
    )

    it.scopedLive("starts with no number that makes no sense, and takes any length of time", () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(start({ maxConnections: NaN }))
        assert.include(String(exit), "the option maxConnections has to be 1 or more, and is NaN")
        const { port } = yield* start({
          headersTimeout: Infinity,
          requestTimeout: "5000 days",
          keepAliveTimeout: Infinity,
          writeTimeout: Infinity,
          maxHeaderBytes: 16_000.5,
          maxConnections: Infinity
        })
        assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
      })
    )

    it.scopedLive("frees the waiter when a client that waits goes away, and leaves the operation alone", () =>
      Effect.gen(function* () {
        const { fake, port } = yield* start()
        const connection = yield* Raw.connect(port)
        yield* connection.send(Raw.request(`POST /v1/${p}/a:wait`))
        yield* until(() => fake.waiting === 1)
        yield* connection.cut
        yield* Effect.timeout(
          until(() => fake.waiting === 0),
          "1 second"
        )
        assert.strictEqual(fake.store.get(`${p}/a`)?._tag, "Running")
        assert.deepStrictEqual(
          fake.asked.map(([method]) => method),
          ["wait"]
        )
      })
    )

    it.scopedLive("carries out a cancel whose client did not stay for the answer", () =>
      Effect.gen(function* () {
        const fake = FakeOperations.make([`${p}/a`])
        const slow = {
          ...fake,
          service: { ...fake.service, cancel: (name: string) => Effect.delay(fake.service.cancel(name), "200 millis") }
        }
        const { port } = yield* start({}, slow)
        const connection = yield* Raw.connect(port)
        yield* connection.send(Raw.request(`POST /v1/${p}/a:cancel`))
        yield* Effect.sleep("50 millis")
        yield* connection.cut
        yield* Effect.timeout(
          until(() => fake.store.get(`${p}/a`)?._tag === "Cancelled"),
          "2 seconds"
        )
      })
    )

    it.scopedLive("gives the answer that it owes before it closes a connection on which nonsense follows", () =>
      Effect.gen(function* () {
        const { fake, port } = yield* start()
        const connection = yield* Raw.connect(port)
        const body = `{"timeout":"0.2s"}`
        yield* connection.send(
          Raw.request(`POST /v1/${p}/a:wait`, ["Connection: keep-alive", `Content-Length: ${body.length}`], body)
        )
        yield* until(() => fake.waiting === 1)
        yield* connection.send("nonsense\r\n\r\n")
        const answer = yield* connection.answer
        assert.deepStrictEqual(answer.json, { name: `${p}/a` })
        assert.strictEqual(answer.headers["connection"], "close")
        yield* connection.closed
      })
    )

    it.scopedLive("answers nothing that follows an expectation which it refused", () =>
      Effect.gen(function* () {
        const { port } = yield* start()
        const connection = yield* Raw.connect(port)
        yield* connection.send(Raw.request(`GET /v1/${p}/a`, ["Expect: x"], "nonsense\r\n\r\n"))
        const answer = yield* connection.answer
        assert.deepStrictEqual([answer.status, answer.headers["connection"]], [417, "close"])
        yield* connection.closed
        assert.strictEqual((yield* Effect.flip(connection.answer)).received, "")
      })
    )

    it.scopedLive("survives connections that are reset at any point", () =>
      Effect.gen(function* () {
        const { port } = yield* start()
        const whole = Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 2"], "{}")
        for (let length = 0; length < whole.length; length += 7) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const connection = yield* Raw.connect(port)
              yield* connection.send(whole.slice(0, length))
              yield* Effect.sleep("2 millis")
              connection.socket.resetAndDestroy()
            })
          )
        }
        assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
      })
    )
  })
}

const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.zipRight(Effect.sleep("5 millis"), until(condition))))
