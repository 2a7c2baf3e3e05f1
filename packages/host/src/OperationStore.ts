/**
 * Where a host keeps its records. In memory here; what is stored elsewhere implements the same service and passes the
 * same `StoreBattery`.
 *
 * @since 0.1.0
 */
import type * as Filter from "@effect-lro/core/Filter"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as memory from "./internal/memoryStore.js"
import type * as OperationRecord from "./OperationRecord.js"
import type * as State from "./State.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/host/OperationStore/StoreError"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/host/OperationStore/StoreError"

/**
 * The store could not do what it was asked: it is busy or away for a moment (`Unavailable`), it has no room (`Full`), or it
 * holds what it cannot read (`Broken`).
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends Schema.TaggedError<StoreError>("@effect-lro/host/OperationStore/StoreError")(
  "StoreError",
  {
    reason: Schema.Literal("Unavailable", "Full", "Broken"),
    operation: Schema.String,
    cause: Schema.optional(Schema.Defect)
  }
) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return `${this.reason}: ${this.operation}`
  }
}

/**
 * Says whether a value is a failure of a store.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isStoreError = (u: unknown): u is StoreError => Predicate.hasProperty(u, TypeId)

/**
 * What came of creating a record. `Existing` carries the one that is there already, for the same request id of the same
 * parent, or else under the same name.
 *
 * @since 0.1.0
 * @category models
 */
export type Created =
  | { readonly _tag: "Created" }
  | { readonly _tag: "Existing"; readonly by: "requestId" | "name"; readonly record: OperationRecord.OperationRecord }

/**
 * Where a page begins: after the record with this time and name, be it still there or not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Position {
  readonly createTime: DateTime.Utc
  readonly name: string
}

/**
 * Which records to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListRequest {
  readonly parent: string
  readonly limit: number
  /** From the newest by default. */
  readonly after?: Position | undefined
  /** One that `Filter.compile` admits for `OperationRecord.filterFields`; any other is a defect. Everything by default. */
  readonly filter?: Filter.Filter | undefined
}

/**
 * Which records that are not done to read.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnfinishedRequest {
  readonly state: Unfinished
  readonly limit: number
  /** Of every type by default. */
  readonly type?: string | undefined
  /** Whoever holds them by default. */
  readonly owner?: string | undefined
  /** From the oldest by default. */
  readonly after?: Position | undefined
}

/**
 * The states that an operation can still leave.
 *
 * @since 0.1.0
 * @category models
 */
export type Unfinished = Exclude<State.State, State.Terminal>

/**
 * How many operations are in each of the states that they can still leave, hidden ones too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly PENDING: number
  readonly RUNNING: number
  readonly CANCELLING: number
}

/**
 * What a store offers. Each method is one atomic step. What is kept in a database implements `EncodedStore`, which
 * makes the rest.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Keeps a new record, unless one that is not hidden has the same parent and request id, or any has the same name.
   */
  readonly create: (record: OperationRecord.OperationRecord) => Effect.Effect<Created, StoreError>
  /** Reads a record, hidden ones too. */
  readonly get: (name: string) => Effect.Effect<Option.Option<OperationRecord.OperationRecord>, StoreError>
  /**
   * Writes `next` in the place of `expected`. False, and nothing written, where the stored record has another version or
   * fence than `expected`, or is not there any more.
   */
  readonly compareAndSet: (
    expected: OperationRecord.OperationRecord,
    next: OperationRecord.OperationRecord
  ) => Effect.Effect<boolean, StoreError>
  /** Removes a record under the same condition. */
  readonly delete: (expected: OperationRecord.OperationRecord) => Effect.Effect<boolean, StoreError>
  /**
   * The records of a parent that are not hidden and that the filter accepts: by `createTime`, newest first, then by name in
   * code unit order.
   */
  readonly list: (request: ListRequest) => Effect.Effect<ReadonlyArray<OperationRecord.OperationRecord>, StoreError>
  /** The records of one state of all parents, hidden ones too: by `createTime`, oldest first, then by name. */
  readonly unfinished: (
    request: UnfinishedRequest
  ) => Effect.Effect<ReadonlyArray<OperationRecord.OperationRecord>, StoreError>
  /** Removes at most `limit` of the records whose `purgeTime` has come, and says how many. */
  readonly purge: (request: {
    readonly before: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<number, StoreError>
  /** How much there is still to do. */
  readonly counts: Effect.Effect<Counts, StoreError>
  /**
   * Tells of every change to a name that follows this effect, as the record after it, or none where it was removed. Only
   * the newest change is kept for who is slow, and what another process writes is told within the store's poll interval.
   * The record as it was may be told once more. Nothing is left behind once the scope is closed.
   */
  readonly subscribe: (
    name: string
  ) => Effect.Effect<Queue.Dequeue<Option.Option<OperationRecord.OperationRecord>>, never, Scope.Scope>
}

/**
 * The store of a host.
 *
 * @since 0.1.0
 * @category tags
 */
export class OperationStore extends Context.Tag("@effect-lro/host/OperationStore")<OperationStore, Service>() {}

/**
 * Makes a store in memory. It forgets everything with the process, and never fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory: Effect.Effect<Service> = Effect.sync(memory.unsafeMake)

/**
 * The store in memory.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<OperationStore> = Layer.effect(OperationStore, makeMemory)

/**
 * What came of {@link modify}: the record as it is now, and whether this call changed it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Modified {
  readonly record: OperationRecord.OperationRecord
  readonly changed: boolean
}

/**
 * Reads a record and writes what `f` makes of it, again and again until nobody came between. Where `f` answers none nothing
 * is written. None where there is no such record.
 *
 * Who has seen the record before hands over `seen`, and where it is still the newest nothing is read. What `f` does not
 * change of it is read again first.
 *
 * @since 0.1.0
 * @category combinators
 */
export const modify = (
  store: Service,
  name: string,
  f: (record: OperationRecord.OperationRecord, now: DateTime.Utc) => Option.Option<OperationRecord.OperationRecord>,
  seen?: OperationRecord.OperationRecord
): Effect.Effect<Option.Option<Modified>, StoreError> =>
  Effect.gen(function* () {
    if (seen !== undefined) {
      const next = f(seen, yield* DateTime.now)
      if (Option.isSome(next) && (yield* store.compareAndSet(seen, next.value))) {
        return Option.some({ record: next.value, changed: true })
      }
    }
    while (true) {
      const found = yield* store.get(name)
      if (Option.isNone(found)) return Option.none()
      const next = f(found.value, yield* DateTime.now)
      if (Option.isNone(next)) return Option.some({ record: found.value, changed: false })
      if (yield* store.compareAndSet(found.value, next.value)) {
        return Option.some({ record: next.value, changed: true })
      }
    }
  })
