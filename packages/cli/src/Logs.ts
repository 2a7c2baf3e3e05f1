/**
 * Log messages of the libraries below, on standard error, where they disturb no answer.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { Output } from "./Output.js"
import * as Printable from "./Printable.js"

/**
 * Writes warnings and what is worse; nothing else is worth the attention of somebody who runs a command.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, never, Output> = Layer.merge(
  Layer.unwrapEffect(
    Effect.map(Output, ({ stderr }) =>
      Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ cause, logLevel, message }) => {
          const words = (Array.isArray(message) ? message : [message]).map(String).map(Printable.oneLine)
          const why = Cause.isEmpty(cause) ? [] : [Cause.pretty(cause)]
          stderr.unsafeWrite(`${[`${logLevel._tag.toLowerCase()}: ${words.join(" ")}`, ...why].join("\n")}\n`)
        })
      )
    )
  ),
  Logger.minimumLogLevel(LogLevel.Warning)
)
