/**
 * `lro delete NAME`.
 *
 * @since 0.1.0
 */
import * as Operations from "@effect-lro/core/Operations"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import type { Answer } from "./Answer.js"
import * as ExitCode from "./ExitCode.js"
import * as Flags from "./Flags.js"
import type * as Help from "./Help.js"
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
  usage: "delete NAME",
  summary: "Make the service forget an operation. This does not cancel it.",
  more: ["Few services support it."],
  examples: ["lro delete projects/my-project/operations/ID"],
  options
}

/**
 * Makes the service forget an operation. The work itself is not cancelled.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make("delete", { name: Args.text({ name: "NAME" }), ...options }, ({ name, ...flags }) =>
  Session.onOperation("delete", flags, name, (session) =>
    Operations.delete(session.name).pipe(
      Session.persistent,
      Effect.as<Answer>({
        code: ExitCode.codes.Success,
        json: { name: session.name, deleted: true },
        human: () => ["The service has forgotten the operation. If its work was still running, it goes on unseen."],
        stream: "stdout"
      })
    )
  )
).pipe(Command.withDescription(help.summary))
