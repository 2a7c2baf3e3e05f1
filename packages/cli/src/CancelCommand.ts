/**
 * `lro cancel NAME`.
 *
 * @since 0.1.0
 */
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import { TransportError } from "@effect-lro/core/OperationsError"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Answer } from "./Answer.js"
import * as ExitCode from "./ExitCode.js"
import * as Flags from "./Flags.js"
import type * as Help from "./Help.js"
import * as Hint from "./Hint.js"
import * as RenderOperation from "./RenderOperation.js"
import * as Session from "./Session.js"
import type { Style } from "./Style.js"

/**
 * The options of the command.
 *
 * @since 0.1.0
 * @category options
 */
export const options = {
  ...Flags.connection,
  noConfirm: Options.boolean("no-confirm").pipe(
    Options.withDescription("Only send the request; do not find out whether the operation stops.")
  ),
  timeout: Flags.duration("timeout").pipe(
    Options.withDescription("How long to try and to look in total. 10m by default."),
    Options.withDefault(Duration.minutes(10))
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
  usage: "cancel NAME",
  summary: "Cancel an operation and find out whether it stopped.",
  more: [
    "A request to cancel is only a request. This command sends it, then looks until the operation is over, and ends with 0 only where it was cancelled."
  ],
  examples: [
    "lro cancel projects/my-project/operations/ID",
    "lro cancel ID --project my-project --timeout 1h --json",
    "lro cancel ID --project my-project --no-confirm"
  ],
  options
}

/**
 * Asks for an operation to be cancelled and finds out whether it stopped. The exit code tells the outcome.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make(
  "cancel",
  { name: Args.text({ name: "NAME" }), ...options },
  ({ name, noConfirm, pollInterval, timeout, ...flags }) =>
    Session.onOperation("cancel", flags, name, (session) =>
      noConfirm
        ? Session.persistent(requested(session, timeout))
        : Effect.gen(function* () {
            const outcome = yield* Cancellation.cancelAndConfirm(session.name, {
              schedule: Flags.schedule(pollInterval),
              timeout
            })
            return confirmed(session, outcome, yield* Clock.currentTimeMillis)
          })
    )
).pipe(Command.withDescription(help.summary))

const confirmed = (session: Session.Session, outcome: Cancellation.Outcome, now: number): Answer => ({
  code: ExitCode.fromOutcome(outcome),
  json: { name: session.name, outcome: outcome._tag, operation: Operation.toWire(outcome.operation) },
  human: (style) => [said(outcome, style), "", ...RenderOperation.lines(outcome.operation, { style, now })],
  stream: "stdout"
})

const said = (outcome: Cancellation.Outcome, style: Style): string => {
  switch (outcome._tag) {
    case "Cancelled":
      return style.green("It was cancelled and has stopped.")
    case "CompletedAnyway":
      return style.yellow("It was not cancelled: the work completed anyway.")
    case "FailedAnyway":
      return style.red("It was not cancelled: it failed of something else.")
  }
}

const requested = (session: Session.Session, timeout: Duration.Duration) =>
  Operations.cancel(session.name).pipe(
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () =>
        new TransportError({
          operation: session.name,
          method: "cancel",
          reason: "Timeout",
          description: "no answer within the time for it"
        })
    }),
    Effect.as<Answer>({
      code: ExitCode.codes.Success,
      json: { name: session.name, requested: true },
      human: (style) => [
        "The request to cancel was accepted. That does not say that the operation has stopped.",
        `${style.cyan("next:")} ${Hint.command(["wait", session.name], session.context)}`
      ],
      stream: "stdout"
    })
  )
