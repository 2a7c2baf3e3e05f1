/**
 * A host over a file that works until it is killed: `Embedded FILE WITNESS ROUND POINT PASSES RETENTION`. It starts operations, cancels
 * some of them and looks at all, and prints what was acknowledged. At `POINT`, but not the first `PASSES` times, one
 * fiber stands still and says so, that the process be killed right there.
 *
 * With `POINT` `drain` it starts nothing, cancels what is unfinished, and ends when everything has.
 */
import { appendFileSync, writeSync } from "node:fs"
import type { Operation } from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as Host from "@effect-lro/host/Host"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"

const [filename = "", witnessFile = "", round = "", point = "", passes = "0", retention = ""] = process.argv.slice(2)

// At once and whole, so that what was printed is out before anything else happens.
const print = (...words: ReadonlyArray<string>) => Effect.sync(() => writeSync(1, `${words.join(" ")}\n`))

const witness = (event: string, name: string, steps: number) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.sync(() => appendFileSync(witnessFile, `${event} ${name} ${process.pid} ${steps} ${now}\n`))
  )

// Not the first time, so that there is something to be lost.
let timesToPass = Number(passes)

const standStill = (at: string, name: string) =>
  Effect.suspend(() => (timesToPass-- > 0 ? Effect.void : Effect.zipRight(print("at", at, name), Effect.never)))

const running = new Set<string>()

const Work = HostedOperation.make({
  name: "test.Work",
  payload: Schema.Struct({ kind: Schema.Literal("short", "long") }),
  metadata: Schema.Struct({ steps: Schema.Number }),
  response: HostedOperation.empty,
  error: Schema.Never
})

const WorkLive = Work.toLayer(({ kind }, job) =>
  Effect.gen(function* () {
    let steps = 0
    yield* job.updateWith((current) => {
      steps = Option.match(current, { onNone: () => 0, onSome: (it) => it.steps })
      return { steps }
    })
    running.add(job.name)
    yield* witness("start", job.name, steps)
    const end = steps + (kind === "short" ? 4 : Infinity)
    while (steps < end) {
      yield* Effect.sleep("5 millis")
      steps += 1
      yield* job.update({ steps })
      if (point === "running" && steps % 3 === 0) yield* standStill("running", job.name)
    }
  }).pipe(
    // What is to be cleaned up takes its time, and until then it has not stopped.
    Effect.onInterrupt(() => Effect.sleep("10 millis")),
    Effect.ensuring(
      Effect.zipRight(
        witness("stop", job.name, 0),
        Effect.sync(() => running.delete(job.name))
      )
    )
  )
)

/** Stands still before or after what was asked of the store. */
const withFault = (store: OperationStore.Service): OperationStore.Service => {
  const andStandStill = <A, E>(at: string, name: string, self: Effect.Effect<A, E>, is: (answer: A) => boolean) =>
    Effect.tap(self, (answer) => (point === at && is(answer) ? standStill(at, name) : Effect.void))
  return {
    ...store,
    create: (record) => andStandStill("created", record.name, store.create(record), () => true),
    compareAndSet: (expected, next) => {
      const write = store.compareAndSet(expected, next)
      const then = (at: string) => andStandStill(at, next.name, write, (isWritten) => isWritten)
      if (next.state === "RUNNING" && expected.state === "PENDING") return then("claimed")
      if (next.state === "CANCELLING" && expected.state === "RUNNING") return then("cancelling")
      if (next.state === "CANCELLED" && point === "stopped")
        return Effect.zipRight(standStill("stopped", next.name), write)
      return Option.isSome(next.result) ? then("ended") : write
    },
    purge: (request) => andStandStill("purged", "some", store.purge(request), (count) => count > 0)
  }
}

const see = (operation: Operation) =>
  Effect.gen(function* () {
    if (operation._tag === "Running") return
    if (operation._tag === "Cancelled" && running.has(operation.name)) yield* print("lie", operation.name)
    yield* print("saw", operation.name, operation._tag)
  })

const workload = Effect.gen(function* () {
  const names: Array<string> = []
  const starter = Effect.gen(function* () {
    for (let n = 0; n < 40; n++) {
      const kind = n % 2 === 0 ? "short" : "long"
      const { name } = yield* Work.start({ kind }, { requestId: `${round}-${n}` })
      yield* print("ack", "start", name, kind)
      names.push(name)
      yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, 8)))
    }
  })
  const canceller = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, 12)))
      const name = names[yield* Random.nextIntBetween(0, Math.max(1, names.length))]
      if (name === undefined) continue
      yield* print("try", "cancel", name)
      yield* Operations.cancel(name).pipe(
        Effect.zipRight(print("ack", "cancel", name)),
        // It may have ended and been removed by now.
        Effect.catchTag("NotFound", () => Effect.void)
      )
    }
  })
  const reader = Effect.forever(
    Effect.gen(function* () {
      yield* Effect.sleep("5 millis")
      for (const name of names) {
        yield* Effect.flatMap(Operations.get(name), see).pipe(Effect.catchTag("NotFound", () => Effect.void))
      }
    })
  )
  return yield* Effect.all([Effect.forever(Effect.zipRight(starter, Effect.never)), canceller, reader], {
    concurrency: "unbounded",
    discard: true
  })
})

const drain = Effect.gen(function* () {
  const store = yield* OperationStore.OperationStore
  while (true) {
    const found = yield* Effect.forEach(["PENDING", "RUNNING", "CANCELLING"] as const, (state) =>
      store.unfinished({ state, limit: 10_000 })
    )
    const names = found.flat().map(({ name }) => name)
    if (names.length === 0) return
    for (const name of names) {
      yield* Operations.cancel(name)
      yield* Effect.flatMap(Operations.wait(name), see)
    }
  }
})

const layerStore = Layer.effect(
  OperationStore.OperationStore,
  Effect.map(OperationStore.OperationStore, withFault)
).pipe(Layer.provide(SqlOperationStore.layer()), Layer.provide(SqliteClient.layer({ filename })))

const live = WorkLive.pipe(
  Layer.provideMerge(HostOperations.layer),
  Layer.provideMerge(Host.layer({ retention: Duration.millis(Number(retention)) })),
  Layer.provideMerge(layerStore)
)

const program = Effect.gen(function* () {
  yield* print("ready")
  if (point === "drain") yield* drain
  else yield* workload
})

await Effect.runPromise(Effect.provide(program, live))
