import type * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import type { OperationRecord } from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StatusError from "@effect-lro/host/StatusError"
import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { assertInPortions } from "./support/portions.js"
import { Simulation } from "./support/Simulation.js"

/**
 * `rerun` and `abort` are definitions that every process has, `late` is one that a process has only once it is registered,
 * `function` is work that no other process can do, `delayed` is such work that does not begin.
 */
const kinds = ["rerun", "abort", "late", "function", "delayed"] as const

type Kind = (typeof kinds)[number]

/** What a user of a host would say of an operation who has read its documentation and never its code. */
interface Modelled {
  readonly kind: Kind
  /** Whether its body stops when it is interrupted. */
  readonly obeys: boolean
  readonly requestId: string
  name: string
  state: "PENDING" | "RUNNING" | "CANCELLING" | "SUCCEEDED" | "FAILED" | "CANCELLED"
  code: number
  /** Whether a body of it runs, which one of a killed operation may do. */
  runs: boolean
  starts: number
  isHidden: boolean
  isGone: boolean
}

interface Model {
  readonly operations: Array<Modelled>
  hasLate: boolean
}

const isOver = ({ state }: Modelled) => state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED"

const end = (operation: Modelled, state: "SUCCEEDED" | "FAILED" | "CANCELLED", code: number) => {
  operation.state = state
  operation.code = code
  if (operation.isHidden) operation.isGone = true
}

const begin = (operation: Modelled) => {
  operation.state = "RUNNING"
  operation.runs = true
  operation.starts++
}

/** A process has begun; what another one left is what it finds. */
const recover = (model: Model) => {
  model.hasLate = false
  for (const operation of model.operations) {
    operation.runs = false
    if (isOver(operation)) continue
    if (operation.state === "CANCELLING") end(operation, "CANCELLED", 1)
    else if (operation.kind === "function" || operation.kind === "delayed") end(operation, "FAILED", 10)
    else if (operation.kind === "abort" && operation.state === "RUNNING") end(operation, "FAILED", 10)
    else if (operation.kind !== "late") begin(operation)
  }
}

type Fault = { readonly method: "create" | "get" | "compareAndSet" | "delete"; readonly when: "before" | "after" }

/** What may be changed for the worse. */
interface Mutation {
  readonly store?: (store: OperationStore.Service) => OperationStore.Service
  readonly options?: Host.Options
  readonly abortsAgain?: boolean
  readonly operations?: (operations: Operations.Service) => Operations.Service
}

/** The world: a store, and one process after another with a host over it. */
class Real {
  readonly simulation: Simulation
  readonly store: OperationStore.Service
  readonly faults: Array<Fault> = []
  isFaulty = false
  readonly active = new Map<string, number>()
  readonly starts = new Map<string, number>()
  private readonly bodies = new Map<string, Deferred.Deferred<void, StatusError.StatusError>>()
  private scope: Scope.CloseableScope | undefined
  private isGone = { value: false }
  host: Host.Service | undefined
  private readonly definitions

  constructor(
    choices: ReadonlyArray<number>,
    patience: number,
    private readonly mutation: Mutation
  ) {
    let turn = 0
    this.simulation = new Simulation((among) => (choices[turn++ % choices.length] ?? 0) % among, patience)
    const memory = this.now(OperationStore.makeMemory)
    this.store = mutation.store?.(memory) ?? memory
    const define = (name: string, recovery: "rerun" | "abort") =>
      HostedOperation.make({
        name,
        payload: Schema.Struct({ obeys: Schema.Boolean }),
        metadata: Schema.Struct({ attempt: Schema.Number }),
        response: HostedOperation.empty,
        error: StatusError.StatusError,
        recovery
      })
    this.definitions = {
      rerun: define("rerun", "rerun"),
      abort: define("abort", mutation.abortsAgain === true ? "rerun" : "abort"),
      late: define("late", "rerun")
    }
    this.boot()
  }

  /** Runs in the simulated world. */
  now<A, E>(effect: Effect.Effect<A, E>): A {
    return this.simulation.run(
      Effect.orDie(effect).pipe(Logger.withMinimumLogLevel(LogLevel.None), Effect.withTracerEnabled(false))
    )
  }

  /** Long enough for what happens by itself: patience with a store, and a look for cancel requests whose push was lost. */
  settle(): void {
    this.now(Effect.sleep(this.isFaulty ? "20 seconds" : "1 second"))
    this.isFaulty = this.faults.length > 0
  }

  boot(): void {
    const isGone = { value: false }
    this.isGone = isGone
    const scope = this.now(Scope.make())
    this.scope = scope
    const layer = Layer.merge(this.serve("rerun"), this.serve("abort")).pipe(
      Layer.provideMerge(Host.layer({ shutdownTimeout: "1 second", ...this.mutation.options })),
      Layer.provide(Layer.succeed(OperationStore.OperationStore, this.view(isGone)))
    )
    const context = this.now(Layer.buildWithScope(layer, scope))
    this.host = Context.get(context, Host.Host)
  }

  registerLate(): void {
    const { host, scope } = this
    if (host === undefined || scope === undefined) return
    this.now(
      Effect.asVoid(Layer.buildWithScope(Layer.provide(this.serve("late"), Layer.succeed(Host.Host, host)), scope))
    )
  }

  crash(): void {
    this.isGone.value = true
    this.active.clear()
    this.bodies.clear()
  }

  stop(): void {
    if (this.scope !== undefined) this.now(Scope.close(this.scope, Exit.void))
  }

  private serve(kind: "rerun" | "abort" | "late") {
    const { isGone } = this
    return this.definitions[kind].toLayer(({ obeys }, job) =>
      Effect.zipRight(job.update({ attempt: job.attempt }), this.body(job.name, obeys, isGone))
    )
  }

  private body(name: string, obeys: boolean, isGone: { readonly value: boolean }) {
    return Effect.acquireUseRelease(
      Effect.flatMap(Deferred.make<void, StatusError.StatusError>(), (deferred) =>
        Effect.sync(() => {
          this.bodies.set(name, deferred)
          this.active.set(name, (this.active.get(name) ?? 0) + 1)
          this.starts.set(name, (this.starts.get(name) ?? 0) + 1)
          return deferred
        })
      ),
      (deferred) => (obeys ? Deferred.await(deferred) : Effect.uninterruptible(Deferred.await(deferred))),
      () =>
        Effect.sync(() => {
          // What a process does after it was killed does not happen.
          if (!isGone.value) this.active.set(name, (this.active.get(name) ?? 0) - 1)
        })
    )
  }

  finish(name: string, how: "succeed" | "fail" | "die"): void {
    const deferred = this.bodies.get(name)
    if (deferred === undefined) return
    this.now(
      how === "succeed"
        ? Deferred.succeed(deferred, undefined)
        : how === "fail"
          ? Deferred.fail(deferred, StatusError.make({ code: "DATA_LOSS" }))
          : Deferred.die(deferred, "broken")
    )
  }

  start(kind: Kind, obeys: boolean, requestId: string): Either.Either<{ readonly name: string }, string> {
    if (kind === "function" || kind === "delayed") {
      return this.ask((host) =>
        host.submit({
          requestId,
          type: `${kind} ${obeys}`,
          startDelay: kind === "delayed" ? "365 days" : 0,
          body: (job) => this.body(job.name, obeys, this.isGone)
        })
      )
    }
    return this.ask((host) =>
      Effect.provideService(this.definitions[kind].start({ obeys }, { requestId }), Host.Host, host)
    )
  }

  /** Asks as a client does that repeats what may be repeated. Answers the tag of an error that may not. */
  ask<A, E extends { readonly _tag: string }>(
    request: (host: Host.Service, operations: Operations.Service) => Effect.Effect<A, E>
  ): Either.Either<A, string> {
    const { host } = this
    if (host === undefined) throw new Error("there is no host")
    const operations = this.mutation.operations?.(host.operations) ?? host.operations
    return this.now(
      Effect.gen(function* (): Effect.fn.Return<Either.Either<A, string>> {
        for (let i = 0; i < 10; i++) {
          const answer = yield* Effect.either(request(host, operations))
          if (Either.isRight(answer)) return Either.right(answer.right)
          if (answer.left._tag !== "Unavailable") return Either.left(answer.left._tag)
          yield* Effect.sleep("500 millis")
        }
        return Either.left("Unavailable")
      })
    )
  }

  /** What a process sees of the store. */
  private view(isGone: { readonly value: boolean }): OperationStore.Service {
    const { faults, store } = this
    const away = (operation: string) => Effect.fail(new OperationStore.StoreError({ reason: "Unavailable", operation }))
    const through = <A>(method: string, effect: Effect.Effect<A, OperationStore.StoreError>) =>
      Effect.suspend((): Effect.Effect<A, OperationStore.StoreError> => {
        if (isGone.value) return Effect.never
        const index = faults.findIndex((fault) => fault.method === method)
        const [fault] = index < 0 ? [] : faults.splice(index, 1)
        if (fault?.when === "before") return away(method)
        const answered = Effect.zipLeft(effect, Effect.yieldNow())
        return fault?.when === "after" ? Effect.zipRight(answered, away(method)) : answered
      })
    return {
      ...store,
      create: (record) => through("create", store.create(record)),
      get: (name) => through("get", store.get(name)),
      compareAndSet: (expected, next) => through("compareAndSet", store.compareAndSet(expected, next)),
      delete: (expected) => through("delete", store.delete(expected)),
      list: (request) => through("list", store.list(request)),
      unfinished: (request) => through("unfinished", store.unfinished(request)),
      purge: (request) => through("purge", store.purge(request))
    }
  }
}

const codeOf = (record: OperationRecord): number => {
  const result = Option.getOrUndefined(record.result)
  return result?._tag === "Error" ? result.error.code : 0
}

/** Everything that can be seen is as the model says. */
const check = (model: Model, real: Real): void => {
  real.settle()
  for (const operation of model.operations) {
    const { name } = operation
    const record = Option.getOrUndefined(real.now(real.store.get(name)))
    const active = real.active.get(name) ?? 0
    assert.strictEqual(active, operation.runs ? 1 : 0, `${name}: bodies that run`)
    assert.strictEqual(real.starts.get(name) ?? 0, operation.starts, `${name}: starts`)
    if (operation.isGone) {
      // A store that was away when it was to be removed keeps it hidden until the next purge.
      assert.isTrue(record === undefined || Option.isSome(record.purgeTime), name)
      const again = real.ask((_, operations) => operations.get(name))
      assert.deepStrictEqual(again, Either.left("NotFound"), name)
      continue
    }
    assert(record !== undefined, `${name} is lost`)
    assert.strictEqual(record.state, operation.state, name)
    if (isOver(operation)) assert.strictEqual(codeOf(record), operation.code, name)
    const seen = Either.map(
      real.ask((_, operations) => operations.get(name)),
      ({ _tag }) => _tag
    )
    const expected = !isOver(operation)
      ? "Running"
      : operation.state === "SUCCEEDED"
        ? "Succeeded"
        : operation.state === "FAILED"
          ? "Failed"
          : "Cancelled"
    assert.deepStrictEqual(seen, operation.isHidden ? Either.left("NotFound") : Either.right(expected), name)
  }
  const filters = ["", "state = RUNNING", "done = true AND NOT error:*"]
  for (const filter of filters.slice(0, model.operations.length % 2 === 0 ? 1 : 3)) {
    const listed = real.ask((_, operations) => Stream.runCollect(operations.list({ name: "", filter, pageSize: 100 })))
    const expected = model.operations.filter(
      (operation) =>
        !operation.isHidden &&
        !operation.isGone &&
        (filter === "" ||
          (filter === "state = RUNNING" ? operation.state === "RUNNING" : operation.state === "SUCCEEDED"))
    )
    assert.deepStrictEqual(
      Either.map(listed, (all) => Chunk.toReadonlyArray(all).map(({ name }) => name)),
      Either.right(expected.map(({ name }) => name).toReversed()),
      filter
    )
  }
}

type Command = FastCheck.Command<Model, Real>

const seen = new Map<string, number>()

const command = (name: string, act: (model: Model, real: Real) => string): Command => ({
  check: () => true,
  run: (model, real) => {
    const outcome = act(model, real)
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    check(model, real)
  },
  toString: () => name
})

/** A command about one of the operations there are, however many. */
const about = (
  name: string,
  index: number,
  act: (operation: Modelled, model: Model, real: Real) => string
): Command => ({
  ...command(`${name}(${index})`, (model, real) => {
    const operation = model.operations[index % model.operations.length]
    return operation === undefined ? "" : act(operation, model, real)
  }),
  check: (model) => model.operations.length > 0
})

const start = (kind: Kind, obeys: boolean): Command =>
  command(`start(${kind}, ${obeys})`, (model, real) => {
    const requestId = `request-${model.operations.length}`
    const started = real.start(kind, obeys, requestId)
    assert(Either.isRight(started), `start: ${String(started)}`)
    const operation: Modelled = {
      kind,
      obeys,
      requestId,
      name: started.right.name,
      state: "PENDING",
      code: 0,
      runs: false,
      starts: 0,
      isHidden: false,
      isGone: false
    }
    model.operations.push(operation)
    if (kind !== "delayed" && (kind !== "late" || model.hasLate)) begin(operation)
    return `start ${kind}`
  })

const repeat = (index: number, same: boolean): Command =>
  about(`repeat ${same ? "the same" : "another"}`, index, (operation, _, real) => {
    if (operation.isHidden || operation.isGone) return ""
    const again = real.start(operation.kind, operation.obeys === same, operation.requestId)
    assert.deepStrictEqual(
      Either.map(again, ({ name }) => name),
      same ? Either.right(operation.name) : Either.left("InvalidArgument")
    )
    return `repeat ${same ? "the same" : "another"}`
  })

const cancel = (index: number): Command =>
  about("cancel", index, (operation, _, real) => {
    const { name, state } = operation
    const answer = real.ask((_, operations) => operations.cancel(name))
    if (operation.isHidden || operation.isGone) {
      assert.deepStrictEqual(answer, Either.left("NotFound"))
      return "cancel NotFound"
    }
    assert.isTrue(Either.isRight(answer), "cancel")
    if (state === "PENDING" || (state === "RUNNING" && (operation.obeys || !operation.runs))) {
      operation.runs = false
      end(operation, "CANCELLED", 1)
    } else if (state === "RUNNING") {
      operation.state = "CANCELLING"
    }
    return `cancel ${state}`
  })

const finish = (index: number, how: "succeed" | "fail" | "die"): Command =>
  about(how, index, (operation, _, real) => {
    if (!operation.runs) return ""
    const { state } = operation
    real.finish(operation.name, how)
    operation.runs = false
    if (!isOver(operation)) {
      if (how === "succeed") end(operation, "SUCCEEDED", 0)
      else end(operation, "FAILED", how === "fail" ? 15 : 13)
    }
    return `${how} ${state}`
  })

const remove = (index: number): Command =>
  about("delete", index, (operation, _, real) => {
    const { name } = operation
    const answer = real.ask((_, operations) => operations.delete(name))
    if (operation.isHidden || operation.isGone) {
      assert.deepStrictEqual(answer, Either.left("NotFound"))
      return "delete NotFound"
    }
    // Where the answer was lost, the repeated request finds nothing any more.
    assert.isTrue(Either.isRight(answer) || answer.left === "NotFound", "delete")
    operation.isHidden = true
    if (isOver(operation)) operation.isGone = true
    return `delete ${operation.state}`
  })

const kill = (index: number): Command =>
  about("kill", index, (operation, _, real) => {
    const { name, state } = operation
    const answer = real.ask((host) => host.kill(name))
    if (operation.isGone) {
      assert.isFalse(Either.getOrElse(answer, () => false))
      return "kill NotFound"
    }
    if (!isOver(operation)) {
      if (operation.obeys) operation.runs = false
      end(operation, "FAILED", 10)
    }
    return `kill ${state}`
  })

const register: Command = {
  ...command("register", (model, real) => {
    real.registerLate()
    model.hasLate = true
    for (const operation of model.operations) {
      if (operation.kind === "late" && !isOver(operation) && operation.state !== "CANCELLING") begin(operation)
    }
    return "register"
  }),
  check: (model) => !model.hasLate
}

const crash = command("crash", (model, real) => {
  real.crash()
  real.boot()
  recover(model)
  return "crash"
})

const stop: Command = {
  ...command("stop", (model, real) => {
    real.stop()
    for (const operation of model.operations) {
      if (!operation.runs) continue
      operation.runs = false
      if (operation.state !== "RUNNING") continue
      if (operation.kind === "abort" || operation.kind === "function") end(operation, "FAILED", 14)
      else operation.state = "PENDING"
    }
    real.boot()
    recover(model)
    return "stop"
  }),
  // A body that does not stop would outlive its host, in a process that goes on.
  check: (model) => model.operations.every(({ obeys, runs }) => obeys || !runs)
}

const fault = (faults: ReadonlyArray<Fault>): Command =>
  command(`fault(${faults.map(({ method, when }) => `${method} ${when}`).join(", ")})`, (_, real) => {
    real.faults.push(...faults)
    // With more of them patience would outlast the time that everything is given to settle.
    real.faults.splice(6)
    real.isFaulty = true
    return "faults"
  })

const index = FastCheck.nat({ max: 20 })

const faults = FastCheck.array(
  FastCheck.record<Fault>({
    method: FastCheck.constantFrom("create", "get", "compareAndSet", "compareAndSet", "delete"),
    when: FastCheck.constantFrom("before", "after")
  }),
  { minLength: 1, maxLength: 3 }
)

const commands = (hasFaults: boolean) =>
  FastCheck.commands(
    [
      FastCheck.tuple(FastCheck.constantFrom(...kinds), FastCheck.boolean()).map(([kind, obeys]) => start(kind, obeys)),
      FastCheck.tuple(FastCheck.constantFrom(...kinds), FastCheck.boolean()).map(([kind, obeys]) => start(kind, obeys)),
      FastCheck.tuple(index, FastCheck.boolean()).map(([at, same]) => repeat(at, same)),
      index.map(cancel),
      index.map(cancel),
      FastCheck.tuple(index, FastCheck.constantFrom<"succeed" | "fail" | "die">("succeed", "fail", "die")).map(
        ([at, how]) => finish(at, how)
      ),
      index.map(remove),
      index.map(kill),
      FastCheck.constant(register),
      FastCheck.constant(crash),
      FastCheck.constant(stop),
      ...(hasFaults ? [faults.map(fault), faults.map(fault)] : [])
    ],
    { maxCommands: 30, size: "large" }
  )

const world = FastCheck.record({
  choices: FastCheck.array(FastCheck.nat({ max: 50 }), { minLength: 1, maxLength: 40 }),
  patience: FastCheck.oneof(FastCheck.integer({ min: 25, max: 200 }), FastCheck.constant(2048))
})

const property = (hasFaults: boolean, mutation: Mutation = {}) =>
  FastCheck.property(world, commands(hasFaults), ({ choices, patience }, commands) => {
    FastCheck.modelRun(
      () => ({ model: { operations: [], hasLate: false }, real: new Real(choices, patience, mutation) }),
      commands
    )
  })

const print = (title: string) => {
  const lines = [...seen].filter(([key]) => key !== "").sort(([, a], [, b]) => b - a)
  process.stdout.write(`${title}: ${lines.map(([key, count]) => `${key} ${count}`).join(", ")}\n`)
  seen.clear()
}

describe("a host, against a model of what its documentation says", () => {
  const runs = Goals.isLong ? 50_000 : 200

  it.each([
    { store: "in memory", hasFaults: false },
    { store: "that fails, before or after it did what it was asked for", hasFaults: true }
  ])(
    "behaves over a store $store, through crashes and shutdowns",
    async ({ hasFaults, store }) => {
      await assertInPortions(`runs of the model over a store ${store}`, property(hasFaults), runs)
      print(hasFaults ? "with faults" : "without faults")
    },
    Goals.isLong ? 14_400_000 : 120_000
  )

  it.each<{ readonly name: string; readonly mutation: Mutation }>([
    {
      name: "over a store that overwrites what it does not know",
      mutation: {
        store: (store) => ({
          ...store,
          compareAndSet: (_, next) =>
            Effect.flatMap(
              store.get(next.name),
              Option.match({
                onNone: () => Effect.succeed(false),
                onSome: (stored) => store.compareAndSet(stored, next)
              })
            )
        })
      }
    },
    {
      name: "over a store that forgets request ids",
      mutation: {
        store: (store) => ({ ...store, create: (record) => store.create({ ...record, requestId: Option.none() }) })
      }
    },
    {
      name: "that does not find what was asked to stop",
      mutation: {
        store: (store) => ({
          ...store,
          unfinished: (request) => (request.state === "CANCELLING" ? Effect.succeed([]) : store.unfinished(request))
        })
      }
    },
    {
      name: "over a store that says it has written what it has not",
      mutation: {
        store: (store) => {
          let writes = 0
          return {
            ...store,
            compareAndSet: (expected, next) =>
              Effect.suspend(() => (++writes % 7 === 0 ? Effect.succeed(true) : store.compareAndSet(expected, next)))
          }
        }
      }
    },
    { name: "that does not wait for bodies", mutation: { options: { cleanupTimeout: 0 } } },
    { name: "that runs again what it must not", mutation: { abortsAgain: true } },
    {
      name: "that never removes what was deleted",
      mutation: { store: (store) => ({ ...store, delete: () => Effect.succeed(true) }) }
    },
    {
      name: "that takes a request for an end",
      mutation: {
        operations: (operations) => ({
          ...operations,
          cancel: (name) => Effect.zipRight(operations.cancel(name), operations.delete(name))
        })
      }
    }
  ])(
    "catches a host $name",
    ({ mutation }) => {
      const result = FastCheck.check(property(true, mutation), { numRuns: 2000, endOnFailure: true })
      seen.clear()
      assert.isTrue(result.failed)
    },
    60_000
  )
})

describe("starts of one request at the same time", () => {
  it.prop("run one body, wherever a fiber gives way to another", { world }, ({ world: { choices, patience } }) => {
    let turn = 0
    const simulation = new Simulation((among) => (choices[turn++ % choices.length] ?? 0) % among, patience)
    let starts = 0
    const submit = Host.submit({
      requestId: "once",
      body: () =>
        Effect.zipRight(
          Effect.sync(() => starts++),
          Effect.sleep(10)
        )
    })
    simulation.run(
      Effect.forEach([1, 2, 3, 4], () => submit, { concurrency: "unbounded" }).pipe(
        Effect.zipRight(Effect.sleep(100)),
        Effect.provide(Host.layerMemory()),
        Effect.orDie,
        Effect.withTracerEnabled(false)
      )
    )
    assert.strictEqual(starts, 1)
  })
})
