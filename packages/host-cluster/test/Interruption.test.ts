import * as ClusterSchema from "@effect/cluster/ClusterSchema"
import * as ClusterWorkflowEngine from "@effect/cluster/ClusterWorkflowEngine"
import * as Entity from "@effect/cluster/Entity"
import * as TestRunner from "@effect/cluster/TestRunner"
import * as Rpc from "@effect/rpc/Rpc"
import { assert, describe, it } from "@effect/vitest"
import * as Activity from "@effect/workflow/Activity"
import * as Workflow from "@effect/workflow/Workflow"
import * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"

/**
 * Why this package stands on an entity and not on a workflow: what a cancel request does to work that is running. When one of
 * the first two tests fails, `Workflow.interrupt` has learnt to do it, and the choice is to be made again.
 */
describe("what a cancel request does to running work", () => {
  /** Work that tells that it began, and how it ended. */
  const makeWork = Effect.gen(function* () {
    const began = yield* Deferred.make<void>()
    const finish = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<Exit.Exit<void>>()
    return {
      began: Deferred.await(began),
      ended,
      finish: Deferred.succeed(finish, undefined),
      run: Effect.zipRight(Deferred.succeed(began, undefined), Deferred.await(finish)).pipe(
        Effect.onExit((exit) => Deferred.succeed(ended, exit))
      )
    }
  })

  /** Lets the time pass in which a cluster assigns its shards, reads its messages and shuts down. */
  const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.raceFirst(effect, Effect.zipRight(Effect.forever(TestClock.adjust("10 seconds")), Effect.never))

  const engines = {
    "in memory": WorkflowEngine.layerMemory,
    "of the cluster": Layer.provide(ClusterWorkflowEngine.layer, TestRunner.layer)
  }

  for (const [name, engine] of Object.entries(engines)) {
    it.effect(`Workflow.interrupt leaves a running activity alone, with the engine ${name}`, () =>
      Effect.gen(function* () {
        const work = yield* makeWork
        const Export = Workflow.make({ name: "Export", payload: { id: Schema.String }, idempotencyKey: ({ id }) => id })
        const registered = Export.toLayer(() => Activity.make({ name: "work", execute: work.run }))
        yield* Effect.gen(function* () {
          const id = yield* Export.execute({ id: "1" }, { discard: true })
          yield* work.began
          yield* Export.interrupt(id)
          yield* Effect.sleep("1 minute")
          assert.isFalse(yield* Deferred.isDone(work.ended))
          yield* work.finish
          assert.isTrue(Exit.isSuccess(yield* Deferred.await(work.ended)))
        }).pipe(Effect.provide(Layer.provideMerge(registered, engine)), whileTimePasses)
      })
    )
  }

  it.effect("a second message to an entity stops what the first one runs, at once", () =>
    Effect.gen(function* () {
      const work = yield* makeWork
      const Export = Entity.make("Export", [Rpc.make("Run"), Rpc.make("Cancel")]).annotateRpcs(
        ClusterSchema.Persisted,
        true
      )
      const registered = Export.toLayer(
        Effect.gen(function* () {
          const cancelled = yield* Deferred.make<void>()
          return {
            Run: () => Effect.raceFirst(work.run, Deferred.await(cancelled)),
            Cancel: () => Effect.asVoid(Deferred.succeed(cancelled, undefined))
          }
        }),
        { concurrency: "unbounded" }
      )
      yield* Effect.gen(function* () {
        const client = (yield* Export.client)("1")
        yield* client.Run(undefined, { discard: true })
        yield* work.began
        yield* client.Cancel(undefined, { discard: true })
        assert.isTrue(Exit.isInterrupted(yield* Deferred.await(work.ended)))
      }).pipe(Effect.provide(Layer.provideMerge(registered, TestRunner.layer)), whileTimePasses)
    })
  )
})
