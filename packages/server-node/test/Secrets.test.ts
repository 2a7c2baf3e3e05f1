import { inspect } from "node:util"
import * as Authenticator from "@effect-lro/server/Authenticator"
import * as Authorizer from "@effect-lro/server/Authorizer"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as Raw from "./fixtures/Raw.js"
import { type Options, p, start, ways } from "./fixtures/Server.js"

const canary = (what: string) => `canary-${what}-7f3a9c`

/** What nobody but sender and server may see: every one of them contains `canary`. */
const secrets = {
  token: canary("token"),
  wrongToken: canary("wrong-token"),
  basic: Buffer.from(`user:${canary("password")}`).toString("base64"),
  key: canary("key"),
  accessToken: canary("access-token"),
  cookie: canary("cookie"),
  pageTokenKey: canary("page-token-key")
}

const credentials: ReadonlyArray<ReadonlyArray<string>> = [
  [`Authorization: Bearer ${secrets.token}`],
  [`Authorization: Bearer ${secrets.wrongToken}`],
  [`Authorization: Basic ${secrets.basic}`],
  [`Authorization: Bearer ${secrets.token}`, `Cookie: session=${secrets.cookie}`, `X-Goog-Api-Key: ${secrets.key}`],
  [`Cookie: session=${secrets.cookie}`, `X-Goog-Api-Key: ${secrets.key}`]
]

const query = `key=${secrets.key}&access_token=${secrets.accessToken}&oauth_token=${secrets.accessToken}`

const lines = [
  `GET /v1/${p}/a?${query}`,
  `GET /v1/${p}/none?${query}`,
  `GET /v1/${p}?pageSize=1&${query}`,
  `GET /v1/${p}?pageSize=-1&${query}`,
  `GET /v1/${p}/a?unheardOf=1&${query}`,
  `GET /v1/${p}/a?fields=((&${query}`,
  `GET /v1/${p}/defect?${query}`,
  `GET /v1/projects/other/operations/a?${query}`,
  `POST /v1/${p}/a:cancel?${query}`,
  `POST /v1/${p}/a:wait?${query}`,
  `DELETE /v1/${p}/defect?${query}`,
  `PUT /v1/${p}/a?${query}`,
  `GET /nowhere?${query}`,
  `GET /metrics?${query}`,
  `GET /openapi.json?${query}`,
  `GET /healthz?${query}`,
  `POST /batch?${query}`
]

/** Everything that leaves a trace, as text. */
const collector = () => {
  const traces: Array<string> = []
  const keep = (what: unknown) =>
    void traces.push(typeof what === "string" ? what : inspect(what, { depth: 12, showHidden: true }))
  return {
    traces,
    keep,
    logger: Logger.make(({ annotations, cause, message, spans }) => {
      for (const part of [message, annotations, spans, Cause.pretty(cause, { renderErrorCause: true })]) keep(part)
    }),
    tracer: Tracer.make({
      context: (f) => f(),
      span: (name, parent, context, links, startTime, kind) =>
        new Kept(keep, name, parent, context, [...links], startTime, kind)
    })
  }
}

const run = (how: Partial<Options>, leak: Partial<Options> = {}) =>
  Effect.gen(function* () {
    const { keep, logger, tracer, traces } = collector()
    const fake = FakeOperations.make([`${p}/a`, `${p}/b`])
    const get = (name: string) =>
      name.endsWith("defect") ? Effect.die(new Error("a defect of the service")) : fake.service.get(name)
    const options: Options = {
      ...how,
      spans: true,
      platformSpans: false,
      maxWait: "1 millis",
      authenticate: Authenticator.bearer({ alice: Redacted.make(secrets.token) }),
      authorize: Authorizer.byParent({ alice: ["projects/p"] }),
      pageTokenKey: Redacted.make(secrets.pageTokenKey),
      ...leak
    }
    yield* Effect.scoped(
      Effect.gen(function* () {
        const { port } = yield* start(options, { ...fake, service: { ...fake.service, get } })
        for (const line of lines) {
          for (const headers of credentials) {
            const answer = yield* Raw.ask(port, Raw.request(line, headers))
            keep(answer.body)
            keep(answer.headers)
          }
        }
        // A client that goes away in the middle, and one that sends what is no HTTP.
        const connection = yield* Raw.connect(port)
        yield* connection.send(`GET /v1/${p}/a?${query} HTTP/1.1\r\nAuthorization: Bearer ${secrets.token}\r\n`)
        yield* connection.cut
        keep(
          (yield* Raw.ask(port, `GET /v1/${p}/a b?${query} HTTP/1.1\r\nAuthorization: Bearer ${secrets.token}\r\n\r\n`))
            .body
        )
      })
    ).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.withTracer(tracer)
    )
    keep(yield* Metric.snapshot)
    keep(options)
    keep(fake.asked)
    return traces
  })

const found = (traces: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.entries(secrets).flatMap(([what, secret]) => (traces.some((trace) => trace.includes(secret)) ? [what] : []))

// Before the planted ones, since a metric keeps its labels for good.
describe("Secrets", () => {
  for (const { way, ...how } of ways) {
    it.scopedLive(`stand in no log, span, error, metric or answer ${way}`, () =>
      Effect.gen(function* () {
        const traces = yield* run(how)
        assert.isAbove(traces.length, 200)
        for (const trace of [
          "OperationsServer.get",
          "a defect of the service",
          "PERMISSION_DENIED",
          "http.server.requests"
        ]) {
          assert.isTrue(
            traces.some((it) => it.includes(trace)),
            `nothing was kept of ${trace}`
          )
        }
        const hits = found(traces)
        Goals.tell("G15", `${hits.length} hits in ${traces.length} traces of a server ${way}`, hits.length === 0)
        assert.deepStrictEqual(hits, [])
      })
    )
  }
})

const id = (effect: Effect.Effect<void>) => Effect.as(effect, { id: "alice" })

const leaks: ReadonlyArray<readonly [where: string, leak: Partial<Options>]> = [
  ["a log", { authenticate: ({ headers }) => id(Effect.logDebug(headers["authorization"])) }],
  ["a span", { authenticate: ({ headers }) => id(Effect.annotateCurrentSpan("sent", headers["authorization"])) }],
  ["an answer", { authenticate: ({ headers }) => Authenticator.refuse(`who is ${headers["authorization"]}?`) }]
]

describe("Secrets that are planted", () => {
  for (const [where, leak] of leaks) {
    for (const { way, ...how } of ways) {
      it.scopedLive(`in ${where} are found ${way}`, () =>
        Effect.gen(function* () {
          assert.includeMembers([...found(yield* run(how, leak))], ["token", "wrongToken"])
        })
      )
    }
  }

  it.scopedLive("in a metric are found", () =>
    Effect.gen(function* () {
      const count = (sent: string) => Metric.increment(Metric.tagged(Metric.counter("leak"), "sent", sent))
      const traces = yield* run(
        { hotPath: true },
        { authenticate: ({ headers }) => id(count(headers["authorization"] ?? "")) }
      )
      assert.includeMembers([...found(traces)], ["token", "wrongToken"])
    })
  )
})

class Kept implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId = "0000000000000001"
  readonly traceId = "00000000000000000000000000000001"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly status: Tracer.SpanStatus
  constructor(
    readonly keep: (what: unknown) => void,
    readonly name: string,
    readonly parent: Tracer.Span["parent"],
    readonly context: Tracer.Span["context"],
    readonly links: Array<Tracer.SpanLink>,
    startTime: bigint,
    readonly kind: Tracer.SpanKind
  ) {
    this.status = { _tag: "Started", startTime }
    keep(name)
  }
  end(_: bigint, exit: unknown): void {
    this.keep(exit)
  }
  attribute(key: string, value: unknown): void {
    this.keep([key, value])
  }
  event(name: string, _: bigint, attributes?: Record<string, unknown>): void {
    this.keep([name, attributes])
  }
  addLinks(): void {}
}
