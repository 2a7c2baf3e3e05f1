/**
 * The signals that ask the process to end, as an effect that can be raced.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Signal } from "./Failure.js"

/**
 * Waits for the next signal. While nobody waits, a signal does what it does by default: it ends the process.
 *
 * @since 0.1.0
 * @category tags
 */
export class Signals extends Context.Tag("@effect-lro/cli/Signals")<
  Signals,
  { readonly next: Effect.Effect<Signal> }
>() {}

/**
 * What is needed of Node's `process`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly once: (signal: Signal, listener: () => void) => unknown
  readonly removeListener: (signal: Signal, listener: () => void) => unknown
}

/**
 * Listens to a process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (source: Source): Layer.Layer<Signals> =>
  Layer.succeed(Signals, {
    next: Effect.async<Signal>((resume) => {
      const listeners = names.map((name) => [name, () => forget(Effect.succeed(name))] as const)
      const stop = () => {
        for (const [name, listener] of listeners) source.removeListener(name, listener)
      }
      const forget = (answer: Effect.Effect<Signal>) => {
        stop()
        resume(answer)
      }
      for (const [name, listener] of listeners) source.once(name, listener)
      return Effect.sync(stop)
    })
  })

const names: ReadonlyArray<Signal> = ["SIGINT", "SIGTERM", "SIGHUP"]
