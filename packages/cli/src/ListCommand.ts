/**
 * `lro list [PARENT]`.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { UsageError } from "./Failure.js"
import * as Flags from "./Flags.js"
import type * as Help from "./Help.js"
import { Output } from "./Output.js"
import * as RenderOperation from "./RenderOperation.js"
import * as Session from "./Session.js"
import type { Settings } from "./Settings.js"

/**
 * The options of the command.
 *
 * @since 0.1.0
 * @category options
 */
export const options = {
  ...Flags.connection,
  filter: Options.text("filter").pipe(
    Options.withPseudoName("FILTER"),
    Options.withDescription("An AIP-160 filter such as done=false, handed to the service as it is."),
    Options.optional
  ),
  limit: Flags.count("limit", 1).pipe(
    Options.withDescription("Stop after so many operations. All of them by default."),
    Options.optional
  ),
  pageSize: Flags.count("page-size", 1, 1000).pipe(
    Options.withDescription("How many operations to ask for in one request."),
    Options.optional
  )
}

/**
 * The help of the command.
 *
 * @since 0.1.0
 * @category constants
 */
export const help: Help.Page = {
  usage: "list [PARENT]",
  summary: "List the operations of a project.",
  more: ["Without PARENT it lists those of --project. With --json it writes one object in each line."],
  examples: ["lro list projects/my-project", "lro list --project my-project --limit 20 --json"],
  options
}

/**
 * Lists the operations below a parent, one in each line, page after page as they come.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make(
  "list",
  { parent: Args.optional(Args.text({ name: "PARENT" })), ...options },
  ({ filter, limit, pageSize, parent, ...flags }) =>
    Session.onServer("list", flags, (settings) =>
      Effect.gen(function* () {
        const { stderr, stdout } = yield* Output
        const name = yield* parentOf(settings, parent)
        const found = Operations.list({
          name,
          filter: Option.getOrUndefined(filter),
          pageSize: Option.getOrUndefined(Option.orElse(pageSize, () => Option.filter(limit, (_) => _ <= 1000)))
        })
        let count = 0
        yield* Option.match(limit, { onNone: () => found, onSome: (_) => Stream.take(found, _) }).pipe(
          Stream.runForEachChunk((operations) => {
            const lines = Array.from(operations, (operation) => {
              count += 1
              return flags.json
                ? JSON.stringify({ name: operation.name, operation: Operation.toWire(operation) })
                : RenderOperation.row(operation, stdout.style)
            })
            return lines.length === 0 ? Effect.void : stdout.write(`${lines.join("\n")}\n`)
          })
        )
        if (count === 0 && !flags.json) yield* stderr.write(`There are no operations below ${name}.\n`)
      }).pipe(Session.persistent)
    )
).pipe(Command.withDescription(help.summary))

const parentOf = (settings: Settings, given: Option.Option<string>): Effect.Effect<string, UsageError> =>
  Option.match(
    Option.orElse(
      Option.map(given, (_) =>
        _.trim()
          .replace(/\/operations\/?$/, "")
          .replace(/\/$/, "")
      ),
      () => (settings.serviceName === "global" ? Option.some("operations") : settings.project)
    ),
    {
      onNone: () =>
        new UsageError({
          message: "it is not known which project to list",
          hint: "Name it: lro list projects/PROJECT, or set LRO_PROJECT."
        }),
      onSome: (parent) =>
        Effect.succeed(parent.includes("/") || settings.serviceName === "global" ? parent : `projects/${parent}`)
    }
  )
