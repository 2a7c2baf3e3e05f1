import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Constant from "@effect-lro/core/Constant"
import * as Immediate from "@effect-lro/core/Immediate"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StatusError from "@effect-lro/host/StatusError"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as Goals from "@effect-lro/test-support/Goals"
import * as HostSubject from "@effect-lro/test-support/HostSubject"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stores from "./support/stores.js"

/** Sequences of commands over each store. */
const runs = Goals.isLong ? 500 : 12

const parent = "projects/p"

// So few that one is started again under a name that another had.
const name = FastCheck.integer({ min: 0, max: 1 }).map((id) => `${parent}/operations/${id}`)

const metadata = FastCheck.record({
  "@type": FastCheck.constant("type.googleapis.com/x.Progress"),
  rows: FastCheck.nat(3),
  text: FastCheck.constantFrom("plain", "é\u2028😀", `"\\`, "x".repeat(700))
})

const command = FastCheck.oneof(
  {
    weight: 4,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Start" as const),
      name,
      metadata,
      behaviour: FastCheck.constantFrom("follows", "ignores cancels", "succeeds", "fails")
    })
  },
  { weight: 5, arbitrary: FastCheck.record({ _tag: FastCheck.constant("Update" as const), name, metadata }) },
  { weight: 2, arbitrary: FastCheck.record({ _tag: FastCheck.constant("Finish" as const), name, metadata }) },
  {
    weight: 3,
    arbitrary: FastCheck.record({ _tag: FastCheck.constantFrom("Cancel" as const, "Delete" as const), name })
  },
  { weight: 1, arbitrary: FastCheck.record({ _tag: FastCheck.constant("Purge" as const), name }) }
)

type Command = typeof command extends FastCheck.Arbitrary<infer A> ? A : never

/** What a body is told, and that it has done it. */
interface Order {
  readonly isLast: boolean
  readonly metadata: AnyMessage.AnyMessage
  readonly obeyed: Deferred.Deferred<void>
}

interface Work {
  readonly orders: Queue.Queue<Order>
  readonly ignoresCancels: boolean
}

type Start = Extract<Command, { readonly _tag: "Start" }>

/** Starts work that does as it is told, and waits until it runs or is over. */
const start = ({ behaviour, metadata, name }: Start, works: Map<string, Work>) =>
  Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    const orders = yield* Queue.unbounded<Order>()
    const ignoresCancels = behaviour === "ignores cancels"
    const followed = (update: (metadata: AnyMessage.AnyMessage) => Effect.Effect<void>) =>
      Effect.gen(function* () {
        yield* Deferred.succeed(begun, undefined)
        while (true) {
          const order = yield* Queue.take(orders)
          yield* update(order.metadata)
          yield* Deferred.succeed(order.obeyed, undefined)
          if (order.isLast) return order.metadata
        }
      })
    const started = yield* Effect.either(
      Host.submit({
        parent,
        name,
        metadata,
        body: (job) => {
          if (behaviour === "succeeds") return Effect.succeed(metadata)
          if (behaviour === "fails") {
            return Effect.fail(StatusError.make({ code: "ABORTED", message: metadata.text, details: [metadata] }))
          }
          return ignoresCancels ? Effect.uninterruptible(followed(job.update)) : followed(job.update)
        }
      })
    )
    if (started._tag === "Left") return
    works.set(name, { orders, ignoresCancels })
    yield* behaviour === "succeeds" || behaviour === "fails" ? over(name) : Deferred.await(begun)
  })

/** Waits until an operation is done, or not there any more. */
const over = (name: string): Effect.Effect<void, OperationStore.StoreError, OperationStore.OperationStore> =>
  Effect.flatMap(OperationStore.OperationStore, (store) =>
    store.get(name).pipe(
      Effect.repeat({
        until: (found) => Option.isNone(found) || OperationRecord.isDone(found.value),
        schedule: Schedule.spaced("1 millis")
      }),
      Effect.asVoid
    )
  )

const perform = (command: Command, works: Map<string, Work>) =>
  Effect.gen(function* () {
    const store = yield* OperationStore.OperationStore
    const { operations } = yield* Host.Host
    const { name } = command
    if (command._tag === "Start") return yield* start(command, works)
    if (command._tag === "Purge") {
      return yield* store.purge({ before: DateTime.unsafeMake(8_640_000_000_000_000), limit: 100 })
    }
    const found = yield* store.get(name)
    const work = works.get(name)
    if (Option.isNone(found) || work === undefined) return
    switch (command._tag) {
      case "Update":
      case "Finish": {
        if (OperationRecord.isDone(found.value)) return
        const obeyed = yield* Deferred.make<void>()
        const isLast = command._tag === "Finish"
        yield* Queue.offer(work.orders, { isLast, metadata: command.metadata, obeyed })
        yield* Deferred.await(obeyed)
        return isLast ? yield* over(name) : undefined
      }
      case "Cancel":
        yield* Effect.ignore(operations.cancel(name))
        return work.ignoresCancels ? undefined : yield* over(name)
      case "Delete":
        return yield* Effect.ignore(operations.delete(name))
    }
  })

/** A server over the host, with what it asks of its operations changed by a mutant. */
const serve = (
  options: Partial<NodeOperationsServer.Options>,
  mutate: (operations: Operations.Service) => Operations.Service
) =>
  NodeOperationsServer.layer({ service: HostSubject.service, ...options }).pipe(
    Layer.provide(
      Layer.effect(
        Operations.Operations,
        Effect.map(Host.Host, (host) => mutate(host.operations))
      )
    ),
    Layer.build,
    Effect.map((context) => Context.get(context, NodeOperationsServer.NodeOperationsServer).url)
  )

const ask = (url: string, path: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/v1/${path}`)
    return { status: response.status, text: await response.text() }
  })

/** What the store has, written as if nothing had ever been kept. */
const truthOf = (found: Option.Option<OperationRecord.OperationRecord>): string | undefined =>
  Option.isNone(found) || OperationRecord.isHidden(found.value)
    ? undefined
    : JSON.stringify(Operation.toWire(OperationRecord.toOperation(found.value)))

/** Where an answer differs from what the store has. */
const lies = (urls: ReadonlyArray<string>, name: string) =>
  Effect.gen(function* () {
    const store = yield* OperationStore.OperationStore
    const found: Array<string> = []
    const record = yield* store.get(name)
    const truth = truthOf(record)
    const seen = Option.map(record, (it) => (OperationRecord.isHidden(it) ? "hidden" : it.state))
    for (const [index, url] of urls.entries()) {
      const { status, text } = yield* ask(url, name)
      if (truth === undefined ? status !== 404 : text !== truth) found.push(`server ${index}: ${status} ${text}`)
    }
    const listed = (yield* store.list({ parent, limit: 100 })).map((record) => truthOf(Option.some(record)))
    const page = listed.length === 0 ? "{}" : `{"operations":[${listed.join(",")}]}`
    for (const [index, url] of urls.entries()) {
      const { text } = yield* ask(url, `${parent}/operations`)
      if (text !== page) found.push(`server ${index}: ${text}`)
    }
    return { found, seen }
  })

/** Runs sequences of commands, and looks by each of the ways after each of them. */
const differences = (count: number, mutate: (operations: Operations.Service) => Operations.Service) =>
  Effect.gen(function* () {
    const urls = [
      yield* serve({}, mutate),
      // Little enough that what was kept is driven out all the time.
      yield* serve({ maxKeptBytes: 8000 }, mutate),
      yield* serve({ hotPath: false }, mutate),
      yield* serve({ maxKeptBytes: 0 }, mutate)
    ]
    const states: Record<string, number> = {}
    const works = new Map<string, Work>()
    const found: Array<string> = []
    for (const commands of FastCheck.sample(FastCheck.array(command, { minLength: 5, maxLength: 20 }), {
      numRuns: count,
      seed: 4
    })) {
      for (const command of commands) {
        yield* perform(command, works)
        const looked = yield* lies(urls, command.name)
        const state = Option.getOrElse(looked.seen, () => "none")
        states[state] = (states[state] ?? 0) + 1
        found.push(...looked.found)
      }
    }
    return { found, states }
  })

const memory = { name: "memory", layer: OperationStore.layerMemory }

const options: Host.Options = { retention: "1 hour" }

describe("Texts that a server keeps of a host's operations", () => {
  for (const { layer, name } of [memory, ...Stores.all]) {
    it.scopedLive(
      `are those of what is in ${name}, whatever is changed, cancelled, deleted, purged and started again`,
      () =>
        Effect.gen(function* () {
          const { found, states } = yield* differences(runs, (operations) => operations)
          console.log(`looks over ${name}: ${JSON.stringify(states)}`)
          assert.deepStrictEqual(found.slice(0, 3), [])
          assert.includeMembers(Object.keys(states), [
            "RUNNING",
            "CANCELLING",
            "hidden",
            "CANCELLED",
            "SUCCEEDED",
            "FAILED"
          ])
        }).pipe(Effect.provide(Layer.provideMerge(Host.layer(options), layer))),
      { timeout: 120_000 }
    )
  }

  // What would be kept too long by name, and what is called constant and is not.
  const mutants: ReadonlyArray<readonly [string, (operations: Operations.Service) => Operations.Service]> = [
    [
      "answers what it saw first of each name",
      (operations) => {
        const first = new Map<string, Operation.Operation>()
        const kept = (operation: Operation.Operation) => {
          const known = first.get(operation.name) ?? operation
          first.set(operation.name, known)
          return known
        }
        return { ...operations, get: (name) => Effect.map(operations.get(name), kept) }
      }
    ],
    [
      "calls an operation constant that it changes",
      (operations) => {
        const shown = new Map<string, { operation: Operation.Operation }>()
        const reused = (operation: Operation.Operation): Operation.Operation => {
          const known = shown.get(operation.name)
          if (known === undefined) {
            shown.set(operation.name, { operation: Constant.mark({ ...operation }) })
            return operation
          }
          Object.assign(known.operation, operation)
          return known.operation
        }
        const get = Immediate.of(operations.get) ?? (() => Exit.die("a host in memory answers at once"))
        return { ...operations, get: Immediate.make(operations.get, (name) => Exit.map(get(name), reused)) }
      }
    ]
  ]

  for (const [what, mutate] of mutants) {
    it.scopedLive(
      `are told from those of a service that ${what}`,
      () =>
        Effect.gen(function* () {
          assert.isNotEmpty((yield* differences(3, mutate)).found)
        }).pipe(Effect.provide(Layer.provideMerge(Host.layer(options), OperationStore.layerMemory))),
      { timeout: 120_000 }
    )
  }
})
