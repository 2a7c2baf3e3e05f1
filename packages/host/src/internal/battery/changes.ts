import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { Case } from "../../StoreBattery.js"
import { expect, expectRecord, next, store } from "./bench.js"

export const cases: ReadonlyArray<Case> = [
  store("a subscriber is told of the record after each change, and of its removal", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      const changes = yield* store.subscribe(first.name)
      yield* store.create(first)
      yield* expectRecord(first, yield* Queue.take(changes))
      const second = next(first, { _tag: "Start", owner: "me" })
      yield* store.compareAndSet(first, second)
      yield* expectRecord(second, yield* Queue.take(changes))
      yield* store.delete(second)
      yield* expect(true, Option.isNone(yield* Queue.take(changes)))
    }).pipe(Effect.scoped)
  ),
  store("a subscriber who is slow is told the newest", ({ record, store }) =>
    Effect.gen(function* () {
      let current = record("A")
      yield* store.create(current)
      const changes = yield* store.subscribe(current.name)
      for (let i = 0; i < 20; i++) {
        const changed = next(current, { _tag: "Publish", metadata: { i } }, i)
        yield* store.compareAndSet(current, changed)
        current = changed
      }
      let told = yield* Queue.take(changes)
      // A store elsewhere may have handed over an older one before the last came.
      while (Option.isSome(told) && told.value.version < current.version) told = yield* Queue.take(changes)
      yield* expectRecord(current, told)
    }).pipe(Effect.scoped)
  ),
  store("every subscriber is told, and of nothing else", ({ record, store }) =>
    Effect.gen(function* () {
      const mine = record("mine")
      const other = record("other")
      const subscriptions = yield* Effect.replicateEffect(store.subscribe(mine.name), 10)
      yield* store.create(other)
      yield* store.compareAndSet(other, next(other, { _tag: "Start", owner: "me" }))
      yield* store.create(mine)
      for (const changes of subscriptions) yield* expectRecord(mine, yield* Queue.take(changes))
      yield* expect(
        0,
        yield* Effect.reduce(subscriptions, 0, (sum, changes) => Effect.map(Queue.size(changes), (n) => sum + n))
      )
    }).pipe(Effect.scoped)
  ),
  store("a write that was refused is told to nobody", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      yield* store.create(first)
      const second = next(first, { _tag: "Start", owner: "me" })
      yield* store.compareAndSet(first, second)
      const changes = yield* store.subscribe(first.name)
      yield* store.compareAndSet(first, next(first, { _tag: "RequestCancel" }))
      yield* store.create(record("A"))
      yield* store.delete(first)
      const third = next(second, { _tag: "RequestCancel" })
      yield* store.compareAndSet(second, third)
      yield* expectRecord(third, yield* Queue.take(changes))
    }).pipe(Effect.scoped)
  ),
  store("a subscription ends with its scope", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      const changes = yield* Effect.scoped(store.subscribe(first.name))
      yield* store.create(first)
      yield* expect(true, yield* Queue.isShutdown(changes))
    })
  )
]
