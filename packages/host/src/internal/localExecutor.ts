import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Executor from "../Executor.js"
import type * as OperationRecord from "../OperationRecord.js"
import type * as OperationStore from "../OperationStore.js"
import type * as Runner from "../Runner.js"
import { patiently } from "./patience.js"

export const make = (
  store: OperationStore.Service,
  runner: Runner.Service
): Effect.Effect<Executor.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const isSwept = yield* Deferred.make<void>()

    /** Pages through what is not done. What is of no page of the first look was made by this process. */
    const sweep = (
      request: Omit<OperationStore.UnfinishedRequest, "limit" | "after">,
      each: (record: OperationRecord.OperationRecord) => Effect.Effect<void>
    ): Effect.Effect<void> =>
      Effect.gen(function* () {
        let after: OperationStore.Position | undefined
        while (true) {
          const page = yield* patiently(store.unfinished({ ...request, limit: pageSize, after }))
          const records = Option.getOrElse(page, () => [])
          yield* Effect.forEach(records, each, { concurrency: 16, discard: true })
          if (records.length < pageSize) return
          after = records.at(-1)
        }
      })

    /** Nobody can run what has no definition, except the process that accepted it. */
    const isOrphan = (record: OperationRecord.OperationRecord): boolean =>
      Option.isNone(record.payload) && !Option.contains(record.owner, runner.id)

    yield* Effect.gen(function* () {
      yield* sweep({ state: "CANCELLING" }, ({ name }) => runner.run(name))
      for (const state of ["RUNNING", "PENDING"] as const) {
        yield* sweep({ state }, (record) => (isOrphan(record) ? runner.run(record.name) : Effect.void))
      }
    }).pipe(
      Effect.zipRight(Deferred.succeed(isSwept, undefined)),
      Effect.withSpan("Host.recover", { root: true, captureStackTrace: false }),
      Effect.forkScoped
    )

    return {
      start: (record) => runner.launch(record),
      cancel: (name) =>
        Effect.flatMap(runner.cancel(name), (isHere) =>
          // Nobody runs it, as where its definition is not registered: there is nothing to be waited for.
          isHere ? Effect.void : Effect.asVoid(Effect.forkIn(Effect.interruptible(runner.run(name)), scope))
        ),
      resume: (type) =>
        Deferred.await(isSwept).pipe(
          Effect.zipRight(sweep({ state: "RUNNING", type }, (record) => runner.launch(record))),
          Effect.zipRight(sweep({ state: "PENDING", type }, (record) => runner.launch(record))),
          Effect.annotateLogs({ type }),
          Effect.forkIn(scope),
          Effect.asVoid
        )
    }
  })

const pageSize = 200
