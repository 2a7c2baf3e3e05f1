/**
 * `lro emulator`.
 *
 * @since 0.1.0
 */
import type * as Emulator from "@effect-lro/emulator/Emulator"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Answer from "./Answer.js"
import * as ExitCode from "./ExitCode.js"
import { ListenError } from "./Failure.js"
import * as Failures from "./Failures.js"
import * as Flags from "./Flags.js"
import type * as Help from "./Help.js"
import { Output, type Sink } from "./Output.js"
import * as Printable from "./Printable.js"
import { Process } from "./Process.js"
import * as Session from "./Session.js"
import type { Style } from "./Style.js"

/**
 * The options of the command.
 *
 * @since 0.1.0
 * @category options
 */
export const options = {
  host: Options.text("host").pipe(
    Options.withPseudoName("ADDRESS"),
    Options.withDescription("The address to listen on. 127.0.0.1 by default: nobody but this machine."),
    Options.withDefault("127.0.0.1")
  ),
  port: Flags.count("port", 0, 65_535).pipe(
    Options.withDescription("The port to listen on, 8085 by default. 0 chooses one that is free."),
    Options.withDefault(8085)
  ),
  exportDuration: Flags.duration("export-duration").pipe(
    Options.withDescription("How long an export works. 60s by default."),
    Options.withDefault(Duration.minutes(1))
  ),
  startDelay: Flags.duration("start-delay").pipe(
    Options.withDescription("How long an export is PENDING at least. 0s by default."),
    Options.withDefault(Duration.zero)
  ),
  maxRunning: Flags.count("max-running", 1).pipe(
    Options.withDescription("How many exports run at once; the others stay PENDING. All of them by default."),
    Options.optional
  ),
  cancelLatency: Flags.duration("cancel-latency").pipe(
    Options.withDescription("How long a cancelled export is CANCELLING before it stops. 0s by default."),
    Options.withDefault(Duration.zero)
  ),
  cancel: Flags.choice("cancel", ["supported", "unimplemented", "ignored"]).pipe(
    Options.withDescription("What cancel does. ignored: it answers 200 and the work runs to its end all the same."),
    Options.withDefault("supported" as const)
  ),
  cancelDone: Flags.choice("cancel-done", ["lenient", "strict"]).pipe(
    Options.withDescription("What cancel answers for an export that is over: 200 (lenient) or FAILED_PRECONDITION."),
    Options.withDefault("lenient" as const)
  ),
  delete: Flags.choice("delete", ["supported", "unimplemented"]).pipe(
    Options.withDescription("What delete does. unimplemented by default."),
    Options.withDefault("unimplemented" as const)
  ),
  wait: Flags.choice("wait", ["supported", "unimplemented"]).pipe(
    Options.withDescription("What wait does. supported by default."),
    Options.withDefault("supported" as const)
  ),
  data: Options.directory("data").pipe(
    Options.withPseudoName("DIR"),
    Options.withDescription(
      "Where exports are kept, so that an emulator that starts there again still knows them. In memory by default."
    ),
    Options.optional
  ),
  requireToken: Options.boolean("require-token").pipe(
    Options.withDescription("Refuse requests without a bearer token. Which one it is never counts.")
  ),
  json: Options.boolean("json").pipe(
    Options.withDescription("Write one JSON object with the url when it is ready, and nothing else.")
  )
}

/**
 * The help of the command.
 *
 * @since 0.1.0
 * @category constants
 */
export const help: Help.Page = {
  usage: "emulator",
  summary: "Serve Earth Engine's operations on this machine, with simulated exports.",
  more: [
    "It takes any bearer token or none. SIGINT (Ctrl-C) and SIGTERM end it.",
    "With --data its exports are there again when it starts the next time, also after a crash: what was asked to stop is CANCELLED, what was running begins anew."
  ],
  examples: [
    "lro emulator",
    "lro emulator --port 0 --json",
    "lro emulator --data ./emulator",
    "lro emulator --export-duration 1h --cancel-latency 5s"
  ],
  options
}

/**
 * Serves the emulator from this process until a signal comes, which is its ordinary end.
 *
 * @since 0.1.0
 * @category commands
 */
export const command = Command.make("emulator", options, ({ data, json, maxRunning, ...flags }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { pid, signal } = yield* Process
    const serve = Effect.gen(function* () {
      const emulator = yield* listen({
        ...flags,
        maxRunning: Option.getOrUndefined(maxRunning),
        dataDirectory: Option.getOrUndefined(data),
        middleware: json ? undefined : logged(output.stderr)
      })
      yield* Answer.write(ready(emulator, pid), json)
      return yield* Effect.never
    })
    yield* Effect.scoped(Effect.raceFirst(Effect.asVoid(signal), serve))
  }).pipe(
    Effect.catchAll((error) =>
      Effect.flatMap(Answer.write(Failures.answer(error, { command: "emulator" }), json), Session.end)
    )
  )
).pipe(Command.withDescription(help.summary))

// Loaded when it is needed: nobody who looks at an operation should wait for a server.
const listen = (options: Emulator.Options) =>
  Effect.promise(() => import("@effect-lro/emulator/Emulator")).pipe(
    Effect.flatMap((module) => module.make(options)),
    Effect.mapError((error) => new ListenError({ message: error.message, hint: hints[error.reason] }))
  )

const hints = {
  AddressInUse: "Choose another port with --port, or let the system choose with --port 0.",
  AccessDenied: "Choose another one, or see who owns it.",
  AddressNotAvailable: "Choose another --host or --port; --port 0 lets the system choose.",
  Other: "Choose another --host or --port; --port 0 lets the system choose.",
  InUse: "End the other one, or choose another directory with --data.",
  Unreadable: "Choose another directory with --data, or empty this one: its exports are then gone."
}

const project = "demo"

const ready = (emulator: Emulator.Service, pid: number): Answer.Answer => ({
  code: ExitCode.codes.Success,
  json: { url: emulator.url, host: emulator.host, port: emulator.port, pid, project },
  human: (style) => banner(emulator.url, style),
  stream: "stdout"
})

const banner = (url: string, style: Style): ReadonlyArray<string> => {
  const name = `projects/${project}/operations/ID`
  const body = `{"expression": {"values": {}}, "description": "my export"}`
  const lines: ReadonlyArray<readonly [what: string, words: ReadonlyArray<string>]> = [
    [
      "Start an export:",
      [
        "curl",
        "-X",
        "POST",
        `${url}/v1/projects/${project}/image:export`,
        "-H",
        "content-type: application/json",
        "-d",
        body
      ]
    ],
    ["See what there is:", ["lro", "list", `projects/${project}`, "--endpoint", url]],
    ["Cancel it, and find out whether it stopped:", ["lro", "cancel", name, "--endpoint", url]],
    ["The same by hand:", ["curl", "-X", "POST", `${url}/v1/${name}:cancel`]],
    ["", ["curl", `${url}/v1/${name}`]]
  ]
  return [
    `The Earth Engine emulator listens on ${style.bold(url)}. It takes any token, or none. Ctrl-C ends it.`,
    ...lines.flatMap(([what, words]) => [
      ...(what === "" ? [] : ["", what]),
      `  ${style.cyan(Printable.shell(words))}`
    ]),
    ""
  ]
}

const logged =
  ({ style, write }: Sink) =>
  (app: HttpApp.Default): HttpApp.Default =>
    Effect.tap(app, (response) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ method, url }) => {
        const status = String(response.status)
        const path = Printable.oneLine(url.replace(/\?.*$/s, ""))
        return write(`${response.status < 400 ? style.green(status) : style.yellow(status)} ${method} ${path}\n`)
      })
    )
