// @effect-diagnostics anyUnknownInErrorContext:off -- an engine knows nothing of the errors of its workflows
/**
 * A workflow engine in memory whose store outlives its processes. It does as the engine of a cluster does where that matters
 * here: everything is written down as JSON, a workflow runs once at a time, what is decided elsewhere reaches it between two
 * runs, and an interruption is seen when it suspends.
 */
import type * as Activity from "@effect/workflow/Activity"
import * as Workflow from "@effect/workflow/Workflow"
import * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Schema from "effect/Schema"
import type { Lifetime } from "./Lifetime.js"

interface Execution {
  readonly workflow: Workflow.Any
  readonly payload: object
  readonly ended: Deferred.Deferred<Exit.Exit<unknown, unknown>>
  /** A suspended one waits for a deferred; any other is run by the next process. */
  isSuspended: boolean
  isOver: boolean
}

/** What is written down. */
export interface Store {
  readonly executions: Map<string, Execution>
  readonly activities: Map<string, string>
  readonly deferreds: Map<string, string>
  /** Deferreds that the execution has not seen yet. */
  readonly inbox: Map<string, Map<string, string>>
  readonly clocks: Map<string, number>
  /** The names of the steps in the order in which they were written down. */
  readonly steps: Array<string>
  /** The steps that were begun and not written down. */
  readonly begun: Set<string>
  /** How often a step was asked for, or a deferred read: what the runs of a workflow cost. */
  asked: number
  runs: number
}

export const makeStore = (): Store => ({
  executions: new Map(),
  activities: new Map(),
  deferreds: new Map(),
  inbox: new Map(),
  clocks: new Map(),
  steps: [],
  begun: new Set(),
  asked: 0,
  runs: 0
})

const ExitJson = Schema.parseJson(
  Schema.Exit({ success: Schema.Unknown, failure: Schema.Unknown, defect: Schema.Defect })
)
const write = Schema.encodeSync(ExitJson)
const read = Schema.decodeSync(ExitJson)

const exitVoid: Exit.Exit<unknown, unknown> = Exit.void

const interruptSignal = "Workflow/InterruptSignal"

export interface Process {
  readonly engine: WorkflowEngine.WorkflowEngine["Type"]
  /** Goes on with what earlier processes have left; to be called when the workflows are registered. */
  readonly takeOver: Effect.Effect<void>
  /** Looks for what somebody else has written down for an execution. */
  readonly poke: (executionId: string) => Effect.Effect<void>
}

/** Asks for an interruption from outside of all processes. */
export const interrupt = (store: Store, executionId: string): void => {
  const inbox = store.inbox.get(executionId) ?? new Map<string, string>()
  store.inbox.set(executionId, inbox.set(interruptSignal, write(exitVoid)))
}

export const make = (store: Store, lifetime: Lifetime): Process => {
  const workflows = new Map<
    string,
    (payload: object, executionId: string) => Effect.Effect<unknown, unknown, WorkflowEngine.WorkflowInstance>
  >()
  const running = new Set<string>()

  const run = (executionId: string): Effect.Effect<void> =>
    Effect.gen(function* () {
      const execution = store.executions.get(executionId)
      if (execution === undefined || execution.isOver || running.has(executionId)) return
      const execute = workflows.get(execution.workflow.name)
      if (execute === undefined) return yield* Effect.dieMessage(`${execution.workflow.name} is not registered`)
      running.add(executionId)
      yield* lifetime.point
      execution.isSuspended = false
      store.runs += 1
      const instance = WorkflowEngine.WorkflowInstance.initial(execution.workflow, executionId)
      const result = yield* execute(execution.payload, executionId).pipe(
        Effect.onExit(() => {
          if (!instance.suspended || !store.deferreds.has(`${executionId}/${interruptSignal}`)) return Effect.void
          instance.suspended = false
          instance.interrupted = true
          return Effect.withFiberRuntime<void>((fiber) => Effect.interruptible(Fiber.interrupt(fiber)))
        }),
        Workflow.intoResult,
        Effect.provideService(WorkflowEngine.WorkflowInstance, instance)
      )
      yield* lifetime.point
      running.delete(executionId)
      if (result._tag === "Complete") {
        execution.isOver = true
        yield* Deferred.succeed(execution.ended, yield* throughJson(execution.workflow, result.exit))
        return
      }
      execution.isSuspended = true
      if (deliver(executionId)) yield* run(executionId)
    })

  const deliver = (executionId: string): boolean => {
    const inbox = store.inbox.get(executionId)
    store.inbox.delete(executionId)
    if (inbox === undefined) return false
    for (const [name, exit] of inbox) store.deferreds.set(`${executionId}/${name}`, exit)
    // Both at once, so that whoever comes next runs it.
    const execution = store.executions.get(executionId)
    if (execution !== undefined) execution.isSuspended = false
    return true
  }

  const wakeUp = (executionId: string) =>
    Effect.suspend(() => {
      if (running.has(executionId)) return Effect.void
      return deliver(executionId) ? Effect.asVoid(Effect.forkDaemon(run(executionId))) : Effect.void
    })

  const engine = WorkflowEngine.makeUnsafe({
    register: (workflow, execute) =>
      Effect.sync(() => {
        workflows.set(workflow.name, (payload, executionId) =>
          Effect.provideService(execute(payload, executionId), WorkflowEngine.WorkflowEngine, engine)
        )
      }),
    execute: (workflow, { discard, executionId, payload }) =>
      Effect.gen(function* () {
        let execution = store.executions.get(executionId)
        if (execution === undefined) {
          execution = {
            workflow,
            payload,
            ended: Deferred.unsafeMake(FiberId.none),
            isSuspended: false,
            isOver: false
          }
          store.executions.set(executionId, execution)
          yield* Effect.forkDaemon(run(executionId))
        }
        if (discard) return undefined as never
        return new Workflow.Complete({ exit: yield* Deferred.await(execution.ended) }) as never
      }),
    poll: (_, executionId) =>
      Effect.gen(function* () {
        const execution = store.executions.get(executionId)
        if (execution === undefined || !execution.isOver) return undefined
        return new Workflow.Complete({ exit: yield* Deferred.await(execution.ended) })
      }),
    interrupt: (_, executionId) =>
      Effect.suspend(() => {
        interrupt(store, executionId)
        return wakeUp(executionId)
      }),
    resume: (_, executionId) => Effect.asVoid(Effect.forkDaemon(run(executionId))),
    activityExecute: (activity, attempt) =>
      Effect.gen(function* () {
        const instance = yield* WorkflowEngine.WorkflowInstance
        const id = `${instance.executionId}/${activity.name}/${attempt}`
        store.asked += 1
        yield* lifetime.point
        if (!store.activities.has(id)) {
          store.begun.add(activity.name)
          const exit = yield* execute(activity, instance)
          yield* lifetime.point
          store.begun.delete(activity.name)
          store.activities.set(id, write(exit))
          store.steps.push(activity.name)
          yield* lifetime.point
        }
        return new Workflow.Complete({ exit: read(store.activities.get(id) ?? "") })
      }),
    deferredResult: (deferred) =>
      Effect.gen(function* () {
        const { executionId } = yield* WorkflowEngine.WorkflowInstance
        store.asked += 1
        const written = store.deferreds.get(`${executionId}/${deferred.name}`)
        return written === undefined ? undefined : read(written)
      }),
    deferredDone: ({ exit, ...options }) => deferredDone({ ...options, exit: write(exit) }),
    scheduleClock: (workflow, { clock, executionId }) =>
      Effect.gen(function* () {
        store.asked += 1
        yield* lifetime.point
        const id = `${executionId}/${clock.name}`
        if (store.clocks.has(id)) return
        const due = (yield* Clock.currentTimeMillis) + Duration.toMillis(clock.duration)
        const wake = () =>
          deferredDone({
            workflowName: workflow.name,
            executionId,
            deferredName: clock.deferred.name,
            exit: write(exitVoid)
          })
        store.clocks.set(id, due)
        store.steps.push(`sleep ${clock.name}`)
        yield* alarm(due, wake)
        yield* lifetime.point
      })
  })

  const execute = (activity: Activity.Any, { executionId, workflow }: WorkflowEngine.WorkflowInstance["Type"]) =>
    activity.executeEncoded.pipe(
      Workflow.intoResult,
      Effect.provideService(
        WorkflowEngine.WorkflowInstance,
        WorkflowEngine.WorkflowInstance.initial(workflow, executionId)
      ),
      Effect.flatMap((result: Workflow.Result<unknown, unknown>) =>
        result._tag === "Complete" ? Effect.succeed(result.exit) : Effect.dieMessage("an activity has suspended")
      )
    ) as Effect.Effect<Exit.Exit<unknown, unknown>>

  const deferredDone = (options: {
    readonly workflowName: string
    readonly executionId: string
    readonly deferredName: string
    readonly exit: string
  }): Effect.Effect<void> =>
    Effect.gen(function* () {
      yield* lifetime.point
      if (store.deferreds.has(`${options.executionId}/${options.deferredName}`)) return
      const inbox = store.inbox.get(options.executionId) ?? new Map<string, string>()
      if (!inbox.has(options.deferredName)) inbox.set(options.deferredName, options.exit)
      store.inbox.set(options.executionId, inbox)
      yield* wakeUp(options.executionId)
    })

  const alarm = (due: number, wake: () => Effect.Effect<void>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.forkDaemon(Effect.zipRight(Effect.sleep(Math.max(0, due - now)), Effect.suspend(wake)))
    )

  return {
    engine,
    poke: wakeUp,
    takeOver: Effect.gen(function* () {
      for (const [executionId, execution] of store.executions) {
        if (deliver(executionId) || !execution.isSuspended) yield* Effect.forkDaemon(run(executionId))
      }
      for (const [id, due] of Array.from(store.clocks)) {
        const [executionId = "", ...name] = id.split("/")
        const execution = store.executions.get(executionId)
        if (execution === undefined) continue
        yield* alarm(due, () =>
          deferredDone({
            workflowName: execution.workflow.name,
            executionId,
            deferredName: `DurableClock/${name.join("/")}`,
            exit: write(exitVoid)
          })
        )
      }
    })
  }
}

/** As a result crosses the border of a process. */
const throughJson = (workflow: Workflow.Any, exit: Exit.Exit<unknown, unknown>) => {
  const schema: Schema.Schema<Exit.Exit<unknown, unknown>, string> = Schema.parseJson(
    Schema.Exit({
      success: Schema.asSchema(workflow.successSchema as Schema.Schema<unknown>),
      failure: Schema.asSchema(workflow.errorSchema as Schema.Schema<unknown>),
      defect: Schema.Defect
    })
  )
  return Effect.orDie(Effect.flatMap(Schema.encode(schema)(exit), Schema.decode(schema)))
}
