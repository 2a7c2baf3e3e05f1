import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type * as Status from "@effect-lro/core/Status"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { host, settled, shown, state } from "./support/host.js"

const takes = (duration: `${number} seconds`) => () => Effect.sleep(duration)

describe("the name of an operation", () => {
  it.effect("is made of its parent and an id of 24 letters and digits", () =>
    Effect.gen(function* () {
      const own = yield* Host.submit({ parent: "projects/example.com:p", body: () => Effect.void })
      assert.match(own.name, /^projects\/example\.com:p\/operations\/[A-Z2-7]{24}$/)
      const inherited = yield* Host.submit({ body: () => Effect.void })
      assert.match(inherited.name, /^projects\/demo\/operations\/[A-Z2-7]{24}$/)
    }).pipe(host({ parent: "projects/demo" }))
  )

  it.effect("is random, and the same for the same seed", () =>
    Effect.gen(function* () {
      const names = Effect.map(Host.submit({ body: () => Effect.void }), (_) => _.name)
      const some = yield* Effect.replicateEffect(names, 100)
      assert.strictEqual(new Set(some).size, 100)
      const seeded = Effect.suspend(() =>
        names.pipe(Effect.withRandom(Random.make("a seed")), Effect.provide(Layer.fresh(HostOperations.layerMemory())))
      )
      const [one, other] = yield* Effect.all([seeded, seeded])
      assert.strictEqual(one, other)
    }).pipe(host())
  )

  it.effect("is made anew where the id is taken", () =>
    Effect.gen(function* () {
      const ids = ["A", "A", "A", "B"]
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* Host.submit({ body: () => Effect.void })).name, "operations/A")
        assert.strictEqual((yield* Host.submit({ body: () => Effect.void })).name, "operations/B")
      }).pipe(host({ generateId: Effect.sync(() => ids.shift() ?? "Z") }))
    })
  )

  it.effect("is given by no host that could run nothing", () =>
    Effect.gen(function* () {
      for (const maxRunning of [0, -1, NaN]) {
        const exit = yield* Effect.exit(
          Effect.provide(Effect.void, Layer.fresh(HostOperations.layerMemory({ maxRunning })))
        )
        assert.include(String(exit), `the option maxRunning has to be 1 or more, and is ${maxRunning}`)
      }
    })
  )

  it.effect("is not looked for without end where there is only one", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Host.submit({ body: () => Effect.void })).name, "operations/A")
      const error = yield* Effect.flip(Host.submit({ body: () => Effect.void }))
      assert.strictEqual(error._tag, "Internal")
      assert.include(error.message, "generateId has made 100 ids in a row that are taken")
    }).pipe(host({ generateId: Effect.succeed("A") }))
  )

  it.effect("can be chosen, once", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      const submit = Host.submit({ name: "jobs/operations/mine", body: () => Ref.update(starts, (n) => n + 1) })
      assert.strictEqual((yield* submit).name, "jobs/operations/mine")
      const error = yield* Effect.flip(submit)
      assert.strictEqual(error._tag, "AlreadyExists")
      yield* settled
      assert.strictEqual(yield* Ref.get(starts), 1)
    }).pipe(host())
  )

  it.effect.each(["", "a//b", "projects/../operations/x", "operations/%2e%2E", "a\u0000", "x".repeat(1025)])(
    "cannot be %j",
    (name) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Host.submit({ name, body: () => Effect.void }))
        assert.strictEqual(error._tag, "InvalidName")
        for (const method of [Operations.get, Operations.cancel, Operations.delete, Operations.wait]) {
          assert.strictEqual((yield* Effect.flip(Effect.asVoid(method(name))))._tag, "InvalidName")
        }
      }).pipe(host())
  )

  it.effect("that nobody has is NotFound to every method", () =>
    Effect.gen(function* () {
      for (const method of [Operations.get, Operations.cancel, Operations.delete, Operations.wait]) {
        const error = yield* Effect.flip(Effect.asVoid(method("projects/demo/operations/none")))
        assert(error._tag === "NotFound")
        assert.strictEqual(error.missing, "operation")
        assert.strictEqual(error.status.code, 5)
      }
    }).pipe(host())
  )
})

describe("a request id", () => {
  it.effect("makes submitting again answer the same operation, and run nothing", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      const submission = { requestId: "once", body: () => Ref.update(starts, (n) => n + 1) }
      const first = yield* Host.submit(submission)
      assert.strictEqual(first._tag, "Running")
      yield* settled
      const again = yield* Host.submit(submission)
      assert.strictEqual(again.name, first.name)
      assert.strictEqual(again._tag, "Succeeded", "the operation as it is now")
      const other = yield* Host.submit({ ...submission, parent: "projects/other" })
      assert.notStrictEqual(other.name, first.name)
      yield* settled
      assert.strictEqual(yield* Ref.get(starts), 2)
    }).pipe(host())
  )

  it.effect("holds against a hundred at once", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      const submitted = yield* Effect.replicateEffect(
        Host.submit({ requestId: "once", body: () => Ref.update(starts, (n) => n + 1) }),
        100,
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(submitted.map((_) => _.name)).size, 1)
      yield* settled
      assert.strictEqual(yield* Ref.get(starts), 1)
    }).pipe(host())
  )

  it.effect("that is empty is none", () =>
    Effect.gen(function* () {
      const one = yield* Host.submit({ requestId: "", body: () => Effect.void })
      const other = yield* Host.submit({ requestId: "", body: () => Effect.void })
      assert.notStrictEqual(one.name, other.name)
    }).pipe(host())
  )
})

describe("who submits", () => {
  it.effect("may be interrupted, or end, without touching the operation", () =>
    Effect.gen(function* () {
      const name = yield* Deferred.make<string>()
      const submitter = yield* Effect.fork(
        Effect.gen(function* () {
          const operation = yield* Host.submit({ body: takes("10 seconds") })
          yield* Deferred.succeed(name, operation.name)
          yield* Effect.never
        })
      )
      const submitted = yield* Deferred.await(name)
      yield* settled
      yield* Fiber.interrupt(submitter)
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* state(submitted), "RUNNING")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state(submitted), "SUCCEEDED")
    }).pipe(host())
  )

  it.effect("may be in an uninterruptible region, and the body is interrupted all the same", () =>
    Effect.gen(function* () {
      const { name } = yield* Effect.uninterruptible(Host.submit({ body: () => Effect.never }))
      yield* settled
      yield* Operations.cancel(name)
      assert.strictEqual((yield* Operations.wait(name))._tag, "Cancelled")
    }).pipe(host())
  )

  it.effect("supplies what the body requires, but for a scope, which each attempt has of its own", () =>
    Effect.gen(function* () {
      class Greeting extends Context.Tag("Greeting")<Greeting, string>() {}
      const closed = yield* Ref.make<ReadonlyArray<number>>([])
      const { name } = yield* Host.submit({
        body: (job) =>
          Effect.gen(function* () {
            yield* Effect.addFinalizer(() => Ref.update(closed, (_) => [..._, job.attempt]))
            if (job.attempt === 1) return yield* Effect.fail("again")
            return AnyMessage.pack("example.Text", { text: yield* Greeting })
          }),
        restart: Schedule.recurs(1)
      }).pipe(Effect.provideService(Greeting, "hello"))
      const done = yield* Operations.wait(name)
      assert(done._tag === "Succeeded")
      assert.strictEqual(done.response["text"], "hello")
      assert.deepStrictEqual(yield* Ref.get(closed), [1, 2])
    }).pipe(host())
  )
})

describe("bodies", () => {
  it.effect("run so many at once, first come, first served", () =>
    Effect.gen(function* () {
      const order = yield* Ref.make<ReadonlyArray<number>>([])
      const running = yield* Ref.make(0)
      const most = yield* Ref.make(0)
      yield* Effect.forEach(
        Array.from({ length: 12 }, (_, i) => i),
        (i) =>
          Host.submit({
            body: () =>
              Effect.acquireUseRelease(
                Effect.tap(
                  Ref.updateAndGet(running, (n) => n + 1),
                  (n) => Ref.update(most, (m) => Math.max(m, n))
                ),
                () =>
                  Effect.zipRight(
                    Ref.update(order, (_) => [..._, i]),
                    Effect.sleep(`${1 + (i % 3)} seconds`)
                  ),
                () => Ref.update(running, (n) => n - 1)
              )
          })
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        yield* Ref.get(order),
        Array.from({ length: 12 }, (_, i) => i)
      )
      assert.strictEqual(yield* Ref.get(most), 3)
    }).pipe(host({ maxRunning: 3 }))
  )

  it.effect("have their place again after a pause", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 3; i++) {
        const { name } = yield* Host.submit({ body: i === 1 ? () => Effect.fail("no") : takes("1 seconds") })
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* state(name), i === 1 ? "FAILED" : "SUCCEEDED")
      }
    }).pipe(host({ maxRunning: 1 }))
  )

  it.effect("stay PENDING for the start delay", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.never })
      const hasty = yield* Host.submit({ body: () => Effect.never, startDelay: 0 })
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(yield* state(name), "PENDING")
      assert.strictEqual(yield* state(hasty.name), "RUNNING")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* state(name), "RUNNING")
      assert.strictEqual(yield* shown(name, "startTime"), 3000)
    }).pipe(host({ startDelay: "3 seconds" }))
  )

  it.effect("publish progress, also from what they published before", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        metadata: { percent: 0 },
        body: (job) =>
          Effect.gen(function* () {
            yield* Effect.sleep("1 second")
            yield* job.update({ percent: 10 })
            yield* Effect.sleep("1 second")
            yield* job.updateWith((current) => ({ ...Option.getOrThrow(current), stage: "write" }))
          })
      })
      const published = shown(name, "published")
      assert.deepStrictEqual(yield* published, { percent: 0 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* published, { percent: 10 })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* published, { percent: 10, stage: "write" })
      assert.strictEqual(yield* state(name), "SUCCEEDED")
    }).pipe(host())
  )

  it.effect("publish nothing once their operation is over", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: (job) => Effect.asVoid(Effect.forkDaemon(Effect.delay(job.update({ late: true }), "1 second")))
      })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* state(name), "SUCCEEDED")
      assert.isUndefined(yield* shown(name, "published"))
    }).pipe(host())
  )
})

describe("a restart", () => {
  it.effect("follows a failed attempt as often and as late as the schedule says, PENDING meanwhile", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: (job) => Effect.zipRight(Effect.sleep("1 second"), Effect.fail(`attempt ${job.attempt}`))
      })
      const seen: Array<readonly [unknown, unknown]> = []
      for (let second = 0; second < 9; second++) {
        yield* settled
        seen.push([yield* state(name), yield* shown(name, "attempt")])
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(seen, [
        ["RUNNING", 1],
        ["PENDING", 1],
        ["PENDING", 1],
        ["RUNNING", 2],
        ["PENDING", 2],
        ["PENDING", 2],
        ["RUNNING", 3],
        ["FAILED", 3],
        ["FAILED", 3]
      ])
      const done = yield* Operations.get(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.message, "attempt 3")
      assert.strictEqual(yield* shown(name, "startTime"), 0, "of the first attempt")
    }).pipe(host({ restart: Schedule.intersect(Schedule.recurs(2), Schedule.spaced("2 seconds")) }))
  )

  it.effect("may depend on the failure, and be declined for one submission", () =>
    Effect.gen(function* () {
      const attempts = (message: string, restart?: Schedule.Schedule<unknown>) =>
        Effect.gen(function* () {
          const { name } = yield* Host.submit({ body: () => Effect.fail(message), restart })
          yield* Operations.wait(name)
          return yield* shown(name, "attempt")
        })
      assert.strictEqual(yield* attempts("transient"), 5)
      assert.strictEqual(yield* attempts("permanent"), 1)
      assert.strictEqual(yield* attempts("transient", Schedule.stop), 1)
    }).pipe(
      host({
        restart: Schedule.recurs(4).pipe(Schedule.whileInput((status: Status.Status) => status.message === "transient"))
      })
    )
  )

  it.effect("does not come after a cancel between two attempts, which ends it at once", () =>
    Effect.gen(function* () {
      const starts = yield* Ref.make(0)
      const { name } = yield* Host.submit({
        body: () =>
          Effect.zipRight(
            Ref.update(starts, (n) => n + 1),
            Effect.fail("no")
          )
      })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* state(name), "PENDING")
      yield* Operations.cancel(name)
      assert.strictEqual(yield* state(name), "CANCELLED")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Ref.get(starts), 1)
    }).pipe(host({ restart: Schedule.spaced("1 minute") }))
  )

  it.effect("gives way to those who wait", () =>
    Effect.gen(function* () {
      const order = yield* Ref.make<ReadonlyArray<string>>([])
      const note = (what: string) => Ref.update(order, (_) => [..._, what])
      yield* Host.submit({
        body: (job) =>
          Effect.zipRight(note(`first, ${job.attempt}`), job.attempt === 1 ? Effect.fail("no") : Effect.void)
      })
      yield* Host.submit({ body: () => note("second") })
      yield* settled
      assert.deepStrictEqual(yield* Ref.get(order), ["first, 1", "second", "first, 2"])
    }).pipe(host({ maxRunning: 1, restart: Schedule.recurs(1) }))
  )
})

describe("deleting", () => {
  it.effect("what is over removes it, once", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ requestId: "once", body: () => Effect.void })
      yield* settled
      yield* Operations.delete(name)
      for (const method of [Operations.get, Operations.cancel, Operations.delete, Operations.wait]) {
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(method(name))))._tag, "NotFound")
      }
      assert.notStrictEqual((yield* Host.submit({ requestId: "once", body: () => Effect.void })).name, name)
    }).pipe(host())
  )

  it.effect("what runs hides it, and its work goes on", () =>
    Effect.gen(function* () {
      const ended = yield* Ref.make(false)
      const { name } = yield* Host.submit({ body: () => Effect.delay(Ref.set(ended, true), "10 seconds") })
      yield* settled
      yield* Operations.delete(name)
      for (const method of [Operations.get, Operations.cancel, Operations.delete, Operations.wait]) {
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(method(name))))._tag, "NotFound")
      }
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(yield* Ref.get(ended))
      const again = yield* Host.submit({ name, body: () => Effect.never })
      yield* settled
      assert.strictEqual(yield* state(again.name), "RUNNING", "the record went with the end of the work")
    }).pipe(host())
  )

  it.effect("makes room for another of its name, which an old body that ends late does not disturb", () =>
    Effect.gen(function* () {
      const old = yield* Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.sleep("1 hour")) })
      yield* settled
      yield* Operations.cancel(old.name)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* state(old.name), "CANCELLED")
      yield* Operations.delete(old.name)
      const { name } = yield* Host.submit({ name: old.name, body: () => Effect.never })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* state(name), "RUNNING")
      yield* Operations.cancel(name)
      assert.strictEqual((yield* Operations.wait(name))._tag, "Cancelled")
    }).pipe(host({ cleanupTimeout: "1 minute" }))
  )

  it.effect("what is pending hides it, and its work is done", () =>
    Effect.gen(function* () {
      const ended = yield* Ref.make(false)
      yield* Host.submit({ body: takes("10 seconds") })
      const { name } = yield* Host.submit({ body: () => Ref.set(ended, true) })
      yield* Operations.delete(name)
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(yield* Ref.get(ended))
    }).pipe(host({ maxRunning: 1 }))
  )
})

describe("the retention", () => {
  it.effect("keeps a record for so long after its end", () =>
    Effect.gen(function* () {
      const quick = yield* Host.submit({ body: takes("5 seconds") })
      const slow = yield* Host.submit({ body: takes("8 seconds") })
      const cancelled = yield* Host.submit({ body: () => Effect.void, startDelay: "1 hour" })
      yield* Operations.cancel(cancelled.name)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* state(cancelled.name), "CANCELLED")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Effect.flip(Operations.get(cancelled.name)))._tag, "NotFound")
      yield* TestClock.adjust("7 seconds")
      assert.strictEqual((yield* Effect.flip(Operations.get(quick.name)))._tag, "NotFound")
      assert.strictEqual(yield* state(slow.name), "SUCCEEDED")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Effect.flip(Operations.get(slow.name)))._tag, "NotFound")
    }).pipe(host({ retention: "1 minute" }))
  )
})

describe("a shutdown", () => {
  const started = (options?: Host.Options) =>
    Effect.gen(function* () {
      const store = yield* OperationStore.makeMemory
      const scope = yield* Scope.make()
      const context = yield* HostOperations.layer.pipe(
        Layer.provideMerge(Host.layer(options)),
        Layer.provide(Layer.succeed(OperationStore.OperationStore, store)),
        Layer.buildWithScope(scope)
      )
      const stateOf = (name: string) => Effect.map(store.get(name), (found) => Option.getOrThrow(found).state)
      return { close: Scope.close(scope, Exit.void), run: Effect.provide(context), stateOf, store }
    })

  it.effect("interrupts what runs, waits for it, and refuses what is new", () =>
    Effect.gen(function* () {
      const { close, run, stateOf, store } = yield* started()
      const cleaned = yield* Ref.make(false)
      const { name } = yield* run(
        Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.delay(Ref.set(cleaned, true), "10 seconds")) })
      )
      yield* settled
      const closing = yield* Effect.fork(close)
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      const error = yield* Effect.flip(run(Host.submit({ body: () => Effect.void })))
      assert.strictEqual(error._tag, "Unavailable")
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.isTrue(yield* Ref.get(cleaned))
      assert.strictEqual(yield* stateOf(name), "FAILED")
      const record = Option.getOrThrow(yield* store.get(name))
      const result = Option.getOrThrow(record.result)
      assert(result._tag === "Error")
      assert.strictEqual(result.error.code, 14)
    })
  )

  it.effect("ends what was asked to stop as CANCELLED, and leaves to others what has not run", () =>
    Effect.gen(function* () {
      const { close, run, stateOf } = yield* started({
        maxRunning: 2,
        cancelLatency: "1 hour",
        restart: Schedule.recurs(1)
      })
      const cancelled = yield* run(Host.submit({ body: () => Effect.never }))
      const restartable = yield* run(Host.submit({ body: () => Effect.never }))
      const pending = yield* run(Host.submit({ body: () => Effect.die("it ran") }))
      const cancelledPending = yield* run(Host.submit({ body: () => Effect.die("it ran") }))
      yield* settled
      yield* run(Operations.cancel(cancelled.name))
      yield* run(Operations.cancel(cancelledPending.name))
      yield* close
      assert.strictEqual(yield* stateOf(cancelled.name), "CANCELLED")
      assert.strictEqual(yield* stateOf(restartable.name), "PENDING")
      assert.strictEqual(yield* stateOf(pending.name), "PENDING")
      assert.strictEqual(yield* stateOf(cancelledPending.name), "CANCELLED")
    })
  )

  it.effect("does not start what is stored only when it has begun", () =>
    Effect.gen(function* () {
      const store = yield* OperationStore.makeMemory
      const stored = yield* Deferred.make<void>()
      const answer = yield* Deferred.make<void>()
      const slow: OperationStore.Service = {
        ...store,
        create: (record) =>
          Effect.zipLeft(
            store.create(record),
            Effect.zipRight(Deferred.succeed(stored, undefined), Deferred.await(answer))
          )
      }
      const scope = yield* Scope.make()
      const context = yield* Host.layer().pipe(
        Layer.provide(Layer.succeed(OperationStore.OperationStore, slow)),
        Layer.buildWithScope(scope)
      )
      const starts = yield* Ref.make(0)
      const submitting = yield* Effect.fork(
        Effect.provide(Host.submit({ body: () => Ref.update(starts, (n) => n + 1) }), context)
      )
      yield* Deferred.await(stored)
      yield* Scope.close(scope, Exit.void)
      yield* Deferred.succeed(answer, undefined)
      const { name } = yield* Fiber.join(submitting)
      yield* settled
      assert.strictEqual(yield* Ref.get(starts), 0)
      assert.strictEqual(Option.getOrThrow(yield* store.get(name)).state, "PENDING")
    })
  )

  it.effect("does not wait longer than its timeout, and says nothing about what still runs", () =>
    Effect.gen(function* () {
      const { close, run, stateOf } = yield* started({ shutdownTimeout: "5 seconds" })
      const stuck = yield* Deferred.make<void>()
      const { name } = yield* run(Host.submit({ body: () => Effect.uninterruptible(Deferred.await(stuck)) }))
      yield* settled
      yield* run(Operations.cancel(name))
      const closing = yield* Effect.fork(close)
      yield* TestClock.adjust("4 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.strictEqual(yield* stateOf(name), "CANCELLING")
      yield* Deferred.succeed(stuck, undefined)
    })
  )
})

describe("an operation that another host has taken over", () => {
  it.effect.each([
    { how: "succeeds", end: Effect.void },
    { how: "fails", end: Effect.fail("no") },
    { how: "is interrupted", end: Effect.interrupt }
  ])("is not touched by a body that $how here", ({ end }) =>
    Effect.gen(function* () {
      const store = yield* OperationStore.makeMemory
      const layer = HostOperations.layer.pipe(
        Layer.provideMerge(Host.layer({ restart: Schedule.recurs(1) })),
        Layer.provide(Layer.succeed(OperationStore.OperationStore, store))
      )
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit<string, never>({
          body: (job) =>
            Effect.sleep("1 second").pipe(Effect.zipRight(job.update({ late: true })), Effect.zipRight(end))
        })
        yield* settled
        const ours = Option.getOrThrow(yield* store.get(name))
        const theirs = { ...ours, version: ours.version + 1, fence: ours.fence + 1 }
        assert.isTrue(yield* store.compareAndSet(ours, theirs))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* store.get(name), Option.some(theirs))
      }).pipe(Effect.provide(layer))
    })
  )
})

describe("a store that fails", () => {
  const flaky = Effect.gen(function* () {
    const store = yield* OperationStore.makeMemory
    const reason = yield* Ref.make<Option.Option<OperationStore.StoreError["reason"]>>(Option.none())
    const guard = <A>(operation: string, effect: Effect.Effect<A, OperationStore.StoreError>) =>
      Effect.flatMap(
        Ref.get(reason),
        Option.match({
          onNone: () => effect,
          onSome: (reason) =>
            Effect.fail(new OperationStore.StoreError({ reason, operation, cause: new Error("/var/secret.db") }))
        })
      )
    const service: OperationStore.Service = {
      create: (record) => guard("create", store.create(record)),
      get: (name) => guard("get", store.get(name)),
      compareAndSet: (expected, next) => guard("compareAndSet", store.compareAndSet(expected, next)),
      delete: (expected) => guard("delete", store.delete(expected)),
      list: (request) => guard("list", store.list(request)),
      unfinished: (request) => guard("unfinished", store.unfinished(request)),
      purge: (request) => guard("purge", store.purge(request)),
      counts: guard("counts", store.counts),
      subscribe: store.subscribe
    }
    const layer = HostOperations.layer.pipe(
      Layer.provideMerge(Host.layer({ describe: ({ state }) => ({ state }) })),
      Layer.provide(Layer.succeed(OperationStore.OperationStore, service))
    )
    return { layer, reason }
  })

  it.effect.each([
    { reason: "Unavailable" as const, tag: "Unavailable" },
    { reason: "Full" as const, tag: "ResourceExhausted" },
    { reason: "Broken" as const, tag: "Internal" }
  ])("($reason) fails every method with $tag, which does not name the cause", ({ reason: why, tag }) =>
    Effect.gen(function* () {
      const { layer, reason } = yield* flaky
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: () => Effect.void })
        yield* settled
        yield* Ref.set(reason, Option.some(why))
        const methods: ReadonlyArray<Effect.Effect<void, OperationsError, Operations.Operations | Host.Host>> = [
          Effect.asVoid(Operations.get(name)),
          Operations.cancel(name),
          Operations.delete(name),
          Effect.asVoid(Operations.wait(name)),
          Effect.asVoid(Operations.listPage({ name: "" })),
          Effect.asVoid(Host.submit({ body: () => Effect.void }))
        ]
        for (const method of methods) {
          const error = yield* Effect.flip(method)
          assert.strictEqual(error._tag, tag)
          assert.notInclude(JSON.stringify(error), "secret")
        }
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("loses no result: it is written once the store is back, and CANCELLED is not said before", () =>
    Effect.gen(function* () {
      const { layer, reason } = yield* flaky
      yield* Effect.gen(function* () {
        const works = yield* Host.submit({ body: takes("5 seconds") })
        const stops = yield* Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.sleep("5 seconds")) })
        yield* settled
        yield* Operations.cancel(stops.name)
        yield* Ref.set(reason, Option.some("Unavailable"))
        yield* TestClock.adjust("1 minute")
        yield* Ref.set(reason, Option.none())
        assert.strictEqual(yield* state(works.name), "RUNNING")
        assert.strictEqual(yield* state(stops.name), "CANCELLING")
        yield* TestClock.adjust("6 seconds")
        assert.strictEqual(yield* state(works.name), "SUCCEEDED")
        assert.strictEqual(yield* state(stops.name), "CANCELLED")
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("does not disturb a body that publishes progress", () =>
    Effect.gen(function* () {
      const { layer, reason } = yield* flaky
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit({
          body: (job) =>
            job
              .update({ now: true })
              .pipe(Effect.repeat(Schedule.intersect(Schedule.recurs(5), Schedule.spaced("1 second"))), Effect.asVoid)
        })
        yield* settled
        yield* Ref.set(reason, Option.some("Unavailable"))
        yield* TestClock.adjust("3 seconds")
        yield* Ref.set(reason, Option.none())
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(yield* state(name), "SUCCEEDED")
      }).pipe(Effect.provide(layer))
    })
  )
})
