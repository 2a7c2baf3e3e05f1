import * as Filter from "@effect-lro/core/Filter"
import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as OperationRecord from "../../OperationRecord.js"
import type { Position } from "../../OperationStore.js"
import type { Case } from "../../StoreBattery.js"
import { StoreViolation } from "../../StoreViolation.js"
import { at, type Bench, expect, ids, next, type Record, store } from "./bench.js"

const filter = (text: string): Filter.Filter =>
  Either.getOrThrowWith(
    Filter.parse(text),
    ({ message }) => new StoreViolation({ expected: "a filter", actual: message })
  )

const list = (bench: Bench, text: string) =>
  Effect.map(bench.store.list({ parent: bench.parent, limit: 100, filter: filter(text) }), ids)

/** Five operations that differ in everything that can be filtered by. */
const fill = (bench: Bench) =>
  Effect.gen(function* () {
    const put = (record: Record, changes: ReadonlyArray<OperationRecord.Change>) =>
      Effect.gen(function* () {
        yield* bench.store.create(record)
        let current = record
        for (const [i, change] of changes.entries()) {
          const changed = next(current, change, 10 + i)
          yield* bench.store.compareAndSet(current, changed)
          current = changed
        }
      })
    const start = { _tag: "Start", owner: "me" } as const
    const publish = (metadata: { readonly [key: string]: unknown }) => ({ _tag: "Publish", metadata }) as const
    yield* put({ ...bench.record("pending", { second: 1 }), type: Option.some("EXPORT") }, [])
    yield* put({ ...bench.record("running", { second: 2 }), type: Option.some("IMPORT") }, [
      start,
      publish({ "@type": "x/Progress", rows: 12, stage: { name: "Über 100%" }, tags: ["a", "b_c"], isFast: true })
    ])
    yield* put(bench.record("cancelling", { second: 3 }), [
      start,
      publish({ "@type": "x/Progress", rows: 2, stage: null, when: "2026-01-31T12:00:00.5Z" }),
      { _tag: "RequestCancel" }
    ])
    yield* put({ ...bench.record("succeeded", { second: 4 }), type: Option.some("EXPORT") }, [
      start,
      publish({ rows: "5", stage: { name: "done" } }),
      { _tag: "Succeed", response: { "@type": "x/Table", rows: 7 } }
    ])
    yield* put(bench.record("failed", { second: 5 }), [
      start,
      { _tag: "Fail", error: Status.make({ code: "NOT_FOUND", message: 'it\'s "gone"' }) }
    ])
  })

const expectations: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["", ["failed", "succeeded", "cancelling", "running", "pending"]],
  ["done = true", ["failed", "succeeded"]],
  ["NOT done:true", ["cancelling", "running", "pending"]],
  ["state = RUNNING OR state = PENDING", ["running", "pending"]],
  ["state != RUNNING AND done = false", ["cancelling", "pending"]],
  ["done = false AND state = FAILED OR state = PENDING", ["pending"]],
  ["(done = true state = FAILED) OR state = PENDING", ["failed", "pending"]],
  ["type = EXPORT", ["succeeded", "pending"]],
  ['type = "EX*"', ["succeeded", "pending"]],
  ["type:port", ["succeeded", "running", "pending"]],
  ["type = export", []],
  ["error:*", ["failed"]],
  ["error.code = 5", ["failed"]],
  ["error.code > 4 AND error.code <= 5", ["failed"]],
  ["error.code != 5", []],
  ['error.message = "it\'s \\"gone\\""', ["failed"]],
  ["response.rows >= 7", ["succeeded"]],
  ["metadata.rows > 4", ["succeeded", "running"]],
  ["metadata.rows = 12", ["running"]],
  ["metadata.stage.name:über", ["running"]],
  ['metadata.stage.name = "Über 100%"', ["running"]],
  ['metadata.stage.name != "done"', ["running"]],
  ["metadata.tags:b_c", ["running"]],
  ["metadata.tags:bxc", []],
  ["metadata.isFast = true", ["running"]],
  ["metadata.is_fast = true", ["running"]],
  ['metadata.when > "2026-01-31T13:00:00+01:00"', ["cancelling"]],
  ["metadata:rows", ["succeeded", "cancelling", "running"]],
  ["metadata.@type = x/Progress", ["cancelling", "running"]],
  ["cancelRequestTime:*", ["cancelling"]],
  ["-cancel_request_time:*", ["failed", "succeeded", "running", "pending"]],
  ["attempt = 0", ["pending"]],
  ["gone", ["failed"]],
  ['"100%"', ["running"]]
]

export const cases: ReadonlyArray<Case> = [
  store("a list has what its filter accepts", (bench) =>
    Effect.gen(function* () {
      yield* fill(bench)
      for (const [text, expected] of expectations) {
        yield* expect({ text, ids: expected }, { text, ids: yield* list(bench, text) })
      }
      const second = (n: number) =>
        OperationRecord.toResource({ ...bench.record("x"), createTime: at(n) })["createTime"]
      yield* expect(["failed", "succeeded"], yield* list(bench, `createTime > "${String(second(3))}"`))
      yield* expect(["running", "pending"], yield* list(bench, `create_time <= "${String(second(2))}"`))
      yield* expect(["running"], yield* list(bench, `name = "${bench.parent}/operations/running"`))
      yield* expect(["running"], yield* list(bench, 'name = "*/running"'))
    })
  ),
  store("pages of a filtered list follow one another without gap or overlap", (bench) =>
    Effect.gen(function* () {
      for (let i = 0; i < 40; i++) {
        const record = bench.record(`R${i}`, { second: Math.floor(i / 3) })
        yield* bench.store.create({ ...record, type: Option.some(i % 3 === 0 ? "RARE" : "COMMON") })
      }
      const rare = filter("type = RARE")
      const whole = ids(yield* bench.store.list({ parent: bench.parent, limit: 100, filter: rare }))
      yield* expect(14, whole.length)
      for (const limit of [1, 3, 5, 13, 14, 15]) {
        const seen: Array<Record> = []
        let after: Position | undefined
        while (true) {
          const page = yield* bench.store.list({ parent: bench.parent, limit, after, filter: rare })
          if (page.length === 0) break
          seen.push(...page)
          after = page.at(-1)
        }
        yield* expect(whole, ids(seen))
      }
    })
  )
]
