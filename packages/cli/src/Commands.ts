/**
 * The commands of `lro` as @effect/cli knows them, and the parts of that library they are run with.
 *
 * @since 0.1.0
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import type * as Arguments from "./Arguments.js"
import * as CancelCommand from "./CancelCommand.js"
import * as DeleteCommand from "./DeleteCommand.js"
import * as EmulatorCommand from "./EmulatorCommand.js"
import * as GetCommand from "./GetCommand.js"
import type * as Help from "./Help.js"
import * as ListCommand from "./ListCommand.js"
import * as QuietConsole from "./QuietConsole.js"
import type * as Session from "./Session.js"
import * as WaitCommand from "./WaitCommand.js"

/**
 * The help of each command, by the command's name.
 *
 * @since 0.1.0
 * @category constants
 */
export const pages: Record.ReadonlyRecord<string, Help.Page> = {
  cancel: CancelCommand.help,
  get: GetCommand.help,
  wait: WaitCommand.help,
  list: ListCommand.help,
  delete: DeleteCommand.help,
  emulator: EmulatorCommand.help
}

/**
 * The options of each command.
 *
 * @since 0.1.0
 * @category constants
 */
export const options: Arguments.Commands = Record.map(pages, (page) => Object.values(page.options))

/**
 * Runs arguments that are in canonical order, see `Arguments`. `log` gets what @effect/cli prints: completions.
 *
 * @since 0.1.0
 * @category programs
 */
export const run = (
  args: ReadonlyArray<string>,
  config: { readonly version: string; readonly log: (text: string) => void }
): Effect.Effect<void, ValidationError.ValidationError | Session.Ended, Session.Requirements> =>
  Command.run(lro, { name: "lro", version: config.version, executable: "lro" })(["node", "lro", ...args]).pipe(
    Effect.withConsole(QuietConsole.make(config.log)),
    Effect.provide(environment)
  )

const lro = Command.make("lro").pipe(
  Command.withSubcommands([
    CancelCommand.command,
    GetCommand.command,
    WaitCommand.command,
    ListCommand.command,
    DeleteCommand.command,
    EmulatorCommand.command
  ])
)

// No option reads a file and nothing is prompted for, so the services that @effect/cli asks for are never called.
const environment = Layer.mergeAll(
  CliConfig.layer({ isCaseSensitive: true, autoCorrectLimit: 0, showBuiltIns: false }),
  FileSystem.layerNoop({}),
  Path.layer,
  Layer.succeed(
    Terminal.Terminal,
    Terminal.Terminal.of({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      isTTY: Effect.succeed(false),
      readInput: Effect.dieMessage("lro never reads keys"),
      readLine: Effect.dieMessage("lro never reads lines"),
      display: () => Effect.void
    })
  )
)
