import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

/** Protocol: which request is which method, by the raw path. */
const table: ReadonlyArray<{
  readonly request: string
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly error?: string
  /** What the service was asked, if it was. */
  readonly asked?: readonly [string, string]
}> = [
  { request: `GET /v1/${p}`, status: 200, asked: ["list", "projects/p"] },
  { request: `GET /v1/${p}/`, status: 200, asked: ["list", "projects/p"] },
  { request: `GET /v1/${p}?`, status: 200, asked: ["list", "projects/p"] },
  { request: `DELETE /v1/${p}`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `POST /v1/${p}:cancel`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `POST /v1/${p}/:cancel`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `POST /v1/${p}:wait`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/a:cancel`, status: 405, error: "UNIMPLEMENTED" },
  { request: `GET /v1/${p}/a:foo`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/a:foo`] },
  { request: `GET /v1/${p}/a%3Acancel`, status: 200, asked: ["get", `${p}/a:cancel`] },
  { request: `POST /v1/${p}/a%3Acancel:cancel`, status: 200, asked: ["cancel", `${p}/a:cancel`] },
  { request: `POST /v1/${p}/a:b:cancel`, status: 200, asked: ["cancel", `${p}/a:b`] },
  { request: `POST /v1/${p}/a:cancel:cancel`, status: 200, asked: ["cancel", `${p}/a:cancel`] },
  { request: `POST /v1/${p}/a:cancel/`, status: 405, error: "UNIMPLEMENTED" },
  {
    request: `GET /v1/projects/example.com:p/operations/a`,
    status: 200,
    asked: ["get", "projects/example.com:p/operations/a"]
  },
  {
    request: `GET /v1/projects/example.com%3Ap/operations/a`,
    status: 200,
    asked: ["get", "projects/example.com:p/operations/a"]
  },
  {
    request: `POST /v1/projects/example.com:p/operations/a:cancel`,
    status: 200,
    asked: ["cancel", "projects/example.com:p/operations/a"]
  },
  { request: `POST /v1/${p}/a`, status: 405, error: "UNIMPLEMENTED" },
  { request: `PUT /v1/${p}/a`, status: 405, error: "UNIMPLEMENTED" },
  { request: `PATCH /v1/${p}/a`, status: 405, error: "UNIMPLEMENTED" },
  { request: `OPTIONS /v1/${p}/a`, status: 405, error: "UNIMPLEMENTED" },
  { request: `GET /v2/${p}/a`, status: 404, error: "NOT_FOUND" },
  { request: `GET /`, status: 404, error: "NOT_FOUND" },
  { request: `GET /v1/projects/p/operation/a`, status: 404, error: "NOT_FOUND" },
  { request: `GET /V1/${p}/a`, status: 404, error: "NOT_FOUND" },
  { request: `GET /v1beta/${p}/a`, status: 200, asked: ["get", `${p}/a`] },
  { request: `GET /v1/${p}/a/`, status: 200, asked: ["get", `${p}/a`] },
  { request: `GET /v1/${p}/x/y`, status: 200, asked: ["get", `${p}/x/y`] },
  { request: `GET /v1/${p}/x%2Fy`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/x%2Fy`] },
  { request: `GET /v1/${p}/x%252Fy`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/x%2Fy`] },
  { request: `GET /v1/${p}/50%25`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/50%`] },
  { request: `GET /v1/${p}/a+b`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/a+b`] },
  { request: `GET /v1/${p}/%C3%A9`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/é`] },
  { request: `GET /v1/${p}/a%3Fb%23c`, status: 404, error: "NOT_FOUND", asked: ["get", `${p}/a?b#c`] },
  { request: `GET /v1/${p}/..`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/../secrets`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%2e%2e`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%2E.`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `POST /v1/${p}/..:cancel`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%252e%252e`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1//${p}/a`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET //v1/${p}/a`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}//a`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/a%00b`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/a%0D%0Ab`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%zz`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%ff`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/%ED%A0%80`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/${"n".repeat(2000)}`, status: 400, error: "INVALID_ARGUMENT" },
  { request: `GET /v1/${p}/${"n".repeat(9000)}`, status: 414, error: "INVALID_ARGUMENT" },
  {
    request: `POST /v1/${p}/a`,
    headers: { "x-http-method-override": "DELETE" },
    status: 200,
    asked: ["delete", `${p}/a`]
  },
  { request: `POST /v1/${p}/a`, headers: { "x-http-method-override": "get" }, status: 200, asked: ["get", `${p}/a`] },
  {
    request: `POST /v1/${p}/a`,
    headers: { "x-http-method-override": "BREW\u00e9" },
    status: 405,
    error: "UNIMPLEMENTED"
  },
  { request: `GET /v1/${p}/a`, headers: { "x-http-method-override": "DELETE" }, status: 200, asked: ["get", `${p}/a`] }
]

const names = [`${p}/a`, `${p}/a:b`, `${p}/a:cancel`, `${p}/x/y`, "projects/example.com:p/operations/a"]

describe("Routing", () => {
  for (const { asked, error, headers, request, status } of table) {
    const shown = request.length > 100 ? `${request.slice(0, 100)}…` : request
    it.effect(`answers ${shown}${headers === undefined ? "" : ` ${JSON.stringify(headers)}`} with ${status}`, () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve({}, FakeOperations.make(names))
        const answer = yield* ask(request, headers === undefined ? {} : { headers })
        assert.strictEqual(answer.status, status, answer.text)
        assert.strictEqual(statusOf(answer), error)
        assert.deepStrictEqual(
          fake.asked.map(([method, name]) => [method, name]),
          asked === undefined ? [] : [[...asked]]
        )
        assert.strictEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
      })
    )
  }

  it.effect("says in Allow which methods a path answers to", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      const allowed = (line: string) => Effect.map(ask(line), (answer) => answer.headers["allow"])
      assert.strictEqual(yield* allowed(`OPTIONS /v1/${p}/a`), "DELETE, GET, HEAD")
      assert.strictEqual(yield* allowed(`GET /v1/${p}/a:cancel`), "POST")
      assert.strictEqual(yield* allowed(`GET /v1/nothing`), undefined)
    })
  )

  it.effect("answers HEAD as GET, without the body", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* serve()
      const answer = yield* ask(`HEAD /v1/${p}/a`)
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.text, "")
      assert.deepStrictEqual(fake.asked, [["get", `${p}/a`]])
      assert.strictEqual((yield* ask(`HEAD /v1/${p}/none`)).status, 404)
    })
  )

  it.effect("leaves reserved characters encoded where it is told to decode like ESPv2", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* serve({ decoding: "all-but-reserved" })
      yield* ask(`GET /v1/${p}/a%3Ab%20c`)
      assert.deepStrictEqual(fake.asked, [["get", `${p}/a%3Ab c`]])
    })
  )

  it.effect("does not serve what the service does not bind", () =>
    Effect.gen(function* () {
      const service = ServiceDescription.project({ id: "demo.example.com", ids: "multi-segment", methods: ["get"] })
      const { ask, fake } = yield* serve({ service })
      assert.strictEqual((yield* ask(`POST /v1/${p}/a:wait`)).status, 405)
      assert.strictEqual((yield* ask(`DELETE /v1/${p}/a`)).status, 405)
      assert.strictEqual((yield* ask(`GET /v1/${p}`)).status, 400)
      assert.strictEqual((yield* ask(`GET /v1/${p}/a`)).status, 200)
      assert.deepStrictEqual(fake.asked, [["get", `${p}/a`]])
    })
  )
})
