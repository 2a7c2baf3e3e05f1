import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type * as Authenticator from "@effect-lro/server/Authenticator"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import type * as Route from "@effect-lro/server/Route"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { type Answer, serve as serveAny, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const service = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  versions: ["v1", "v1beta"],
  ids: "multi-segment",
  methods: ["get", "list", "cancel", "delete", "wait"],
  batchPath: "batch"
})

const serve = (options: Partial<OperationsServer.Options> = {}, fake?: FakeOperations.Fake) =>
  serveAny({ service, ...options }, fake)

const part = (line: string, more: Partial<Batch.Request> = {}): Batch.Request => {
  const [method = "", ...path] = line.split(" ")
  return {
    id: line,
    method: method as Batch.Request["method"],
    path: path.join(" "),
    headers: more.body === undefined ? {} : { "content-type": "application/json" },
    body: "",
    ...more
  }
}

type Ask = (
  line: string,
  sent?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
) => Effect.Effect<Answer>

/** Sends a batch as it is written, whatever it holds. */
const send = (
  ask: Ask,
  message: Batch.Message,
  headers: Readonly<Record<string, string>> = {},
  line = "POST /batch"
): Effect.Effect<Answer> =>
  ask(line, { body: message.body, headers: { ...headers, "content-type": message.contentType } })

const batch = (ask: Ask, parts: ReadonlyArray<Batch.Request>, headers?: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const answer = yield* send(ask, Either.getOrThrow(Batch.encodeRequests(parts)), headers)
    assert.strictEqual(answer.status, 200, answer.text)
    assert.match(answer.headers["content-type"] ?? "", /^multipart\/mixed; boundary=[^\s;"]+$/)
    const message = { contentType: answer.headers["content-type"] ?? "", body: answer.text }
    const read = Either.getOrThrow(
      Batch.decodeResponses(
        message,
        parts.map(({ id }) => id)
      )
    )
    return read.map(Either.getOrThrow)
  })

const reasonOf = (answer: { readonly body: string }): string =>
  (JSON.parse(answer.body) as { error: { details: ReadonlyArray<{ reason: string }> } }).error.details[0]?.reason ?? ""

const framed = (...inner: ReadonlyArray<string>): Batch.Message => ({
  contentType: "multipart/mixed; boundary=b",
  body: `${inner.map((it) => `--b\r\nContent-Type: application/http\r\n\r\n${it}\r\n`).join("")}--b--\r\n`
})

const written = (count: number): Batch.Message =>
  Either.getOrThrow(Batch.encodeRequests(Array.from({ length: count }, () => part(`GET /v1/${p}/a`))))

const refused = new OperationsError.Unauthorized({
  operation: "",
  method: "get",
  reason: "Refused",
  status: Status.make({ code: "UNAUTHENTICATED", message: "no token" })
})

const denied = new OperationsError.PermissionDenied({
  operation: "",
  method: "get",
  status: Status.make({ code: "PERMISSION_DENIED", message: "not you" })
})

describe("A batch", () => {
  const lines: ReadonlyArray<Batch.Request> = [
    part(`GET /v1/${p}/a`),
    part(`GET /v1/${p}/missing`),
    part(`GET /v1/projects/p/operations?pageSize=1`),
    part(`GET /v1/projects/p/operations?pageSize=-1`),
    part(`GET /v1/${p}/a?unheardOf=1`),
    part(`GET /v1/${p}/a?fields=name&prettyPrint=true`),
    part(`GET /v1/${p}/a?$.xgafv=1`),
    part(`GET /v1/${p}/%00`),
    part(`GET /v1/${p}/%2e%2e`),
    part(`GET /v2/${p}/a`),
    part(`GET /nowhere`),
    part(`GET /v1//x`),
    part(`GET /v1/${p}/${"a".repeat(9000)}`, { id: "long" }),
    part(`PUT /v1/${p}/a`),
    part(`GET /v1/${p}/a:cancel`),
    part(`POST /v1/${p}/b:cancel`, { body: "{}" }),
    part(`POST /v1/${p}/c:cancel`, { body: "{" }),
    part(`POST /v1/${p}/c:cancel`, { body: "{}", headers: { "content-type": "text/plain" } }),
    part(`POST /v1/${p}/c:cancel`, { body: "{}", headers: { "content-encoding": "gzip" } }),
    part(`POST /v1/${p}/c:cancel`, { body: `{"x":"${"x".repeat(70_000)}"}` }),
    part(`POST /v1/${p}/missing:cancel`, { body: "{}" }),
    part(`POST /v1/${p}/a`, { headers: { "x-http-method-override": "GET" } }),
    part(`POST /v1/${p}/c:cancel`, { id: "no body" }),
    part(`DELETE /v1/${p}/a`)
  ]

  it.effect("answers each request as it would be answered by itself, in the order of the requests", () =>
    Effect.gen(function* () {
      const names = ["a", "b", "c"].map((id) => `${p}/${id}`)
      const pageTokenKey = Redacted.make("the same for both")
      const alone = yield* serve({ pageTokenKey }, FakeOperations.make(names))
      const together = yield* serve({ pageTokenKey, batch: { concurrency: 1 } }, FakeOperations.make(names))
      const answers = yield* batch(together.ask, lines)
      for (const [index, { body, headers, id, method, path }] of lines.entries()) {
        const single = yield* alone.ask(`${method} ${path}`, { headers, ...(body === "" ? {} : { body }) })
        const answer = answers[index]
        assert.deepStrictEqual(
          [id, answer?.status, answer?.body, answer?.headers["content-type"], answer?.headers["allow"]],
          [id, single.status, single.text, single.headers["content-type"], single.headers["allow"]]
        )
      }
      assert.deepStrictEqual(together.fake.asked, alone.fake.asked)
    })
  )

  it.effect("has the answers in the order of the requests, each under the id of its own", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* serve()
      const parts = [
        part(`POST /v1/${p}/a:wait`, { id: "projects/p/operations/a", body: "{}" }),
        part(`GET /v1/${p}/a`, { id: "x + 1" }),
        part(`GET /v1/${p}/a`, { id: "x" }),
        part(`GET /v1/${p}/missing`, { id: "x" })
      ]
      yield* Deferred.succeed(fake.wake, undefined)
      const answer = yield* send(ask, Either.getOrThrow(Batch.encodeRequests(parts)))
      assert.deepStrictEqual(
        Array.from(answer.text.matchAll(/Content-ID: <response-(.*?)>\r\n\r\nHTTP\/1\.1 (\d+) /g), ([, id, status]) => [
          id,
          status
        ]),
        [
          ["projects/p/operations/a", "200"],
          ["x + 1", "200"],
          ["x", "200"],
          ["x", "404"]
        ]
      )
    })
  )

  describe("is refused as a whole", () => {
    it.effect.each<readonly [string, Batch.Message, number, string]>([
      ["without multipart", { contentType: "application/json", body: "{}" }, 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["without a body", { ...framed(), body: "" }, 400, "MALFORMED_BATCH"],
      ["without its end", { ...framed(), body: "--b\r\n" }, 400, "MALFORMED_BATCH"],
      ["with a part that is no request", framed(`GET /v1/${p}/a`, "hello"), 400, "MALFORMED_BATCH"],
      ["with an absolute URL", framed(`GET /v1/${p}/a`, "GET http://169.254.169.254/ HTTP/1.1"), 400, "NOT_A_PATH"],
      ["with another host", framed(`GET /v1/${p}/a`, "GET //169.254.169.254/x HTTP/1.1"), 400, "NOT_A_PATH"],
      ["with a user and a host", framed(`GET /v1/${p}/a`, "GET @evil.example HTTP/1.1"), 400, "NOT_A_PATH"],
      [
        "with a batch in it",
        framed(`GET /v1/${p}/a`, "POST /batch HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--"),
        400,
        "NESTED_BATCH"
      ],
      ["with 101 parts", framed(...Array.from({ length: 101 }, () => `GET /v1/${p}/a`)), 400, "TOO_MANY_PARTS"],
      ["with 10,000 bare parts", framed(...Array.from({ length: 10_000 }, () => "GET /")), 400, "TOO_MANY_PARTS"],
      ["with 10,000 parts as they are written", written(10_000), 413, "BODY_TOO_LARGE"],
      ["with more than 1 MiB", framed("x".repeat(1024 * 1024)), 413, "BODY_TOO_LARGE"]
    ])("%s, and nothing of it happens", ([, message, status, reason]) =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve()
        const answer = yield* send(ask, message)
        assert.strictEqual(answer.status, status)
        assert.strictEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
        assert.strictEqual(reasonOf({ body: answer.text }), reason)
        assert.deepStrictEqual(fake.asked, [])
      })
    )

    it.effect("with a query that means nothing, compressed, or not as UTF-8", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const message = framed(`GET /v1/${p}/a`)
        assert.strictEqual((yield* send(ask, message, {}, "POST /batch?key=k&prettyPrint=1")).status, 200)
        assert.strictEqual((yield* send(ask, message, {}, "POST /batch?x=1")).status, 400)
        assert.strictEqual((yield* send(ask, message, { "content-encoding": "gzip" })).status, 415)
        assert.strictEqual((yield* send(ask, message, { "content-encoding": "identity" })).status, 200)
        const { ask: lenient } = yield* serve({ unknownFields: "ignore" })
        assert.strictEqual((yield* send(lenient, message, {}, "POST /batch?x=1")).status, 200)
        const bytes = yield* ask("POST /batch", {
          body: new Uint8Array([0x2d, 0x2d, 0xff]),
          headers: { "content-type": message.contentType }
        })
        assert.strictEqual(bytes.status, 400)
      })
    )

    it.effect("by limits that can be set", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve({ batch: { maxParts: 2, maxBodyBytes: 400 } })
        const two = framed(`GET /v1/${p}/a`, `GET /v1/${p}/a`)
        assert.strictEqual((yield* send(ask, two)).status, 200)
        assert.strictEqual((yield* send(ask, framed("", "", ""))).status, 400)
        assert.strictEqual((yield* send(ask, framed("x".repeat(400)))).status, 413)
      })
    )

    it.effect("where there is no such path, and the discovery document knows", () =>
      Effect.gen(function* () {
        const discovered = (answer: Answer) => (answer.json as { readonly batchPath?: string }).batchPath
        const served = yield* serve()
        assert.strictEqual((yield* served.ask("GET /batch")).status, 405)
        assert.strictEqual((yield* send(served.ask, framed(`GET /v1/${p}/a`), {}, "POST /batch/")).status, 200)
        assert.strictEqual(discovered(yield* served.ask("GET /$discovery/rest")), "batch")
        const off = yield* serve({ batch: false })
        assert.strictEqual((yield* send(off.ask, framed(`GET /v1/${p}/a`))).status, 404)
        assert.isUndefined(discovered(yield* off.ask("GET /$discovery/rest")))
        const without = yield* serveAny()
        assert.strictEqual((yield* send(without.ask, framed(`GET /v1/${p}/a`))).status, 404)
      })
    )
  })

  it.effect("does not lead to itself", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* serve()
      const inner = Either.getOrThrow(Batch.encodeRequests([part(`GET /v1/${p}/a`)]))
      for (const path of ["/batch", "/batch/", "/batch?key=k", "/%62atch"]) {
        const [answer] = yield* batch(ask, [part(`POST ${path}`, { body: inner.body, headers: {} })])
        assert.strictEqual(answer?.status, 404)
      }
      assert.deepStrictEqual(fake.asked, [])
    })
  )

  describe("and credentials", () => {
    const good = "Bearer good"
    const authenticate: Authenticator.Authenticator = ({ headers, url }) =>
      headers["authorization"] === good
        ? url.includes("secret")
          ? Effect.fail(denied)
          : Effect.succeed({ id: "good" })
        : headers["authorization"] === "Bearer other"
          ? Effect.fail(denied)
          : Effect.fail(refused)
    const parts = [
      part(`GET /v1/${p}/a`, { id: "none" }),
      part(`GET /v1/${p}/a`, { id: "good", headers: { authorization: good } }),
      part(`GET /v1/${p}/a`, { id: "bad", headers: { authorization: "Bearer bad" } }),
      part(`GET /v1/${p}/a`, { id: "other", headers: { authorization: "Bearer other" } }),
      part(`GET /v1/${p}/secret`, { id: "secret", headers: { authorization: good } }),
      part(`GET /$discovery/rest`, { id: "public" })
    ]
    const statuses = (answers: ReadonlyArray<Batch.Response>) => answers.map(({ status }) => status)

    it.effect("checks those of each part, which may do without any of the whole", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve({ authenticate })
        const answers = yield* batch(ask, parts)
        assert.deepStrictEqual(statuses(answers), [401, 200, 401, 403, 403, 200])
        assert.strictEqual(answers[0]?.headers["www-authenticate"], "Bearer")
        assert.deepStrictEqual(fake.asked, [["get", `${p}/a`]])
      })
    )

    it.effect("takes those of the whole for every part that has none of its own", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve({ authenticate })
        const answers = yield* batch(ask, parts, { authorization: good })
        assert.deepStrictEqual(statuses(answers), [200, 200, 401, 403, 403, 200])
      })
    )

    it.effect("refuses the whole where its own are refused, and leaves what they permit to the parts", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve({ authenticate })
        const message = Either.getOrThrow(Batch.encodeRequests(parts))
        const answer = yield* send(ask, message, { authorization: "Bearer bad" })
        assert.deepStrictEqual([answer.status, statusOf(answer)], [401, "UNAUTHENTICATED"])
        assert.deepStrictEqual(fake.asked, [])
        const answers = yield* batch(ask, parts, { authorization: "Bearer other" })
        assert.deepStrictEqual(statuses(answers), [403, 200, 401, 403, 403, 200])
      })
    )

    it.effect("lets no part say what only a proxy may, or change where it came to", () =>
      Effect.gen(function* () {
        const seen: Array<Readonly<Record<string, string>>> = []
        const echo: Route.Route = {
          method: "POST",
          template: "/v1/echo",
          access: "public",
          handler: ({ request }) => Effect.sync(() => ({ count: seen.push({ ...request.headers }) }))
        }
        const { ask } = yield* serve({ routes: [echo] })
        const headers = {
          host: "evil.example",
          "x-forwarded-for": "10.0.0.1",
          "x-goog-iap-jwt-assertion": "forged",
          "content-length": "7",
          "user-agent": "part",
          "x-goog-user-project": "mine"
        }
        yield* batch(ask, [part("POST /v1/echo", { headers, body: "{}" })], {
          "x-forwarded-for": "192.0.2.1",
          "x-goog-user-project": "whole",
          "x-goog-api-client": "whole"
        })
        assert.deepStrictEqual(seen, [
          {
            "x-forwarded-for": "192.0.2.1",
            "user-agent": "part",
            "x-goog-user-project": "mine",
            "x-goog-api-client": "whole"
          }
        ])
      })
    )
  })

  it.effect("hands its requests' bodies to routes, and hides what they die of", () =>
    Effect.gen(function* () {
      const routes: ReadonlyArray<Route.Route> = [
        {
          method: "POST",
          template: "/v1/echo",
          handler: ({ body, request }) =>
            Effect.map(Effect.orDie(request.text), (text) => ({ body, same: JSON.parse(text) }))
        },
        { method: "GET", template: "/v1/die", handler: () => Effect.dieMessage("secret") }
      ]
      const { ask } = yield* serve({ routes })
      const [echo, died] = yield* batch(ask, [
        part("POST /v1/echo", { body: `{"é":"--batch_effect-lro\\r\\n"}` }),
        part("GET /v1/die")
      ])
      assert.deepStrictEqual(JSON.parse(echo?.body ?? ""), {
        body: { é: "--batch_effect-lro\r\n" },
        same: { é: "--batch_effect-lro\r\n" }
      })
      assert.strictEqual(died?.status, 500)
      assert.notInclude(died?.body ?? "", "secret")
    })
  )

  it.effect("answers so many requests at a time and no more", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const slow: Route.Route = {
        method: "GET",
        template: "/v1/slow",
        handler: () =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              most = Math.max(most, ++running)
            }),
            () => Effect.as(Effect.sleep("1 second"), {}),
            () => Effect.sync(() => running--)
          )
      }
      const { ask } = yield* serve({ routes: [slow], batch: { concurrency: 4 } })
      const fiber = yield* Effect.fork(
        Effect.timed(
          batch(
            ask,
            Array.from({ length: 10 }, () => part("GET /v1/slow"))
          )
        )
      )
      yield* TestClock.adjust("10 seconds")
      const [took] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([most, Duration.toSeconds(took)], [4, 3])
    })
  )

  it.effect("that a client gives up is not begun further; what was begun and changes something is finished", () =>
    Effect.gen(function* () {
      const done: Array<string> = []
      const route = (method: "GET" | "POST"): Route.Route => ({
        method,
        template: "/v1/{id=slow/*}",
        handler: ({ variables }) =>
          Effect.as(
            Effect.delay(
              Effect.sync(() => done.push(`${method} ${variables["id"]}`)),
              "1 second"
            ),
            {}
          )
      })
      const { ask } = yield* serve({ routes: [route("GET"), route("POST")], batch: { concurrency: 2 } })
      const fiber = yield* Effect.fork(
        batch(ask, [part("GET /v1/slow/a"), part("POST /v1/slow/b"), part("GET /v1/slow/c"), part("POST /v1/slow/d")])
      )
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(done, ["POST slow/b"])
    })
  )
})
