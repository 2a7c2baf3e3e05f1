import * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as Executor from "../Executor.js"
import type * as Host from "../Host.js"
import * as OperationRecord from "../OperationRecord.js"
import * as OperationStore from "../OperationStore.js"
import * as PageToken from "../PageToken.js"
import * as Runner from "../Runner.js"
import * as StatusError from "../StatusError.js"
import * as Deadline from "./deadline.js"
import { countEnd } from "./entry.js"
import * as Outcome from "./outcome.js"
import { patiently } from "./patience.js"
import * as provider from "./provider.js"
import * as Retention from "./retention.js"
import { randomId } from "./runner.js"
import { fromStoreError } from "./storeErrors.js"

type Record = OperationRecord.OperationRecord

/** One start, be it of a definition or of a function. */
interface Start extends Host.StartOptions {
  readonly type: string | undefined
  readonly metadata: AnyMessage.AnyMessage | undefined
  readonly payload: Option.Option<unknown>
  /** Says whether a record that an earlier request with the same id made is of the same start. */
  readonly isSame: (record: Record) => boolean
  /** Has the record run. It may be called again for one. */
  readonly run: (record: Record) => Effect.Effect<void, OperationStore.StoreError>
}

export const make = (
  options: Host.Options
): Effect.Effect<
  Host.Service,
  never,
  OperationStore.OperationStore | Runner.Runner | Executor.Executor | Scope.Scope
> =>
  Effect.gen(function* () {
    const store = yield* OperationStore.OperationStore
    const runner = yield* Runner.Runner
    const executor = yield* Executor.Executor
    const scope = yield* Effect.scope
    // Keys are derived when the first list of more than one page asks for them.
    // Made once, when they are first needed; from then on nobody waits for them, not even for a turn.
    let made: PageToken.PageTokens | undefined = undefined
    const making = yield* Effect.cached(
      Effect.tap(PageToken.make(options.pageTokenKey), (tokens) => Effect.sync(() => (made = tokens)))
    )
    const tokens = Effect.suspend(() => (made === undefined ? making : Effect.succeed(made)))
    const keep = options.retention ?? Retention.defaultRetention
    const retention = yield* Retention.make(store, keep)
    yield* Retention.purge(store, keep)
    const onEnd = (record: Record) => Effect.zipRight(countEnd(record), retention.onEnd(record))
    const closing = yield* Deferred.make<void>()
    yield* Effect.addFinalizer(() => Deferred.succeed(closing, undefined))
    const generateId = options.generateId ?? randomId

    /**
     * Where the answer of a create was lost, the record may be there and would wait for ever. It may also come later: who
     * gives up a statement does not end it.
     */
    const runIfStored = (start: Start, record: Record): Effect.Effect<void> => {
      const look = Effect.map(patiently(store.get(record.name)), Option.flatten)
      return look.pipe(
        Effect.flatMap((found) => (Option.isSome(found) ? Effect.succeed(found) : Effect.delay(look, latestCreate))),
        Effect.flatMap((stored) =>
          Option.exists(stored, (it) => it.state === "PENDING" && it.version === 1 && isOf(it, record))
            ? patiently(start.run(record))
            : Effect.void
        ),
        Effect.interruptible,
        Effect.forkIn(scope),
        Effect.asVoid
      )
    }

    const accept = (start: Start): Effect.Effect<Operation.Operation, Host.SubmitError> =>
      Effect.gen(function* () {
        const parent = start.parent ?? options.parent ?? ""
        if (yield* Deferred.isDone(closing)) return yield* refused(start.name ?? parent)
        if (parent !== "") yield* OperationName.validate(parent)
        const named = start.name === undefined ? undefined : yield* OperationName.validate(start.name)
        const requestId = start.requestId === "" ? undefined : start.requestId
        if (requestId !== undefined && !isRequestId(requestId)) return yield* badRequestId(named ?? parent)
        for (let tries = 0; ; tries++) {
          const name =
            named ??
            (yield* OperationName.validate(`${parent === "" ? "" : `${parent}/`}operations/${yield* generateId}`))
          const createTime = yield* DateTime.now
          const record = OperationRecord.make({
            name,
            parent,
            createTime,
            requestId,
            type: start.type,
            metadata: start.metadata,
            payload: start.payload,
            // What has no definition is this process's alone from the beginning.
            owner: Option.isNone(start.payload) ? runner.id : undefined,
            deadline: deadlineOf(createTime, start.timeout)
          })
          yield* Deadline.beginOf(record)
          const created = yield* store.create(record).pipe(
            Effect.tapError((error) => (error.reason === "Unavailable" ? runIfStored(start, record) : Effect.void)),
            Effect.mapError(fromStoreError("start", name))
          )
          const isNew = created._tag === "Created"
          if (!isNew && created.by === "requestId" && !start.isSame(created.record)) {
            return yield* reused(created.record.name)
          }
          if (!isNew && created.by === "name") {
            if (named !== undefined) return yield* taken(name)
            if (tries + 1 === mostTaken) return yield* allTaken(name)
            continue
          }
          const accepted = isNew ? record : created.record
          // An earlier request may have stored it and come no further.
          if (accepted.state === "PENDING") {
            yield* Effect.mapError(start.run(accepted), fromStoreError("start", accepted.name))
          }
          return OperationRecord.toOperation(accepted, options.describe)
        }
      }).pipe(Effect.uninterruptible)

    const submit: Host.Service["submit"] = <E, R>(submission: Host.Submission<E, R>) =>
      Effect.gen(function* () {
        const context = yield* Effect.context<Exclude<R, Scope.Scope>>()
        const toStatus = submission.toStatus ?? StatusError.toStatus
        const work: Runner.Work = {
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
        }
        return yield* accept({
          ...submission,
          type: submission.type,
          metadata: submission.metadata,
          payload: Option.none(),
          isSame: (record) => Option.isNone(record.payload) && isTyped(record, submission.type),
          run: (record) => (Option.contains(record.owner, runner.id) ? runner.launch(record, work) : Effect.void)
        })
      }).pipe(Effect.withSpan("Host.submit", { captureStackTrace: false }))

    const start: Host.Service["start"] = (request) =>
      accept({
        ...request,
        metadata: request.metadata,
        payload: Option.some(request.payload),
        isSame: (record) => isTyped(record, request.type) && Option.exists(record.payload, request.isSame),
        run: executor.start
      }).pipe(Effect.withSpan("Host.start", { captureStackTrace: false, attributes: { type: request.type } }))

    const kill: Host.Service["kill"] = Effect.fn("Host.kill")(function* (input) {
      const name = yield* OperationName.validate(input)
      const modified = yield* OperationStore.modify(store, name, (record, now) =>
        retention.advance(record, Outcome.giveUp(record, Outcome.killed), now)
      ).pipe(Effect.mapError(fromStoreError("cancel", name)))
      if (Option.isNone(modified)) return yield* notFound(name)
      const { changed, record } = modified.value
      if (!changed) {
        // The answer to an earlier attempt may have been lost.
        yield* retention.onEnd(record)
        return false
      }
      yield* Effect.logWarning("the operation was given up by an administrator").pipe(
        Effect.annotateLogs({ operation: name })
      )
      yield* onEnd(record)
      yield* executor.cancel(name)
      return true
    }, Effect.uninterruptible)

    return {
      submit,
      start,
      register: (definition) => Effect.zipRight(runner.register(definition), executor.resume(definition.type)),
      kill,
      operations: Operations.make(
        provider.make({
          store,
          tokens,
          retention,
          cancel: executor.cancel,
          closing: Deferred.await(closing),
          onEnd,
          isImmediate: Duration.equals(Duration.decode(options.cancelLatency ?? 0), Duration.zero),
          ignoreCancel: options.cancellation === "ignore",
          isStrict: options.cancelDone === "strict",
          waitLimit: options.waitLimit ?? "55 seconds",
          describe: options.describe
        })
      )
    }
  })

/** Of random ids hardly ever one is taken; of those that are not, not many at a time. */
const mostTaken = 100

/** Statements that nobody waits for any more are over by then. */
const latestCreate = "1 minute"

const isOf = (stored: Record, record: Record): boolean =>
  Option.getEquivalence<string>((a, b) => a === b)(stored.owner, record.owner) &&
  DateTime.Equivalence(stored.createTime, record.createTime)

const isTyped = (record: Record, type: string | undefined): boolean => Option.getOrUndefined(record.type) === type

const deadlineOf = (
  createTime: DateTime.Utc,
  timeout: Duration.DurationInput | undefined
): DateTime.Utc | undefined => {
  if (timeout === undefined || !Duration.isFinite(Duration.decode(timeout))) return undefined
  return DateTime.addDuration(createTime, timeout)
}

// Databases keep it and compare it, and logs show it.
const isRequestId = (requestId: string): boolean => /^[\x20-\x7e]{1,128}$/.test(requestId)

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

const allTaken = (operation: string): OperationsError.Internal =>
  new OperationsError.Internal({
    operation,
    method: "start",
    status: Status.make({
      code: "INTERNAL",
      message: `The host's generateId has made ${mostTaken} ids in a row that are taken; the last name was ${operation}.`
    })
  })

const invalid = (operation: string, message: string, details: ReadonlyArray<AnyMessage.AnyMessage> = []) =>
  new OperationsError.InvalidArgument({
    operation,
    method: "start",
    status: Status.make({ code: "INVALID_ARGUMENT", message, details })
  })

const badRequestId = (operation: string): OperationsError.InvalidArgument =>
  invalid(operation, "A request id has 1 to 128 printable ASCII characters.")

const reused = (operation: string): OperationsError.InvalidArgument =>
  invalid(operation, "The request id was used for another request.", [
    AnyMessage.pack("google.rpc.ErrorInfo", {
      reason: "REQUEST_ID_REUSED",
      domain: "effect-lro",
      metadata: { operation }
    })
  ])

const notFound = (operation: string): OperationsError.OperationsError =>
  OperationsError.fromStatus({
    operation,
    method: "cancel",
    status: Status.make({ code: "NOT_FOUND", message: `There is no operation ${operation}.` })
  })
