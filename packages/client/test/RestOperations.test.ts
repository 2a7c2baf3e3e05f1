import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Operation from "@effect-lro/core/Operation"
import { Operations, type Service } from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Errors from "@effect-lro/core/OperationsError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { json, name, operationsOver, recorded, service } from "./support/service.js"

type Verb = "get" | "listPage" | "cancel" | "delete" | "wait"

const verbs: ReadonlyArray<Verb> = ["get", "listPage", "cancel", "delete", "wait"]

const call = (operations: Service, verb: Verb, of: string): Effect.Effect<void, OperationsError> =>
  Effect.asVoid(verb === "listPage" ? operations.listPage({ name: of }) : operations[verb](of))

const root = "https://earthengine.googleapis.com"

describe("RestOperations", () => {
  describe("on the wire", () => {
    const exchange = (
      verb: (operations: Service) => Effect.Effect<unknown, OperationsError>,
      options?: Partial<RestOperations.Options>
    ) =>
      Effect.gen(function* () {
        const { client, sent } = recorded(() => json({ name }))
        const operations = yield* operationsOver(client, options)
        yield* verb(operations)
        assert.strictEqual(sent.length, 1)
        return sent[0]
      })

    const accept = { accept: "application/json" }
    const sending = (body: string) => ({
      ...accept,
      "content-type": "application/json",
      "content-length": String(body.length)
    })

    it.effect("get sends a GET without a body", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* exchange((_) => _.get(name)), {
          method: "GET",
          url: `${root}/v1/${name}`,
          headers: accept,
          body: ""
        })
      })
    )

    it.effect("cancel sends an empty object as JSON", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* exchange((_) => _.cancel(name)), {
          method: "POST",
          url: `${root}/v1/${name}:cancel`,
          headers: sending("{}"),
          body: "{}"
        })
      })
    )

    it.effect("delete sends a DELETE without a body", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* exchange((_) => _.delete(name)), {
          method: "DELETE",
          url: `${root}/v1/${name}`,
          headers: accept,
          body: ""
        })
      })
    )

    it.effect("wait sends its timeout in the body, and none where there is none", () =>
      Effect.gen(function* () {
        const body = `{"timeout":"1.500s"}`
        assert.deepStrictEqual(yield* exchange((_) => _.wait(name, { timeout: "1500 millis" })), {
          method: "POST",
          url: `${root}/v1/${name}:wait`,
          headers: sending(body),
          body
        })
        assert.strictEqual((yield* exchange((_) => _.wait(name)))?.body, "{}")
      })
    )

    it.effect("wait asks for no more time than an HTTP client has patience for", () =>
      Effect.gen(function* () {
        const sent = yield* exchange((_) => _.wait(name, { timeout: "1 hour" }))
        assert.strictEqual(sent?.body, `{"timeout":"240s"}`)
      })
    )

    it.effect("wait sends its timeout in the query where the service takes no body", () =>
      Effect.gen(function* () {
        const service = ServiceDescription.unsafeMake({
          id: "x.googleapis.com",
          methods: { wait: { template: "{name=projects/*/operations/*}:wait", httpMethod: "GET", body: "none" } }
        })
        const sent = yield* exchange((_) => _.wait(name, { timeout: "3 seconds" }), { service })
        assert.strictEqual(sent?.url, `https://x.googleapis.com/v1/${name}:wait?timeout=3s`)
        assert.strictEqual(sent?.body, "")
      })
    )

    it.effect("list sends its query by RFC 3986, with the service's page size where none is given", () =>
      Effect.gen(function* () {
        const request = { name: "projects/demo", filter: 'done = true AND x:"a+b"', pageToken: "t&u" }
        assert.strictEqual(
          (yield* exchange((_) => _.listPage(request)))?.url,
          `${root}/v1/projects/demo/operations?filter=done%20%3D%20true%20AND%20x%3A%22a%2Bb%22&pageSize=500&pageToken=t%26u`
        )
        assert.strictEqual(
          (yield* exchange((_) => _.listPage({ name: "projects/demo", pageSize: 7, returnPartialSuccess: true })))?.url,
          `${root}/v1/projects/demo/operations?pageSize=7&returnPartialSuccess=true`
        )
      })
    )

    it.effect("names are encoded once", () =>
      Effect.gen(function* () {
        const sent = yield* exchange((_) => _.cancel("projects/example.com:p/operations/a:cancel/é%2F?#"))
        assert.strictEqual(
          sent?.url,
          `${root}/v1/projects/example.com%3Ap/operations/a%3Acancel/%C3%A9%252F%3F%23:cancel`
        )
      })
    )

    it.effect("headers go out where they are asked for", () =>
      Effect.gen(function* () {
        const sent = yield* exchange((_) => _.get(name), {
          userProject: "payer",
          apiClient: "effect-lro/1",
          requestParams: true,
          credentials: Credentials.bearer(Redacted.make("canary"))
        })
        assert.deepStrictEqual(sent?.headers, {
          ...accept,
          authorization: "Bearer canary",
          "x-goog-user-project": "payer",
          "x-goog-api-client": "effect-lro/1",
          "x-goog-request-params": `name=${encodeURIComponent(name)}`
        })
      })
    )

    it.effect("another endpoint, with a path before it, and another version take the place of the service's", () =>
      Effect.gen(function* () {
        const options = { endpoint: "http://127.0.0.1:8080/proxy/", version: "v1alpha" }
        assert.strictEqual(
          (yield* exchange((_) => _.get(name), options))?.url,
          `http://127.0.0.1:8080/proxy/v1alpha/${name}`
        )
      })
    )
  })

  describe("names", () => {
    const hostile = [
      "projects/p/operations/..",
      "projects/p/operations/%2e%2e",
      "projects/p/operations/a/../../b",
      "projects/p//operations/a",
      "projects/p/operations/a\r\nHost: evil",
      "projects/p/operations/\u0000",
      "projects/p/operations/",
      "projects/p/operations",
      "/projects/p/operations/a",
      "https://evil.example/projects/p/operations/a",
      "@evil.example/projects/p/operations/a",
      "projects/p/operations/\ud800",
      `projects/p/operations/${"a".repeat(100_000)}`,
      "operations/a",
      ""
    ]

    it.effect.each(verbs)("%s sends nothing for a hostile one", (verb) =>
      Effect.gen(function* () {
        const { client, sent } = recorded(() => json({ name }))
        const operations = yield* operationsOver(client)
        for (const of of hostile) {
          const error = yield* Effect.flip(call(operations, verb, of))
          assert.strictEqual(error._tag, "InvalidName", of)
          assert.isAtMost(error.message.length, 1000)
        }
        assert.deepStrictEqual(sent, [])
      })
    )

    it.effect.each(verbs)("%s sends nothing where the service does not offer it", (verb) =>
      Effect.gen(function* () {
        const { client, sent } = recorded(() => json({ name }))
        const service = ServiceDescription.project({ id: "x.googleapis.com", methods: [] })
        const operations = yield* operationsOver(client, { service })
        const error = yield* Effect.flip(call(operations, verb, verb === "listPage" ? "projects/demo" : name))
        assert.strictEqual(error._tag, "Unimplemented")
        assert.deepStrictEqual(sent, [])
      })
    )
  })

  describe("answers", () => {
    it.effect("an operation that failed is a success of get", () =>
      Effect.gen(function* () {
        const { client } = recorded(() => json({ name, done: true, error: { code: 1, message: "stopped" } }))
        const operation = yield* (yield* operationsOver(client)).get(name)
        assert.strictEqual(operation._tag, "Cancelled")
      })
    )

    it.effect("list reads page after page, with the token of the one before", () =>
      Effect.gen(function* () {
        const pages: Record<string, unknown> = {
          "": { operations: [{ name: "a" }], nextPageToken: "1" },
          "1": { nextPageToken: "2" },
          "2": { operations: [{ name: "b", done: true }] }
        }
        const { client, sent } = recorded(({ url }) => json(pages[new URL(url).searchParams.get("pageToken") ?? ""]))
        const all = yield* Stream.runCollect((yield* operationsOver(client)).list({ name: "projects/demo" }))
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(all).map((_) => _.name),
          ["a", "b"]
        )
        assert.strictEqual(sent.length, 3)
      })
    )

    it.effect("cancel and delete take any object, and 204, for done", () =>
      Effect.gen(function* () {
        for (const answer of [() => json({}), () => json({ x: 1 }), () => new Response(null, { status: 204 })]) {
          const operations = yield* operationsOver(recorded(answer).client)
          yield* operations.cancel(name)
          yield* operations.delete(name)
        }
      })
    )

    it.effect.each([
      ["an empty body", ""],
      ["HTML", "<html>sign in to the hotel's network</html>"],
      ["truncated JSON", `{"name": "${name}", "done": true, "error": {"code": 1`],
      ["an array", "[]"],
      ["an error envelope", `{"error": {"code": 404, "status": "NOT_FOUND"}}`]
    ] as const)("%s with status 200 is MalformedResponse", ([, body]) =>
      Effect.gen(function* () {
        const operations = yield* operationsOver(recorded(() => new Response(body)).client)
        for (const verb of ["get", "wait"] as const) {
          const error = yield* Effect.flip(call(operations, verb, name))
          assert.strictEqual(error._tag, "MalformedResponse")
          assert.isFalse(Errors.isRetryable(error))
        }
      })
    )

    it.effect.each([
      [400, "InvalidArgument"],
      [401, "Unauthorized"],
      [403, "PermissionDenied"],
      [404, "NotFound"],
      [405, "Unimplemented"],
      [408, "DeadlineExceeded"],
      [409, "Aborted"],
      [412, "FailedPrecondition"],
      [416, "OutOfRange"],
      [429, "ResourceExhausted"],
      [499, "CallCancelled"],
      [500, "Internal"],
      [501, "Unimplemented"],
      [502, "Unavailable"],
      [503, "Unavailable"],
      [504, "DeadlineExceeded"]
    ] as const)("status %s without a body is its error, for every method, after one request", ([status, tag]) =>
      Effect.gen(function* () {
        const { client, sent } = recorded(() => new Response(null, { status }))
        const operations = yield* operationsOver(client)
        for (const verb of verbs) {
          const of = verb === "listPage" ? "projects/demo" : name
          const error = yield* Effect.flip(call(operations, verb, of))
          assert.strictEqual(error._tag, tag)
          assert.deepInclude(error, { operation: of, method: verb === "listPage" ? "list" : verb, httpStatus: status })
        }
        assert.strictEqual(sent.length, verbs.length)
      })
    )

    it.effect("an error keeps its details, and what the server advises", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2025, 0, 1))
        const body = {
          error: {
            code: 429,
            message: "slow down",
            status: "RESOURCE_EXHAUSTED",
            details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2s" }]
          }
        }
        const headers = { "retry-after": "Wed, 01 Jan 2025 00:00:07 GMT" }
        const operations = yield* operationsOver(recorded(() => json(body, { status: 429, headers })).client)
        const error = yield* Effect.flip(operations.get(name))
        assert.strictEqual(error._tag, "ResourceExhausted")
        assert.deepStrictEqual(Errors.advice(error), Option.some(Duration.seconds(7)))
        assert.isTrue(Errors.isRetryable(error))
      })
    )

    it.effect("a date to come back at is one of the server's clock", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2024, 11, 30))
        const headers = { date: "Wed, 01 Jan 2025 00:00:00 GMT", "retry-after": "Wed, 01 Jan 2025 00:00:07 GMT" }
        const operations = yield* operationsOver(recorded(() => json({}, { status: 503, headers })).client)
        const error = yield* Effect.flip(operations.get(name))
        assert.deepStrictEqual(Errors.advice(error), Option.some(Duration.seconds(7)))
      })
    )

    it.effect("a body that is too large is not read to its end", () =>
      Effect.gen(function* () {
        let given = 0
        const endless = () =>
          new Response(
            new ReadableStream({
              pull: (controller) => {
                given += 1024
                controller.enqueue(new Uint8Array(1024).fill(32))
              }
            })
          )
        for (const status of [200, 500]) {
          const client = recorded(() => new Response(endless().body, { status })).client
          const operations = yield* operationsOver(client, { maxBodyBytes: 10_000 })
          const error = yield* Effect.flip(operations.get(name))
          assert.deepInclude(error, { _tag: "TransportError", reason: "TooLarge" })
          assert.isFalse(Errors.isRetryable(error))
        }
        assert.isBelow(given, 50_000)
      })
    )

    it.effect(
      "a body that says it is too large is not read at all, and a compressed one's length is not believed",
      () =>
        Effect.gen(function* () {
          const big = " ".repeat(20_000)
          for (const headers of [
            { "content-length": "20000" },
            { "content-length": "10", "content-encoding": "gzip" }
          ]) {
            const operations = yield* operationsOver(recorded(() => new Response(big, { headers })).client, {
              maxBodyBytes: 10_000
            })
            const error = yield* Effect.flip(operations.get(name))
            assert.deepInclude(error, { _tag: "TransportError", reason: "TooLarge" })
          }
        })
    )

    it.effect("characters that are cut between two chunks come out whole", () =>
      Effect.gen(function* () {
        const bytes = new TextEncoder().encode(
          JSON.stringify({ name, metadata: { "@type": "x", description: "é😀漢" } })
        )
        const chunked = () =>
          new Response(
            new ReadableStream({
              start: (controller) => {
                for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
                controller.close()
              }
            })
          )
        const operation = yield* (yield* operationsOver(recorded(chunked).client)).get(name)
        assert.deepStrictEqual(
          Option.map(operation.metadata, (_) => _["description"]),
          Option.some("é😀漢")
        )
      })
    )
  })

  it.effect("spans are made where the client is told to, and not otherwise", () =>
    Effect.gen(function* () {
      const isTraced = (options: Partial<RestOperations.Options>) =>
        Effect.gen(function* () {
          const { client, sent } = recorded(() => json({ name }))
          yield* (yield* operationsOver(client, options)).get(name)
          return sent[0]?.headers["traceparent"] !== undefined
        })
      assert.isFalse(yield* isTraced({}))
      assert.isTrue(yield* isTraced({ transformClient: HttpClient.withTracerDisabledWhen(() => false) }))
    })
  )

  it.effect(
    "what a transformation of the client adds goes out, and a failure on the status does not hide the answer",
    () =>
      Effect.gen(function* () {
        const { client, sent } = recorded(() =>
          json({ error: { status: "ABORTED", message: "lost" } }, { status: 409 })
        )
        const operations = yield* operationsOver(client, {
          transformClient: (_) =>
            HttpClient.filterStatusOk(HttpClient.mapRequest(_, HttpClientRequest.setHeader("x-mine", "1")))
        })
        const error = yield* Effect.flip(operations.get(name))
        assert.include(error.message, "lost")
        assert.strictEqual(error._tag, "Aborted")
        assert.strictEqual(sent[0]?.headers["x-mine"], "1")
      })
  )

  it.effect("is provided as a layer, also from the configuration", () =>
    Effect.gen(function* () {
      const { client, sent } = recorded(() => json({ name }))
      const http = Layer.succeed(HttpClient.HttpClient, client)
      const get = Effect.flatMap(Operations, (operations) => operations.get(name))
      const expected = Operation.running({ name })
      assert.deepStrictEqual(
        yield* get.pipe(Effect.provide(Layer.provide(RestOperations.layer({ service }), http))),
        expected
      )
      const configured = RestOperations.layerConfig({
        service,
        endpoint: Config.string("LRO_ENDPOINT"),
        userProject: Config.string("LRO_PROJECT").pipe(Config.withDefault(undefined))
      }).pipe(Layer.provide(http))
      const withEndpoint = (endpoint: string) =>
        get.pipe(
          Effect.provide(configured),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["LRO_ENDPOINT", endpoint]])))
        )
      assert.deepStrictEqual(yield* withEndpoint("http://localhost:1"), expected)
      assert.strictEqual(sent[1]?.url, `http://localhost:1/v1/${name}`)
      const error = yield* Effect.flip(withEndpoint("ftp://localhost"))
      assert.include(JSON.stringify(error), "neither https: nor http:")
    })
  )
})
