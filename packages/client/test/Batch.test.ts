import * as Batches from "@effect-lro/client/Batches"
import * as Credentials from "@effect-lro/client/Credentials"
import type * as RestOperations from "@effect-lro/client/RestOperations"
import * as Bulk from "@effect-lro/core/Bulk"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Errors from "@effect-lro/core/OperationsError"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Support from "./support/service.js"
import { json, recorded, type Sent } from "./support/service.js"

const service = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  ids: "multi-segment",
  methods: ServiceDescription.methods,
  batchPath: "batch"
})

const root = "https://earthengine.googleapis.com"

const nameOf = (id: string | number) => `projects/demo/operations/${id}`

const a = nameOf("a")
const b = nameOf("b")

/** What one request is answered with, by itself or in a batch. */
interface Single {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

const ok = (name: string): Single => ({
  status: 200,
  headers: { "content-type": "application/json; charset=UTF-8" },
  body: JSON.stringify({ name })
})

const error = (status: number, code: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { "content-type": "application/json; charset=UTF-8", ...headers },
  body: JSON.stringify({ error: { code: status, message: "no", status: code, ...more } })
})

const partsOf = (sent: Sent | undefined): ReadonlyArray<Batch.Request> =>
  Either.getOrThrow(Batch.decodeRequests({ contentType: sent?.headers["content-type"] ?? "", body: sent?.body ?? "" }))

const isBatch = (sent: Sent) => sent.url.endsWith("/batch")

/** Answers a request by its path, whether it comes by itself or in a batch. */
const serving = (answer: (path: string, sent: Sent) => Single) =>
  recorded((sent) => {
    if (!isBatch(sent)) {
      const { body, headers, status } = answer(new URL(sent.url).pathname, sent)
      return new Response(status === 204 || status === 304 ? null : body, { status, headers: headers ?? {} })
    }
    const answers = partsOf(sent).map((part): Batch.Response => ({
      headers: {},
      ...answer(part.path, sent),
      id: part.id
    }))
    const { body, contentType } = Either.getOrThrow(Batch.encodeResponses(answers))
    return new Response(body, { headers: { "content-type": contentType } })
  })

type Answers = ReadonlyArray<Either.Either<unknown, OperationsError>>

const tagsOf = (answers: Answers): ReadonlyArray<string> =>
  answers.map(Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "ok" }))

const operationsOver = (...[client, options]: Parameters<typeof Support.operationsOver>) =>
  Support.operationsOver(client, { service, batches: Batches.make(), ...options })

const batchOver = (...parameters: Parameters<typeof operationsOver>): Effect.Effect<Operations.Batch> =>
  Effect.map(operationsOver(...parameters), ({ batch }) => {
    if (batch === undefined) throw new Error("there is no batch")
    return batch
  })

describe("RestOperations.batch", () => {
  describe("on the wire", () => {
    it.effect("is one POST, with a part for each request and credentials around all of them", () =>
      Effect.gen(function* () {
        const { client, sent } = serving((path) => ok(path.slice(4)))
        const batch = yield* batchOver(client, {
          credentials: Credentials.bearer(Redacted.make("token")),
          requestParams: true,
          userProject: "demo"
        })
        assert.deepStrictEqual(
          yield* batch.get([a, b]),
          [a, b].map((name) => Either.right(Operation.running({ name })))
        )
        assert.strictEqual(sent.length, 1)
        const [whole] = sent
        assert.isDefined(whole)
        const { "content-length": _, ...headers } = whole.headers
        assert.deepStrictEqual(
          { method: whole.method, url: whole.url, headers },
          {
            method: "POST",
            url: `${root}/batch`,
            headers: {
              accept: "*/*",
              authorization: "Bearer token",
              "content-type": "multipart/mixed; boundary=batch_effect-lro",
              "x-goog-user-project": "demo"
            }
          }
        )
        assert.notInclude(whole.body, "token")
        assert.deepStrictEqual(partsOf(whole), [
          { id: "0", method: "GET", path: `/v1/${a}`, headers: {}, body: "" },
          { id: "1", method: "GET", path: `/v1/${b}`, headers: {}, body: "" }
        ])
      })
    )

    it.effect("cancels with a POST and an empty object in each part", () =>
      Effect.gen(function* () {
        const { client, sent } = serving(() => ({ status: 200, body: "{}" }))
        const batch = yield* batchOver(client, { endpoint: "http://127.0.0.1:8085/base/" })
        assert.deepStrictEqual(yield* batch.cancel([nameOf("x y"), b]), [
          Either.right(undefined),
          Either.right(undefined)
        ])
        assert.strictEqual(sent[0]?.url, "http://127.0.0.1:8085/base/batch")
        assert.deepStrictEqual(
          partsOf(sent[0]).map(({ body, headers, method, path }) => [method, path, headers, body]),
          ["x%20y", "b"].map((id) => ["POST", `/v1/${nameOf(id)}:cancel`, { "content-type": "application/json" }, "{}"])
        )
      })
    )

    it.effect("sends nothing for names that are none, and nothing at all where all are", () =>
      Effect.gen(function* () {
        const { client, sent } = serving((path) => ok(path.slice(4)))
        const batch = yield* batchOver(client)
        const hostile = ["projects/demo/operations/..", "https://evil.example/x", "projects/demo/operations/a\r\nx: y"]
        assert.deepStrictEqual(tagsOf(yield* batch.cancel(hostile)), ["InvalidName", "InvalidName", "InvalidName"])
        assert.deepStrictEqual(yield* batch.get([]), [])
        assert.strictEqual(sent.length, 0)
        const mixed = yield* batch.get(["..", a, "", b, b])
        assert.deepStrictEqual(tagsOf(mixed), ["InvalidName", "ok", "InvalidName", "ok", "ok"])
        assert.deepStrictEqual(
          mixed.flatMap((answer) => (Either.isRight(answer) ? [answer.right.name] : [])),
          [a, b, b]
        )
        assert.strictEqual(sent.length, 1)
      })
    )

    it.effect.each<readonly [string, Partial<RestOperations.Options>, number | undefined]>([
      ["100 requests by default", {}, 100],
      ["as many as it is told", { batches: Batches.make({ size: 500 }) }, 500],
      ["none where nobody asked for batches", { batches: undefined }, undefined],
      ["none where one would be alone in it", { batches: Batches.make({ size: 1 }) }, undefined],
      ["none where the service takes none", { service: ServiceDescription.project({ id: "x.example" }) }, undefined]
    ])("holds %s", ([, options, size]) =>
      Effect.gen(function* () {
        const { client } = serving((path) => ok(path))
        const { batch } = yield* operationsOver(client, options)
        assert.strictEqual(batch?.size, size)
      })
    )
  })

  describe("answers", () => {
    const html = { "content-type": "text/html" }
    const info = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "RATE_LIMIT_EXCEEDED", domain: "d" }]

    it.effect.each<readonly [Single, string]>([
      [error(404, "NOT_FOUND"), "NotFound"],
      [{ status: 404, headers: html, body: "<h1>Error 404 (Not Found)!!1</h1>" }, "NotFound"],
      [error(501, "UNIMPLEMENTED"), "Unimplemented"],
      [error(429, "RESOURCE_EXHAUSTED", { details: info }, { "retry-after": "7" }), "ResourceExhausted"],
      [error(503, "UNAVAILABLE", {}, { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }), "Unavailable"],
      [error(403, "PERMISSION_DENIED"), "PermissionDenied"],
      [error(400, "FAILED_PRECONDITION"), "FailedPrecondition"],
      [{ status: 502, headers: html, body: "<title>Error 502</title>" }, "Unavailable"],
      [{ status: 302, headers: { location: "http://169.254.169.254/" }, body: "" }, "TransportError"],
      [{ status: 200, body: "" }, "MalformedResponse"],
      [{ status: 200, body: "<html>" }, "MalformedResponse"],
      [{ status: 200, body: "[]" }, "MalformedResponse"]
    ])("are the errors that requests by themselves have, of %j", ([answer, tag]) =>
      Effect.gen(function* () {
        const { client, sent } = serving((path) => (path.includes("/b") ? ok(b) : answer))
        const operations = yield* operationsOver(client)
        for (const method of ["get", "cancel"] as const) {
          const alone = yield* Effect.flip(operations[method](a))
          const [inBatch, other] = (yield* operations.batch?.[method]([a, b]) ?? Effect.succeed([])) as Answers
          assert.strictEqual(alone._tag, tag)
          assert.deepStrictEqual(inBatch, Either.left(alone))
          assert.isTrue(other !== undefined && Either.isRight(other))
        }
        assert.deepStrictEqual(sent.map(isBatch), [false, true, false, true])
      })
    )

    it.effect(
      "that are missing are lost, and those that make no sense are malformed: each about its own operation",
      () =>
        Effect.gen(function* () {
          const { body, contentType } = Either.getOrThrow(
            Batch.encodeResponses([
              { id: "2", headers: {}, ...ok(nameOf("c")) },
              { id: "0", headers: {}, ...ok(a) }
            ])
          )
          const { client } = recorded(
            () =>
              new Response(body.replace("HTTP/1.1 200 OK", "<html>"), {
                headers: { "content-type": contentType.replace(/=(.*)$/, `="$1"; charset=UTF-8`) }
              })
          )
          const batch = yield* batchOver(client)
          const answers = yield* batch.get([a, b, nameOf("c")])
          assert.deepStrictEqual(tagsOf(answers), ["ok", "TransportError", "MalformedResponse"])
          const errors = answers.flatMap((answer) => (Either.isLeft(answer) ? [answer.left] : []))
          assert.deepStrictEqual(
            errors.map((it) => ("operation" in it ? [it.operation, it.method, Errors.isRetryable(it)] : [])),
            [
              [b, "get", true],
              [nameOf("c"), "get", false]
            ]
          )
        })
    )

    it.effect.each<readonly [string, () => Response, string]>([
      ["a limit", () => json({ error: { status: "RESOURCE_EXHAUSTED" } }, { status: 429 }), "ResourceExhausted"],
      ["a path that is not served", () => new Response("<html>", { status: 404 }), "NotFound"],
      ["trouble", () => new Response("", { status: 503 }), "Unavailable"],
      ["a redirect", () => new Response(null, { status: 307, headers: { location: "http://x/" } }), "TransportError"],
      ["JSON", () => json({}), "MalformedResponse"],
      ["HTML", () => new Response("<html>", { headers: { "content-type": "text/html" } }), "MalformedResponse"],
      ["nothing", () => new Response(null, { status: 204 }), "MalformedResponse"]
    ])("that are one for the whole are its failure, of no operation: %s", ([, answer, tag]) =>
      Effect.gen(function* () {
        const { client } = recorded(answer)
        const batch = yield* batchOver(client)
        const failure = yield* Effect.flip(batch.cancel([a, b]))
        assert.strictEqual(failure._tag, tag)
        assert.strictEqual("operation" in failure ? failure.operation : undefined, "")
      })
    )
  })

  describe("with credentials that expire", () => {
    const refused = error(401, "UNAUTHENTICATED")

    const renewable = () => {
      let renewals = 0
      return {
        renewals: () => renewals,
        credentials: Credentials.bearer({
          get: Effect.sync(() => Redacted.make(`t${renewals}`)),
          renew: () => Effect.sync(() => Redacted.make(`t${++renewals}`))
        })
      }
    }

    it.effect("is sent once more where the whole was refused", () =>
      Effect.gen(function* () {
        const { client, sent } = recorded((sent) =>
          sent.headers["authorization"] === "Bearer t1"
            ? Response.json({}, { status: 404 })
            : new Response(refused.body, { status: 401, headers: refused.headers })
        )
        const { credentials, renewals } = renewable()
        const batch = yield* batchOver(client, { credentials })
        assert.strictEqual((yield* Effect.flip(batch.get([a, b])))._tag, "NotFound")
        assert.deepStrictEqual([sent.length, renewals()], [2, 1])
      })
    )

    it.effect("sends requests by themselves that were refused between others", () =>
      Effect.gen(function* () {
        const { client, sent } = serving((path, sent) =>
          sent.headers["authorization"] === "Bearer t0" && path.endsWith("b") ? refused : ok(path.slice(4))
        )
        const { credentials, renewals } = renewable()
        const batch = yield* batchOver(client, { credentials })
        assert.deepStrictEqual(tagsOf(yield* batch.get([a, b, nameOf("c")])), ["ok", "ok", "ok"])
        assert.deepStrictEqual([sent.length, renewals()], [3, 1])
      })
    )

    it.effect("fails where every request in it was refused, so that they are sent by themselves", () =>
      Effect.gen(function* () {
        const { client, sent } = serving((path, sent) =>
          isBatch(sent) || sent.headers["authorization"] !== "Bearer t1" ? refused : ok(path.slice(4))
        )
        const { credentials } = renewable()
        const operations = yield* operationsOver(client, { credentials })
        const names = Array.from({ length: 5 }, (_, index) => nameOf(index))
        const results = yield* Bulk.await(names, { timeout: "1 second", listFrom: Infinity }).pipe(
          Stream.runCollect,
          Effect.provideService(Operations.Operations, operations),
          VirtualTime.run
        )
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(results).map(({ result }) => String(Either.isLeft(result) && result.left._tag)),
          names.map(() => "StillRunning")
        )
        assert.strictEqual(sent.filter(isBatch).length, 1)
      })
    )
  })

  describe("below Bulk.cancel, in front of a server", () => {
    const over = (names: ReadonlyArray<string>, options: OperationsServer.Options["batch"]) =>
      Effect.gen(function* () {
        const script = Script.runsUntilCancelled({ onCancel: Script.stops("3 seconds") })
        const scripted = yield* TestOperations.make(Object.fromEntries(names.map((name) => [name, script])))
        const app = yield* OperationsServer.make({ service, batch: options }).pipe(
          Effect.provideService(Operations.Operations, scripted.operations)
        )
        const wire = yield* TestHttpClient.make(InMemory.toHttpClient(app))
        const operations = yield* operationsOver(wire.client)
        const results = yield* Bulk.cancel(names, { timeout: "1 minute", listFrom: Infinity }).pipe(
          Stream.runCollect,
          Effect.provideService(Operations.Operations, operations)
        )
        return { results: Chunk.toReadonlyArray(results), requests: yield* wire.control.requests, scripted }
      })

    it.live("a thousand operations take a hundred requests, and are cancelled once each", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 1000 }, (_, index) => nameOf(index))
        const { requests, results, scripted } = yield* VirtualTime.run(over(names, {}))
        assert.deepStrictEqual(
          new Set(results.map(({ name, result }) => `${name} ${Either.isRight(result) ? result.right._tag : "?"}`)),
          new Set(names.map((name) => `${name} Cancelled`))
        )
        assert.isAtMost(requests.length, 100)
        const asked = yield* scripted.control.requests
        assert.strictEqual(asked.filter(({ method }) => method === "cancel").length, 1000)
      })
    )

    it.live("all are cancelled too where the server takes no batches, after one that was in vain", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 150 }, (_, index) => nameOf(index))
        const { requests, results } = yield* VirtualTime.run(over(names, false))
        assert.isTrue(results.every(({ result }) => Either.isRight(result) && result.right._tag === "Cancelled"))
        assert.isAtLeast(requests.length, 300)
      })
    )
  })

  it.effect("has advice in its answers", () =>
    Effect.gen(function* () {
      const { client } = serving(() => error(429, "RESOURCE_EXHAUSTED", {}, { "retry-after": "7" }))
      const batch = yield* batchOver(client)
      const [answer] = yield* batch.get([a])
      assert.deepStrictEqual(
        answer !== undefined && Either.isLeft(answer) ? Errors.advice(answer.left) : undefined,
        Option.some(Duration.seconds(7))
      )
    })
  )
})
