import * as Authenticator from "@effect-lro/server/Authenticator"
import * as Prometheus from "@effect-lro/server/Prometheus"
import { Shutdown } from "@effect-lro/server/Shutdown"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { serve, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const authenticate = Authenticator.bearer({ scraper: Redacted.make("s") })

describe("healthz and readyz", () => {
  it.effect("answer everybody with a JSON object", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ authenticate })
      assert.deepStrictEqual((yield* ask("GET /healthz")).json, { status: "ok" })
      assert.deepStrictEqual((yield* ask("GET /readyz")).json, { status: "ready" })
    })
  )

  it.effect("tell apart a server that lives from one that can do nothing now", () =>
    Effect.gen(function* () {
      let isThere = false
      const { ask } = yield* serve({ ready: Effect.sync(() => isThere) })
      const answer = yield* ask("GET /readyz")
      assert.deepStrictEqual([answer.status, statusOf(answer)], [503, "UNAVAILABLE"])
      assert.strictEqual((yield* ask("GET /healthz")).status, 200)
      isThere = true
      assert.strictEqual((yield* ask("GET /readyz")).status, 200)
    })
  )

  it.effect("do not wait for a check that does not end", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ ready: Effect.uninterruptible(Effect.never) })
      const fiber = yield* Effect.fork(ask("GET /readyz"))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 503)
    })
  )

  it.effect("say no once the server begins to stop, whatever the check says", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      const stopping = Effect.provideService(ask("GET /readyz"), Shutdown, {
        begun: Effect.never,
        isAnnounced: Effect.succeed(true)
      })
      assert.strictEqual((yield* stopping).status, 503)
    })
  )
})

/** The value of a sample in Prometheus' text; undefined where there is none. */
const sample = (text: string, name: string, ...labels: ReadonlyArray<string>): number | undefined => {
  const line = text
    .split("\n")
    .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
  return line === undefined ? undefined : Number(line.split(" ").at(-1))
}

describe("metrics", () => {
  it.effect("are for those whom the server knows, unless it is told otherwise", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ authenticate })
      assert.strictEqual((yield* ask("GET /metrics")).status, 401)
      const answer = yield* ask("GET /metrics", { headers: { authorization: "Bearer s" } })
      assert.deepStrictEqual([answer.status, answer.headers["content-type"]], [200, Prometheus.contentType])
      assert.strictEqual((yield* (yield* serve({ authenticate, metrics: "public" })).ask("GET /metrics")).status, 200)
      assert.strictEqual((yield* (yield* serve({ metrics: "off" })).ask("GET /metrics")).status, 404)
    })
  )

  it.effect("count requests by the template of their route and by their status, never by a name", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      const before = (yield* ask("GET /metrics")).text
      const requests = "http_server_requests_total"
      const route = 'http_route="/v1/{name=projects/*/operations/**}"'
      const of = (text: string, status: number) =>
        sample(text, requests, route, 'http_request_method="GET"', `http_response_status_code="${status}"`) ?? 0
      for (let i = 0; i < 3; i++) yield* ask(`GET /v1/${p}/a`)
      yield* ask(`GET /v1/${p}/canary-name`)
      yield* ask("GET /canary-path")
      yield* ask("BREW /canary-path")
      const after = (yield* ask("GET /metrics")).text
      assert.strictEqual(of(after, 200) - of(before, 200), 3)
      assert.strictEqual(of(after, 404) - of(before, 404), 1)
      assert.notInclude(after, "canary")
      assert.notInclude(after, "BREW")
      assert.isAbove(sample(after, requests, 'http_request_method="_OTHER"', 'http_route=""') ?? 0, 0)
      const duration = "http_server_request_duration"
      assert.isAbove(sample(after, `${duration}_count`, route) ?? 0, 3)
      assert.isAbove(sample(after, `${duration}_bucket`, route, 'le="+Inf"') ?? 0, 3)
      assert.strictEqual(sample(after, "http_server_active_requests", route, 'http_request_method="GET"'), 0)
      assert.strictEqual(sample(after, "http_server_active_requests", 'http_route="/metrics"'), 1)
    })
  )

  it.effect("count those whose client went away as 499", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      const of = (text: string) =>
        sample(text, "http_server_requests_total", ":wait", 'http_response_status_code="499"') ?? 0
      const before = of((yield* ask("GET /metrics")).text)
      const fiber = yield* Effect.fork(ask(`POST /v1/${p}/a:wait`))
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust(1)
      const text = (yield* ask("GET /metrics")).text
      assert.strictEqual(of(text) - before, 1)
      assert.strictEqual(sample(text, "http_server_active_requests", ":wait"), 0)
    })
  )
})

describe("Prometheus", () => {
  const written = (name: string) =>
    Effect.map(Metric.snapshot, (pairs) =>
      Prometheus.encode(pairs.filter(({ metricKey }) => metricKey.name.startsWith(name)))
    )

  it.effect("writes every kind of metric", () =>
    Effect.gen(function* () {
      yield* Metric.incrementBy(Metric.counter("kinds.counter", { description: "a\\b\nc" }), 2)
      yield* Metric.set(Metric.gauge("kinds.gauge"), -1.5)
      yield* Metric.update(Metric.frequency("kinds.frequency"), `w"o\nrd`)
      const histogram = Metric.histogram("kinds.histogram", MetricBoundaries.fromIterable([1, 2]))
      for (const value of [0.5, 1, 1.5, 7]) yield* Metric.update(histogram, value)
      yield* Metric.update(
        Metric.summary({ name: "kinds.summary", maxAge: "1 hour", maxSize: 10, error: 0, quantiles: [0.5] }),
        3
      )
      assert.strictEqual(
        yield* written("kinds."),
        [
          "# HELP kinds_counter_total a\\\\b\\nc",
          "# TYPE kinds_counter_total counter",
          "kinds_counter_total 2",
          "# TYPE kinds_frequency_total counter",
          'kinds_frequency_total{key="w\\"o\\nrd"} 1',
          "# TYPE kinds_gauge gauge",
          "kinds_gauge -1.5",
          "# TYPE kinds_histogram histogram",
          'kinds_histogram_bucket{le="1"} 2',
          'kinds_histogram_bucket{le="2"} 3',
          'kinds_histogram_bucket{le="+Inf"} 4',
          "kinds_histogram_sum 10",
          "kinds_histogram_count 4",
          "# TYPE kinds_summary summary",
          'kinds_summary{quantile="0.5"} 3',
          "kinds_summary_sum 3",
          "kinds_summary_count 1",
          ""
        ].join("\n")
      )
    })
  )

  it.effect("writes no sample and no label twice, since Prometheus refuses all of a text that does", () =>
    Effect.gen(function* () {
      const tagged = Metric.counter("twice.a").pipe(Metric.tagged("b.c", "1"), Metric.tagged("b-c", "2"))
      yield* Metric.increment(tagged)
      yield* Metric.set(Metric.gauge("twice.gauge"), 1)
      yield* Metric.set(Metric.gauge("twice-gauge"), 1)
      const histogram = Metric.histogram("twice.histogram", MetricBoundaries.fromIterable([1]))
      yield* Metric.update(Metric.tagged(histogram, "le", "mine"), 1)
      const lines = (yield* written("twice")).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
      const series = lines.map((line) => line.slice(0, line.lastIndexOf(" ")))
      assert.deepStrictEqual(new Set(series).size, series.length)
      assert.strictEqual(series.filter((one) => one.startsWith("twice_gauge")).length, 1)
      for (const one of series) {
        const labels = [...one.matchAll(/[{,]([a-z_]+)=/g)].map(([, label]) => label)
        assert.strictEqual(new Set(labels).size, labels.length, one)
      }
    })
  )

  it.effect.prop(
    "writes lines that its grammar admits, whatever stands in names and labels",
    [FastCheck.string({ unit: "binary" }), FastCheck.string({ unit: "binary" }), FastCheck.string({ unit: "binary" })],
    ([name, key, value]) =>
      Effect.gen(function* () {
        yield* Metric.increment(Metric.tagged(Metric.counter(`odd.${name}`), key, value))
        for (const line of (yield* written("odd.")).split("\n")) {
          assert.match(
            line,
            /^(?:|# (?:HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"\})? \d+)$/su
          )
        }
      }),
    { fastCheck: { numRuns: 50 } }
  )
})
