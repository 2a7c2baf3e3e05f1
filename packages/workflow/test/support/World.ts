import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
import * as RunOperation from "@effect-lro/workflow/RunOperation"
import * as Workflow from "@effect/workflow/Workflow"
import type { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as DurableEngine from "./DurableEngine.js"
import * as Lifetime from "./Lifetime.js"
import * as RemoteService from "./RemoteService.js"

/** What happens, in milliseconds. */
export interface Scenario {
  readonly behaviour: RemoteService.Behaviour
  readonly onInterrupt: Operations.OnInterrupt
  /** When the workflow is interrupted, after the operation was started. */
  readonly interruptAfter?: number | undefined
  /** At which of its points each process dies, one after the other; the last one lives. */
  readonly crashes: ReadonlyArray<number>
  /** How long there is no process after a crash. */
  readonly downtime: number
}

/** What the workflow does. */
export type Program = (
  scenario: Scenario,
  start: (requestId: string) => Effect.Effect<Operation.Operation, OperationsError>
) => Effect.Effect<Operation.Done, RunOperation.Failure, Operations.Operations | WorkflowEngine | WorkflowInstance>

export interface Observed {
  readonly exit: Exit.Exit<Operation.Done, RunOperation.Failure>
  readonly requests: ReadonlyArray<RemoteService.Request & { readonly life: number; readonly steps: number }>
  /** How many operations there are. */
  readonly started: number
  readonly steps: ReadonlyArray<string>
  /** The steps that were under way at each crash; none where it fell between two steps. */
  readonly crashes: ReadonlyArray<ReadonlyArray<string>>
  /** How often the steps were asked for. */
  readonly asked: number
  readonly runs: number
  /** How many points the last life had. */
  readonly points: number
}

export const program: Program = ({ onInterrupt }, start) =>
  RemoteOperation.scoped({ name: "export", request: start, onInterrupt })

const workflow = Workflow.make({
  name: "Demo",
  payload: { id: Schema.String },
  success: Operation.Done,
  error: RunOperation.Failure,
  idempotencyKey: ({ id }) => id
})

const executionId = "0123456789abcdef"

/** Plays a scenario in virtual time. */
export const play = (scenario: Scenario, run: Program = program): Effect.Effect<Observed> =>
  VirtualTime.run(
    Effect.scoped(
      Effect.gen(function* () {
        const store = DurableEngine.makeStore()
        const service = RemoteService.make(scenario.behaviour)
        const requests: Array<RemoteService.Request & { readonly life: number; readonly steps: number }> = []
        const crashes: Array<ReadonlyArray<string>> = []
        let life = 0
        let current: { readonly process: DurableEngine.Process; readonly lifetime: Lifetime.Lifetime } | undefined

        if (scenario.interruptAfter !== undefined) {
          yield* service.firstStart.pipe(
            Effect.zipRight(Effect.sleep(scenario.interruptAfter)),
            Effect.zipRight(
              Effect.suspend(() => {
                DurableEngine.interrupt(store, executionId)
                return current === undefined || current.lifetime.isDead()
                  ? Effect.void
                  : current.process.poke(executionId)
              })
            ),
            Effect.forkScoped
          )
        }

        const live = (lifetime: Lifetime.Lifetime) =>
          Effect.gen(function* () {
            const through = <A, E>(request: Effect.Effect<A, E>) =>
              Effect.suspend(() => {
                const sent = service.requests.length
                const noted = Effect.sync(() => {
                  for (const request of service.requests.slice(sent)) {
                    requests.push({ ...request, life, steps: store.steps.length })
                  }
                })
                return lifetime.point.pipe(
                  Effect.zipRight(Effect.either(request)),
                  Effect.zipLeft(noted),
                  Effect.zipLeft(lifetime.point),
                  Effect.flatten
                )
              })
            const process = DurableEngine.make(store, lifetime)
            current = { process, lifetime }
            yield* process.engine.register(workflow, () =>
              run(scenario, (requestId) => through(service.start(requestId))).pipe(
                Effect.provideService(Operations.Operations, Operations.around(service.operations, through))
              )
            )
            if (life === 0) {
              yield* Effect.orDie(
                process.engine.execute(workflow, { executionId, payload: { id: "1" }, discard: true })
              )
            }
            yield* process.takeOver
            const execution = yield* Effect.fromNullable(store.executions.get(executionId)).pipe(Effect.orDie)
            return yield* Effect.raceFirst(
              Effect.asSome(Deferred.await(execution.ended)),
              Effect.zipRight(lifetime.died, Effect.succeedNone)
            )
          })

        for (;;) {
          const lifetime = Lifetime.make(scenario.crashes[life])
          const ended = yield* live(lifetime)
          if (ended._tag === "Some") {
            return {
              exit: asOfDemo(ended.value),
              requests,
              started: service.started.size,
              steps: store.steps,
              crashes,
              asked: store.asked,
              runs: store.runs,
              points: lifetime.points()
            }
          }
          crashes.push(Array.from(store.begun))
          store.begun.clear()
          life += 1
          yield* Effect.sleep(scenario.downtime)
        }
      })
    )
  )

/** What has crossed the border of a process by the schemas of the workflow is what they say. */
const asOfDemo: (exit: unknown) => Observed["exit"] = Schema.decodeUnknownSync(
  Schema.typeSchema(
    Schema.ExitFromSelf({ success: Operation.Done, failure: RunOperation.Failure, defect: Schema.Unknown })
  )
)
