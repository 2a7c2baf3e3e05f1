import type * as Processes from "@effect-lro/test-support/Processes"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Remote from "./Remote.js"

/** Workers that come and go, on one database. */
export interface Lives {
  readonly begin: Effect.Effect<Processes.Running, never, Scope.Scope>
  readonly kill: (life: Processes.Running) => Effect.Effect<void>
  /** Everything that any of them has said. */
  readonly said: () => ReadonlyArray<string>
  /** Fails where an operation was cancelled more often than the crashes account for. */
  readonly assertCancelled: (cancels: ReadonlyArray<Remote.Request>) => void
}

export const make = (start: Effect.Effect<Processes.Running, never, Scope.Scope>): Lives => {
  const lives: Array<Processes.Running> = []
  const killed = new Map<string, number>()
  return {
    begin: Effect.gen(function* () {
      const life = yield* start
      lives.push(life)
      yield* life.until("ready")
      assert.include(life.lines(), "ready")
      return life
    }),
    kill: (life) =>
      Effect.gen(function* () {
        killed.set(String(life.pid), performance.now())
        yield* life.kill
        yield* life.ended
      }),
    said: () => lives.flatMap((life) => life.lines()),
    assertCancelled: (cancels) => {
      assert.isAtLeast(cancels.length, 1)
      // One that was accepted is written down at once, so that only a process that was killed just then leaves it to another.
      cancels.slice(0, -1).forEach((cancel, index) => {
        assert.notStrictEqual(cancel.process, cancels[index + 1]?.process, "one process has cancelled twice")
        const lived = (killed.get(cancel.process) ?? Infinity) - cancel.at
        assert.isBelow(lived, 5000, "a process that had the time to write it down has cancelled, and another one again")
      })
    }
  }
}

/** Waits until one of them has said how an export ended. */
export const ended = (life: Processes.Running, description: string) =>
  Effect.map(life.until(`ended ${description} `), () => {
    const line = life.lines().find((line) => line.startsWith(`ended ${description} `))
    return line?.replace(`ended ${description} `, "").trim()
  })
