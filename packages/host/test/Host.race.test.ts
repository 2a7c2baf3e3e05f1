import * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as Status from "@effect-lro/core/Status"
import * as Host from "@effect-lro/host/Host"
import * as OperationStore from "@effect-lro/host/OperationStore"
import type { State } from "@effect-lro/host/State"
import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { assertInPortions } from "./support/portions.js"
import { Simulation } from "./support/Simulation.js"

interface Part {
  readonly millis: number
  readonly interruptible: boolean
}

/** What happens to one operation: what its body does, and who asks for what and when. Times are milliseconds. */
interface Scenario {
  readonly host: HostKind
  readonly startDelay: number
  readonly parts: ReadonlyArray<Part>
  readonly end: "succeed" | "fail" | "die"
  readonly cleanup: number
  readonly cleanupDies: boolean
  readonly cancels: ReadonlyArray<number>
  readonly waits: ReadonlyArray<number>
  readonly patience: number
  readonly choices: ReadonlyArray<number>
}

const kinds = ["plain", "latent", "ignoring", "restarting"] as const

type HostKind = (typeof kinds)[number]

const latency = 4

const options: { readonly [K in HostKind]: Host.Options } = {
  plain: {},
  latent: { cancelLatency: latency },
  ignoring: { cancellation: "ignore" },
  restarting: { restart: Schedule.intersect(Schedule.recurs(1), Schedule.spaced("2 millis")) }
}

const millis = FastCheck.integer({ min: 0, max: 8 })

const scenario: FastCheck.Arbitrary<Scenario> = FastCheck.record({
  host: FastCheck.constantFrom(...kinds),
  startDelay: FastCheck.oneof({ weight: 3, arbitrary: FastCheck.constant(0) }, FastCheck.integer({ min: 1, max: 5 })),
  parts: FastCheck.array(FastCheck.record({ millis, interruptible: FastCheck.boolean() }), { maxLength: 3 }),
  end: FastCheck.constantFrom("succeed", "succeed", "fail", "die"),
  cleanup: FastCheck.integer({ min: 0, max: 5 }),
  cleanupDies: FastCheck.oneof({ weight: 4, arbitrary: FastCheck.constant(false) }, FastCheck.constant(true)),
  cancels: FastCheck.array(FastCheck.integer({ min: 0, max: 20 }), { maxLength: 4 }),
  waits: FastCheck.array(FastCheck.integer({ min: 0, max: 20 }), { maxLength: 2 }),
  patience: FastCheck.oneof(FastCheck.integer({ min: 25, max: 80 }), FastCheck.constant(2048)),
  choices: FastCheck.array(FastCheck.nat({ max: 50 }), { minLength: 1, maxLength: 60 })
})

/** One look at the operation, which took place between two moments. */
interface Look {
  readonly from: number
  readonly to: number
  readonly state: State
  /** How many bodies, or finalizers of them, ran when the answer was there. */
  readonly witness: number
}

/** What came to pass, as seen from outside and by the body itself. */
interface History {
  readonly looks: ReadonlyArray<Look>
  readonly exits: ReadonlyArray<Exit.Exit<void, string>>
  readonly starts: number
  readonly mostAtOnce: number
  readonly interruptions: number
  readonly final: Operation.Operation
  readonly later: Operation.Operation
  readonly waited: ReadonlyArray<Operation.Operation>
  readonly firstCancelAccepted: number | undefined
  readonly cancelRequestTime: number | undefined
  readonly leftAsleep: number
}

type Wrap = (operations: Operations.Service) => Operations.Service

const play = (hosts: Hosts, scenario: Scenario, wrap: Wrap): History => {
  let turn = 0
  const simulation = new Simulation(
    (among) => (scenario.choices[turn++ % scenario.choices.length] ?? 0) % among,
    scenario.patience
  )
  const host = hosts[scenario.host]
  const operations = wrap(host.operations)
  let active = 0
  let mostAtOnce = 0
  let starts = 0
  let interruptions = 0
  let firstCancelAccepted: number | undefined
  const looks: Array<Look> = []
  let moment = 0
  const exits: Array<Exit.Exit<void, string>> = []
  const waited: Array<Operation.Operation> = []

  const work = Effect.forEach(
    scenario.parts,
    (part) => (part.interruptible ? Effect.sleep(part.millis) : Effect.uninterruptible(Effect.sleep(part.millis))),
    { discard: true }
  ).pipe(
    Effect.zipRight(
      scenario.end === "succeed" ? Effect.void : scenario.end === "fail" ? Effect.fail("no") : Effect.die("broken")
    )
  )

  const body = () =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        starts++
        mostAtOnce = Math.max(mostAtOnce, ++active)
      }),
      () => work,
      (_, exit) =>
        Effect.sync(() => {
          exits.push(exit)
          if (Exit.isInterrupted(exit)) interruptions++
        }).pipe(
          Effect.zipRight(Effect.sleep(scenario.cleanup)),
          Effect.zipRight(
            Effect.suspend(() => {
              active--
              return scenario.cleanupDies ? Effect.die("spilt") : Effect.void
            })
          )
        )
    )

  const noted = <E>(look: Effect.Effect<Operation.Operation, E>) =>
    Effect.suspend(() => {
      const from = moment++
      return Effect.tap(look, (operation) => {
        looks.push({ from, to: moment++, state: stateOf(operation), witness: active })
        return Effect.void
      })
    })

  const look = (name: string) => noted(operations.get(name))

  const program = Effect.gen(function* () {
    const { name } = yield* host.submit({ body, startDelay: scenario.startDelay })
    const users = yield* Effect.forkAll([
      ...scenario.cancels.map((at) =>
        Effect.delay(operations.cancel(name), at).pipe(
          Effect.tap(() =>
            Effect.clockWith((clock) => {
              firstCancelAccepted ??= clock.unsafeCurrentTimeMillis()
              return Effect.void
            })
          )
        )
      ),
      ...scenario.waits.map((at) =>
        Effect.delay(noted(operations.wait(name, { timeout: 20 })), at).pipe(
          Effect.tap((operation) => {
            waited.push(operation)
            return Effect.void
          })
        )
      ),
      Effect.gen(function* () {
        for (let i = 0; i < 20; i++) {
          yield* look(name)
          yield* i % 2 === 0 ? Effect.yieldNow() : Effect.sleep(1)
        }
      })
    ])
    let operation = yield* look(name)
    while (!Operation.isDone(operation)) {
      yield* Effect.sleep(1)
      operation = yield* look(name)
    }
    yield* Fiber.join(users)
    yield* Effect.sleep(50)
    return { final: operation, later: yield* look(name) }
  })

  const { final, later } = simulation.run(
    program.pipe(Effect.orDie, Logger.withMinimumLogLevel(LogLevel.None), Effect.withTracerEnabled(false))
  )
  const request: unknown = Option.getOrUndefined(later.metadata)?.["cancelRequestTime"]
  return {
    looks,
    exits,
    starts,
    mostAtOnce,
    interruptions,
    final,
    later,
    waited,
    firstCancelAccepted,
    cancelRequestTime: typeof request === "number" ? request : undefined,
    leftAsleep: simulation.asleep
  }
}

const stateOf = (operation: Operation.Operation): State => Option.getOrThrow(operation.metadata)["state"] as State

const rank: { readonly [S in State]: number } = {
  PENDING: 0,
  RUNNING: 1,
  CANCELLING: 2,
  SUCCEEDED: 3,
  CANCELLED: 3,
  FAILED: 3
}

/** Everything that is wrong with a history. Nothing in here knows how a host works. */
const violations = (scenario: Scenario, history: History): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what)
  }
  const { exits, final, later, looks, starts } = history
  const attempts = scenario.host === "restarting" ? 2 : 1
  for (const { from, state, witness } of looks) {
    expect(!(state === "CANCELLED" && witness !== 0), "CANCELLED while the body runs")
    expect(!(rank[state] === 3 && witness !== 0), "done while the body runs")
    expect(!(state === "CANCELLING" && scenario.cancels.length === 0), "CANCELLING without a request")
    for (const { state: earlier, to } of looks) {
      if (to > from) continue
      const isRestart = attempts === 2 && earlier === "RUNNING" && state === "PENDING"
      expect(rank[state] >= rank[earlier] || isRestart, `${state} after ${earlier}`)
      expect(rank[earlier] < 3 || state === earlier, `${state} after the end, ${earlier}`)
    }
  }
  const end = looks.at(-1)?.state
  expect(JSON.stringify(final) === JSON.stringify(later), "two different ends")
  expect(starts <= attempts, `${starts} starts`)
  expect(exits.length === starts, "a body without an end")
  expect(history.mostAtOnce <= 1, "two bodies at once")
  expect(history.interruptions <= 1, "more than one interruption")
  expect(history.leftAsleep === 0, `${history.leftAsleep} fibers left asleep`)
  for (const operation of history.waited) {
    expect(!Operation.isDone(operation) || operation._tag === final._tag, "wait told another end")
  }

  // What the last body came to is the truth about the operation.
  const exit = exits.at(-1)
  const truth =
    exit === undefined || (Exit.isFailure(exit) && Cause.isInterrupted(exit.cause))
      ? "CANCELLED"
      : Exit.isFailure(exit)
        ? "FAILED"
        : scenario.cleanupDies
          ? "FAILED"
          : "SUCCEEDED"
  // Between two attempts, a cancel ends what has failed once.
  const isCancelledBetween = attempts === 2 && starts === 1 && truth === "FAILED" && end === "CANCELLED"
  expect(end === truth || isCancelledBetween, `${end} where the body says ${truth}`)
  expect(end !== "CANCELLED" || scenario.cancels.length > 0, "CANCELLED without a request")
  expect(scenario.host !== "ignoring" || end !== "CANCELLED", "CANCELLED by a host that ignores requests")
  expect(end !== "CANCELLED" || (final._tag === "Cancelled" && final.error.code === 1), "CANCELLED without code 1")
  expect(end !== "SUCCEEDED" || final._tag === "Succeeded", "SUCCEEDED without a response")
  expect(end !== "FAILED" || final._tag === "Failed", "FAILED without an error")

  // Where nothing happens at the same time, time alone tells how it ends.
  const expected = byTheClock(scenario)
  if (expected !== undefined) expect(end === expected, `${end} where the clock says ${expected}`)

  const first = history.firstCancelAccepted
  if (history.cancelRequestTime !== undefined) {
    expect(history.cancelRequestTime === Math.min(...scenario.cancels), "not the time of the first request")
    expect(first === history.cancelRequestTime, "a time at which no request was accepted")
  }
  return wrong
}

/** The end that follows from the times alone, where no two things happen at once. */
const byTheClock = (scenario: Scenario): State | undefined => {
  if (scenario.host === "restarting") return undefined
  const own: State = scenario.end === "succeed" && !scenario.cleanupDies ? "SUCCEEDED" : "FAILED"
  if (scenario.cancels.length === 0 || scenario.host === "ignoring") return own
  const asked = Math.min(...scenario.cancels)
  const effect = asked + (scenario.host === "latent" ? latency : 0)
  if (asked === scenario.startDelay || effect === scenario.startDelay) return undefined
  if (asked < scenario.startDelay) return "CANCELLED"
  let time = scenario.startDelay
  for (const { interruptible, millis } of scenario.parts) {
    if (interruptible && millis > 0 && effect > time && effect < time + millis) return "CANCELLED"
    if (effect === time || effect === time + millis) return undefined
    // Asked within an uninterruptible part: the next one that takes time is where it stops.
    if (effect < time && interruptible && millis > 0) return "CANCELLED"
    time += millis
  }
  if (effect < time) return undefined
  return effect === time ? undefined : own
}

/** A store on the way to which somebody else may be faster. */
const distant = (store: OperationStore.Service): OperationStore.Service => ({
  ...store,
  create: (record) => Effect.zipRight(Effect.yieldNow(), store.create(record)),
  get: (name) => Effect.zipLeft(store.get(name), Effect.yieldNow()),
  compareAndSet: (expected, next) => Effect.zipRight(Effect.yieldNow(), store.compareAndSet(expected, next)),
  delete: (expected) => Effect.zipRight(Effect.yieldNow(), store.delete(expected))
})

type Hosts = { readonly [K in HostKind]: Host.Service }

/** A host of each kind, over stores and with options that may be changed for the worse. */
const build = (mutant?: {
  readonly options?: Host.Options
  readonly store?: (store: OperationStore.Service) => OperationStore.Service
}): Promise<Hosts> =>
  Effect.runPromise(
    Effect.gen(function* () {
      // The hosts live as long as the tests, and end with their process.
      const scope = yield* Scope.make()
      const service = (kind: HostKind) =>
        Effect.gen(function* () {
          const store = distant(yield* OperationStore.makeMemory)
          const context = yield* Host.layer({
            ...options[kind],
            ...mutant?.options,
            describe: ({ cancelRequestTime, state }) => ({
              state,
              cancelRequestTime: Option.getOrUndefined(Option.map(cancelRequestTime, (_) => _.epochMillis))
            })
          }).pipe(
            Layer.provide(Layer.succeed(OperationStore.OperationStore, mutant?.store?.(store) ?? store)),
            Layer.buildWithScope(scope)
          )
          return Context.get(context, Host.Host)
        })
      return {
        plain: yield* service("plain"),
        latent: yield* service("latent"),
        ignoring: yield* service("ignoring"),
        restarting: yield* service("restarting")
      }
    })
  )

/** Changes what is told about operations. */
const telling =
  (change: (operation: Operation.Operation, state: State) => Operation.Operation): Wrap =>
  (operations) => ({
    ...operations,
    get: (name) => Effect.map(operations.get(name), (operation) => change(operation, stateOf(operation))),
    wait: (name, waiting) =>
      Effect.map(operations.wait(name, waiting), (operation) => change(operation, stateOf(operation)))
  })

const error = Status.make({ code: "CANCELLED" })

const cancelled = ({ metadata, name }: Operation.Operation): Operation.Operation =>
  Operation.ended({ name, metadata: { ...Option.getOrThrow(metadata), state: "CANCELLED" }, error })

describe("races between a body, its finalizers and those who cancel it", () => {
  it(
    "end in one state that tells the truth, whatever the order of events",
    async () => {
      const hosts = await build()
      const seen = new Map<string, number>()
      const won = new Map<string, number>()
      await assertInPortions(
        "races in memory",
        FastCheck.property(scenario, (scenario) => {
          const history = play(hosts, scenario, (operations) => operations)
          assert.deepStrictEqual(violations(scenario, history), [])
          const key = `${scenario.host}: ${[...new Set(history.looks.map(({ state }) => state))].join(" → ")}`
          seen.set(key, (seen.get(key) ?? 0) + 1)
          if (scenario.cancels.length > 0) won.set(history.final._tag, (won.get(history.final._tag) ?? 0) + 1)
        }),
        Goals.isLong ? 100_000 : 1000
      )
      process.stdout.write(
        `who won where somebody cancelled: ${[...won].map(([end, count]) => `${end} ${count}`).join(", ")}\n`
      )
      const distribution = [...seen].sort(([, a], [, b]) => b - a)
      process.stdout.write(distribution.map(([key, count]) => `${String(count).padStart(6)} ${key}\n`).join(""))
      for (const end of ["SUCCEEDED", "FAILED", "CANCELLED"]) {
        for (const kind of kinds) {
          const runs = distribution.filter(([key]) => key.startsWith(kind) && key.endsWith(end))
          assert.strictEqual(runs.length > 0, !(kind === "ignoring" && end === "CANCELLED"), `${kind} ${end}`)
        }
      }
    },
    Goals.isLong ? 7_200_000 : 120_000
  )

  const mutants: ReadonlyArray<{
    readonly name: string
    readonly wrap?: Wrap
    readonly build?: Parameters<typeof build>[0]
  }> = [
    {
      name: "that takes an accepted request for an end",
      wrap: telling((operation, state) => (state === "CANCELLING" ? cancelled(operation) : operation))
    },
    {
      name: "that takes whatever was asked to stop for stopped once it is over",
      wrap: telling((operation) =>
        Operation.isDone(operation) && Option.getOrThrow(operation.metadata)["cancelRequestTime"] !== undefined
          ? cancelled(operation)
          : operation
      )
    },
    { name: "that does not wait for finalizers", build: { options: { cleanupTimeout: 0 } } },
    { name: "that cancels later than it says", build: { options: { cancelLatency: 3 } } },
    { name: "that starts again without being told to", build: { options: { restart: Schedule.recurs(3) } } },
    {
      name: "over a store that overwrites what it does not know",
      build: {
        store: (store) => ({
          ...store,
          compareAndSet: (_, next) =>
            Effect.flatMap(Effect.delay(store.get(next.name), "1 millis"), (found) =>
              Option.match(found, {
                onNone: () => Effect.succeed(false),
                onSome: (stored) => store.compareAndSet(stored, next)
              })
            )
        })
      }
    },
    {
      name: "over a store that keeps the time of the last write for that of the request",
      build: {
        store: (store) => ({
          ...store,
          compareAndSet: (expected, next) =>
            store.compareAndSet(expected, {
              ...next,
              cancelRequestTime: Option.map(next.cancelRequestTime, () => next.updateTime)
            })
        })
      }
    },
    {
      name: "whose waits leave something behind",
      wrap: (operations) => ({
        ...operations,
        wait: (name, waiting) =>
          Effect.zipRight(Effect.forkDaemon(Effect.sleep("1 hour")), operations.wait(name, waiting))
      })
    }
  ]

  it.each(mutants)(
    "show a host $name",
    async ({ build: mutant, wrap }) => {
      const hosts = await build(mutant)
      const result = FastCheck.check(
        FastCheck.property(
          scenario,
          (scenario) => violations(scenario, play(hosts, scenario, wrap ?? ((operations) => operations))).length === 0
        ),
        { numRuns: 20_000, endOnFailure: true }
      )
      assert.isTrue(result.failed)
    },
    60_000
  )
})
