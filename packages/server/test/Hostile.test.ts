import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { type Answer, serve, type Sent } from "./fixtures/Ask.js"

interface Request {
  readonly method: string
  readonly url: string
  readonly sent: Sent
}

const runs = Number(process.env["HOSTILE_RUNS"] ?? 2500)

const oneOf = <A>(...values: ReadonlyArray<A>) => FastCheck.constantFrom(...values)

// What a Request of the web platform would refuse to carry is the business of the tests over a socket.
const method = FastCheck.oneof(
  { weight: 8, arbitrary: oneOf("GET", "POST", "DELETE") },
  { weight: 1, arbitrary: oneOf("HEAD", "OPTIONS", "PUT", "PATCH", "BREW") }
)

const segment = FastCheck.oneof(
  { weight: 6, arbitrary: oneOf("projects", "p", "operations", "a", "v1", "image:export") },
  {
    weight: 3,
    arbitrary: oneOf(
      "",
      ".",
      "..",
      "%2e%2e",
      "%2F",
      "%2f..",
      "%00",
      "%0d%0a",
      "%",
      "%zz",
      "%ff",
      "%ED%A0%80",
      "a:b",
      ":",
      "::",
      "*",
      "**",
      "{name}",
      "~",
      "＊",
      "․․",
      "-",
      "a b",
      "\\",
      "__proto__",
      "constructor",
      "@evil.example",
      "//evil.example",
      "n".repeat(1100)
    )
  },
  {
    weight: 1,
    arbitrary: FastCheck.string({ unit: "grapheme", maxLength: 8 }).map((text) => text.replace(/[?#]/g, ""))
  }
)

const verb = oneOf("", "", "", ":cancel", ":wait", ":cancel:cancel", ":foo", "%3Acancel", ":", "/", "//", ":cancel/")

const path = FastCheck.oneof(
  { weight: 1, arbitrary: FastCheck.array(segment, { maxLength: 7 }).map((segments) => `/${segments.join("/")}`) },
  {
    weight: 2,
    arbitrary: FastCheck.tuple(
      oneOf("v1", "v1", "v1", "v1beta", "v2"),
      segment,
      FastCheck.array(segment, { maxLength: 2 })
    ).map(([version, project, ids]) => `/${[version, "projects", project, "operations", ...ids].join("/")}`)
  },
  { weight: 1, arbitrary: oneOf("/v1/projects/p/operations/a", "/v1/projects/p/operations") }
)

const parameter = FastCheck.tuple(
  oneOf(
    "alt",
    "$alt",
    "key",
    "prettyPrint",
    "fields",
    "$.xgafv",
    "pageSize",
    "pageToken",
    "filter",
    "timeout",
    "name",
    "x",
    "%zz",
    "",
    "__proto__",
    "callback"
  ),
  FastCheck.oneof(
    oneOf(
      "",
      "json",
      "proto",
      "true",
      "0",
      "1",
      "-1",
      "1e9",
      "99999999999",
      "%zz",
      "%ff",
      "%00",
      "a(b,c)",
      "((",
      "*",
      "1s",
      "__proto__"
    ),
    FastCheck.string({ maxLength: 5 }).map(encodeURIComponent)
  )
).map(([name, value]) => `${name}=${value}`)

const query = FastCheck.oneof(
  { weight: 3, arbitrary: oneOf("", "", "?", "??", "?&&=") },
  { weight: 2, arbitrary: FastCheck.array(parameter, { maxLength: 3 }).map((all) => `?${all.join("&")}`) }
)

const body = FastCheck.oneof(
  { weight: 4, arbitrary: oneOf(undefined, "", "{}", " ", `{"timeout":"0s"}`, `{"name":"x"}`) },
  {
    weight: 3,
    arbitrary: oneOf(
      "[]",
      "null",
      "1",
      `"`,
      "{",
      "{}{}",
      `{"timeout":"-1s"}`,
      `{"timeout":{}}`,
      `{"timeout":1}`,
      `{"__proto__":1}`,
      `{"constructor":{"prototype":{}}}`,
      `{"a":"\\ud800"}`,
      "[".repeat(20_000),
      `{"a":`.repeat(20_000),
      " ".repeat(70_000),
      `{"timeout":"0s","timeout":"-1s"}`
    )
  },
  { weight: 1, arbitrary: FastCheck.json() },
  { weight: 1, arbitrary: FastCheck.uint8Array({ maxLength: 20 }) }
)

const headers = FastCheck.oneof(
  { weight: 3, arbitrary: FastCheck.constant({}) },
  {
    weight: 2,
    arbitrary: FastCheck.dictionary(
      oneOf(
        "content-type",
        "content-encoding",
        "content-length",
        "x-http-method-override",
        "x-goog-fieldmask",
        "traceparent",
        "authorization",
        "x-goog-request-params"
      ),
      oneOf(
        "application/json",
        "text/html",
        "application/x-www-form-urlencoded",
        "gzip",
        "0",
        "-1",
        "99999999999",
        "DELETE",
        "GET",
        "__proto__",
        "a(b",
        "name=projects%2Fq",
        "00-0-0-0",
        ";;;"
      ),
      { maxKeys: 2 }
    )
  }
)

interface Line {
  readonly method: string
  readonly path: string
}

const anywhere: FastCheck.Arbitrary<Line> = FastCheck.record({ method, path, verb }).map(({ method, path, verb }) => ({
  method,
  path: path + verb
}))

// Half of the requests are on a right path, so that what else is wrong with them comes to bear.
const onRoute: FastCheck.Arbitrary<Line> = oneOf(
  { method: "GET", path: "/v1/projects/p/operations/a" },
  { method: "GET", path: "/v1/projects/p/operations" },
  { method: "POST", path: "/v1/projects/p/operations/a:cancel" },
  { method: "POST", path: "/v1/projects/p/operations/a:wait" },
  { method: "DELETE", path: "/v1/projects/p/operations/a" }
)

const request: FastCheck.Arbitrary<Request> = FastCheck.record({
  line: FastCheck.oneof(anywhere, onRoute),
  query,
  body,
  headers
}).map(({ body, headers, line, query }) => ({
  method: line.method,
  url: line.path + query,
  sent: { headers, ...(body === undefined ? {} : { body }) }
}))

/** What must be true of every answer, said without any of the server's own code. */
const wrong = (request: Request, answer: Answer, fake: FakeOperations.Fake): string | undefined => {
  if (answer.status >= 500 && answer.status !== 501) return "a 5xx"
  if (answer.status < 200 || (answer.status >= 300 && answer.status < 400)) return "neither a success nor an error"
  if (answer.headers["content-type"] !== "application/json; charset=UTF-8") return "not called JSON"
  if (request.method === "HEAD") return answer.text === "" ? undefined : "a body for HEAD"
  const { json } = answer
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "not a JSON object"
  if (answer.status !== 200) {
    const { error } = json as { error?: { code?: unknown; message?: unknown; status?: unknown } }
    if (error?.code !== answer.status) return "an envelope whose code is another than the status"
    if (typeof error.message !== "string" || typeof error.status !== "string") return "no envelope"
  }
  if (answer.text.length > 20_000) return "more than was asked for"
  for (const [method, name] of fake.asked) {
    const pattern = method === "list" ? /^projects\/[^/]+$/ : /^projects\/[^/]+\/operations\/./
    if (!pattern.test(name)) return `the service was asked to ${method} ${JSON.stringify(name)}`
    if (/(?:^|\/)(?:\.|%2e){0,2}(?:\/|$)/i.test(name) || /[\u0000-\u001f]/.test(name) || !name.isWellFormed()) {
      return `the service was asked for the unsafe name ${JSON.stringify(name)}`
    }
    if (new TextEncoder().encode(name).length > 1024) return "the service was asked for a name that is too long"
  }
  return undefined
}

describe("Hostile requests", () => {
  it.live(`get ${runs} times an answer in JSON, never a 5xx, and reach the service under safe names only`, () =>
    Effect.gen(function* () {
      const counts = new Map<string, number>()
      const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
      for (const one of FastCheck.sample(request, { numRuns: runs, seed: 20_251_124 })) {
        const { ask, fake } = yield* serve({ maxWait: "1 millis" }, FakeOperations.make(["projects/p/operations/a"]))
        const answer = yield* ask(`${one.method} ${one.url}`, one.sent)
        assert.strictEqual(wrong(one, answer, fake), undefined, JSON.stringify({ request: one, answer }))
        count(String(answer.status))
        for (const [method] of fake.asked) count(`asked to ${method}`)
      }
      yield* Effect.log(
        `hostile requests: ${runs} generated; ${Array.from(counts)
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([what, times]) => `${what}: ${times}`)
          .join(", ")}`
      )
      // The generator must reach the far side, or the property is about nothing.
      for (const what of [
        "200",
        "400",
        "404",
        "405",
        "413",
        "415",
        "asked to get",
        "asked to list",
        "asked to cancel",
        "asked to delete",
        "asked to wait"
      ]) {
        assert.isAbove(counts.get(what) ?? 0, 0, `nothing was ${what}`)
      }
    })
  )

  it("are told apart from right answers by the check", () => {
    const fake = FakeOperations.make()
    const one: Request = { method: "GET", url: "/", sent: {} }
    const headers = { "content-type": "application/json; charset=UTF-8" }
    const answer = (status: number, json: unknown): Answer => ({ status, headers, json, text: JSON.stringify(json) })
    const error = { error: { code: 404, message: "", status: "NOT_FOUND" } }
    assert.strictEqual(wrong(one, answer(404, error), fake), undefined)
    assert.strictEqual(wrong(one, answer(500, error), fake), "a 5xx")
    assert.strictEqual(wrong(one, answer(200, []), fake), "not a JSON object")
    assert.strictEqual(wrong(one, answer(400, error), fake), "an envelope whose code is another than the status")
    assert.strictEqual(wrong(one, { ...answer(200, {}), headers: {} }, fake), "not called JSON")
    for (const name of ["projects/p/operations/..", "projects/p/operations", "projects//operations/a"]) {
      const asked: FakeOperations.Fake = { ...fake, asked: [["get", name]] }
      assert.isString(wrong(one, answer(200, {}), asked))
    }
  })
})
