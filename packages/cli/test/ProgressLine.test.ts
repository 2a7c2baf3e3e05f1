import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as ProgressLine from "../src/ProgressLine.js"
import { layerOutput, written } from "./support/memory.js"

describe("ProgressLine", () => {
  it.effect("writes one line over and over on a terminal, with the time that has passed, and wipes it out", () =>
    Effect.gen(function* () {
      const to = written()
      yield* Effect.gen(function* () {
        const line = yield* ProgressLine.make
        yield* line.update({ key: "RUNNING", text: "RUNNING, 10 %" })
        yield* TestClock.adjust("2 seconds")
      }).pipe(Effect.scoped, Effect.provide(layerOutput(to, { isTerminal: true })))
      assert.strictEqual(
        to.stderr,
        "\rRUNNING, 10 %  0s\u001b[K\rRUNNING, 10 %  1s\u001b[K\rRUNNING, 10 %  2s\u001b[K\r\u001b[K"
      )
      assert.strictEqual(to.stdout, "")
    })
  )

  it.effect("never fills the last column of a terminal, where it would begin a new line", () =>
    Effect.gen(function* () {
      const to = written()
      yield* Effect.flatMap(ProgressLine.make, (line) => line.update({ key: "", text: "x".repeat(100) })).pipe(
        Effect.scoped,
        Effect.provide(layerOutput(to, { isTerminal: true, columns: 20 }))
      )
      assert.strictEqual(to.stderr, `\r${"x".repeat(18)}…\u001b[K\r\u001b[K`)
    })
  )

  it.effect("leaves a terminal alone where there is nothing to tell", () =>
    Effect.gen(function* () {
      const to = written()
      yield* ProgressLine.make.pipe(Effect.scoped, Effect.provide(layerOutput(to, { isTerminal: true })))
      assert.strictEqual(to.stderr, "")
    })
  )

  it.effect("writes lines elsewhere: one for each key, and at most one in 30 seconds for the same", () =>
    Effect.gen(function* () {
      const to = written()
      yield* Effect.gen(function* () {
        const line = yield* ProgressLine.make
        yield* line.update({ key: "PENDING", text: "PENDING" })
        yield* line.update({ key: "PENDING", text: "PENDING" })
        yield* line.update({ key: "RUNNING", text: "RUNNING, 10 %" })
        yield* TestClock.adjust("29 seconds")
        yield* line.update({ key: "RUNNING", text: "RUNNING, 20 %" })
        yield* TestClock.adjust("1 seconds")
        yield* line.update({ key: "RUNNING", text: "RUNNING, 30 %" })
        yield* TestClock.adjust("1 hour")
        yield* line.update({ key: "RUNNING", text: "RUNNING, 30 %" })
      }).pipe(Effect.scoped, Effect.provide(layerOutput(to)))
      assert.strictEqual(to.stderr, "PENDING\nRUNNING, 10 %\nRUNNING, 30 %\n")
    })
  )

  it.effect("keeps what a server says from moving the cursor", () =>
    Effect.gen(function* () {
      const to = written()
      yield* Effect.flatMap(ProgressLine.make, (line) => line.update({ key: "", text: "a\u001b[2J\nb" })).pipe(
        Effect.scoped,
        Effect.provide(layerOutput(to))
      )
      assert.strictEqual(to.stderr, "a\ufffd[2J b\n")
    })
  )
})
