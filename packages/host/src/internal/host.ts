import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type * as Host from "../Host.js"
import * as OperationRecord from "../OperationRecord.js"
import * as OperationStore from "../OperationStore.js"
import * as PageToken from "../PageToken.js"
import * as StatusError from "../StatusError.js"
import * as provider from "./provider.js"
import * as Retention from "./retention.js"
import * as Runner from "./runner.js"
import { fromStoreError } from "./storeErrors.js"

export const make = (
  options: Host.Options
): Effect.Effect<Host.Service, never, OperationStore.OperationStore | Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* OperationStore.OperationStore
    const tokens = yield* PageToken.make(options.pageTokenKey)
    const retention = yield* Retention.make(store, options.retention)
    const runner = yield* Runner.make({
      id: yield* randomId,
      store,
      maxRunning: options.maxRunning ?? Infinity,
      ignoreCancel: options.cancellation === "ignore",
      cleanupTimeout: options.cleanupTimeout,
      shutdownTimeout: options.shutdownTimeout ?? "15 seconds",
      onEnd: retention.keep
    })
    const closing = yield* Deferred.make<void>()
    yield* Effect.addFinalizer(() => Effect.zipRight(Deferred.succeed(closing, undefined), runner.shutdown))
    const generateId = options.generateId ?? randomId

    const submit: Host.Service["submit"] = <E, R>(submission: Host.Submission<E, R>) =>
      Effect.gen(function* () {
        const context = yield* Effect.context<Exclude<R, Scope.Scope>>()
        const parent = submission.parent ?? options.parent ?? ""
        if (yield* Deferred.isDone(closing)) return yield* refused(submission.name ?? parent)
        if (parent !== "") yield* OperationName.validate(parent)
        const named = submission.name === undefined ? undefined : yield* OperationName.validate(submission.name)
        const toStatus = submission.toStatus ?? StatusError.toStatus
        while (true) {
          const name =
            named ??
            (yield* OperationName.validate(`${parent === "" ? "" : `${parent}/`}operations/${yield* generateId}`))
          const record = OperationRecord.make({
            name,
            parent,
            createTime: yield* DateTime.now,
            requestId: submission.requestId === "" ? undefined : submission.requestId,
            type: submission.type,
            metadata: submission.metadata
          })
          const created = yield* store.create(record).pipe(Effect.mapError(fromStoreError("start", name)))
          if (created._tag === "Existing") {
            if (created.by === "requestId") return OperationRecord.toOperation(created.record, options.describe)
            if (named !== undefined) return yield* taken(name)
            continue
          }
          yield* runner.start({
            name,
            body: (job) =>
              submission.body(job).pipe(
                // Only the work itself: what comes after it must not lose its result.
                Effect.interruptible,
                Effect.scoped,
                Effect.mapError(toStatus),
                // What is around the body when it runs wins: the span of the run, not the one it was submitted in.
                Effect.mapInputContext((around: Context.Context<never>) => Context.merge(context, around))
              ),
            submittedIn: Context.getOption(context, Tracer.ParentSpan),
            startDelay: submission.startDelay ?? options.startDelay ?? 0,
            restart: submission.restart ?? options.restart ?? Schedule.stop
          })
          return OperationRecord.toOperation(record, options.describe)
        }
      }).pipe(Effect.uninterruptible, Effect.withSpan("Host.submit", { captureStackTrace: false }))

    return {
      submit,
      operations: Operations.make(
        provider.make({
          store,
          tokens,
          runner,
          closing: Deferred.await(closing),
          onEnd: retention.keep,
          scope: yield* Effect.scope,
          cancelLatency: options.cancelLatency ?? 0,
          ignoreCancel: options.cancellation === "ignore",
          isStrict: options.cancelDone === "strict",
          waitLimit: options.waitLimit ?? "55 seconds",
          describe: options.describe
        })
      )
    }
  })

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

const randomId: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, alphabet.length), 24),
  (digits) => digits.map((digit) => alphabet.charAt(digit)).join("")
)

const refused = (operation: string): OperationsError.Unavailable =>
  new OperationsError.Unavailable({
    operation,
    method: "start",
    status: Status.make({ code: "UNAVAILABLE", message: "The host is shutting down." })
  })

const taken = (operation: string): OperationsError.AlreadyExists =>
  new OperationsError.AlreadyExists({
    operation,
    method: "start",
    status: Status.make({ code: "ALREADY_EXISTS", message: "There is an operation of this name." })
  })
