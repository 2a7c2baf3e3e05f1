/** Records as they could never have come about, with everything in them that could be hard to keep. */
import * as OperationName from "@effect-lro/core/OperationName"
import * as Status from "@effect-lro/core/Status"
import type { OperationRecord, Result } from "@effect-lro/host/OperationRecord"
import * as State from "@effect-lro/host/State"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

export const hostile: FastCheck.Arbitrary<string> = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.array(FastCheck.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) =>
    String.fromCharCode(...units)
  ),
  FastCheck.constantFrom(
    "",
    " ",
    "a ",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udc00\ud800",
    "\uffff",
    "\u{10FFFF}",
    "\u{1F600}"
  ),
  FastCheck.constantFrom("'", '"', "\\", "%", "_", "$1", "?", "'; DROP TABLE effect_lro_operations; --"),
  FastCheck.constantFrom("é", "e\u0301", "ß", "İ")
)

/** Segments that a name may have. */
const segment = hostile.filter((text) => Either.isRight(OperationName.validate(text)) && !text.includes("/"))

const json: FastCheck.Arbitrary<unknown> = FastCheck.letrec<{ value: unknown }>((tie) => ({
  value: FastCheck.oneof(
    { maxDepth: 3, withCrossShrink: true },
    hostile,
    FastCheck.boolean(),
    FastCheck.constant(null),
    FastCheck.integer(),
    FastCheck.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    FastCheck.array(tie("value"), { maxLength: 3 }),
    FastCheck.dictionary(hostile, tie("value"), { maxKeys: 3, noNullPrototype: true })
  )
})).value

const message = FastCheck.dictionary(hostile, json, { maxKeys: 3, noNullPrototype: true })

/** Few different ones, so that many records have the same. */
const time = FastCheck.oneof(
  { weight: 5, arbitrary: FastCheck.integer({ min: 0, max: 5 }).map((second) => 1_700_000_000_000 + second * 500) },
  { weight: 1, arbitrary: FastCheck.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }) }
).map((millis) => DateTime.unsafeMake(millis))

const option = <A>(arbitrary: FastCheck.Arbitrary<A>): FastCheck.Arbitrary<Option.Option<A>> =>
  FastCheck.option(arbitrary).map(Option.fromNullable)

const result: FastCheck.Arbitrary<Result> = FastCheck.oneof(
  message.map((response) => ({ _tag: "Response", response }) as const),
  FastCheck.tuple(FastCheck.integer({ min: 1, max: 16 }), hostile, FastCheck.array(message, { maxLength: 2 })).map(
    ([code, text, details]) => ({ _tag: "Error", error: Status.make({ code, message: text, details }) }) as const
  )
)

const count = FastCheck.oneof(FastCheck.nat({ max: 3 }), FastCheck.constant(Number.MAX_SAFE_INTEGER))

const validate = (name: string): OperationName.OperationName => Either.getOrThrow(OperationName.validate(name))

/** Where the generated ones stand until they are moved. */
const nowhere = "nowhere"

/** A record whose name is unlike all that have another `id`. */
export const record = (id: number): FastCheck.Arbitrary<OperationRecord> =>
  FastCheck.record({
    name: segment.map((text) => validate(`${nowhere}/operations/${text}-${id}`)),
    parent: FastCheck.constant(nowhere),
    requestId: option(hostile.map((text) => `${text}${id}`)),
    type: option(FastCheck.oneof(FastCheck.constantFrom("EXPORT", "IMPORT", ""), hostile)),
    payload: option(json.filter((value) => value !== null)),
    owner: option(hostile),
    state: FastCheck.constantFrom(...State.all),
    version: count,
    fence: count,
    attempt: count,
    createTime: time,
    startTime: option(time),
    updateTime: time,
    endTime: option(time),
    cancelRequestTime: option(time),
    deadline: option(time),
    purgeTime: option(time),
    deleteTime: FastCheck.option(time, { freq: 8 }).map(Option.fromNullable).map(invert),
    metadata: option(message),
    result: option(result)
  })

/** Of eight records one is hidden, and not the other way round. */
const invert = (deleteTime: Option.Option<DateTime.Utc>): Option.Option<DateTime.Utc> =>
  Option.filter(deleteTime, (time) => DateTime.toEpochMillis(time) % 4 === 0)

export const records = (options: { readonly maxLength: number }): FastCheck.Arbitrary<ReadonlyArray<OperationRecord>> =>
  FastCheck.integer({ min: 1, max: options.maxLength }).chain((length) =>
    FastCheck.tuple(...Array.from({ length }, (_, id) => record(id)))
  )

/** The same record below another parent. */
export const moveTo = (record: OperationRecord, parent: string): OperationRecord => ({
  ...record,
  parent,
  name: validate(`${parent}${record.name.slice(nowhere.length)}`)
})
