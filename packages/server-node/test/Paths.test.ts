import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Raw from "./fixtures/Raw.js"
import { type Options, p, start as startEither, ways } from "./fixtures/Server.js"

/** Request lines as they stand on the wire, which no HTTP client would write, and what the service was asked. */
const table: ReadonlyArray<readonly [line: string, status: number, asked?: string]> = [
  [`GET /v1/${p}/a`, 200, `get ${p}/a`],
  [`GET /v1/${p}/`, 200, "list projects/p"],
  [`GET /v1/${p}?`, 200, "list projects/p"],
  [`DELETE /v1/${p}`, 400],
  [`POST /v1/${p}:cancel`, 400],
  [`POST /v1/${p}/a:cancel`, 200, `cancel ${p}/a`],
  [`POST /v1/${p}/a:b:cancel`, 404, `cancel ${p}/a:b`],
  [`GET /v1/${p}/a:cancel`, 405],
  [`GET /v1/${p}/a:foo`, 404, `get ${p}/a:foo`],
  [`GET /v1/${p}/x%2Fy`, 404, `get ${p}/x%2Fy`],
  [`GET /v1/${p}/x%2fy`, 404, `get ${p}/x%2fy`],
  [`GET /v1/projects/example.com:p/operations/a`, 404, "get projects/example.com:p/operations/a"],
  [`GET /v1/projects/example.com%3ap/operations/a`, 404, "get projects/example.com:p/operations/a"],
  [`GET /v1/${p}/..`, 400],
  [`GET /v1/${p}/../a`, 400],
  [`GET /v1/${p}/./a`, 400],
  [`GET /v1/${p}/%2e%2e`, 400],
  [`GET /v1/${p}/%2e%2e/a`, 400],
  [`GET /v1/${p}/..%2fa`, 404, `get ${p}/..%2fa`],
  [`GET /v1/${p}//a`, 400],
  [`GET //v1/${p}/a`, 400],
  [`GET /v1/x/../${p}/a`, 400],
  [`GET /v1/${p}/a%00`, 400],
  [`GET /v1/${p}/a%0d%0aX-Injected:%201`, 400],
  [`GET /v1/${p}/a#fragment`, 404, `get ${p}/a#fragment`],
  [`GET /v1/${p}/a\\b`, 404, `get ${p}/a\\b`],
  [`GET /v1/${p}/a?alt=json&%24prettyPrint=0`, 200, `get ${p}/a`],
  [`GET http://169.254.169.254/v1/${p}/a`, 200, `get ${p}/a`],
  [`GET http://user@evil.example/v1/${p}/a?alt=json`, 200, `get ${p}/a`],
  [`OPTIONS *`, 400],
  [`TRACE /v1/${p}/a`, 405],
  [`PROPFIND /v1/${p}/a`, 405],
  [`GET /v2/${p}/a`, 404],
  [`GET /`, 404]
]

for (const { hotPath, isAtHand, way } of ways) {
  const start = (options: Options = {}, fake?: FakeOperations.Fake) =>
    startEither({ hotPath, isAtHand, ...options }, fake)

  describe(`Paths ${way}`, () => {
    for (const [line, status, asked] of table) {
      it.scopedLive(`answers ${JSON.stringify(line)} with ${status}`, () =>
        Effect.gen(function* () {
          const { fake, port } = yield* start()
          const answer = yield* Raw.ask(port, Raw.request(line))
          assert.strictEqual(answer.status, status, answer.body)
          assert.deepStrictEqual(
            fake.asked.map(([method, name]) => `${method} ${name}`),
            asked === undefined ? [] : [asked]
          )
          assert.strictEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
          assert.isObject(answer.json)
        })
      )
    }

    for (const [shown, request] of [
      ["no body", Raw.request(`POST /v1/${p}/a:cancel`)],
      ["an empty body", Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 0", "Content-Type: text/html"])],
      ["{}", Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 2", "Content-Type: application/json"], "{}")],
      [
        "chunks of {}",
        Raw.request(`POST /v1/${p}/a:cancel`, ["Transfer-Encoding: chunked"], "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
      ],
      ["no chunk", Raw.request(`POST /v1/${p}/a:cancel`, ["Transfer-Encoding: chunked"], "0\r\n\r\n")],
      [
        "curl -d '{}'",
        Raw.request(
          `POST /v1/${p}/a:cancel`,
          ["Content-Length: 2", "Content-Type: application/x-www-form-urlencoded"],
          "{}"
        )
      ],
      ["HTTP/1.0", `POST /v1/${p}/a:cancel HTTP/1.0\r\n\r\n`],
      ["no Host", `POST /v1/${p}/a:cancel HTTP/1.1\r\nConnection: close\r\n\r\n`],
      [
        "an expectation of 100-continue",
        Raw.request(`POST /v1/${p}/a:cancel`, ["Content-Length: 2", "Expect: 100-continue"], "{}")
      ]
    ] as const) {
      it.scopedLive(`cancels with ${shown}, and again`, () =>
        Effect.gen(function* () {
          const { fake, port } = yield* start()
          for (let i = 0; i < 2; i++) {
            const answer = yield* Raw.ask(port, request)
            assert.strictEqual(answer.status, 200, answer.body)
            assert.strictEqual(answer.body, "{}")
          }
          assert.strictEqual(fake.store.get(`${p}/a`)?._tag, "Cancelled")
        })
      )
    }

    it.scopedLive("tells in the discovery document the host that it was asked under, where that can be one", () =>
      Effect.gen(function* () {
        const { port } = yield* start()
        const rootUrl = (host: string) =>
          Effect.map(
            Raw.ask(port, `GET /$discovery/rest HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
            ({ json }) => (json as { rootUrl: string }).rootUrl
          )
        assert.strictEqual(yield* rootUrl(`127.0.0.1:${port}`), `http://127.0.0.1:${port}/`)
        assert.strictEqual(yield* rootUrl("[::1]:80"), "http://[::1]:80/")
        assert.strictEqual(yield* rootUrl("evil/@example"), "https://earthengine.googleapis.com/")
      })
    )

    it.scopedLive("answers requests that were sent without waiting in their order", () =>
      Effect.gen(function* () {
        const { port } = yield* start({}, FakeOperations.make([`${p}/a`, `${p}/b`]))
        const connection = yield* Raw.connect(port)
        const keep = (line: string) => Raw.request(line, ["Connection: keep-alive"])
        yield* connection.send(keep(`GET /v1/${p}/a`) + keep(`GET /v1/${p}/c`) + keep(`GET /v1/${p}/b`))
        const answers = yield* Effect.all([connection.answer, connection.answer, connection.answer])
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          [200, 404, 200]
        )
        assert.deepStrictEqual(answers[2].json, { name: `${p}/b` })
      })
    )
  })
}
