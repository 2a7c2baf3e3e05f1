import * as Operation from "@effect-lro/core/Operation"
import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { serve, statusOf } from "./fixtures/Ask.js"

const runs = Number(process.env["HOSTILE_RUNS"] ?? 1500)

const service = ServiceDescription.project({ id: "earthengine.googleapis.com", batchPath: "batch" })

const name = "projects/p/operations/a"

const oneOf = <A>(...values: ReadonlyArray<A>) => FastCheck.constantFrom(...values)

const target = FastCheck.oneof(
  { weight: 3, arbitrary: oneOf("/v1/projects/p/operations/a", "/v1/projects/p/operations/a:cancel", "/v1/x") },
  {
    weight: 2,
    arbitrary: oneOf(
      "http://169.254.169.254/v1/projects/p/operations/a",
      "//evil.example/v1/projects/p/operations/a",
      "@evil.example",
      "/v1/projects/p/operations/%2e%2e",
      "/v1/projects/p/operations/../q",
      "/v1/projects/p/operations/a%0d%0ax:y",
      "/v1/projects//operations/a",
      "/batch",
      "/%62atch/",
      "/$discovery/rest",
      "/v1/projects/p/operations/a?%zz",
      "",
      "*",
      " "
    )
  },
  { weight: 1, arbitrary: FastCheck.string({ unit: "binary", maxLength: 10 }) }
)

const line = FastCheck.tuple(
  oneOf("GET", "GET", "GET", "POST", "POST", "DELETE", "HEAD", "CONNECT", "get", ""),
  target,
  oneOf(" HTTP/1.1", " HTTP/1.1", "", " HTTP/9", "\r\n\r\n{}")
).map(([method, path, rest]) => `${method} ${path}${rest}`)

const header = oneOf(
  "Authorization: Bearer t",
  "Host: evil.example",
  "X-HTTP-Method-Override: DELETE",
  "Content-Length: 99999999",
  "Transfer-Encoding: chunked",
  "Content-Type: multipart/mixed; boundary=b",
  "Content-Type: application/json",
  "Content-Encoding: gzip",
  "__proto__: x",
  ": x",
  "x",
  "x: \u0000",
  " folded"
)

const partHeader = FastCheck.oneof(
  { weight: 6, arbitrary: oneOf("Content-Type: application/http\r\nContent-ID: <a>") },
  {
    weight: 1,
    arbitrary: oneOf(
      "Content-Type: application/http",
      "Content-Type: text/html",
      "",
      "Content-ID: <>",
      "Content-Type: application/http\r\nContent-ID: <a>b\r\nx: y>",
      "Content-Type: application/http\r\nContent-Transfer-Encoding: base64",
      "Content-Type: multipart/mixed; boundary=c"
    )
  }
)

const part = FastCheck.tuple(
  partHeader,
  line,
  FastCheck.array(header, { maxLength: 2 }),
  oneOf("", "", "{}", "{", "[".repeat(500), "\u0000", "--b", "\r\n--b\r\n")
).map(([about, line, headers, body]) => `${about}\r\n\r\n${[line, ...headers].join("\r\n")}\r\n\r\n${body}`)

const message = FastCheck.record<Batch.Message>({
  contentType: FastCheck.oneof(
    { weight: 8, arbitrary: oneOf("multipart/mixed; boundary=b", `multipart/mixed; boundary="b"`) },
    { weight: 1, arbitrary: oneOf("", "multipart/mixed", "application/json", "multipart/mixed; boundary=") }
  ),
  body: FastCheck.tuple(
    FastCheck.array(part, { maxLength: 3 }),
    FastCheck.oneof({ weight: 6, arbitrary: oneOf("--b--\r\n") }, { weight: 1, arbitrary: oneOf("", "--b", "--b-- x") })
  ).map(([parts, end]) => parts.map((text) => `--b\r\n${text}\r\n`).join("") + end)
})

describe("Hostile batches", () => {
  it.effect(`get ${runs} times an answer, never a 5xx, and reach the service under safe names only`, () =>
    Effect.gen(function* () {
      const fake = FakeOperations.make()
      const { ask } = yield* serve({ service }, fake)
      const statuses = new Map<string, number>()
      const count = (what: string) => statuses.set(what, (statuses.get(what) ?? 0) + 1)
      for (const { body, contentType } of FastCheck.sample(message, { numRuns: runs, seed: 20 })) {
        // One of them may have deleted it.
        fake.store.set(name, Operation.running({ name }))
        const answer = yield* ask("POST /batch", { body, headers: { "content-type": contentType } })
        assert.isBelow(answer.status, 500, body)
        count(`whole ${answer.status}`)
        if (answer.status !== 200) {
          assert.isDefined(statusOf(answer), body)
          continue
        }
        const whole = { contentType: answer.headers["content-type"] ?? "", body: answer.text }
        const ids = Either.getOrThrow(Batch.decodeRequests({ contentType, body })).map(({ id }) => id)
        for (const each of Either.getOrThrow(Batch.decodeResponses(whole, ids))) {
          const { body: text, headers, status } = Either.getOrThrow(each)
          assert.isBelow(status, 500, body)
          assert.strictEqual(headers["content-type"], "application/json; charset=UTF-8")
          assert.isObject(JSON.parse(text))
          count(`part ${status}`)
        }
      }
      yield* Effect.log(
        `hostile batches: ${Array.from(statuses, ([what, times]) => `${what}: ${times}`)
          .sort()
          .join(", ")}`
      )
      assert.deepStrictEqual(new Set(fake.asked.map(([, asked]) => asked)), new Set([name]))
      for (const expected of ["whole 200", "whole 400", "whole 415", "part 200", "part 400", "part 404"]) {
        assert.isAbove(statuses.get(expected) ?? 0, runs / 200, expected)
      }
    })
  )
})
