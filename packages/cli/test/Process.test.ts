import { EventEmitter } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Process, layer } from "../src/Process.js"

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const listeners = (source: EventEmitter) => names.reduce((sum, name) => sum + source.listenerCount(name), 0)

const source = () => Object.assign(new EventEmitter(), { pid: 42 })

describe("Process", () => {
  for (const name of names) {
    it.effect(`tells of ${name} and listens no more`, () =>
      Effect.gen(function* () {
        const from = source()
        const fiber = yield* Effect.flatMap(Process, (_) => _.signal).pipe(Effect.provide(layer(from)), Effect.fork)
        yield* Effect.yieldNow()
        assert.strictEqual(listeners(from), 3)
        from.emit(name)
        assert.strictEqual(yield* Fiber.join(fiber), name)
        assert.strictEqual(listeners(from), 0)
      })
    )
  }

  it.effect("listens no more once nobody waits", () =>
    Effect.gen(function* () {
      const from = source()
      const fiber = yield* Effect.flatMap(Process, (_) => _.signal).pipe(Effect.provide(layer(from)), Effect.fork)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(listeners(from), 0)
    })
  )
})
