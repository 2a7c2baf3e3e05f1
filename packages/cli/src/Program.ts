/**
 * The whole of `lro`: from a command line to an exit code.
 *
 * @since 0.1.0
 */
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Answer from "./Answer.js"
import * as Arguments from "./Arguments.js"
import * as Commands from "./Commands.js"
import * as ExitCode from "./ExitCode.js"
import { UsageError } from "./Failure.js"
import * as Failures from "./Failures.js"
import * as Help from "./Help.js"
import * as Logs from "./Logs.js"
import { Output, type Sink } from "./Output.js"
import * as Printable from "./Printable.js"
import type * as Session from "./Session.js"
import * as Style from "./Style.js"

/**
 * Runs a command line, without the program's name, and says what the process is to end with. It never fails: whatever
 * goes wrong is written, with `--json` as exactly one object.
 *
 * @since 0.1.0
 * @category programs
 */
export const run = (
  args: ReadonlyArray<string>,
  config: { readonly version: string }
): Effect.Effect<ExitCode.ExitCode, never, Session.Requirements> => {
  const json = Arguments.wantsJson(args)
  return Effect.suspend(() =>
    Either.match(Arguments.read(Commands.options, args), {
      onLeft: (error) => Answer.write(Failures.answer(error, { command: "" }), json),
      onRight: (request) => answer(request, config.version, json)
    })
  ).pipe(
    Effect.catchAllDefect((defect) => Answer.write(broken(defect), json)),
    Effect.provide(Logs.layer)
  )
}

const answer = (
  request: Arguments.Request,
  version: string,
  json: boolean
): Effect.Effect<ExitCode.ExitCode, never, Session.Requirements> => {
  switch (request._tag) {
    case "Version":
      return Answer.write(
        told("version", () => [version]),
        json
      )
    case "Help":
      return Effect.flatMap(Output, ({ stdout }) => helped(request.command, stdout, json))
    case "Completions":
      return Effect.flatMap(completions(request.shell, version), (script) =>
        Answer.write(
          told("completions", () => [script]),
          json
        )
      )
    case "Nothing":
      return json
        ? Answer.write(Failures.answer(noCommand, { command: "" }), json)
        : Effect.flatMap(Output, ({ stderr }) =>
            helped(undefined, stderr, json, { code: ExitCode.codes.Usage, stream: "stderr" })
          )
    case "Run":
      return Commands.run(request.args, { version, log: () => undefined }).pipe(
        Effect.as<ExitCode.ExitCode>(ExitCode.codes.Success),
        Effect.catchAll((end) =>
          end._tag === "Ended"
            ? Effect.succeed(end.code)
            : Answer.write(Failures.answer(misused(end, request.command), { command: request.command }), json)
        )
      )
  }
}

const helped = (
  command: string | undefined,
  sink: Sink,
  json: boolean,
  end: Partial<Pick<Answer.Answer, "code" | "stream">> = {}
): Effect.Effect<ExitCode.ExitCode, never, Output> =>
  Effect.flatMap(sink.isTerminal ? sink.columns : Effect.succeed(Infinity), (columns) =>
    Answer.write({ ...told("help", (style) => help(command, { style, columns })), ...end }, json)
  )

const help = (command: string | undefined, format: Help.Format): ReadonlyArray<string> => {
  const page = command === undefined ? undefined : Commands.pages[command]
  return page === undefined ? Help.overview(Object.values(Commands.pages), format) : Help.page(page, format)
}

const completions = (shell: string, version: string): Effect.Effect<string, never, Session.Requirements> =>
  Effect.suspend(() => {
    const texts: Array<string> = []
    return Commands.run(["--completions", shell], { version, log: (text) => void texts.push(text) }).pipe(
      Effect.orDie,
      Effect.map(() => texts.join("\n").trimEnd())
    )
  })

const told = (member: string, lines: Answer.Answer["human"]): Answer.Answer => ({
  code: ExitCode.codes.Success,
  json: { [member]: lines(Style.plain).join("\n") },
  human: lines,
  stream: "stdout"
})

const noCommand = new UsageError({ message: "there is no command", hint: "See lro --help for the commands." })

const misused = (error: ValidationError.ValidationError, command: string): UsageError => {
  const said = Printable.oneLine(Style.strip(HelpDoc.toAnsiText(error.error))).trim()
  return new UsageError({
    message: said === "" ? error._tag : said.charAt(0).toLowerCase() + said.slice(1),
    hint: `See lro ${command} --help.`
  })
}

const broken = (defect: unknown): Answer.Answer => {
  const [first = ""] = Cause.pretty(Cause.die(defect)).split("\n")
  const hint = "Report it with the command line: https://github.com/effect-lro/effect-lro/issues"
  return {
    code: ExitCode.codes.Failure,
    json: { error: { _tag: "Defect", message: `lro has a bug: ${Printable.oneLine(first)}`, hint } },
    human: (style) => [
      `${style.red(style.bold("error:"))} lro has a bug`,
      Cause.pretty(Cause.die(defect)),
      `${style.cyan("next:")} ${hint}`
    ],
    stream: "stderr"
  }
}
