import * as Operation from "@effect-lro/core/Operation"
import type { OnInterrupt, Operations } from "@effect-lro/core/Operations"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Status from "@effect-lro/core/Status"
import * as Fault from "@effect-lro/testing/Fault"
import * as Script from "@effect-lro/testing/Script"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
import * as RunOperation from "@effect-lro/workflow/RunOperation"
import { assert, describe, it } from "@effect/vitest"
import * as DurableClock from "@effect/workflow/DurableClock"
import * as Workflow from "@effect/workflow/Workflow"
import * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

const name = "projects/demo/operations/EXPORT"

const Export = OperationType.make({
  metadata: OperationType.anything,
  response: OperationType.message({ typeName: "demo.v1.Exported", schema: Schema.Struct({ uri: Schema.String }) })
})

const response = { "@type": "type.googleapis.com/demo.v1.Exported", uri: "gs://bucket/object" }

const ExportImage = RunOperation.make(Export, {
  name: "ExportImage",
  payload: { image: Schema.String },
  idempotencyKey: ({ image }) => image,
  onInterrupt: "cancelAndConfirm",
  stop: { timeout: "1 minute" }
})

/** Starts an operation that follows the script from then on. */
const starting = (script: Script.Script) => Effect.as(TestOperations.start(name, script), Operation.running({ name }))

const requests = Effect.map(TestOperations.requests, (all) => all.map(({ method }) => method))

const cancels = Effect.map(requests, (all) => all.filter((method) => method === "cancel").length)

const engine = WorkflowEngine.layerMemory

/** The workflow on the engine in memory. */
const serving = (script: Script.Script) =>
  ExportImage.layer(() => starting(script)).pipe(
    Layer.provideMerge(engine),
    Layer.provideMerge(TestOperations.layer({}))
  )

/** Virtual time does not wait for the digest that a request id is made of, which is made by another thread. */
const started = Effect.repeat(
  Effect.zipRight(
    Effect.async<void>((resume) => void setTimeout(() => resume(Effect.void), 1)),
    Effect.flatMap(TestOperations.TestOperations, ({ peek }) => peek(name))
  ),
  { until: Option.isSome }
)

/** How a workflow ends that is interrupted after a while. */
const interruptedAfter = (duration: Duration.DurationInput) =>
  Effect.gen(function* () {
    const executionId = yield* ExportImage.workflow.execute({ image: "elevation" }, { discard: true })
    yield* started
    yield* Effect.sleep(duration)
    yield* ExportImage.workflow.interrupt(executionId)
    for (;;) {
      const result = yield* ExportImage.workflow.poll(executionId)
      if (result?._tag === "Complete") return result.exit
      yield* Effect.sleep("1 second")
    }
  })

const failureOf = <A>(exit: Exit.Exit<A, RunOperation.Failure>) =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined

/** Runs steps as a workflow of its own, on the engine in memory. */
const inWorkflow = (
  steps: Effect.Effect<
    Operation.Done,
    RunOperation.Failure,
    Operations | TestOperations.TestOperations | WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance
  >
) => {
  const workflow = Workflow.make({
    name: "Steps",
    payload: {},
    idempotencyKey: () => "",
    success: Operation.Done,
    error: RunOperation.Failure
  })
  return workflow.execute().pipe(
    Effect.exit,
    Effect.provide(
      Layer.provideMerge(
        workflow.toLayer(() => steps),
        engine
      )
    )
  )
}

describe("RunOperation on the engine in memory", () => {
  it.live("succeeds with how the operation has ended after hours, decoded", () =>
    Effect.gen(function* () {
      const done = yield* ExportImage.workflow.execute({ image: "elevation" })
      assert.deepStrictEqual(OperationType.response(done), Option.some({ uri: "gs://bucket/object" }))
      assert.isAtLeast(yield* Clock.currentTimeMillis, 6 * 3_600_000)
      assert.strictEqual(yield* cancels, 0)
    }).pipe(Effect.provide(serving(Script.completes({ after: "6 hours", response }))), VirtualTime.run)
  )

  it.live("succeeds with an operation that has failed: it is data", () =>
    Effect.gen(function* () {
      const done = yield* ExportImage.workflow.execute({ image: "elevation" })
      assert.strictEqual(done._tag, "Failed")
    }).pipe(
      Effect.provide(
        serving(Script.fails({ after: "1 hour", status: Status.make({ code: "INTERNAL", message: "broken" }) }))
      ),
      VirtualTime.run
    )
  )

  it.live("is interrupted: the operation is cancelled once, and the result says that it has stopped", () =>
    Effect.gen(function* () {
      const failure = failureOf(yield* interruptedAfter("1 hour"))
      if (failure?._tag !== "Interrupted") return assert.fail(String(failure))
      assert.strictEqual(Option.getOrThrow(failure.outcome)._tag, "Cancelled")
      assert.strictEqual(failure.operation, name)
      assert.strictEqual(failure.message, `the workflow was interrupted: ${name} has ended as Cancelled`)
      assert.strictEqual(yield* cancels, 1)
    }).pipe(
      Effect.provide(serving(Script.runsUntilCancelled({ onCancel: Script.stops("20 seconds") }))),
      VirtualTime.run
    )
  )

  for (const after of ["180 minutes", "181.5 minutes", "183 minutes", "184.5 minutes"] as const) {
    it.live(`is interrupted in the middle of a long stretch, and heeds it within a minute: after ${after}`, () =>
      Effect.gen(function* () {
        const failure = failureOf(yield* interruptedAfter(after))
        assert.strictEqual(failure?._tag, "Interrupted")
        const elapsed = (yield* Clock.currentTimeMillis) - Duration.toMillis(after)
        assert.isAtMost(elapsed, 60_000)
        assert.strictEqual(yield* cancels, 1)
      }).pipe(
        Effect.provide(serving(Script.runsUntilCancelled({ onCancel: Script.stops("1 second") }))),
        VirtualTime.run
      )
    )
  }

  it.live("is interrupted, and the work is faster: the result says so, and has the response", () =>
    Effect.gen(function* () {
      const failure = failureOf(yield* interruptedAfter("1 minute"))
      if (failure?._tag !== "Interrupted") return assert.fail(String(failure))
      const outcome = Option.getOrThrow(failure.outcome)
      assert.strictEqual(outcome._tag, "CompletedAnyway")
      assert.deepInclude(outcome.operation, { _tag: "Succeeded", response })
    }).pipe(
      Effect.provide(serving(Script.completes({ after: "80 seconds", response, onCancel: Script.ignored }))),
      VirtualTime.run
    )
  )

  it.live("is interrupted, and the service cannot cancel: the result says that the operation may go on", () =>
    Effect.gen(function* () {
      const failure = failureOf(yield* interruptedAfter("1 minute"))
      if (failure?._tag !== "Interrupted") return assert.fail(String(failure))
      assert.deepStrictEqual(failure.confirmed, Option.none())
      assert.isFalse(failure.cancelAccepted)
      assert.strictEqual(Option.getOrThrow(failure.failure)._tag, "Unimplemented")
      assert.include(failure.message, "may go on running")
    }).pipe(
      Effect.provide(serving(Script.runsUntilCancelled({ onCancel: Script.refused("UNIMPLEMENTED") }))),
      VirtualTime.run
    )
  )

  it.live("is interrupted, and the operation does not stop in time: the result says what is known", () =>
    Effect.gen(function* () {
      const failure = failureOf(yield* interruptedAfter("1 minute"))
      if (failure?._tag !== "Interrupted") return assert.fail(String(failure))
      assert.isTrue(failure.cancelAccepted)
      assert.strictEqual(Option.getOrThrow(failure.failure)._tag, "StillRunning")
      assert.include(failure.message, "was not seen to")
    }).pipe(Effect.provide(serving(Script.runsUntilCancelled({ onCancel: Script.ignored }))), VirtualTime.run)
  )

  it.live("leaves the operation alone where the engine is shut down", () =>
    Effect.gen(function* () {
      yield* Effect.gen(function* () {
        yield* ExportImage.workflow.execute({ image: "elevation" }, { discard: true })
        yield* started
        yield* Effect.sleep("3 minutes")
      }).pipe(
        Effect.provide(
          Layer.provideMerge(
            ExportImage.layer(() => starting(Script.runsUntilCancelled())),
            engine
          )
        )
      )
      assert.include(yield* requests, "get")
      assert.strictEqual(yield* cancels, 0)
    }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )
})

describe("RemoteOperation on the engine in memory", () => {
  it.live.each<readonly [OnInterrupt, string, number]>([
    ["leave", "while the operation runs", 0],
    ["cancel", "while the operation runs", 1],
    ["cancelAndConfirm", "while the operation runs", 1],
    ["cancel", "while it is being started", 1],
    ["cancelAndConfirm", "while it is being started", 1]
  ])("scoped: does as it is told, %s, where another branch of the workflow fails %s", ([onInterrupt, when, expected]) =>
    Effect.gen(function* () {
      const early = when === "while it is being started"
      const exit = yield* inWorkflow(
        Effect.zipRight(
          RemoteOperation.awaitDone({ name: "other", operation: "projects/demo/operations/OTHER" }).pipe(
            Effect.delay("1 minute"),
            (failing) => (early ? failing : Effect.zipRight(started, failing))
          ),
          RemoteOperation.scoped({
            name: "export",
            request: () => Effect.delay(starting(Script.runsUntilCancelled()), early ? "2 minutes" : 0),
            onInterrupt
          }),
          { concurrent: true }
        )
      )
      assert.strictEqual(failureOf(exit)?._tag, "NotFound", String(exit))
      assert.strictEqual(yield* cancels, expected)
    }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )

  it.live(
    "scoped: the workflow is interrupted while another branch of it sleeps: the operation is cancelled once",
    () =>
      Effect.gen(function* () {
        const workflow = Workflow.make({
          name: "Branches",
          payload: {},
          idempotencyKey: () => "",
          success: Operation.Done,
          error: RunOperation.Failure
        })
        const branches = Effect.zipRight(
          DurableClock.sleep({ name: "another", duration: "1 day" }),
          RemoteOperation.scoped({
            name: "export",
            request: () => starting(Script.runsUntilCancelled({ onCancel: Script.stops("3 seconds") })),
            onInterrupt: "cancelAndConfirm"
          }),
          { concurrent: true }
        )
        yield* Effect.gen(function* () {
          const executionId = yield* workflow.execute(undefined, { discard: true })
          yield* started
          yield* Effect.sleep("10 minutes")
          assert.strictEqual(yield* cancels, 0)
          yield* workflow.interrupt(executionId)
          yield* Effect.sleep("10 minutes")
          const result = yield* workflow.poll(executionId)
          assert.isTrue(result?._tag === "Complete" && Exit.isFailure(result.exit))
        }).pipe(
          Effect.provide(
            Layer.provideMerge(
              workflow.toLayer(() => branches),
              engine
            )
          )
        )
        assert.strictEqual(yield* cancels, 1)
        assert.isAbove((yield* TestOperations.lookTimes(name)).length, 1)
      }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )

  it.live("awaitDone: the time for it is over, whether it looks or sleeps then", () =>
    Effect.gen(function* () {
      for (const schedule of [undefined, Schedule.spaced("50 minutes")]) {
        yield* TestOperations.start(name, Script.runsUntilCancelled())
        const begun = yield* Clock.currentTimeMillis
        const exit = yield* inWorkflow(
          RemoteOperation.awaitDone({ name: "export", operation: name, schedule, timeout: "2 hours" })
        )
        const failure = failureOf(exit)
        if (failure?._tag !== "StillRunning") return assert.fail(String(failure))
        assert.strictEqual(failure.reason, "Timeout")
        const took = (yield* Clock.currentTimeMillis) - begun
        assert.isAtLeast(took, 7_200_000)
        assert.isAtMost(took, 7_260_000)
      }
    }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )

  it.live("awaitDone: as many looks in a row may fail as the budget says, also where each is a step", () =>
    Effect.gen(function* () {
      yield* TestOperations.start(name, Script.completes({ after: "30 hours", response }))
      yield* TestOperations.failNext("get", Fault.unavailable, { times: 3 })
      const wait = (step: string) =>
        RemoteOperation.awaitDone({
          name: step,
          operation: name,
          schedule: Schedule.spaced("1 hour"),
          failureBudget: 3
        })
      const done = yield* inWorkflow(wait("export"))
      assert.isTrue(Exit.isSuccess(done))
      yield* TestOperations.start(name, Script.completes({ after: "30 hours", response }))
      yield* TestOperations.failNext("get", Fault.unavailable, { times: 4 })
      const failed = yield* inWorkflow(wait("again"))
      assert.strictEqual(failureOf(failed)?._tag, "Unavailable")
    }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )

  it.live("awaitDone: an operation that was seen and is found no more has vanished", () =>
    Effect.gen(function* () {
      yield* TestOperations.start(name, Script.make([Script.running({ lasts: "10 minutes" }), Script.vanished()]))
      const exit = yield* inWorkflow(RemoteOperation.awaitDone({ name: "export", operation: name }))
      assert.strictEqual(failureOf(exit)?._tag, "Vanished")
    }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )

  it.live("cancelAndConfirm: says how the operation was over, however long that takes", () =>
    Effect.gen(function* () {
      yield* TestOperations.start(name, Script.runsUntilCancelled({ onCancel: Script.stops("2 hours") }))
      const exit = yield* inWorkflow(
        Effect.map(
          RemoteOperation.cancelAndConfirm({ name: "give up", operation: name, timeout: "1 day" }),
          ({ operation }) => operation
        )
      )
      assert.isTrue(Exit.isSuccess(exit) && exit.value._tag === "Cancelled")
      assert.strictEqual(yield* cancels, 1)
    }).pipe(Effect.provide(TestOperations.layer({})), VirtualTime.run)
  )
})
