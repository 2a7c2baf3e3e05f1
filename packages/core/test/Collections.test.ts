import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { ByName, type Named, ringOf } from "../src/internal/byName.js"
import { type Due, DueHeap } from "../src/internal/dueHeap.js"

interface Item extends Due {
  readonly id: number
}

describe("DueHeap", () => {
  it("gives out the earliest, whatever was put in, moved and taken out", () => {
    const step = FastCheck.oneof(
      FastCheck.record({
        kind: FastCheck.constant("set" as const),
        id: FastCheck.integer({ min: 0, max: 199 }),
        time: FastCheck.oneof(FastCheck.integer({ min: 0, max: 50 }), FastCheck.constant(Infinity))
      }),
      FastCheck.record({ kind: FastCheck.constant("remove" as const), id: FastCheck.integer({ min: 0, max: 199 }) }),
      FastCheck.record({ kind: FastCheck.constant("take" as const), time: FastCheck.integer({ min: 0, max: 60 }) })
    )
    let rebuilt = 0
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.integer({ min: 0, max: 50 }), { minLength: 0, maxLength: 200, size: "max" }),
        FastCheck.array(step, { maxLength: 40 }),
        (initial, steps) => {
          const heap = new DueHeap<Item>()
          const items = Array.from({ length: 200 }, (_, id): Item => ({ id, at: -1 }))
          const model = new Map<Item, number>()
          const set = (item: Item, time: number) => {
            heap.set(item, time)
            if (time === Infinity) model.delete(item)
            else model.set(item, time)
          }
          initial.forEach((time, id) => {
            const item = items[id]
            if (item !== undefined) set(item, time)
          })
          for (const it of steps) {
            if (it.kind === "take") {
              const expected = Array.from(model).filter(([, time]) => time <= it.time)
              if (model.size >= 64 && expected.length * 16 > model.size) rebuilt += 1
              const taken = heap.takeUntil(it.time)
              assert.deepStrictEqual(
                taken.map(({ id }) => id).toSorted((a, b) => a - b),
                expected.map(([{ id }]) => id).toSorted((a, b) => a - b)
              )
              for (const item of taken) {
                assert.strictEqual(item.at, -1)
                model.delete(item)
              }
            } else {
              const item = items[it.id]
              if (item === undefined) continue
              if (it.kind === "set") set(item, it.time)
              else {
                heap.remove(item)
                model.delete(item)
              }
            }
            assert.strictEqual(heap.firstTime, Math.min(Infinity, ...model.values()))
            assert.strictEqual(heap.first === undefined ? Infinity : model.get(heap.first), heap.firstTime)
          }
          // What is left comes out in order.
          const order: Array<number | undefined> = []
          for (let first = heap.first; first !== undefined; first = heap.first) {
            order.push(model.get(first))
            heap.remove(first)
          }
          assert.deepStrictEqual(
            order,
            Array.from(model.values()).toSorted((a, b) => a - b)
          )
        }
      ),
      { numRuns: 300 }
    )
    assert.isAtLeast(rebuilt, 20)
  })

  it("gives out those that were put in for the same time in the order in which they came in", () => {
    const heap = new DueHeap<Item>()
    const items = Array.from({ length: 1000 }, (_, id): Item => ({ id, at: -1 }))
    for (const item of items) heap.set(item, 7)
    assert.deepStrictEqual(heap.takeUntil(7), items)
  })
})

interface One extends Named<One> {
  readonly id: number
}

describe("ByName", () => {
  it("finds all of a name, whatever was added and removed", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.integer({ min: 0, max: 19 }), { maxLength: 100 }), (steps) => {
        const byName = new ByName<One>()
        const ones = Array.from({ length: 20 }, (_, id): One => ({ id, name: String(id % 6), alike: undefined }))
        const model = new Set<One>()
        for (const id of steps) {
          const one = ones[id]
          if (one === undefined) continue
          if (model.delete(one)) byName.remove(one)
          else {
            byName.add(one)
            model.add(one)
          }
          const ids = (of: Iterable<One>) => Array.from(of, (it) => it.id).toSorted((a, b) => a - b)
          assert.strictEqual(byName.size, model.size)
          assert.deepStrictEqual(ids(byName.filter(() => true)), ids(model))
          for (let name = 0; name < 6; name++) {
            const found = byName.get(String(name))
            assert.deepStrictEqual(
              ids(found === undefined ? [] : ringOf(found)),
              ids(Array.from(model).filter((it) => it.name === String(name)))
            )
          }
        }
        byName.remove({ id: 99, name: "0", alike: undefined })
        assert.strictEqual(byName.size, model.size)
      }),
      { numRuns: 300 }
    )
  })
})
