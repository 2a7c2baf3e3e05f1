import * as V8 from "node:v8"
import * as VM from "node:vm"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { flood } from "./fixtures/Flood.js"
import * as Raw from "./fixtures/Raw.js"
import { p, start, ways } from "./fixtures/Server.js"

/** By each of the ways. */
const runs = Goals.isLong ? 500_000 : 10_000

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
const wrong = (received: string): string | undefined => {
  const [head = "", ...rest] = received.split("\r\n\r\n")
  const body = rest.join("\r\n\r\n")
  const status = statusOf(received)
  if (!/^HTTP\/1\.1 \d{3} /.test(head)) return "no answer"
  if (status >= 500 && status !== 501) return "a 5xx"
  if (status < 200 || (status >= 300 && status < 400)) return "neither a success nor an error"
  if (!/\r\ncontent-type: application\/json; charset=UTF-8(?:\r\n|$)/i.test(head)) return "not called JSON"
  const json = parse(Buffer.from(body, "latin1").toString())
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "not a JSON object"
  if (status === 200) return undefined
  return (json as { error?: { code?: unknown } }).error?.code === status ? undefined : "no envelope"
}

const statusOf = (received: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1])

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const collect: () => void = (() => {
  V8.setFlagsFromString("--expose-gc")
  return VM.runInNewContext("gc") as () => void
})()

/** After a collection, in MiB. */
const memory = () => {
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 }
}

// An interim answer goes before the one that counts.
const withoutInterim = (received: string): string => received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "")

describe("Hostile bytes", () => {
  for (const { hotPath, isAtHand, way } of ways) {
    it.scopedLive(
      `get ${runs} times an answer in JSON ${way}, never a 5xx; the server is well afterwards, and no larger`,
      () =>
        Effect.gen(function* () {
          const fake = FakeOperations.make([`${p}/a`])
          const options = {
            hotPath,
            isAtHand,
            maxWait: "1 millis",
            headersTimeout: "500 millis",
            requestTimeout: "500 millis"
          } as const
          const { port } = yield* start(options, fake)
          const counts = new Map<string, number>()
          const check = (_: string, answered: string): string | undefined => {
            const received = withoutInterim(answered)
            const problem = wrong(received)
            const status = String(statusOf(received))
            counts.set(status, (counts.get(status) ?? 0) + 1)
            // Every so often what was deleted is there again, and the list of what was asked does not grow for ever.
            fake.asked.length = 0
            fake.store.set(`${p}/a`, FakeOperations.running(`${p}/a`))
            return problem
          }
          const portion = 2000
          const used: Array<ReturnType<typeof memory>> = []
          const grown = (kind: "heap" | "rss") => (used.at(-1)?.[kind] ?? 0) - (used[1]?.[kind] ?? 0)
          let done = 0
          const tellWhatWasMet = (problem: string | undefined) => {
            const measured = `${done} requests ${way}: ${problem ?? "0 crashes, 0 5xx"}, ${grown("heap").toFixed(1)} MiB more heap, ${grown("rss").toFixed(1)} MiB more memory`
            Goals.tell("G14", measured, problem === undefined && grown("heap") < 24)
          }
          for (; done < runs; done += portion) {
            const numRuns = Math.min(portion, runs - done)
            yield* flood(port, FastCheck.sample(request, { numRuns, seed: 20_251_124 + done }), check, 64).pipe(
              Effect.tapError(({ message }) => Effect.sync(() => tellWhatWasMet(message)))
            )
            used.push(memory())
          }
          tellWhatWasMet(undefined)
          const distribution = Array.from(counts)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([status, times]) => `${status}: ${times}`)
            .join(", ")
          yield* Effect.log(
            `hostile bytes ${way}: ${runs} generated; ${distribution}; the heap grew by ${grown("heap").toFixed(1)} MiB, the process by ${grown("rss").toFixed(1)} MiB`
          )
          for (const status of ["200", "400", "404", "405", "408", "413", "417", "431"]) {
            assert.isAbove(counts.get(status) ?? 0, 0, `nothing was answered with ${status}`)
          }
          assert.isBelow(grown("heap"), 24)
          assert.strictEqual((yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))).status, 200)
        }),
      Goals.isLong ? 3_600_000 : 300_000
    )
  }

  it("are told apart from right answers by the check", () => {
    const answer = (status: number, body: string, type = "application/json; charset=UTF-8") =>
      `HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\n\r\n${body}`
    assert.isUndefined(wrong(answer(200, "{}")))
    assert.isUndefined(wrong(answer(404, `{"error":{"code":404}}`)))
    assert.strictEqual(wrong(""), "no answer")
    assert.strictEqual(wrong(answer(500, `{"error":{"code":500}}`)), "a 5xx")
    assert.strictEqual(wrong(answer(302, "{}")), "neither a success nor an error")
    assert.strictEqual(wrong(answer(200, "{}", "text/html")), "not called JSON")
    assert.strictEqual(wrong(answer(200, "[]")), "not a JSON object")
    assert.strictEqual(wrong(answer(404, `{"error":{"code":400}}`)), "no envelope")
  })
})
