/**
 * `lro get NAME`.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Answer } from "./Answer.js"
import * as ExitCode from "./ExitCode.js"
import * as Flags from "./Flags.js"
import type * as Help from "./Help.js"
import * as RenderOperation from "./RenderOperation.js"
import * as Session from "./Session.js"

/**
 * The options of the command.
 *
 * @since 0.1.0
 * @category options
 */
export const options = Flags.connection

/**
 * The help of the command.
 *
 * @since 0.1.0
 * @category constants
 */
export const help: Help.Page = {
  usage: "get NAME",
  summary: "Show the latest state of an operation.",
  more: ["It ends with 0 whenever it could look, whatever the state is."],
  examples: ["lro get projects/my-project/operations/ID", "lro get ID --project my-project --json"],
  options
}

/**
 * Shows the latest state of one operation. It ends with 0 whatever that state is.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make("get", { name: Args.text({ name: "NAME" }), ...options }, ({ name, ...flags }) =>
  Session.onOperation("get", flags, name, (session) =>
    Effect.gen(function* () {
      const operation = yield* Operations.get(session.name)
      const now = yield* Clock.currentTimeMillis
      const answer: Answer = {
        code: ExitCode.codes.Success,
        json: { name: session.name, operation: Operation.toWire(operation) },
        human: (style) => RenderOperation.lines(operation, { style, now }),
        stream: "stdout"
      }
      return answer
    }).pipe(Session.persistent)
  )
).pipe(Command.withDescription(help.summary))
