import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Filter from "@effect-lro/core/Filter"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Status from "@effect-lro/core/Status"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as State from "@effect-lro/host/State"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const name = Either.getOrThrow(OperationName.validate("projects/demo/operations/A"))

const at = (millis: number) => DateTime.unsafeMake(millis)

const fresh = OperationRecord.make({ name, parent: "projects/demo", createTime: at(1000) })

const change: FastCheck.Arbitrary<OperationRecord.Change> = FastCheck.oneof(
  FastCheck.constantFrom<OperationRecord.Change>(
    { _tag: "Start", owner: "me" },
    { _tag: "StartAnyway", owner: "you" },
    { _tag: "Expire" },
    { _tag: "RequestCancel" },
    { _tag: "Restart" },
    { _tag: "Hide" }
  ),
  FastCheck.integer({ min: 2, max: 16 }).map((code) => ({ _tag: "Fail", error: Status.make({ code }) }) as const),
  FastCheck.constant({ _tag: "Stop", error: Status.make({ code: 1 }) } as const),
  FastCheck.constant({ _tag: "Succeed", response: AnyMessage.empty } as const),
  FastCheck.nat().map((n) => ({ _tag: "Publish", metadata: { n } }) as const)
)

// The wall clock is set back and forth.
const history = FastCheck.array(FastCheck.tuple(change, FastCheck.integer({ min: -5000, max: 5000 })), {
  maxLength: 20
})

const replay = (
  events: ReadonlyArray<readonly [OperationRecord.Change, number]>,
  each: (before: OperationRecord.OperationRecord, after: Option.Option<OperationRecord.OperationRecord>) => void
) => {
  let record = fresh
  for (const [event, millis] of events) {
    const next = OperationRecord.advance(record, [event], at(millis))
    each(record, next)
    record = Option.getOrElse(next, () => record)
  }
  return record
}

describe("a record", () => {
  it.prop("survives being stored", { events: history }, ({ events }) => {
    const record = replay(events, () => undefined)
    const stored: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(OperationRecord.OperationRecord)(record)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(OperationRecord.OperationRecord)(stored), record)
  })

  it("is refused by the schema where a part of it is not what it should be", () => {
    const good = Schema.encodeSync(OperationRecord.OperationRecord)(fresh)
    const decode = Schema.decodeUnknownEither(OperationRecord.OperationRecord)
    assert.isTrue(Either.isRight(decode(good)))
    for (const bad of [
      { state: "DONE" },
      { version: -1 },
      { name: "a/../b" },
      { createTime: "yesterday" },
      { result: { _tag: "Response" } },
      { metadata: [] }
    ]) {
      assert.isTrue(Either.isLeft(decode({ ...good, ...bad })), JSON.stringify(bad))
    }
  })

  it.prop("has a result and an end where its state is final, and nowhere else", { events: history }, ({ events }) => {
    replay(events, (_, after) => {
      if (Option.isNone(after)) return
      const done = State.isTerminal(after.value.state)
      assert.strictEqual(Option.isSome(after.value.result), done)
      assert.strictEqual(Option.isSome(after.value.endTime), done)
      assert.strictEqual(OperationRecord.isDone(after.value), done)
      assert.strictEqual(OperationRecord.toOperation(after.value)._tag !== "Running", done)
    })
  })

  it.prop("means Cancelled exactly in CANCELLED", { events: history }, ({ events }) => {
    const record = replay(events, () => undefined)
    assert.strictEqual(OperationRecord.toOperation(record)._tag === "Cancelled", record.state === "CANCELLED")
    assert.strictEqual(OperationRecord.toOperation(record)._tag === "Succeeded", record.state === "SUCCEEDED")
  })

  it.prop("takes nothing more once it is final", { events: history }, ({ events }) => {
    replay(events, (before, after) => {
      if (State.isTerminal(before.state)) assert.isTrue(Option.isNone(after))
    })
  })

  it.prop("has one more version with each change, and times that never go back", { events: history }, ({ events }) => {
    replay(events, (before, after) => {
      if (Option.isNone(after)) return
      const { createTime, endTime, fence, startTime, updateTime, version } = after.value
      assert.strictEqual(version, before.version + 1)
      assert.isAtLeast(fence, before.fence)
      const times = [createTime, ...Option.toArray(startTime), ...Option.toArray(endTime)].map(DateTime.toEpochMillis)
      assert.deepStrictEqual(
        times,
        [...times].sort((a, b) => a - b)
      )
      assert.isAtLeast(updateTime.epochMillis, before.updateTime.epochMillis)
    })
  })

  it.prop("keeps the time of the first cancel request and of the first start", { events: history }, ({ events }) => {
    replay(events, (before, after) => {
      if (Option.isNone(after)) return
      if (Option.isSome(before.cancelRequestTime)) {
        assert.deepStrictEqual(after.value.cancelRequestTime, before.cancelRequestTime)
      }
      if (Option.isSome(before.startTime)) assert.deepStrictEqual(after.value.startTime, before.startTime)
    })
  })

  it("takes several changes as one, or none of them", () => {
    assert.isTrue(Option.isNone(OperationRecord.advance(fresh, [], at(2000))))
    const both = OperationRecord.advance(
      fresh,
      [{ _tag: "RequestCancel" }, { _tag: "Stop", error: Status.make({ code: 1 }) }],
      at(2000)
    )
    assert(Option.isSome(both))
    assert.strictEqual(both.value.state, "CANCELLED")
    assert.strictEqual(both.value.version, 2)
    assert.isTrue(
      Option.isNone(
        OperationRecord.advance(
          fresh,
          [
            { _tag: "Start", owner: "me" },
            { _tag: "Stop", error: Status.make({ code: 1 }) }
          ],
          at(0)
        )
      )
    )
  })

  it("is told with what describe makes of it, or with what was published", () => {
    const published = { ...fresh, metadata: Option.some({ percent: 5 }) }
    assert.deepStrictEqual(OperationRecord.toOperation(published).metadata, Option.some({ percent: 5 }))
    assert.deepStrictEqual(
      OperationRecord.toOperation(published, ({ state }) => ({ state })).metadata,
      Option.some({ state: "PENDING" })
    )
    assert.deepStrictEqual(OperationRecord.toOperation(published, () => undefined).metadata, Option.none())
  })
})

const filterText = FastCheck.constantFrom(
  "",
  "done = true",
  'state = "SUCCEEDED" OR state = "RUNNING"',
  "NOT state = CANCELLED AND attempt >= 1",
  "error.code = 1",
  "error:message",
  "response:*",
  "metadata.n > 100",
  "type:*",
  "name:operations",
  "end_time:* OR cancel_request_time:*",
  'create_time <= "1970-01-01T00:00:01Z" AND -start_time:*',
  "RUNNING",
  "NOT (1 AND done = false)"
)

describe("a compiled filter", () => {
  it.prop(
    "accepts of records what it accepts of their resources, whichever fields it asks for",
    { events: history, text: filterText, shown: FastCheck.option(FastCheck.nat({ max: 200 })) },
    ({ events, shown, text }) => {
      const record = replay(events, () => undefined)
      const filter = Either.getOrThrow(Filter.parse(text))
      const ofRecord = Either.getOrThrow(OperationRecord.compileFilter(filter))
      const ofResource = Either.getOrThrow(Filter.compile(filter, OperationRecord.filterFields))
      assert.strictEqual(ofRecord(record), ofResource(OperationRecord.toResource(record)))
      const metadata = Option.map(Option.fromNullable(shown), (n) => ({ n }))
      assert.strictEqual(ofRecord(record, metadata), ofResource(OperationRecord.toResource(record, metadata)))
    }
  )

  it("is refused where a field is not one of a record", () => {
    const filter = Either.getOrThrow(Filter.parse("colour = red"))
    assert.isTrue(Either.isLeft(OperationRecord.compileFilter(filter)))
  })
})
