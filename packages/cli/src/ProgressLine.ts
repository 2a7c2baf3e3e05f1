/**
 * One line on standard error that tells how a wait goes on.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as DurationText from "./DurationText.js"
import { Output } from "./Output.js"
import * as Printable from "./Printable.js"

/**
 * What the line shows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** What is worth a new line where lines cannot be written over, such as a state. */
  readonly key: string
  readonly text: string
}

/**
 * A line that is on the screen until its scope closes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProgressLine {
  readonly update: (status: Status) => Effect.Effect<void>
}

/**
 * On a terminal it writes the same line over and over, with the time that has passed, and wipes it out in the end.
 * Elsewhere it writes a line when the key changes, and at most every 30 seconds when only the text does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<ProgressLine, never, Output | Scope.Scope> = Effect.flatMap(Output, ({ stderr }) =>
  stderr.isTerminal ? overwriting : appending
)

/**
 * Shows nothing.
 *
 * @since 0.1.0
 * @category constants
 */
export const silent: ProgressLine = { update: () => Effect.void }

const overwriting = Effect.gen(function* () {
  const { stderr } = yield* Output
  const started = yield* Clock.currentTimeMillis
  let text: string | undefined
  const draw = Effect.gen(function* () {
    if (text === undefined) return
    const now = yield* Clock.currentTimeMillis
    const elapsed = DurationText.format(Math.max(0, Math.floor((now - started) / 1000)) * 1000)
    const columns = yield* stderr.columns
    const line = Printable.truncate(`${text}  ${elapsed === "0ms" ? "0s" : elapsed}`, columns - 1)
    yield* stderr.write(`\r${stderr.style.cyan(line)}\u001b[K`)
  })
  yield* Effect.addFinalizer(() => (text === undefined ? Effect.void : stderr.write("\r\u001b[K")))
  yield* Effect.forkScoped(Effect.schedule(draw, Schedule.spaced(tick)))
  const update: ProgressLine["update"] = (status) =>
    Effect.suspend(() => {
      text = Printable.oneLine(status.text)
      return draw
    })
  return { update }
})

const appending = Effect.gen(function* () {
  const { stderr } = yield* Output
  let last: Status | undefined
  let written = Number.NEGATIVE_INFINITY
  const update: ProgressLine["update"] = (status) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const isNew = last?.key !== status.key || (last.text !== status.text && now - written >= patience)
      if (!isNew) return Effect.void
      last = status
      written = now
      return stderr.write(`${Printable.oneLine(status.text)}\n`)
    })
  return { update }
})

const tick = Duration.seconds(1)

const patience = 30_000
