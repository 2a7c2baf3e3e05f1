/**
 * A host over a file whose wall clock is set forward and back by its parent: `Clocked FILE WITNESS LIFE`. It starts operations
 * whose times it knows, takes up what the life before has left, and prints `ready` when that has begun again, `created` when
 * everything is stored, `wrong …` for what ended, began or was removed before
 * its time by the monotonic clock, and `measured COUNT FORWARD BACK` when everything has ended: how much it has measured, and how often
 * the wall clock was set meanwhile. Times are milliseconds.
 */
import { appendFileSync, writeSync } from "node:fs"
import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as Host from "@effect-lro/host/Host"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

const [filename = "", witnessFile = "", life = ""] = process.argv.slice(2)

const print = (...words: ReadonlyArray<string>) => Effect.sync(() => writeSync(1, `${words.join(" ")}\n`))

const witness = (mark: string, name: string) =>
  Effect.sync(() => appendFileSync(witnessFile, `${mark} ${name} ${process.pid}\n`))

let measured = 0

let created = 0

const times = Array.from({ length: 12 }, (_, index) => 300 + index * 200)

const noteCreated = Effect.suspend(() => (++created === times.length * 4 ? print("created") : Effect.void))

/** What is measured by the clock that nobody sets. A timer may be early by a part of a millisecond. */
const expectAtLeast = (what: string, wanted: number, took: number) =>
  Effect.suspend(() => {
    measured += 1
    return took >= wanted - 1 ? Effect.void : print("wrong", `${what} took ${took} of ${wanted} ms`)
  })

const expect = (what: string, holds: boolean) => (holds ? Effect.void : print("wrong", what))

const retention = 1500

const Work = HostedOperation.make({
  name: "test.Work",
  payload: Schema.Struct({ millis: Schema.Number }),
  metadata: HostedOperation.empty,
  response: HostedOperation.empty,
  error: Schema.Never
})

const begun = new Set<string>()

const ends = new Map<string, number>()

const WorkLive = Work.toLayer(({ millis }, { name }) =>
  Effect.gen(function* () {
    begun.add(name)
    yield* witness("start", name)
    const since = performance.now()
    yield* Effect.sleep(millis)
    yield* expectAtLeast("a sleep", millis, performance.now() - since)
  }).pipe(
    Effect.ensuring(
      Effect.zipRight(
        witness("stop", name),
        Effect.sync(() => ends.set(name, performance.now()))
      )
    )
  )
)

/** How often the wall clock was seen to be set forward and back, which is what all this is about. */
const jumps = { forward: 0, back: 0 }

const watchTheWall = Effect.gen(function* () {
  const hour = 3_600_000
  let before = Date.now() - performance.now()
  while (true) {
    yield* Effect.sleep("10 millis")
    const now = Date.now() - performance.now()
    if (now - before > hour) jumps.forward += 1
    if (before - now > hour) jumps.back += 1
    before = now
  }
})

const far = "10 minutes"

/** Ends when its body does, in spite of a deadline, and is kept as long as it is to be kept. */
const works = (millis: number, index: number) =>
  Effect.gen(function* () {
    const { name } = yield* Work.start({ millis }, { requestId: `${life}-${index}`, timeout: far })
    yield* noteCreated
    const { _tag } = yield* Operations.wait(name, { timeout: "1 minute" })
    yield* expect(`${name} is ${_tag} and not Succeeded`, _tag === "Succeeded")
    const found = Effect.as(Operations.get(name), true).pipe(Effect.catchTag("NotFound", () => Effect.succeed(false)))
    const until = performance.now() + retention + 500
    yield* Effect.repeat(
      Effect.suspend(() => (performance.now() > until ? Effect.succeed(false) : found)),
      { while: (is) => is, schedule: Schedule.spaced("20 millis") }
    )
    yield* expectAtLeast("a record", retention, performance.now() - (ends.get(name) ?? 0))
  })

/** Has no end but its deadline. */
const expires = (millis: number) =>
  Effect.gen(function* () {
    const since = performance.now()
    const { name } = yield* Host.submit({ body: () => Effect.never, timeout: millis })
    yield* noteCreated
    const { _tag } = yield* Operations.wait(name, { timeout: "1 minute" })
    yield* expectAtLeast("a deadline", millis, performance.now() - since)
    yield* expect(`${name} is ${_tag} at its deadline`, _tag === "Failed")
  })

const beginsLater = (millis: number) =>
  Effect.gen(function* () {
    const since = performance.now()
    const body = () => Effect.suspend(() => expectAtLeast("a delay", millis, performance.now() - since))
    const { name } = yield* Host.submit({ body, startDelay: millis })
    yield* noteCreated
    const { _tag } = yield* Operations.wait(name, { timeout: "1 minute" })
    yield* expect(`${name} is ${_tag} after its delay`, _tag === "Succeeded")
  })

/** Does not end, so that the wait ends by its own timeout; then it is cancelled. */
const isWaitedFor = (millis: number) =>
  Effect.gen(function* () {
    const { name } = yield* Host.submit({ body: () => Effect.never, timeout: far })
    yield* noteCreated
    const since = performance.now()
    const { _tag } = yield* Operations.wait(name, { timeout: millis })
    yield* expectAtLeast("a wait", millis, performance.now() - since)
    yield* expect(`${name} is ${_tag} after a wait`, _tag === "Running")
    yield* Operations.cancel(name)
    const end = yield* Operations.wait(name, { timeout: "1 minute" })
    yield* expect(`${name} is ${end._tag} after its cancel`, end._tag === "Cancelled")
  })

/** What the life before has left, once it has begun again. */
const leftOver = Effect.gen(function* () {
  const store = yield* OperationStore.OperationStore
  const found = yield* Effect.forEach(["PENDING", "RUNNING"] as const, (state) =>
    store.unfinished({ state, limit: 1000 })
  )
  const names = found.flat().flatMap(({ name, type }) => (Option.isSome(type) ? [name] : []))
  yield* Effect.repeat(
    Effect.sync(() => names.every((name) => begun.has(name))),
    { until: (all) => all, schedule: Schedule.spaced("5 millis") }
  )
  return names
})

const program = Effect.gen(function* () {
  yield* Effect.fork(watchTheWall)
  const names = yield* leftOver
  yield* print("ready")
  const all = yield* Effect.fork(
    Effect.forEach(
      times,
      (millis, index) =>
        Effect.all([works(millis, index), expires(millis), beginsLater(millis), isWaitedFor(millis)], {
          concurrency: "unbounded"
        }),
      { concurrency: "unbounded", discard: true }
    )
  )
  yield* Effect.forEach(
    names,
    (name) =>
      Effect.flatMap(Operations.wait(name, { timeout: "1 minute" }), ({ _tag }) =>
        expect(`${name} is ${_tag} and not Succeeded in the next life`, _tag === "Succeeded")
      ),
    { concurrency: "unbounded", discard: true }
  )
  yield* Fiber.join(all)
  yield* print("measured", String(measured), String(jumps.forward), String(jumps.back))
})

await Effect.runPromise(
  Effect.provide(
    program,
    WorkLive.pipe(
      Layer.provideMerge(HostSql.layerSqlite({ filename, host: { retention: Duration.millis(retention) } }))
    )
  )
)
