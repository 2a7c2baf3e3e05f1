import * as OperationName from "@effect-lro/core/OperationName"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as OperationRecord from "../../OperationRecord.js"
import { OperationStore, type Service, type StoreError } from "../../OperationStore.js"
import type { Case } from "../../StoreBattery.js"
import { StoreViolation } from "../../StoreViolation.js"

export type Record = OperationRecord.OperationRecord

export interface Bench {
  readonly store: Service
  /** One that no other case uses. */
  readonly parent: string
  /** A record of `parent` that was made at `second`, with this id. */
  readonly record: (id: string, options?: { readonly second?: number; readonly requestId?: string }) => Record
}

/** A case with a parent of its own, so that cases can share a store. */
export const store = (name: string, run: (bench: Bench) => Effect.Effect<void, StoreViolation | StoreError>): Case => ({
  name,
  run: Effect.flatMap(OperationStore, (service) => {
    const parent = `battery/${name.replaceAll(/[^a-z]+/g, "-")}`
    return run({ store: service, parent, record: (id, options) => record(parent, id, options) })
  })
})

export const record = (
  parent: string,
  id: string,
  options?: { readonly second?: number; readonly requestId?: string }
): Record =>
  OperationRecord.make({
    name: nameOf(`${parent}/operations/${id}`),
    parent,
    createTime: at(options?.second ?? 0),
    requestId: options?.requestId
  })

/** The time that is so many seconds after that of the first record. */
export const at = (second: number): DateTime.Utc => DateTime.unsafeMake(epoch + second * 1000)

const epoch = 1_700_000_000_000

const nameOf = (name: string): OperationName.OperationName =>
  Either.getOrThrowWith(
    OperationName.validate(name),
    () => new StoreViolation({ expected: "a valid name", actual: name })
  )

/** The next version of a record, by one change that it admits. */
export const next = (from: Record, change: OperationRecord.Change, second = 1): Record =>
  Option.getOrElse(OperationRecord.advance(from, [change], at(second)), () => from)

export const expect = (expected: unknown, actual: unknown): Effect.Effect<void, StoreViolation> => {
  const wanted = JSON.stringify(expected)
  const seen = JSON.stringify(actual)
  return wanted === seen ? Effect.void : Effect.fail(new StoreViolation({ expected: wanted, actual: seen }))
}

/** By what is stored of them, so that no difference is overlooked, and none is seen where there is none. */
export const expectRecord = (expected: Record, actual: Option.Option<Record>): Effect.Effect<void, StoreViolation> =>
  Option.match(actual, {
    onNone: () => Effect.fail(new StoreViolation({ expected: expected.name, actual: "no record" })),
    onSome: (found) => expect(encode(expected), encode(found))
  })

const encode = Schema.encodeSync(OperationRecord.OperationRecord)

export const ids = (records: ReadonlyArray<Record>): ReadonlyArray<string> =>
  records.map(({ name }) => name.slice(name.lastIndexOf("/") + 1))
