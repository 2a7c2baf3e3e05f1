import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import type * as Job from "@effect-lro/host/Job"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StatusError from "@effect-lro/host/StatusError"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { host, settled, shown, state } from "./support/host.js"

const answer = AnyMessage.pack("example.Answer", { value: 42 })

const takes = (duration: `${number} seconds`) => () => Effect.as(Effect.sleep(duration), answer)

describe("cancelling what runs", () => {
  it.effect("interrupts the body, and ends it CANCELLED with code 1", () =>
    Effect.gen(function* () {
      const interrupted = yield* Ref.make(0)
      const { name } = yield* Host.submit({
        body: () => Effect.never.pipe(Effect.onInterrupt(() => Ref.update(interrupted, (n) => n + 1)))
      })
      yield* settled
      assert.strictEqual(yield* state(name), "RUNNING")
      yield* Operations.cancel(name)
      const done = yield* Operations.wait(name)
      assert(done._tag === "Cancelled")
      assert.strictEqual(done.error.code, 1)
      assert.deepStrictEqual(done.error.details, [])
      assert.strictEqual(yield* state(name), "CANCELLED")
      assert.strictEqual(yield* Ref.get(interrupted), 1)
    }).pipe(host())
  )

  it.effect("does not wait for the body, and says CANCELLED only when its finalizers are done", () =>
    Effect.gen(function* () {
      const isClean = yield* Ref.make(false)
      const { name } = yield* Host.submit({
        body: () =>
          Effect.acquireRelease(Effect.void, () =>
            Effect.zipRight(Effect.sleep("5 seconds"), Ref.set(isClean, true))
          ).pipe(Effect.zipRight(Effect.never), Effect.ensuring(Effect.sleep("5 seconds")))
      })
      yield* settled
      yield* Operations.cancel(name)
      for (let second = 0; second < 10; second++) {
        assert.strictEqual(yield* state(name), "CANCELLING")
        assert.isFalse(yield* Ref.get(isClean))
        yield* TestClock.adjust("1 second")
      }
      assert.strictEqual(yield* state(name), "CANCELLED")
      assert.isTrue(yield* Ref.get(isClean))
      assert.strictEqual(yield* shown(name, "cancelRequestTime"), 0)
      assert.strictEqual(yield* shown(name, "endTime"), 10_000)
    }).pipe(host())
  )

  it.effect("waits for the children of the body too", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: () =>
          Effect.gen(function* () {
            yield* Effect.fork(Effect.never.pipe(Effect.ensuring(Effect.sleep("3 seconds"))))
            yield* Effect.never
          })
      })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* state(name), "CANCELLED")
    }).pipe(host())
  )

  it.effect("leaves an uninterruptible body CANCELLING until its end, whose result is the truth", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.uninterruptible(takes("60 seconds")()) })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "SUCCEEDED")
      assert.strictEqual((yield* Operations.get(name))._tag, "Succeeded")
    }).pipe(host())
  )

  it.effect("interrupts after an uninterruptible part of the body, where there is more to come", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: () => Effect.zipRight(Effect.uninterruptible(Effect.sleep("10 seconds")), takes("10 seconds")())
      })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "CANCELLED")
    }).pipe(host())
  )

  it.effect("ends FAILED where the body fails of itself after the request", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: () =>
          Effect.uninterruptible(
            Effect.zipRight(Effect.sleep("1 second"), Effect.fail(StatusError.make({ code: "DATA_LOSS" })))
          ),
        restart: Schedule.recurs(3)
      })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("1 second")
      const done = yield* Operations.get(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, 15)
      assert.strictEqual(yield* shown(name, "attempt"), 1)
    }).pipe(host())
  )

  it.effect("ends CANCELLED where the body itself says so after the request", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: (job) =>
          Effect.uninterruptible(
            Effect.zipRight(
              Effect.repeat(job.isCancelRequested, { until: (_) => _, schedule: Schedule.spaced("1 second") }),
              Effect.fail(StatusError.make({ code: "CANCELLED", message: "stopped the machine" }))
            )
          )
      })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("1 second")
      const done = yield* Operations.get(name)
      assert(done._tag === "Cancelled")
      assert.strictEqual(done.error.message, "stopped the machine")
    }).pipe(host())
  )

  it.effect("can be asked for by the body itself", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: (job) => Effect.zipRight(Effect.orDie(Operations.cancel(job.name)), takes("1 seconds")())
      })
      yield* settled
      assert.strictEqual(yield* state(name), "CANCELLED")
    }).pipe(host())
  )
})

describe("many requests", () => {
  it.effect("are one: a hundred at once interrupt once and keep the time of the first", () =>
    Effect.gen(function* () {
      const interrupted = yield* Ref.make(0)
      const { name } = yield* Host.submit({
        body: () =>
          Effect.never.pipe(
            Effect.onInterrupt(() =>
              Effect.zipRight(
                Ref.update(interrupted, (n) => n + 1),
                Effect.sleep("1 minute")
              )
            )
          )
      })
      yield* TestClock.adjust("7 seconds")
      yield* Effect.replicateEffect(Operations.cancel(name), 100, { concurrency: "unbounded" })
      yield* TestClock.adjust("10 seconds")
      yield* Operations.cancel(name)
      yield* Operations.cancel(name)
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 minute")
      yield* Operations.cancel(name)
      assert.strictEqual(yield* state(name), "CANCELLED")
      assert.strictEqual(yield* Ref.get(interrupted), 1)
      assert.strictEqual(yield* shown(name, "cancelRequestTime"), 7000)
    }).pipe(host())
  )
})

describe("finalizers", () => {
  it.effect("that fail leave it CANCELLED, are logged, and are told without their message", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ cause, message }) => logged.push([message, String(cause)]))
      const { name } = yield* Host.submit({
        body: () => Effect.ensuring(Effect.never, Effect.die(new Error("password=hunter2")))
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      yield* settled
      yield* Operations.cancel(name)
      const done = yield* Operations.wait(name)
      assert(done._tag === "Cancelled")
      assert.strictEqual(done.error.code, 1)
      assert.deepStrictEqual(done.error.details, [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "CLEANUP_FAILED",
          domain: "effect-lro",
          metadata: { failures: "1" }
        }
      ])
      assert.notInclude(JSON.stringify(done), "hunter2")
      assert.include(JSON.stringify(logged), "hunter2")
    }).pipe(host())
  )

  it.effect("that hang keep it CANCELLING", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.sleep("1 day")) })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("23 hours")
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* state(name), "CANCELLED")
    }).pipe(host())
  )

  it.effect("that hang are given up after the cleanup timeout, and the operation tells so", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.sleep("1 day")) })
      const next = yield* Host.submit({ body: takes("1 seconds") })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 second")
      const done = yield* Operations.get(name)
      assert(done._tag === "Cancelled")
      assert.deepStrictEqual(
        done.error.details.map((_) => _["reason"]),
        ["CLEANUP_TIMED_OUT"]
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(next.name), "SUCCEEDED")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* state(name), "CANCELLED")
    }).pipe(host({ cleanupTimeout: "1 minute", maxRunning: 1, shutdownTimeout: 0 }))
  )
})

describe("what the body sees", () => {
  it.effect("of a request: a flag and an aborted signal", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<Job.Job>()
      const aborts = yield* Ref.make(0)
      const { name } = yield* Host.submit({
        body: (job) =>
          Effect.gen(function* () {
            yield* Deferred.succeed(seen, job)
            yield* Effect.async<void>((resume) =>
              job.abortSignal.addEventListener("abort", () => resume(Ref.update(aborts, (n) => n + 1)))
            )
            return answer
          }).pipe(Effect.uninterruptible)
      })
      const job = yield* Deferred.await(seen)
      yield* settled
      assert.isFalse(yield* job.isCancelRequested)
      assert.isFalse(job.abortSignal.aborted)
      yield* Operations.cancel(name)
      assert.isTrue(yield* job.isCancelRequested)
      assert.isTrue(job.abortSignal.aborted)
      yield* settled
      assert.strictEqual(yield* Ref.get(aborts), 1)
      assert.strictEqual(yield* state(name), "SUCCEEDED")
    }).pipe(host())
  )

  it.effect("of a request that came before it asked for the signal: an aborted one", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<boolean>()
      const { name } = yield* Host.submit({
        body: (job) =>
          Effect.uninterruptible(
            Effect.zipRight(
              Effect.sleep("1 second"),
              Effect.suspend(() => Deferred.succeed(seen, job.abortSignal.aborted))
            )
          ).pipe(Effect.asVoid)
      })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* Deferred.await(seen))
    }).pipe(host())
  )
})

describe("cancelling what waits for its turn", () => {
  it.effect("ends it at once, and its body never runs", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      const first = yield* Host.submit({ body: takes("10 seconds") })
      const second = yield* Host.submit({ body: () => Ref.update(starts, (n) => n + 1) })
      const third = yield* Host.submit({ body: takes("10 seconds") })
      yield* settled
      assert.strictEqual(yield* state(second.name), "PENDING")
      yield* Operations.cancel(second.name)
      const done = yield* Operations.get(second.name)
      assert(done._tag === "Cancelled")
      assert.strictEqual(done.error.code, 1)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Effect.forEach([first, second, third], ({ name }) => state(name)), [
        "SUCCEEDED",
        "CANCELLED",
        "RUNNING"
      ])
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* state(third.name), "SUCCEEDED")
      assert.strictEqual(yield* Ref.get(starts), 0)
      assert.isUndefined(yield* shown(second.name, "startTime"))
    }).pipe(host({ maxRunning: 1 }))
  )

  it.effect("ends it also in the moment after it was submitted, and in its start delay", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      const body = () => Ref.update(starts, (n) => n + 1)
      const early = yield* Host.submit({ body })
      yield* Operations.cancel(early.name)
      const late = yield* Host.submit({ body, startDelay: "10 seconds" })
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* state(late.name), "PENDING")
      yield* Operations.cancel(late.name)
      assert.strictEqual(yield* state(late.name), "CANCELLED")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* Ref.get(starts), 0)
    }).pipe(host())
  )

  it.effect("goes through CANCELLING where there is a latency, and is not started meanwhile", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      yield* Host.submit({ body: takes("1 seconds") })
      const { name } = yield* Host.submit({ body: () => Ref.update(starts, (n) => n + 1) })
      const next = yield* Host.submit({ body: takes("1 seconds") })
      yield* settled
      yield* Operations.cancel(name)
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* state(name), "CANCELLING")
      assert.strictEqual(yield* state(next.name), "SUCCEEDED")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "CANCELLED")
      assert.strictEqual(yield* Ref.get(starts), 0)
    }).pipe(host({ maxRunning: 1, cancelLatency: "5 seconds" }))
  )
})

describe("a cancel latency", () => {
  it.effect("lets the body go on for so long, unknowing", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<Job.Job>()
      const { name } = yield* Host.submit({ body: (job) => Effect.zipRight(Deferred.succeed(seen, job), Effect.never) })
      const job = yield* Deferred.await(seen)
      yield* Operations.cancel(name)
      yield* TestClock.adjust("299 millis")
      assert.strictEqual(yield* state(name), "CANCELLING")
      assert.isFalse(yield* job.isCancelRequested)
      assert.isFalse(job.abortSignal.aborted)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* state(name), "CANCELLED")
      assert.isTrue(job.abortSignal.aborted)
    }).pipe(host({ cancelLatency: "300 millis" }))
  )

  it.effect("lets the work win that ends within it", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: takes("1 seconds") })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "SUCCEEDED")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* state(name), "SUCCEEDED")
    }).pipe(host({ cancelLatency: "2 seconds" }))
  )

  it.effect("is not prolonged by more requests", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.never })
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("1 second")
      yield* Operations.cancel(name)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "CANCELLED")
    }).pipe(host({ cancelLatency: "2 seconds" }))
  )
})

describe("a host that ignores requests", () => {
  it.effect("shows CANCELLING, and runs what runs to its end", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<Job.Job>()
      const { name } = yield* Host.submit({
        body: (job) => Effect.zipRight(Deferred.succeed(seen, job), takes("5 seconds")())
      })
      const job = yield* Deferred.await(seen)
      yield* Operations.cancel(name)
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* state(name), "CANCELLING")
      assert.isFalse(yield* job.isCancelRequested)
      assert.isFalse(job.abortSignal.aborted)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "SUCCEEDED")
      assert.strictEqual(yield* shown(name, "cancelRequestTime"), 0)
    }).pipe(host({ cancellation: "ignore" }))
  )

  it.effect("starts what is pending, and runs it to its end", () =>
    Effect.gen(function* () {
      yield* Host.submit({ body: takes("5 seconds") })
      const { name } = yield* Host.submit({ body: takes("5 seconds") })
      const failing = yield* Host.submit({ body: () => Effect.fail("no"), restart: Schedule.recurs(5) })
      yield* settled
      yield* Operations.cancel(name)
      yield* Operations.cancel(failing.name)
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* state(name), "CANCELLING")
      assert.strictEqual(yield* shown(name, "startTime"), 5000)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(name), "SUCCEEDED")
      assert.strictEqual(yield* state(failing.name), "FAILED")
      assert.strictEqual(yield* shown(failing.name, "attempt"), 1)
    }).pipe(host({ cancellation: "ignore", maxRunning: 1, cancelLatency: "1 second" }))
  )
})

describe("cancelling what is over", () => {
  const ends = {
    SUCCEEDED: Effect.void,
    FAILED: Effect.fail("no"),
    CANCELLED: Effect.never
  }
  const end = (kind: keyof typeof ends) =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit<string, never>({ body: () => ends[kind] })
      yield* settled
      if (kind === "CANCELLED") yield* Operations.cancel(name)
      return yield* Operations.wait(name)
    })

  it.effect.each(["SUCCEEDED", "FAILED", "CANCELLED"] as const)("%s is a success and changes nothing", (kind) =>
    Effect.gen(function* () {
      const done = yield* end(kind)
      yield* TestClock.adjust("1 minute")
      yield* Operations.cancel(done.name)
      assert.deepStrictEqual(yield* Operations.get(done.name), done)
      assert.strictEqual(yield* state(done.name), kind)
    }).pipe(host())
  )

  it.effect.each(["SUCCEEDED", "FAILED", "CANCELLED"] as const)("%s is refused by a strict host", (kind) =>
    Effect.gen(function* () {
      const done = yield* end(kind)
      const error = yield* Effect.flip(Operations.cancel(done.name))
      assert.strictEqual(error._tag, "FailedPrecondition")
      assert.deepStrictEqual(yield* Operations.get(done.name), done)
    }).pipe(host({ cancelDone: "strict" }))
  )

  it.effect("is a success at a strict host while it is CANCELLING", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.uninterruptible(takes("1 seconds")()) })
      yield* settled
      yield* Operations.cancel(name)
      yield* Operations.cancel(name)
      assert.strictEqual(yield* state(name), "CANCELLING")
      yield* TestClock.adjust("1 second")
    }).pipe(host({ cancelDone: "strict" }))
  )
})

describe("an accepted request", () => {
  it.effect("takes effect though who made it is interrupted as soon as it was written", () =>
    Effect.gen(function* () {
      const store = yield* OperationStore.makeMemory
      const written = yield* Deferred.make<void>()
      const answer = yield* Deferred.make<void>()
      const slow: OperationStore.Service = {
        ...store,
        compareAndSet: (expected, next) =>
          next.state === "CANCELLING"
            ? store
                .compareAndSet(expected, next)
                .pipe(Effect.zipLeft(Effect.zipRight(Deferred.succeed(written, undefined), Deferred.await(answer))))
            : store.compareAndSet(expected, next)
      }
      const layer = HostOperations.layer.pipe(
        Layer.provideMerge(Host.layer()),
        Layer.provide(Layer.succeed(OperationStore.OperationStore, slow))
      )
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: () => Effect.never })
        yield* settled
        const canceller = yield* Effect.fork(Operations.cancel(name))
        yield* Deferred.await(written)
        yield* Fiber.interruptFork(canceller)
        yield* Deferred.succeed(answer, undefined)
        assert.strictEqual((yield* Operations.wait(name))._tag, "Cancelled")
      }).pipe(Effect.provide(layer))
    })
  )
})
