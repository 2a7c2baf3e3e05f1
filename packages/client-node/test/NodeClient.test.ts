import * as NodeClient from "@effect-lro/client-node/NodeClient"
import * as NodeTransport from "@effect-lro/client-node/NodeTransport"
import { isTransportFailure } from "@effect-lro/client-node/TransportFailure"
import * as LimitedClient from "@effect-lro/client/LimitedClient"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Loopback from "./fixtures/Loopback.js"

const client = Effect.map(NodeTransport.make({ maxBodyBytes: 1000 }), NodeClient.fromTransport)

const recording = () => {
  const spans: Array<string> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      spans.push(name)
      const attributes = new Map<string, unknown>()
      return {
        _tag: "Span",
        spanId: "0123456789abcdef",
        traceId: "0123456789abcdef0123456789abcdef",
        sampled: true,
        status: { _tag: "Started", startTime },
        attribute: (key, value) => void attributes.set(key, value),
        attributes,
        name,
        parent,
        context,
        links,
        kind,
        end: () => {},
        event: () => {},
        addLinks: () => {}
      }
    },
    context: (run) => run()
  })
  return { spans, tracer }
}

describe("NodeClient", () => {
  it.scoped("reads an answer in every form", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((request, response, body) => {
        response.writeHead(200, {
          "content-type": request.headers["content-type"] ?? "text/plain",
          "set-cookie": ["a=1", "b=2"]
        })
        response.end(body)
      })
      const http = yield* client
      const post = (body: HttpClientRequest.HttpClientRequest) => http.execute(body)
      const json = yield* post(
        HttpClientRequest.post(`${server.url}/json`).pipe(HttpClientRequest.bodyUnsafeJson({ a: "ü" }))
      )
      assert.strictEqual(json.status, 200)
      assert.deepStrictEqual(yield* json.json, { a: "ü" })
      assert.strictEqual(yield* json.text, `{"a":"ü"}`)
      assert.deepStrictEqual(new Uint8Array(yield* json.arrayBuffer), new TextEncoder().encode(`{"a":"ü"}`))
      const streamed = yield* json.stream.pipe(Stream.decodeText(), Stream.runCollect)
      assert.strictEqual(Chunk.join(streamed, ""), `{"a":"ü"}`)
      assert.deepStrictEqual(Object.keys(json.cookies.cookies), ["a", "b"])
      assert.isString(JSON.stringify(json))

      const params = yield* post(
        HttpClientRequest.post(server.url).pipe(HttpClientRequest.bodyUrlParams({ a: "1", b: "&" }))
      )
      assert.deepStrictEqual(yield* params.urlParamsBody, [
        ["a", "1"],
        ["b", "&"]
      ])

      const form = new FormData()
      form.append("field", "größe")
      const returned = yield* post(HttpClientRequest.post(server.url).pipe(HttpClientRequest.bodyFormData(form)))
      assert.strictEqual((yield* returned.formData).get("field"), "größe")

      const stream = Stream.make("a", "b").pipe(Stream.encodeText)
      const echoed = yield* post(HttpClientRequest.post(server.url).pipe(HttpClientRequest.bodyStream(stream)))
      assert.strictEqual(yield* echoed.text, "ab")

      const raw = yield* post(HttpClientRequest.post(server.url).pipe(HttpClientRequest.bodyText("", "text/plain")))
      assert.isNull(yield* raw.json)
    })
  )

  it.scoped("adds the parameters of the URL", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((_, response) => response.end())
      const http = yield* client
      yield* http.get(`${server.url}/a?b=c`, { urlParams: { d: "e f" } })
      assert.strictEqual(server.requests[0]?.path, "/a?b=c&d=e+f")
    })
  )

  it.scoped("follows no redirect, and leaves every status to its caller", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((request, response) => {
        response.writeHead(Number(request.url?.slice(1)), { location: "/elsewhere" }).end("{}")
      })
      const http = yield* client
      for (const status of [302, 404, 503]) {
        assert.strictEqual((yield* http.get(`${server.url}/${status}`)).status, status)
      }
      const failure = yield* Effect.flip(HttpClient.filterStatusOk(http).get(`${server.url}/503`))
      assert.strictEqual(failure._tag === "ResponseError" && failure.reason, "StatusCode")
      assert.strictEqual(server.requests.length, 4)
    })
  )

  it.scoped("tells what could not be asked from what got no answer and from what broke off", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((request, response) => {
        if (request.url === "/large") response.end("x".repeat(2000))
        else if (request.url === "/half")
          response.writeHead(200, { "content-length": 9 }).write("x", () => response.destroy())
        else if (request.url === "/json") response.end("{")
        else request.socket.destroy()
      })
      const http = yield* client
      const look = <A>(effect: Effect.Effect<A, HttpClientError.HttpClientError>) =>
        Effect.map(Effect.flip(effect), ({ _tag, cause, reason }) => [
          _tag,
          reason,
          isTransportFailure(cause) ? cause.reason : undefined
        ])
      assert.deepStrictEqual(yield* look(http.get(server.url)), ["RequestError", "Transport", "Connection"])
      assert.deepStrictEqual(yield* look(http.get("/relative")), ["RequestError", "Encode", "InvalidRequest"])
      assert.deepStrictEqual(yield* look(http.get("http://[", { urlParams: { a: "b" } })), [
        "RequestError",
        "InvalidUrl",
        undefined
      ])
      assert.deepStrictEqual(yield* look(http.get(server.url, { headers: { a: "\n" } })), [
        "RequestError",
        "Encode",
        "InvalidRequest"
      ])
      assert.deepStrictEqual(yield* look(http.get(`${server.url}/large`)), ["ResponseError", "Decode", "TooLarge"])
      assert.deepStrictEqual(yield* look(http.get(`${server.url}/half`)), ["ResponseError", "Decode", "Connection"])
      const json = yield* http.get(`${server.url}/json`)
      assert.deepStrictEqual(yield* look(Effect.asVoid(json.json)), ["ResponseError", "Decode", undefined])
    })
  )

  it.scoped("lets nothing be read of an answer that broke off", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((_, response) => response.end("x".repeat(2000)))
      const http = yield* client
      const failure = yield* Effect.flip(http.get(server.url))
      if (failure._tag !== "ResponseError") return assert.fail(failure._tag)
      const { response } = failure
      assert.strictEqual(response.status, 200)
      const reads = [
        Effect.asVoid(response.text),
        Effect.asVoid(response.json),
        Effect.asVoid(response.arrayBuffer),
        Effect.asVoid(response.formData),
        Effect.asVoid(response.urlParamsBody),
        Stream.runDrain(response.stream)
      ]
      for (const read of reads) assert.strictEqual((yield* Effect.flip(read)).reason, "Decode")
    })
  )

  it.scoped("is interrupted with its fiber", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make(() => {})
      const http = yield* client
      const fiber = yield* Effect.fork(http.get(server.url))
      yield* server.received(1)
      yield* Fiber.interrupt(fiber)
      yield* server.disconnected
    })
  )

  it.scoped("makes a span and passes it on where somebody traces, and only there", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((_, response) => response.end())
      const http = yield* client
      const { spans, tracer } = recording()
      yield* http.get(server.url)
      yield* http.get(server.url).pipe(Effect.withTracer(tracer))
      yield* http.get(server.url).pipe(
        Effect.withTracer(tracer),
        Effect.locally(HttpClient.currentTracerDisabledWhen, () => true)
      )
      assert.deepStrictEqual(spans, ["http.client GET"])
      assert.deepStrictEqual(
        server.requests.map((request) => request.headers["traceparent"]),
        [undefined, "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", undefined]
      )
    })
  )

  describe("bound to limits", () => {
    const bound = (limits: LimitedClient.Limits) =>
      Effect.map(client, (http) => Option.getOrThrow(LimitedClient.bind(http, limits)))

    it.scoped("keeps them in place of those of the transport, and says which was passed", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) => {
          if (request.url === "/late") response.write("x")
          else response.end("x".repeat(2000))
        })
        const http = yield* bound({ requestTimeout: 60, maxBodyBytes: 3000 })
        const response = yield* http.get(server.url)
        assert.strictEqual((yield* response.text).length, 2000)
        assert.isTrue(LimitedClient.TypeId in response)
        const late = yield* Effect.flip(http.get(`${server.url}/late`))
        assert.strictEqual(isTransportFailure(late.cause) && late.cause.reason, "Timeout")
        const small = yield* bound({ requestTimeout: 1000, maxBodyBytes: 1999 })
        const large = yield* Effect.flip(small.get(server.url))
        assert.strictEqual(isTransportFailure(large.cause) && large.cause.reason, "TooLarge")
      })
    )

    it.scoped("makes spans only where they are asked for", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => response.end())
        const http = yield* bound({ requestTimeout: 1000, maxBodyBytes: 1000 })
        const { spans, tracer } = recording()
        yield* http.get(server.url).pipe(Effect.withTracer(tracer))
        yield* HttpClient.withTracerDisabledWhen(http, () => false)
          .get(server.url)
          .pipe(Effect.withTracer(tracer))
        assert.deepStrictEqual(spans, ["http.client GET"])
      })
    )
  })

  it("can be bound to limits, and not once it was transformed", () => {
    const http = NodeClient.fromTransport({
      request: () => Effect.never,
      unsafeRequest: () => () => {},
      unsafeSender: Option.none
    })
    assert.isTrue(LimitedClient.isLimitedClient(http))
    assert.isFalse(LimitedClient.isLimitedClient(HttpClient.filterStatusOk(http)))
  })

  it.scoped("is provided by a layer, together with its transport, and closed with it", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((_, response) => response.end("ok"))
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(NodeClient.layer({ connections: 1 }), scope)
      const [a, b] = yield* Effect.all([
        Effect.flatMap(HttpClient.get(server.url), (response) => response.text),
        Effect.flatMap(NodeTransport.NodeTransport, (transport) => transport.request({ url: server.url }))
      ]).pipe(Effect.provide(context))
      assert.deepStrictEqual([a, b.body], ["ok", "ok"])
      assert.strictEqual(server.connections.total, 1)
      yield* Scope.close(scope, Exit.void)
      yield* server.disconnected
    })
  )

  it.scoped("gives the operations of a REST service its limits: what is too large, or late, is told as such", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((request, response) => {
        if (request.url?.endsWith("/late") !== true) response.end("x".repeat(2000))
      })
      const transport = yield* NodeTransport.make()
      const operations = yield* RestOperations.make({
        service: ServiceDescription.project({ id: "dialogflow.googleapis.com", versions: ["v2"] }),
        endpoint: server.url,
        requestTimeout: "60 millis",
        maxBodyBytes: 1000
      }).pipe(Effect.provideService(HttpClient.HttpClient, NodeClient.fromTransport(transport)))
      const large = yield* Effect.flip(operations.get("projects/p/operations/large"))
      assert.strictEqual(large._tag === "TransportError" && large.reason, "TooLarge")
      const late = yield* Effect.flip(operations.get("projects/p/operations/late"))
      assert.strictEqual(late._tag === "TransportError" && late.reason, "Timeout")
      assert.strictEqual(server.requests.length, 2)
    })
  )

  it.scoped("carries the operations of a REST service", () =>
    Effect.gen(function* () {
      const name = "projects/p/operations/1"
      const server = yield* Loopback.make((request, response) => {
        const isCancel = request.method === "POST" && request.url === `/v2/${name}:cancel`
        response.writeHead(200, { "content-type": "application/json" })
        response.end(isCancel ? "{}" : JSON.stringify({ name, done: true, error: { code: 1, message: "stopped" } }))
      })
      const outcome = yield* Cancellation.cancelAndConfirm(name).pipe(
        Effect.provide(
          RestOperations.layer({
            service: ServiceDescription.project({ id: "dialogflow.googleapis.com", versions: ["v2"] }),
            endpoint: server.url
          }).pipe(Layer.provide(NodeClient.layer()))
        )
      )
      assert.strictEqual(outcome._tag, "Cancelled")
      assert.deepStrictEqual(
        server.requests.map((request) => [request.method, request.path, request.body]),
        [
          ["POST", `/v2/${name}:cancel`, "{}"],
          ["GET", `/v2/${name}`, ""]
        ]
      )
      assert.strictEqual(server.connections.total, 1)
    })
  )
})
