import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostMetrics from "@effect-lro/host/HostMetrics"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/TestClock"
import { host, settled } from "./support/host.js"

const count = (metric: Metric.Metric.Counter<number>, tags: { readonly [key: string]: string } = {}) =>
  Effect.map(
    Metric.value(Object.entries(tags).reduce((tagged, [key, value]) => Metric.tagged(tagged, key, value), metric)),
    (state) => state.count
  )

const running = Effect.map(Metric.value(HostMetrics.running), ({ value }) => value)

const stops = Effect.map(Metric.value(HostMetrics.stopDuration), ({ count, max }) => ({ count, max }))

describe("the metrics of a host", () => {
  it.effect("count starts and ends by kind and state, and tell how many bodies run", () =>
    Effect.gen(function* () {
      const type = "metrics-a"
      const ends = (state: string) =>
        count(HostMetrics.ended, { "lro.operation.type": type, "lro.operation.state": state })
      const before = yield* running
      yield* Host.submit({ type, body: () => Effect.sleep("1 minute") })
      yield* Host.submit({ type, body: () => Effect.fail("no") })
      const { name } = yield* Host.submit({ type, body: () => Effect.never })
      const pending = yield* Host.submit({ type, startDelay: "1 hour", body: () => Effect.never })
      yield* settled
      assert.strictEqual((yield* running) - before, 2)
      assert.strictEqual(yield* count(HostMetrics.started, { "lro.operation.type": type }), 3)
      yield* Operations.cancel(name)
      yield* Operations.cancel(pending.name)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* running) - before, 0)
      assert.deepStrictEqual(yield* Effect.all([ends("SUCCEEDED"), ends("FAILED"), ends("CANCELLED")]), [1, 1, 2])
    }).pipe(host())
  )

  it.effect("measure how long bodies take to stop", () =>
    Effect.gen(function* () {
      const before = yield* stops
      const { name } = yield* Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.sleep("7 seconds")) })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("7 seconds")
      const after = yield* stops
      assert.strictEqual(after.count - before.count, 1)
      assert.strictEqual(after.max, 7)
    }).pipe(host())
  )

  it.effect("and the log tell of a body that has not stopped within the grace, once", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, logLevel, message }) => {
        lines.push(`${logLevel.label} ${String(message)} ${JSON.stringify([...annotations])}`)
      })
      yield* Effect.gen(function* () {
        const before = yield* count(HostMetrics.overdue)
        const { name } = yield* Host.submit({
          body: () => Effect.uninterruptible(Effect.as(Effect.sleep("1 hour"), { late: true }))
        })
        yield* settled
        yield* Operations.cancel(name)
        yield* TestClock.adjust("9 seconds")
        assert.strictEqual(yield* count(HostMetrics.overdue), before)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* count(HostMetrics.overdue), before + 1)
        const warnings = lines.filter((line) => line.startsWith("WARN"))
        assert.strictEqual(warnings.length, 1)
        assert.include(warnings[0], "still running")
        assert.include(warnings[0], name)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Operations.get(name))._tag, "Succeeded")
      }).pipe(host({ cancelGrace: "10 seconds" }), Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    })
  )
})
