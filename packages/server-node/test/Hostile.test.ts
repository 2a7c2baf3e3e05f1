import * as Operation from "@effect-lro/core/Operation"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as FakeOperations from "./fixtures/FakeOperations.js"
import * as Raw from "./fixtures/Raw.js"
import { p, start } from "./fixtures/Server.js"

const runs = Number(process.env["HOSTILE_RUNS"] ?? 600)

const oneOf = <A>(...values: ReadonlyArray<A>) => FastCheck.constantFrom(...values)

const method = FastCheck.oneof(
  { weight: 6, arbitrary: oneOf("GET", "POST", "DELETE") },
  { weight: 1, arbitrary: oneOf("TRACE", "OPTIONS", "PROPFIND", "get", "BREW", "G E T", "", "CONNECT", "PRI") }
)

const target = FastCheck.oneof(
  oneOf(`/v1/${p}/a`, `/v1/${p}`, `/v1/${p}/a:cancel`, `/v1/${p}/a:wait`, `http://evil.example/v1/${p}/a`),
  oneOf(
    "*",
    "",
    "?",
    "//",
    "/..",
    "/v1/../v1",
    "http://",
    "http:/",
    "file:///etc/passwd",
    "evil.example:443",
    "\\",
    "/é",
    "/\u0001",
    "/%00",
    "/ /",
    `/${"x".repeat(9000)}`
  ),
  FastCheck.array(
    oneOf("v1", "projects", "p", "operations", "a", "..", "%2e%2e", "", "%2F", ":cancel", "#", "@evil.example"),
    { maxLength: 6 }
  ).map((segments) => `/${segments.join("/")}`)
)

const version = FastCheck.oneof(
  { weight: 10, arbitrary: oneOf("HTTP/1.1") },
  { weight: 1, arbitrary: oneOf("HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTP/1.1", "") }
)

const headers = FastCheck.array(
  oneOf(
    "Content-Length: 2",
    "Content-Length: 2",
    "Content-Length: 0",
    "Content-Length: -1",
    "Content-Length: 99999999999",
    "Content-Length: 2, 2",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: x",
    "Content-Type: application/json",
    "Content-Type: text/html",
    "Content-Encoding: br",
    "Expect: 100-continue",
    "Expect: x",
    "Upgrade: websocket",
    "Upgrade: h2c",
    "X-HTTP-Method-Override: DELETE",
    "X-Goog-FieldMask: a(b",
    "Host: evil.example",
    "Host:",
    "Cookie: a=b; ;;=;",
    "traceparent: 00-x",
    ": no name",
    "no value",
    "X-Bytes: \u0080\u00ff",
    "X-Fold: a\r\n b",
    `X-Long: ${"x".repeat(17_000)}`
  ),
  { maxLength: 3 }
)

const body = oneOf(
  "{}",
  "{}",
  "",
  "[]",
  "{",
  "2\r\n{}\r\n0\r\n\r\n",
  "0\r\n\r\n",
  "zz\r\n",
  "ffffffffffffffff\r\n",
  "\u0000\u0000"
)

const anywhere = FastCheck.tuple(method, target, version).map((words) => words.join(" "))

const onRoute = oneOf(
  `GET /v1/${p}/a HTTP/1.1`,
  `GET /v1/${p} HTTP/1.1`,
  `POST /v1/${p}/a:cancel HTTP/1.1`,
  `POST /v1/${p}/a:wait HTTP/1.1`,
  `DELETE /v1/${p}/a HTTP/1.1`
)

const request = FastCheck.record({ line: FastCheck.oneof(anywhere, onRoute), headers, body }).map(
  ({ body, headers, line }) => [line, ...headers, "Connection: close", "", body].join("\r\n")
)

/** What is true of every answer on the wire; that none comes is right only where the request never ended. */
const wrong = (answer: Raw.Answer): string | undefined => {
  if (answer.status >= 500 && answer.status !== 501) return "a 5xx"
  if (answer.status < 200 || (answer.status >= 300 && answer.status < 400)) return "neither a success nor an error"
  if (answer.headers["content-type"] !== "application/json; charset=UTF-8") return "not called JSON"
  const { json } = answer
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "not a JSON object"
  if (answer.status === 200) return undefined
  return (json as { error?: { code?: unknown } }).error?.code === answer.status ? undefined : "no envelope"
}

describe("Hostile bytes", () => {
  it.scopedLive(
    `get ${runs} times an answer in JSON and never a 5xx, and the server is well afterwards`,
    () =>
      Effect.gen(function* () {
        const fake = FakeOperations.make([`${p}/a`])
        const { port } = yield* start(
          { maxWait: "1 millis", headersTimeout: "500 millis", requestTimeout: "500 millis" },
          fake
        )
        const counts = new Map<string, number>()
        const samples = FastCheck.sample(request, { numRuns: runs, seed: 20_251_124 })
        yield* Effect.forEach(
          samples,
          (bytes) =>
            Effect.gen(function* () {
              const answer = yield* Raw.ask(port, bytes).pipe(Effect.timeout("10 seconds"))
              assert.strictEqual(wrong(answer), undefined, JSON.stringify({ bytes: bytes.slice(0, 500), answer }))
              counts.set(String(answer.status), (counts.get(String(answer.status)) ?? 0) + 1)
            }).pipe(Effect.orDieWith((error) => new Error(`${JSON.stringify(bytes.slice(0, 500))}: ${String(error)}`))),
          { concurrency: 32 }
        )
        yield* Effect.log(
          `hostile bytes: ${runs} generated; ${Array.from(counts)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([status, times]) => `${status}: ${times}`)
            .join(", ")}`
        )
        for (const status of ["200", "400", "404", "405", "408", "413", "417", "431"]) {
          assert.isAbove(counts.get(status) ?? 0, 0, `nothing was answered with ${status}`)
        }
        fake.store.set(`${p}/z`, Operation.doneWithoutResult({ name: `${p}/z` }))
        assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/z`))).status, 200)
      }),
    60_000
  )
})
