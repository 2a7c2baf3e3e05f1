import * as NodeTransport from "@effect-lro/client-node/NodeTransport"
import type { TransportFailure } from "@effect-lro/client-node/TransportFailure"
import type * as LimitedClient from "@effect-lro/client/LimitedClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Loopback from "./fixtures/Loopback.js"

const failureOf = (
  effect: Effect.Effect<NodeTransport.Answer, TransportFailure>
): Effect.Effect<TransportFailure, NodeTransport.Answer> => Effect.flip(effect)

describe("NodeTransport", () => {
  it.scoped("answers with status, headers and text", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((request, response, body) => {
        response.writeHead(201, { "X-Twice": ["a", "b"], "Set-Cookie": ["c=1", "d=2"] })
        response.end(`\uFEFF${request.method} ${request.url} ${String(request.headers["x-mine"])} ${body}`)
      })
      const transport = yield* NodeTransport.make()
      const answer = yield* transport.request({
        method: "POST",
        url: `${server.url}/v1/a%2Fb?c=d`,
        headers: { "X-Mine": "yes" },
        body: "{}"
      })
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(answer.body, "POST /v1/a%2Fb?c=d yes {}")
      assert.strictEqual(answer.headers["x-twice"], "a, b")
      assert.deepStrictEqual(answer.setCookies, ["c=1", "d=2"])
    })
  )

  it.scoped("sends a stream of bytes as the body", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((_, response, body) => response.end(body))
      const transport = yield* NodeTransport.make()
      const parts = Stream.make("größ", "er").pipe(Stream.encodeText, Stream.toAsyncIterable)
      const answer = yield* transport.request({ method: "POST", url: server.url, body: parts })
      assert.strictEqual(answer.body, "größer")
    })
  )

  describe("connections", () => {
    it.scoped("uses one connection for requests that follow each other", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end("ok"))
        const transport = yield* NodeTransport.make()
        for (let index = 0; index < 20; index++) yield* transport.request({ url: server.url })
        assert.strictEqual(server.requests.length, 20)
        assert.strictEqual(server.connections.total, 1)
      })
    )

    it.scoped("never opens more than the limit, with 1,000 requests at once", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => setImmediate(() => response.end("ok")))
        const transport = yield* NodeTransport.make({ connections: 7 })
        const answers = yield* Effect.forEach(
          Array.from({ length: 1000 }, (_, index) => index),
          (index) => transport.request({ url: `${server.url}/${index}` }),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter((answer) => answer.body === "ok").length, 1000)
        assert.strictEqual(server.connections.most, 7)
        assert.strictEqual(server.connections.total, 7)
        assert.strictEqual(new Set(server.requests.map((request) => request.path)).size, 1000)
      })
    )

    it.scoped("keeps to the limit while connections break, and sends no request twice", () =>
      Effect.gen(function* () {
        let count = 0
        const server = yield* Loopback.make((request, response) => {
          count++
          if (count % 3 === 0) request.socket.destroy()
          else if (count % 3 === 1) response.writeHead(200, { connection: "close" }).end("ok")
          else response.end("ok")
        })
        const transport = yield* NodeTransport.make({ connections: 5 })
        const exits = yield* Effect.forEach(
          Array.from({ length: 300 }, (_, index) => index),
          (index) => Effect.exit(transport.request({ url: `${server.url}/${index}` })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 200)
        assert.strictEqual(server.requests.length, 300)
        assert.strictEqual(new Set(server.requests.map((request) => request.path)).size, 300)
        assert.isAtMost(server.connections.most, 5)
      })
    )

    it.scoped("closes them with its scope and fails what is under way or waits", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make(() => {})
        const scope = yield* Scope.make()
        const transport = yield* NodeTransport.make({ connections: 1 }).pipe(Scope.extend(scope))
        const fibers = yield* Effect.forEach([1, 2], () =>
          Effect.fork(failureOf(transport.request({ url: server.url })))
        )
        yield* server.received(1)
        yield* Scope.close(scope, Exit.void)
        for (const fiber of fibers) assert.strictEqual((yield* Fiber.join(fiber)).reason, "Connection")
        yield* server.disconnected
        assert.strictEqual((yield* failureOf(transport.request({ url: server.url }))).reason, "Connection")
        assert.strictEqual(server.requests.length, 1)
      })
    )

    it.scoped("makes a new one after the server has closed an idle one", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.raw((socket) => {
          socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        })
        const transport = yield* NodeTransport.make({ connections: 1 })
        for (let index = 0; index < 3; index++) {
          assert.strictEqual((yield* transport.request({ url: server.url })).body, "ok")
          yield* server.disconnected
        }
        assert.strictEqual(server.connections.total, 3)
      })
    )
  })

  describe("interruption", () => {
    it.scoped("closes the connection of the request, and the next one is served by another", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) => {
          if (request.url !== "/hang") response.end("ok")
        })
        const transport = yield* NodeTransport.make({ connections: 1 })
        const fiber = yield* Effect.fork(transport.request({ url: `${server.url}/hang` }))
        yield* server.received(1)
        yield* Fiber.interrupt(fiber)
        yield* server.disconnected
        assert.strictEqual(server.connections.total, 1)
        assert.strictEqual((yield* transport.request({ url: server.url })).body, "ok")
        assert.strictEqual(server.connections.total, 2)
      })
    )

    it.scoped("takes a request that waits for a connection out of the line", () =>
      Effect.gen(function* () {
        const answers: Array<() => void> = []
        const server = yield* Loopback.make((_, response) => void answers.push(() => response.end("ok")))
        const transport = yield* NodeTransport.make({ connections: 1 })
        const paths = ["/0", "/1", "/2", "/3", "/4"]
        const fibers = yield* Effect.forEach(paths, (path) =>
          Effect.fork(transport.request({ url: server.url + path }))
        )
        yield* server.received(1)
        yield* Effect.forEach([fibers[1], fibers[2], fibers[4]], (fiber) =>
          fiber === undefined ? Effect.void : Fiber.interrupt(fiber)
        )
        answers[0]?.()
        yield* server.received(2)
        answers[1]?.()
        for (const index of [0, 3]) yield* Fiber.join(fibers[index] ?? Fiber.never)
        assert.deepStrictEqual(
          server.requests.map((request) => request.path),
          ["/0", "/3"]
        )
        assert.strictEqual(server.connections.total, 1)
      })
    )
  })

  describe("without Effect", () => {
    it.scoped("calls back once, and not at all when the request was abandoned", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end("ok"))
        const transport = yield* NodeTransport.make()
        const called: Array<string> = []
        const abandon = transport.unsafeRequest({ url: `${server.url}/abandoned` }, (result) =>
          called.push(result._tag)
        )
        abandon()
        abandon()
        yield* Effect.async<void>((resume) => {
          const late = transport.unsafeRequest({ url: server.url }, (result) => {
            called.push(result._tag)
            resume(Effect.sync(() => late()))
          })
        })
        assert.deepStrictEqual(called, ["Success"])
      })
    )

    it.scoped("sends to one origin what it is given, and asks for compression where nobody has said", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end("12345"))
        const transport = yield* NodeTransport.make()
        const send = (limit: number, message: LimitedClient.Message) =>
          Effect.async<LimitedClient.Reply, LimitedClient.Failure>((resume) => {
            Option.getOrThrow(transport.unsafeSender(server.url, { maxBodyBytes: limit, timeout: "1 minute" }))(
              message,
              resume
            )
          })
        const headers = ["x-a", "1", "X-B", "2"]
        const plain = { method: "POST", path: "/v1/a%2Fb:c?d=e", headers, body: "{}" } as const
        assert.strictEqual((yield* send(5, plain)).body, "12345")
        yield* send(5, { method: "GET", path: "/", headers: ["Accept-Encoding", "identity"] })
        const late = yield* Effect.flip(send(4, plain))
        assert.deepStrictEqual([late.reason, late.status], ["TooLarge", 200])
        assert.deepStrictEqual(headers, ["x-a", "1", "X-B", "2"])
        assert.deepStrictEqual(
          server.requests.map(({ body, headers, method, path }) => [
            `${method} ${path} ${body}`,
            headers["x-a"],
            headers["x-b"],
            headers["accept-encoding"]
          ]),
          [
            ["POST /v1/a%2Fb:c?d=e {}", "1", "2", "gzip, deflate, br"],
            ["GET / ", undefined, undefined, "identity"],
            ["POST /v1/a%2Fb:c?d=e {}", "1", "2", "gzip, deflate, br"]
          ]
        )
      })
    )

    it.scoped("sends to nothing but an origin", () =>
      Effect.gen(function* () {
        const transport = yield* NodeTransport.make()
        const isSent = (origin: string) => Option.isSome(transport.unsafeSender(origin))
        assert.isTrue(isSent("https://example.com") && isSent("http://127.0.0.1:8080"))
        for (const origin of [
          "",
          "example.com",
          "ftp://example.com",
          "https://example.com/v1",
          "https://a:b@example.com"
        ])
          assert.isFalse(isSent(origin), origin)
      })
    )
  })

  describe("what is no request", () => {
    it.scoped("is refused before anything is sent, and costs no connection", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end("ok"))
        const { port } = new URL(server.url)
        const transport = yield* NodeTransport.make({ connections: 1 })
        const url = server.url
        const refused: ReadonlyArray<NodeTransport.Request> = [
          { url: "/v1/operations/1" },
          { url: "" },
          { url: "ftp://127.0.0.1/" },
          { url: "file:///etc/passwd" },
          { url: `http://user:password@127.0.0.1:${port}/` },
          { url, method: "GET / HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET" },
          { url, headers: { "x-a": "1\r\nx-injected: 1" } },
          { url, headers: { "x-a": "1\nx-injected: 1" } },
          { url, headers: { "x-a\r\nx-injected": "1" } },
          { url, headers: { "x-a": "\u0000" } },
          { url, headers: { "x-a": "ž" } },
          { url, headers: { "x a": "1" } },
          { url, headers: { "transfer-encoding": "chunked" } },
          { url, method: "POST", headers: { "content-length": "1" }, body: "22" }
        ]
        for (const request of refused) {
          const failure = yield* failureOf(transport.request(request))
          assert.strictEqual(failure.reason, "InvalidRequest", JSON.stringify(request))
        }
        assert.strictEqual(server.requests.length, 0)
        assert.strictEqual((yield* transport.request({ url })).body, "ok")
        assert.isUndefined(server.requests[0]?.headers["x-injected"])
      })
    )

    it.scoped("does not hold up those that wait behind it", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end("ok"))
        const transport = yield* NodeTransport.make({ connections: 1 })
        const exits = yield* Effect.forEach(
          Array.from({ length: 2001 }, (_, index) => index),
          (index) =>
            Effect.exit(transport.request({ url: server.url, headers: { "x-a": index % 1000 === 0 ? "ok" : "\n" } })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 3)
        assert.strictEqual(server.requests.length, 3)
      })
    )

    it.scoped("cannot be smuggled into the path", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end("ok"))
        const transport = yield* NodeTransport.make()
        const paths = ["/a b", "/a\r\nx-injected: 1", "/ü", "/a/../b", "/a/%2e%2e/b", "/a#b", "/a\\b", "/x:y@z?q=[1]"]
        for (const path of paths) yield* transport.request({ url: server.url + path })
        assert.deepStrictEqual(
          server.requests.map((request) => request.path),
          paths.map((path) => {
            const url = new URL(server.url + path)
            return url.pathname + url.search
          })
        )
        assert.isTrue(server.requests.every((request) => request.headers["x-injected"] === undefined))
      })
    )
  })
})
