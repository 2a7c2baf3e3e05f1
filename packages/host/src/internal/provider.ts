import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Code from "@effect-lro/core/Code"
import * as Constant from "@effect-lro/core/Constant"
import type * as Filter from "@effect-lro/core/Filter"
import * as Immediate from "@effect-lro/core/Immediate"
import type * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import type * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as OperationRecord from "../OperationRecord.js"
import * as OperationStore from "../OperationStore.js"
import type * as PageToken from "../PageToken.js"
import * as Outcome from "./outcome.js"
import * as Page from "./page.js"
import type { Retention } from "./retention.js"
import { sleep } from "./sleep.js"
import { fromStoreError } from "./storeErrors.js"

interface Options {
  readonly store: OperationStore.Service
  readonly tokens: Effect.Effect<PageToken.PageTokens>
  readonly retention: Retention
  /** Lets a request take effect that was written. */
  readonly cancel: (name: string) => Effect.Effect<void>
  /** Ends when the host begins to shut down. */
  readonly closing: Effect.Effect<void>
  readonly onEnd: (record: OperationRecord.OperationRecord) => Effect.Effect<void>
  /** Whether requests take effect at once. */
  readonly isImmediate: boolean
  readonly ignoreCancel: boolean
  readonly isStrict: boolean
  readonly waitLimit: Duration.DurationInput
  readonly describe: ((record: OperationRecord.OperationRecord) => AnyMessage.AnyMessage | undefined) | undefined
}

type Name = OperationName.OperationName

export const make = (options: Options): Operations.Provider => {
  const { retention, store } = options
  const isImmediate = options.isImmediate && !options.ignoreCancel

  const toOperation = describing(options.describe)

  const visible = (
    method: OperationsError.Method,
    name: Name,
    found: Option.Option<OperationRecord.OperationRecord>
  ): Effect.Effect<OperationRecord.OperationRecord, OperationsError.OperationsError> =>
    isVisible(found) ? Effect.succeed(found.value) : absent(method, name)

  // One step of a fiber and not one for each part, since to look is what most requests are.
  const read = <A>(
    method: OperationsError.Method,
    name: Name,
    f: (record: OperationRecord.OperationRecord) => A
  ): Effect.Effect<A, OperationsError.OperationsError> =>
    Effect.matchEffect(store.get(name), {
      onFailure: (error) => Effect.fail(fromStoreError(method, name)(error)),
      onSuccess: (found) => (isVisible(found) ? Effect.succeed(f(found.value)) : absent(method, name))
    })

  // Without a span of its own, which would cost more than the look; `Telemetry.traced` has one for whoever wants it.
  const get: Operations.Provider["get"] = (name) => {
    const valid = OperationName.validate(name)
    return Either.isLeft(valid) ? Effect.fail(valid.left) : read("get", valid.right, toOperation)
  }

  const getNow =
    (look: Immediate.Immediate<Option.Option<OperationRecord.OperationRecord>, OperationStore.StoreError>) =>
    (name: string): Exit.Exit<Operation.Operation, OperationsError.OperationsError> => {
      const valid = OperationName.validate(name)
      if (Either.isLeft(valid)) return Exit.fail(valid.left)
      return Exit.flatMap(
        Exit.mapError(look(valid.right), fromStoreError("get", valid.right)),
        (found): Exit.Exit<Operation.Operation, OperationsError.OperationsError> =>
          isVisible(found) ? Exit.succeed(toOperation(found.value)) : Exit.fail(notFound("get", valid.right))
      )
    }

  const cancel = (name: Name): Effect.Effect<void, OperationsError.OperationsError> =>
    Effect.gen(function* () {
      const modified = yield* OperationStore.modify(store, name, (record, now) => {
        if (OperationRecord.isHidden(record)) return Option.none()
        return record.state === "PENDING" && isImmediate
          ? retention.advance(record, cancelAtOnce, now)
          : retention.advance(record, [{ _tag: "RequestCancel" }], now)
      }).pipe(Effect.mapError(fromStoreError("cancel", name)))
      const record = yield* visible(
        "cancel",
        name,
        Option.map(modified, (_) => _.record)
      )
      const changed = Option.exists(modified, (_) => _.changed)
      if (changed && OperationRecord.isDone(record)) yield* options.onEnd(record)
      // Told again with each request, since the one that was written may not have been told.
      if (!options.ignoreCancel && (changed || record.state === "CANCELLING")) {
        yield* options.cancel(name)
      } else if (options.isStrict && OperationRecord.isDone(record)) {
        return yield* failWith("cancel", name, "FAILED_PRECONDITION", "The operation is done.")
      }
    }).pipe(
      // Between the write and what it leads to nobody may come: the request is accepted, and so it must take effect.
      Effect.uninterruptible
    )

  const remove = (name: Name): Effect.Effect<void, OperationsError.OperationsError> =>
    Effect.gen(function* () {
      while (true) {
        const modified = yield* OperationStore.modify(store, name, (record, now) =>
          OperationRecord.advance(record, [{ _tag: "Hide" }], now)
        ).pipe(Effect.mapError(fromStoreError("delete", name)))
        if (Option.exists(modified, (_) => _.changed)) return
        const record = yield* visible(
          "delete",
          name,
          Option.map(modified, (_) => _.record)
        )
        if (yield* store.delete(record).pipe(Effect.mapError(fromStoreError("delete", name)))) return
      }
    })

  const wait = (
    name: Name,
    timeout: Duration.Duration
  ): Effect.Effect<Operation.Operation, OperationsError.OperationsError> =>
    Effect.gen(function* () {
      let latest = yield* read("wait", name, identity)
      if (OperationRecord.isDone(latest) || Duration.equals(timeout, Duration.zero)) return toOperation(latest)
      const changes = yield* store.subscribe(name)
      // What happened before the subscription is not told again.
      latest = yield* read("wait", name, identity)
      const untilDone = Effect.gen(function* () {
        while (!OperationRecord.isDone(latest)) latest = yield* visible("wait", name, yield* Queue.take(changes))
      })
      yield* Effect.raceFirst(untilDone, Effect.raceFirst(sleep(timeout), options.closing))
      return toOperation(latest)
    }).pipe(Effect.scoped)

  const listPage = (
    request: Operations.ListRequest
  ): Effect.Effect<Operations.ListPage, OperationsError.OperationsError> =>
    Effect.gen(function* () {
      const parent =
        request.name === "" || request.name === "operations" ? "" : yield* OperationName.validate(request.name)
      const filter = request.filter ?? ""
      const parsed = yield* Effect.mapError(Page.readFilter(filter), (error) => badFilter(parent, error))
      if (request.returnPartialSuccess === true) {
        return yield* failWith("list", parent, "UNIMPLEMENTED", "return_partial_success is not supported.")
      }
      const asked = request.pageSize ?? 0
      if (!Number.isInteger(asked) || asked < 0) {
        return yield* failWith("list", parent, "INVALID_ARGUMENT", "The page size is not a whole number from 0 up.")
      }
      const size = asked === 0 ? defaultPageSize : Math.min(asked, maxPageSize)
      const listing = { parent, filter }
      const token = request.pageToken ?? ""
      const after =
        token === "" ? Option.none() : yield* Effect.flatMap(options.tokens, (tokens) => tokens.decode(listing, token))
      if (token !== "" && Option.isNone(after)) {
        return yield* failWith("list", parent, "INVALID_ARGUMENT", "The page token is not one of this list.")
      }
      const page = yield* Page.read(
        store,
        { parent, filter: parsed, size, after },
        filter === "" ? undefined : options.describe
      ).pipe(Effect.mapError(fromStoreError("list", parent)))
      return {
        operations: page.records.map(toOperation),
        nextPageToken: yield* Effect.transposeMapOption(page.next, (position) =>
          Effect.flatMap(options.tokens, (tokens) => tokens.encode(listing, position))
        ),
        unreachable: []
      }
    })

  const look = Immediate.of(store.get)

  return {
    get: look === undefined ? get : Immediate.make(get, getNow(look)),
    listPage: Effect.fn("Host.listPage")(listPage),
    cancel: Effect.fn("Host.cancel")(function* (name) {
      return yield* cancel(yield* OperationName.validate(name))
    }),
    delete: Effect.fn("Host.delete")(function* (name) {
      return yield* remove(yield* OperationName.validate(name))
    }),
    wait: Effect.fn("Host.wait")(function* (name, waiting) {
      const timeout = Duration.min(waiting?.timeout ?? Duration.infinity, options.waitLimit)
      return yield* wait(yield* OperationName.validate(name), timeout)
    })
  }
}

/**
 * Makes operations of records. A record is immutable, so one that the store gives again is the same operation as before, and
 * one that stays so; what is described when it is read may be another each time.
 */
const describing = (
  describe: Options["describe"]
): ((record: OperationRecord.OperationRecord) => Operation.Operation) => {
  if (describe !== undefined) return (record) => OperationRecord.toOperation(record, describe)
  const known = new WeakMap<OperationRecord.OperationRecord, Operation.Operation>()
  return (record) => {
    const same = known.get(record)
    // Only now, since a store that makes a new record at each read never gives one again.
    if (same !== undefined) return Constant.mark(same)
    const operation = OperationRecord.toOperation(record)
    known.set(record, operation)
    return operation
  }
}

const defaultPageSize = 100

const maxPageSize = 500

const cancelAtOnce: ReadonlyArray<OperationRecord.Change> = [
  { _tag: "RequestCancel" },
  { _tag: "Stop", error: Outcome.cancelled([]) }
]

/** What was deleted while its work goes on does not exist for anybody outside. */
const isVisible = (
  found: Option.Option<OperationRecord.OperationRecord>
): found is Option.Some<OperationRecord.OperationRecord> =>
  Option.isSome(found) && !OperationRecord.isHidden(found.value)

const badFilter = (operation: string, error: Filter.FilterError): OperationsError.OperationsError =>
  OperationsError.fromStatus({
    operation,
    method: "list",
    status: Status.make({ code: "INVALID_ARGUMENT", message: error.message })
  })

const absent = (method: OperationsError.Method, name: Name): Effect.Effect<never, OperationsError.OperationsError> =>
  Effect.fail(notFound(method, name))

const notFound = (method: OperationsError.Method, name: Name): OperationsError.OperationsError =>
  errorOf(method, name, "NOT_FOUND", `There is no operation ${name}.`)

const failWith = (
  method: OperationsError.Method,
  operation: string,
  code: Code.Code,
  message: string
): Effect.Effect<never, OperationsError.OperationsError> => Effect.fail(errorOf(method, operation, code, message))

const errorOf = (
  method: OperationsError.Method,
  operation: string,
  code: Code.Code,
  message: string
): OperationsError.OperationsError =>
  OperationsError.fromStatus({ operation, method, status: Status.make({ code, message }) })
