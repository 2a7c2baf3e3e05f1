/**
 * The process that `lro` runs in: its number, and the signals that ask it to end as an effect that can be raced.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Signal } from "./Failure.js"

/**
 * The process.
 *
 * @since 0.1.0
 * @category tags
 */
export class Process extends Context.Tag("@effect-lro/cli/Process")<
  Process,
  {
    readonly pid: number
    /** Waits for the next signal. While nobody waits, a signal does what it does by default: it ends the process. */
    readonly signal: Effect.Effect<Signal>
  }
>() {}

/**
 * What is needed of Node's `process`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly pid: number
  readonly once: (signal: Signal, listener: () => void) => unknown
  readonly removeListener: (signal: Signal, listener: () => void) => unknown
}

/**
 * Listens to a process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (source: Source): Layer.Layer<Process> =>
  Layer.succeed(Process, {
    pid: source.pid,
    signal: Effect.async<Signal>((resume) => {
      const listeners = signals.map((signal) => [signal, () => heard(signal)] as const)
      const stop = () => {
        for (const [signal, listener] of listeners) source.removeListener(signal, listener)
      }
      const heard = (signal: Signal) => {
        stop()
        resume(Effect.succeed(signal))
      }
      for (const [signal, listener] of listeners) source.once(signal, listener)
      return Effect.sync(stop)
    })
  })

const signals: ReadonlyArray<Signal> = ["SIGINT", "SIGTERM", "SIGHUP"]
