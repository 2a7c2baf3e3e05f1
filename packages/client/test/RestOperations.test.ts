import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Operation from "@effect-lro/core/Operation"
import { Operations, type Service } from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Errors from "@effect-lro/core/OperationsError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Inspectable from "effect/Inspectable"
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

  describe("no answer", () => {
    it.effect("a connection that fails is TransportError with the causes told", () =>
      Effect.gen(function* () {
        const cause = new TypeError("fetch failed", { cause: Object.assign(new Error(""), { code: "ECONNREFUSED" }) })
        const request = HttpClientRequest.get("https://x/?key=canary")
        const { client, sent } = recorded(() => Effect.fail(new RequestError({ request, reason: "Transport", cause })))
        const error = yield* Effect.flip((yield* operationsOver(client)).cancel(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Connection", method: "cancel", operation: name })
        assert.include(error.message, "the connection failed: fetch failed: ECONNREFUSED")
        assert.notInclude(Inspectable.toStringUnknown(error), "canary")
        assert.isTrue(Errors.isRetryable(error))
        assert.strictEqual(sent.length, 1)
      })
    )

    it.effect("a connection that breaks within the answer is TransportError, never a result", () =>
      Effect.gen(function* () {
        const cut = () =>
          new Response(
            new ReadableStream({
              start: (controller) => {
                controller.enqueue(new TextEncoder().encode(`{"name": "${name}", "done": true, "error": {"code": 1}}`))
              },
              pull: (controller) => controller.error(new Error("terminated"))
            })
          )
        const error = yield* Effect.flip((yield* operationsOver(recorded(cut).client)).get(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Connection" })
        assert.include(error.message, "terminated")
      })
    )

    it.effect.each([300, 301, 302, 303, 304, 307, 308])("a redirect (%s) is refused", (status) =>
      Effect.gen(function* () {
        const headers = { location: "http://169.254.169.254/" }
        const { client, sent } = recorded(() => new Response(null, { status, headers }))
        const error = yield* Effect.flip((yield* operationsOver(client)).get(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Redirect" })
        assert.isFalse(Errors.isRetryable(error))
        assert.strictEqual(sent.length, 1)
      })
    )

    it.effect("there is a limit of 30 seconds for headers and body together", () =>
      Effect.gen(function* () {
        const hanging = (sent: { readonly method: string }) =>
          sent.method === "GET"
            ? Effect.never
            : Effect.delay(Effect.succeed(new Response(new ReadableStream({}))), "20 seconds")
        const operations = yield* operationsOver(recorded(hanging).client)
        for (const verb of ["get", "cancel"] as const) {
          const fiber = yield* Effect.fork(Effect.flip(call(operations, verb, name)))
          yield* TestClock.adjust("29999 millis")
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(fiber)
          assert.deepInclude(error, { _tag: "TransportError", reason: "Timeout" })
          assert.include(error.message, "30s")
        }
      })
    )

    it.effect("the limit can be another, and wait has its own on top", () =>
      Effect.gen(function* () {
        const operations = yield* operationsOver(recorded(() => Effect.never).client, { requestTimeout: "2 seconds" })
        const limits: ReadonlyArray<
          readonly [Effect.Effect<Operation.Operation, OperationsError>, Duration.DurationInput]
        > = [
          [operations.get(name), "2 seconds"],
          [operations.wait(name, { timeout: "10 seconds" }), "12 seconds"],
          [operations.wait(name), "302 seconds"]
        ]
        for (const [effect, limit] of limits) {
          const fiber = yield* Effect.fork(Effect.flip(effect))
          yield* TestClock.adjust(Duration.subtract(limit, 1))
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          yield* TestClock.adjust(1)
          assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout" })
        }
        const forever = yield* Effect.fork(operations.wait(name, { timeout: Duration.infinity }))
        yield* TestClock.adjust("1000 days")
        assert.isTrue(Option.isNone(yield* Fiber.poll(forever)))
        yield* Fiber.interrupt(forever)
      })
    )

    it.effect("each of many requests has its own limit, counted from its own beginning", () =>
      Effect.gen(function* () {
        const answers = [Effect.never, Effect.delay(Effect.succeed(json({ name })), "25 seconds"), Effect.never]
        const operations = yield* operationsOver(recorded(() => answers.shift() ?? Effect.never).client)
        const ends: Array<string> = []
        const start = (label: string) =>
          operations.get(name).pipe(
            Effect.match({ onFailure: (error) => error._tag, onSuccess: (operation) => operation._tag }),
            Effect.zip(Clock.currentTimeMillis),
            Effect.map(([tag, now]) => ends.push(`${label} ${tag} ${now}`)),
            Effect.fork,
            Effect.zipLeft(TestClock.adjust("10 seconds"))
          )
        const a = yield* start("a")
        const b = yield* start("b")
        const c = yield* start("c")
        assert.deepStrictEqual(ends, ["a TransportError 30000"])
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll([a, b, c])
        const later = yield* start("d")
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(later)
        assert.deepStrictEqual(ends, [
          "a TransportError 30000",
          "b Running 35000",
          "c TransportError 50000",
          "d TransportError 120000"
        ])
      })
    )

    it.effect("the limit holds where the caller cannot be interrupted, and the request is over when it is told", () =>
      Effect.gen(function* () {
        let over = false
        const client = HttpClient.make(() =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.delay(
              Effect.sync(() => (over = true)),
              "1 seconds"
            )
          )
        )
        const operations = yield* operationsOver(client)
        const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(operations.get(name))))
        yield* TestClock.adjust("30 seconds")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* TestClock.adjust("1 seconds")
        assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout" })
        assert.isTrue(over)
      })
    )

    it.live("no timer is left when all requests are over, answered or interrupted", () =>
      Effect.gen(function* () {
        const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length
        // The timer's fiber is told to end and does so in a turn of its own.
        const settled = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
        const before = timers()
        let hang = false
        const operations = yield* operationsOver(
          recorded(() => (hang ? Effect.async<never>(() => {}) : Effect.as(Effect.yieldNow(), json({ name })))).client
        )
        yield* Effect.all([operations.get(name), operations.get(name), operations.cancel(name)], {
          concurrency: "unbounded"
        })
        yield* settled
        assert.strictEqual(timers(), before)
        hang = true
        const fiber = yield* Effect.fork(operations.get(name))
        yield* Effect.yieldNow()
        assert.strictEqual(timers(), before + 1)
        yield* Fiber.interrupt(fiber)
        yield* settled
        assert.strictEqual(timers(), before)
      })
    )

    it.effect("the caller's context and FiberRefs reach the client", () =>
      Effect.gen(function* () {
        const mine = FiberRef.unsafeMake("nothing")
        let seen = ""
        const client = HttpClient.make((request) =>
          Effect.gen(function* () {
            const span = yield* Effect.option(Effect.currentSpan)
            seen = `${yield* FiberRef.get(mine)} ${Option.getOrThrow(span).name}`
            return HttpClientResponse.fromWeb(request, json({ name }))
          })
        )
        const operations = yield* operationsOver(client)
        yield* operations.get(name).pipe(Effect.locally(mine, "mine"), Effect.withSpan("caller"))
        assert.strictEqual(seen, "mine caller")
      })
    )

    it.effect("an interruption aborts the request", () =>
      Effect.gen(function* () {
        let aborted = false
        const client = HttpClient.make((_request, _url, signal) => {
          signal.addEventListener("abort", () => (aborted = true))
          return Effect.never
        })
        const fiber = yield* Effect.fork((yield* operationsOver(client)).get(name))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        assert.isTrue(aborted)
      })
    )
  })

  describe("secrets", () => {
    it.effect("no error shows a token or a query, printed in whatever way", () =>
      Effect.gen(function* () {
        const answers: ReadonlyArray<(echo: string) => Response | Effect.Effect<Response, RequestError>> = [
          (echo) => json({ error: { code: 401, message: `bad: ${echo}`, status: "UNAUTHENTICATED" } }, { status: 401 }),
          (echo) => new Response(`<p>${echo}</p>`, { status: 502 }),
          (echo) => new Response(echo),
          (echo) =>
            Effect.fail(
              new RequestError({
                request: HttpClientRequest.get("https://x/?pageToken=canary", { headers: { authorization: echo } }),
                reason: "Transport",
                cause: new TypeError(`Headers.append: "${echo}" is an invalid header value.`)
              })
            )
        ]
        for (const answer of answers) {
          const { client, sent } = recorded((sent) => answer(sent.headers["authorization"] ?? ""))
          const operations = yield* operationsOver(client, {
            credentials: Credentials.bearer(Redacted.make("canary"))
          })
          const exit = yield* Effect.exit(operations.listPage({ name: "projects/demo", pageToken: "canary" }))
          assert.strictEqual(sent[0]?.headers["authorization"], "Bearer canary")
          const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
          const error = Option.getOrThrow(Cause.failureOption(cause))
          const texts = [
            Cause.pretty(cause),
            JSON.stringify(error),
            JSON.stringify(cause),
            error.message,
            Inspectable.toStringUnknown(error),
            String(Object.values(error).map((value) => Inspectable.toStringUnknown(value)))
          ]
          for (const text of texts) assert.notInclude(text, "canary")
        }
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
