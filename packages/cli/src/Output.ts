/**
 * Where `lro` writes: answers to standard output, everything else to standard error.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Style from "./Style.js"

/**
 * One of the two streams.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sink {
  /** Writes text as it is, apart from secrets, and goes on when the system has taken it. */
  readonly write: (text: string) => Effect.Effect<void>
  /** Writes as `write` does, from code that is no Effect and does not wait. */
  readonly unsafeWrite: (text: string) => void
  readonly style: Style.Style
  /** Whether it is a terminal on which a line can be written over. */
  readonly isTerminal: boolean
  /** The width of the terminal; 80 where it is not known. */
  readonly columns: Effect.Effect<number>
}

/**
 * Both streams.
 *
 * @since 0.1.0
 * @category tags
 */
export class Output extends Context.Tag("@effect-lro/cli/Output")<
  Output,
  { readonly stdout: Sink; readonly stderr: Sink }
>() {}

/**
 * What is needed of a stream of Node.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly write: (text: string, done: (error?: Error | null) => void) => unknown
}

/**
 * Writes to two streams, with colours as the environment wants them (`FORCE_COLOR`, `NO_COLOR`, `TERM`). The value of
 * `LRO_TOKEN` is blotted out of all that is written, should a server echo it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (streams: { readonly stdout: Stream; readonly stderr: Stream }): Layer.Layer<Output> =>
  Layer.effect(
    Output,
    Effect.map(Effect.option(environment), (read) => {
      const env = Option.getOrElse(read, () => nothing)
      const blot = blotter(Option.map(env.token, Redacted.value))
      const sink = (stream: Stream): Sink => {
        const isTerminal = stream.isTTY === true
        return {
          write: (text) => written(stream, blot(text)),
          unsafeWrite: (text) => void stream.write(blot(text), ignored),
          style: Style.choose({ ...env, isTerminal }),
          isTerminal: isTerminal && !Option.contains(env.term, "dumb"),
          columns: Effect.sync(() => (stream.columns === undefined || stream.columns < 1 ? 80 : stream.columns))
        }
      }
      return { stdout: sink(streams.stdout), stderr: sink(streams.stderr) }
    })
  )

const environment = Config.all({
  forceColor: Config.option(Config.string("FORCE_COLOR")),
  noColor: Config.option(Config.string("NO_COLOR")),
  term: Config.option(Config.string("TERM")),
  token: Config.option(Config.redacted("LRO_TOKEN"))
})

const nothing: Config.Config.Success<typeof environment> = {
  forceColor: Option.none(),
  noColor: Option.none(),
  term: Option.none(),
  token: Option.none()
}

// A stream that cannot be written to tells nobody by this way: a broken pipe ends the process, see bin.ts.
const ignored = () => undefined

const written = (stream: Stream, text: string): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    stream.write(text, () => resume(Effect.void))
  })

// Shorter ones are no credentials, and would blot out words that have nothing to do with them.
const shortestSecret = 6

const blotter = (token: Option.Option<string>): ((text: string) => string) => {
  const secret = Option.getOrElse(token, () => "").trim()
  if (secret.length < shortestSecret) return (text) => text
  const escaped = JSON.stringify(secret).slice(1, -1)
  return (text) => text.replaceAll(secret, "<redacted>").replaceAll(escaped, "<redacted>")
}
