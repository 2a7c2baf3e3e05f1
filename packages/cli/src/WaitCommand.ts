/**
 * `lro wait NAME`.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import * as Poller from "@effect-lro/core/Poller"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
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
export const options = {
  ...Flags.connection,
  timeout: Flags.duration("timeout").pipe(
    Options.withDescription("How long to wait in total. Without limit by default."),
    Options.optional
  ),
  pollInterval: Flags.pollInterval
}

/**
 * The help of the command.
 *
 * @since 0.1.0
 * @category constants
 */
export const help: Help.Page = {
  usage: "wait NAME",
  summary: "Wait until an operation is over.",
  more: [
    "It ends with 0 where the operation succeeded, 4 where it failed, 10 where it was cancelled and 5 at the deadline."
  ],
  examples: [
    "lro wait projects/my-project/operations/ID",
    "lro wait ID --project my-project --timeout 2h --poll-interval 30s"
  ],
  options
}

/**
 * Waits until an operation is over. The exit code tells how it ended.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make(
  "wait",
  { name: Args.text({ name: "NAME" }), ...options },
  ({ name, pollInterval, timeout, ...flags }) =>
    Session.onOperation("wait", flags, name, (session) =>
      Effect.gen(function* () {
        const operation = yield* Poller.awaitDone(session.name, {
          schedule: Flags.schedule(pollInterval),
          timeout: Option.getOrUndefined(timeout)
        })
        const now = yield* Clock.currentTimeMillis
        const answer: Answer = {
          code: ExitCode.fromDone(operation),
          json: { name: session.name, outcome: operation._tag, operation: Operation.toWire(operation) },
          human: (style) => RenderOperation.lines(operation, { style, now }),
          stream: "stdout"
        }
        return answer
      })
    )
).pipe(Command.withDescription(help.summary))
