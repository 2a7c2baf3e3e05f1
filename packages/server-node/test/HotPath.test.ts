import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Authenticator from "@effect-lro/server/Authenticator"
import * as Authorizer from "@effect-lro/server/Authorizer"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as Raw from "./fixtures/Raw.js"
import { type Options, p, start } from "./fixtures/Server.js"

const metadata = { "@type": "type.googleapis.com/x.Y", é: ["\u2028", `"`, 1e21], deep: { empty: {} } }

const stored = (): FakeOperations.Fake => {
  const fake = FakeOperations.make()
  for (const operation of [
    Operation.running({ name: `${p}/a`, metadata }),
    Operation.succeeded({ name: `${p}/b`, metadata, response: metadata }),
    Operation.ended({ name: `${p}/c`, error: Status.make({ code: "ABORTED", message: "é", details: [metadata] }) }),
    Operation.doneWithoutResult({ name: `${p}/d` })
  ]) {
    fake.store.set(operation.name, operation)
  }
  return fake
}

const options: Options = {
  authenticate: Authenticator.bearer({ alice: Redacted.make("of-alice") }),
  authorize: Authorizer.byParent({ alice: ["projects/p"] }),
  pageTokenKey: Redacted.make("the same for all"),
  metrics: "off",
  // So many of the requests have wrong credentials that most of them would not be looked at.
  limits: { failedAuthentication: "unlimited" }
}

const ids = ["a", "b", "c", "d", "none", "%C3%A9", "a%2Fb", "..", "a:cancel", "n".repeat(1100)]

const queries = ["x=1", "fields=name,metadata.deep", "prettyPrint=true", "$.xgafv=1", "alt=proto", "fields=(("]

const lines = [...ids, ...queries.map((query) => `a?${query}`), "none?$.xgafv=1"].map((id) => `GET /v1/${p}/${id}`)

const requests: ReadonlyArray<readonly [line: string, ...headers: ReadonlyArray<string>]> = [
  [`GET /v1/${p}`],
  [`GET /v1/${p}?pageSize=100`],
  [`GET /v1/${p}?pageSize=2&fields=operations.name`],
  [`GET /v1/${p}?pageSize=3&prettyPrint=true`],
  [`GET /v1/${p}?pageSize=-1`],
  [`GET /v1/${p}?pageToken=x`],
  [`GET /v1/${p}?returnPartialSuccess=true`],
  ["GET /v1/projects/empty/operations"],
  [`GET /v1/${p}/a`, "X-Goog-FieldMask: name"],
  [`GET /v1/${p}/a`, "Content-Length: 2"],
  [`GET /v1/${p}/a`, "Connection: keep-alive"],
  [`HEAD /v1/${p}/a`],
  ["GET /nothing"],
  ["GET /healthz"]
]

const bearers = ["Authorization: Bearer of-alice", "Authorization: Bearer of-nobody", "X-None: 1"]

describe("The hot path", () => {
  it.scopedLive("answers, asks and refuses exactly as the way without it, to the byte and the header", () =>
    Effect.gen(function* () {
      const [hot, atOnce, cold] = [stored(), stored(), stored()]
      const hotServer = yield* start({ ...options, hotPath: true }, hot)
      const atOnceServer = yield* start({ ...options, hotPath: true, isAtHand: true }, atOnce)
      const coldServer = yield* start({ ...options, hotPath: false }, cold)
      const seen = new Set<number>()
      for (const [line, ...headers] of [...lines.map((line) => [line] as const), ...requests]) {
        for (const bearer of bearers) {
          const ask = (port: number) =>
            Raw.ask(port, Raw.request(line, [...headers, bearer], headers.includes("Content-Length: 2") ? "{}" : ""))
          const other = yield* ask(coldServer.port)
          const { date: _, ...coldHeaders } = other.headers
          // Twice at once, since the second answer may be what is kept of the first.
          for (const { port } of [hotServer, atOnceServer, atOnceServer]) {
            const one = yield* ask(port)
            const { date: __, ...hotHeaders } = one.headers
            assert.deepStrictEqual([one.status, one.body, hotHeaders], [other.status, other.body, coldHeaders], line)
            seen.add(one.status)
          }
        }
      }
      assert.deepStrictEqual(hot.asked, cold.asked)
      assert.strictEqual(atOnce.asked.length, 2 * cold.asked.length)
      assert.includeMembers([...seen], [200, 400, 401, 403, 404, 501])
    })
  )

  it.scopedLive("hands on the advice and the details of the service's own refusals", () =>
    Effect.gen(function* () {
      const fake = stored()
      const fault = OperationsError.fromStatus({
        operation: `${p}/a`,
        method: "get",
        status: Status.make({ code: "UNAVAILABLE", message: "busy", details: [ErrorDetails.retryInfo("3 seconds")] })
      })
      fake.fault = () => fault
      const { port } = yield* start({}, fake)
      const answer = yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))
      assert.deepStrictEqual([answer.status, answer.headers["retry-after"]], [503, "3"])
      fake.fault = () => new Error("a canary in a defect")
      const defect = yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))
      assert.strictEqual(defect.status, 500)
      assert.notInclude(defect.body, "canary")
    })
  )

  it.scopedLive("interrupts a look whose client went away", () =>
    Effect.gen(function* () {
      const fake = stored()
      const begun = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const get = () =>
        Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never).pipe(
          Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
        )
      const { port } = yield* start({}, { ...fake, service: { ...fake.service, get } })
      const connection = yield* Raw.connect(port)
      yield* connection.send(Raw.request(`GET /v1/${p}/a`))
      yield* Deferred.await(begun)
      yield* connection.cut
      yield* Effect.timeout(Deferred.await(interrupted), "5 seconds")
    })
  )

  it.scopedLive("answers each of several requests that come in one packet, in their order", () =>
    Effect.gen(function* () {
      const { port } = yield* start({}, stored())
      const connection = yield* Raw.connect(port)
      const keep = ["Connection: keep-alive"]
      yield* connection.send(["a", "b", "none", "d"].map((id) => Raw.request(`GET /v1/${p}/${id}`, keep)).join(""))
      const statuses: Array<number> = []
      for (let i = 0; i < 4; i++) statuses.push((yield* connection.answer).status)
      assert.deepStrictEqual(statuses, [200, 200, 404, 200])
    })
  )

  for (const hotPath of [true, false]) {
    it.scopedLive(`makes spans where somebody collects them, ${hotPath ? "with" : "without"} the hot path`, () =>
      Effect.gen(function* () {
        const names: Array<string> = []
        const tracer = Tracer.make({
          context: (f) => f(),
          span: (name, parent, context, links, startTime, kind) => {
            names.push(name)
            return new Collected(name, parent, context, [...links], startTime, kind)
          }
        })
        const { port } = yield* Effect.withTracer(start({ hotPath, spans: true }, stored()), tracer)
        yield* Raw.ask(port, Raw.request(`GET /v1/${p}/a`))
        assert.deepStrictEqual(names, ["OperationsServer.get"])
        const both = yield* Effect.withTracer(start({ hotPath, spans: true, platformSpans: true }, stored()), tracer)
        yield* Raw.ask(both.port, Raw.request(`GET /v1/${p}/a`))
        assert.deepStrictEqual(names.slice(1), ["http.server GET", "OperationsServer.get"])
      })
    )
  }
})

class Collected implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId = "0000000000000001"
  readonly traceId = "00000000000000000000000000000001"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly status: Tracer.SpanStatus
  constructor(
    readonly name: string,
    readonly parent: Tracer.Span["parent"],
    readonly context: Tracer.Span["context"],
    readonly links: Array<Tracer.SpanLink>,
    startTime: bigint,
    readonly kind: Tracer.SpanKind
  ) {
    this.status = { _tag: "Started", startTime }
  }
  end(): void {}
  attribute(): void {}
  event(): void {}
  addLinks(): void {}
}
