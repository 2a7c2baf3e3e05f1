import { EventEmitter } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Signals, layer } from "../src/Signals.js"

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const listeners = (source: EventEmitter) => names.reduce((sum, name) => sum + source.listenerCount(name), 0)

describe("Signals", () => {
  for (const name of names) {
    it.effect(`tells of ${name} and listens no more`, () =>
      Effect.gen(function* () {
        const source = new EventEmitter()
        const fiber = yield* Effect.flatMap(Signals, (_) => _.next).pipe(Effect.provide(layer(source)), Effect.fork)
        yield* Effect.yieldNow()
        assert.strictEqual(listeners(source), 3)
        source.emit(name)
        assert.strictEqual(yield* Fiber.join(fiber), name)
        assert.strictEqual(listeners(source), 0)
      })
    )
  }

  it.effect("listens no more once nobody waits", () =>
    Effect.gen(function* () {
      const source = new EventEmitter()
      const fiber = yield* Effect.flatMap(Signals, (_) => _.next).pipe(Effect.provide(layer(source)), Effect.fork)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(listeners(source), 0)
    })
  )
})
