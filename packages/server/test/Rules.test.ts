import * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Sent, serve, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const methods = ["get", "list", "cancel", "delete", "wait"] as const

/** A server on which nothing has to be waited for. */
const open = (options: Partial<OperationsServer.Options> = {}, names: ReadonlyArray<string> = [`${p}/a`]) =>
  Effect.tap(serve(options, FakeOperations.make(names)), ({ fake }) => Deferred.succeed(fake.wake, undefined))

const everyMethod: ReadonlyArray<readonly [line: string, sent?: Sent]> = [
  [`GET /v1/${p}/a`],
  [`GET /v1/${p}`],
  [`POST /v1/${p}/a:cancel`, { body: "{}" }],
  [`POST /v1/${p}/a:wait`, { body: "{}" }],
  [`DELETE /v1/${p}/a`]
]

/** What real clients force on a server; each rule was seen with an official client of Earth Engine or of Google Cloud. */
describe("Rules of real clients", () => {
  describe("rule 1: every success is 200 with a JSON object, never 204 and never an empty body", () => {
    for (const [line, sent] of [
      ...everyMethod,
      ["GET /v1/projects/none/operations"] as const,
      ["GET /healthz"] as const,
      ["GET /readyz"] as const,
      ["GET /openapi.json"] as const
    ]) {
      it.effect(line, () =>
        Effect.gen(function* () {
          const { ask } = yield* open()
          const answer = yield* ask(line, sent)
          assert.deepStrictEqual(
            [answer.status, answer.headers["content-type"], typeof answer.json],
            [200, "application/json; charset=UTF-8", "object"]
          )
          assert.isAbove(answer.text.length, 1)
        })
      )
    }
  })

  describe("rule 2: the content type of no body is ignored, and a cancel may have {}, nothing, or empty content", () => {
    for (const [shown, sent] of [
      ["{}", { body: "{}", headers: { "content-type": "application/json" } }],
      ["{} of any charset", { body: "{}", headers: { "content-type": "application/json; charset=latin1" } }],
      ["nothing", {}],
      ["nothing that is called HTML", { headers: { "content-type": "text/html" } }],
      ["empty content", { body: "", headers: { "content-type": "application/x-protobuf", "content-length": "0" } }]
    ] satisfies ReadonlyArray<readonly [string, Sent]>) {
      it.effect(shown, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* open()
          assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel`, sent)).text, "{}")
          assert.strictEqual(fake.store.get(`${p}/a`)?._tag, "Cancelled")
        })
      )
    }
  })

  describe("rule 3: system parameters are no fields of a method, and a question mark may be all of a query", () => {
    for (const query of [
      "alt=json",
      "$alt=json%3Benum-encoding=int",
      "%24alt=json",
      "prettyPrint=false",
      "$prettyPrint=0",
      "key=k",
      ""
    ]) {
      it.effect(`?${query}`, () =>
        Effect.gen(function* () {
          for (const [line, sent] of everyMethod) {
            const { ask } = yield* open()
            assert.strictEqual((yield* ask(`${line}?${query}`, sent)).status, 200, line)
          }
        })
      )
    }
  })

  describe("rule 4: a batch answers each part under its id, with a boundary that is not quoted", () => {
    const batched = ServiceDescription.project({ id: "x.example.com", batchPath: "batch" })
    const part = (id: string, path: string, headers: Readonly<Record<string, string>> = {}): Batch.Request => ({
      id,
      method: "GET",
      path,
      headers,
      body: ""
    })
    const send = (parts: ReadonlyArray<Batch.Request>, options: Partial<OperationsServer.Options> = {}) =>
      Effect.gen(function* () {
        const { ask, fake } = yield* open({ service: batched, ...options })
        const { body, contentType } = Either.getOrThrow(Batch.encodeRequests(parts))
        return { answer: yield* ask("POST /batch", { body, headers: { "content-type": contentType } }), fake }
      })

    it.effect("which a client finds by cutting at it", () =>
      Effect.gen(function* () {
        const { answer } = yield* send([part(`${p}/a`, `/v1/${p}/a`), part("none", `/v1/${p}/none`)])
        const boundary = answer.headers["content-type"]?.split("; boundary=")[1] ?? ""
        assert.notInclude(boundary, '"')
        const parts = answer.text.split(`--${boundary}`).slice(1, -1)
        assert.deepStrictEqual(
          parts.map((text) => /Content-ID: <response-(.*)>\r\n(?:.*\r\n)*\r\nHTTP\/1\.1 (\d+) /.exec(text)?.slice(1)),
          [
            [`${p}/a`, "200"],
            ["none", "404"]
          ]
        )
      })
    )

    it.effect("of which there are not more than so many", () =>
      Effect.gen(function* () {
        const parts = (count: number) => Array.from({ length: count }, (_, i) => part(String(i), `/v1/${p}/a`))
        assert.strictEqual((yield* send(parts(100))).answer.status, 200)
        const { answer, fake } = yield* send(parts(101), { batch: { maxParts: 100 } })
        assert.deepStrictEqual([answer.status, statusOf(answer), fake.asked], [400, "INVALID_ARGUMENT", []])
      })
    )

    it.effect("and whose paths lead to no other host and to no other batch", () =>
      Effect.gen(function* () {
        const raw = (path: string) => ({
          headers: { "content-type": "multipart/mixed; boundary=b" },
          body: `--b\r\nContent-Type: application/http\r\nContent-ID: <1>\r\n\r\nGET ${path} HTTP/1.1\r\n\r\n\r\n--b--\r\n`
        })
        for (const path of [`http://evil.example/v1/${p}/a`, `//evil.example/v1/${p}/a`, "@evil.example", "/batch"]) {
          const { ask, fake } = yield* open({ service: batched })
          yield* ask("POST /batch", raw(path))
          assert.deepStrictEqual(fake.asked, [], path)
        }
      })
    )
  })

  it.effect("rule 5: the discovery document is for everybody, and has the routes that are served", () =>
    Effect.gen(function* () {
      const { ask } = yield* open({ authenticate: () => Effect.die("nobody is asked") })
      const answer = yield* ask("GET /$discovery/rest?version=v1")
      assert.strictEqual(answer.status, 200)
      for (const method of methods) assert.include(answer.text, `"earthengine.projects.operations.${method}"`)
    })
  )

  describe("rule 6: an error is always an envelope in JSON, with code, message and status", () => {
    for (const [line, sent, status] of [
      ["GET /nowhere", {}, [404, "NOT_FOUND"]],
      [`GET /v2/${p}/a`, {}, [404, "NOT_FOUND"]],
      [`GET /v1/${p}/none`, {}, [404, "NOT_FOUND"]],
      [`PUT /v1/${p}/a`, {}, [405, "UNIMPLEMENTED"]],
      [`POST /v1/${p}/a:cancel`, { body: " ".repeat(70_000) }, [413, "RESOURCE_EXHAUSTED"]],
      [`GET /v1/${p}/${"x".repeat(9000)}`, {}, [414, "INVALID_ARGUMENT"]],
      [`POST /v1/${p}/a:cancel`, { body: "<a/>", headers: { "content-type": "text/xml" } }, [415, "INVALID_ARGUMENT"]]
    ] satisfies ReadonlyArray<readonly [string, Sent, readonly [number, string]]>) {
      it.effect(`${status[0]} for ${line.slice(0, 60)}`, () =>
        Effect.gen(function* () {
          const { ask } = yield* open()
          const answer = yield* ask(line, sent)
          const { error } = answer.json as { error: { code: number; message: string; status: string } }
          assert.deepStrictEqual([answer.status, error.code, error.status], [status[0], ...status])
          assert.isAbove(error.message.length, 0)
          assert.strictEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
          // What is allowed is told, so that a client need not try.
          if (answer.status === 405) assert.strictEqual(answer.headers["allow"], "DELETE, GET, HEAD")
          // A route that is none and an operation that is none are told apart.
          assert.strictEqual(answer.text.includes("ROUTE_NOT_FOUND"), line.includes("nowhere") || line.includes("/v2/"))
        })
      )
    }
  })

  it.effect(
    "rule 7: pages of 500 work, larger ones are made smaller, negative ones and foreign tokens are refused",
    () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 600 }, (_, i) => `${p}/${i}`)
        const { ask } = yield* open({}, names)
        const page = (query: string) =>
          Effect.map(ask(`GET /v1/${p}?${query}`), (answer) => ({
            status: statusOf(answer),
            ...(answer.json as { operations?: ReadonlyArray<unknown>; nextPageToken?: string })
          }))
        const first = yield* page("pageSize=500")
        assert.strictEqual(first.operations?.length, 500)
        assert.strictEqual((yield* page("pageSize=100000")).operations?.length, 500)
        assert.strictEqual((yield* page(`pageSize=500&pageToken=${first.nextPageToken}`)).operations?.length, 100)
        assert.strictEqual((yield* page("pageSize=-1")).status, "INVALID_ARGUMENT")
        const changed = yield* page(`pageSize=500&filter=done%3Dtrue&pageToken=${first.nextPageToken}`)
        assert.strictEqual(changed.status, "INVALID_ARGUMENT")
      })
  )

  describe("rule 9: all three families of names are served", () => {
    for (const [family, service, parent] of [
      ["of a project", ServiceDescription.project({ id: "x.example.com" }), "projects/p/"],
      ["of a location", ServiceDescription.regional({ id: "x.example.com" }), "projects/p/locations/l/"],
      ["without a parent", ServiceDescription.global({ id: "x.example.com" }), ""]
    ] as const) {
      it.effect(family, () =>
        Effect.gen(function* () {
          const name = `${parent}operations/a`
          const { ask } = yield* open({ service }, [name])
          assert.deepStrictEqual((yield* ask(`GET /v1/${name}`)).json, { name })
          assert.strictEqual((yield* ask(`GET /v1/${parent}operations`)).status, 200)
          assert.strictEqual((yield* ask(`POST /v1/${name}:cancel`)).text, "{}")
        })
      )
    }
  })

  it.effect("rule 10: what the service says to a cancel of the done and of the unknown is answered as it is", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* open()
      const done = Operation.ended({ name: `${p}/a`, error: Status.make({ code: "CANCELLED" }) })
      fake.store.set(done.name, done)
      assert.deepStrictEqual((yield* ask(`POST /v1/${p}/a:cancel`)).text, "{}")
      const unknown = yield* ask(`POST /v1/${p}/none:cancel`)
      assert.deepStrictEqual([unknown.status, statusOf(unknown)], [404, "NOT_FOUND"])
    })
  )
})
