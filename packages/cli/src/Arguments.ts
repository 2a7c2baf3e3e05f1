/**
 * Reads a command line in whatever order its options stand, and writes it in the one order in which @effect/cli
 * understands every option and every name.
 *
 * @since 0.1.0
 */
import * as Options from "@effect/cli/Options"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import { UsageError } from "./Failure.js"

/**
 * The options of each command, by the command's name.
 *
 * @since 0.1.0
 * @category models
 */
export type Commands = Record.ReadonlyRecord<string, ReadonlyArray<Options.Options<unknown>>>

/**
 * What a command line asks for. The arguments of `Run` are in canonical order: command, options, `--`, names.
 *
 * @since 0.1.0
 * @category models
 */
export type Request =
  | { readonly _tag: "Run"; readonly command: string; readonly args: ReadonlyArray<string> }
  | { readonly _tag: "Help"; readonly command: string | undefined }
  | { readonly _tag: "Version" }
  | { readonly _tag: "Completions"; readonly shell: string }
  | { readonly _tag: "Nothing" }

/**
 * Says whether a command line asks for JSON, also where the rest of it makes no sense.
 *
 * @since 0.1.0
 * @category getters
 */
export const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  const last = (end < 0 ? args : args.slice(0, end)).findLast((arg) => arg === "--json" || arg.startsWith("--json="))
  return last !== undefined && last !== "--json=false"
}

/**
 * Reads a command line, without the program's name. Options and names may stand in any order, also before the command;
 * an option that is given twice has its last value; everything behind `--` is a name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = (commands: Commands, args: ReadonlyArray<string>): Either.Either<Request, UsageError> => {
  const kinds = kindsOf(Object.values(commands).flat())
  const found = tokens(kinds, args)
  if (Either.isLeft(found)) return Either.left(found.left)
  const { help, options, version, words } = found.right
  const [first, ...names] = words
  const [command, ...rest] = first === "help" ? names : words
  if (command !== undefined && !Record.has(commands, command)) return Either.left(unknownCommand(commands, command))
  if (help || first === "help") return Either.right({ _tag: "Help", command })
  if (version) return Either.right({ _tag: "Version" })
  const shell = options.get("--completions")
  if (shell !== undefined) return completions(shell)
  if (command === undefined) return Either.right({ _tag: "Nothing" })
  const own = kindsOf(commands[command] ?? [])
  const foreign = [...options.keys()].find((name) => !own.has(name))
  if (foreign !== undefined) {
    return usage(`${foreign} is not an option of lro ${command}`, `See lro ${command} --help for those it has.`)
  }
  const written = [...options].flatMap(([name, value]) => [name, value])
  return Either.right({ _tag: "Run", command, args: [command, ...written, "--", ...rest] })
}

type Kind = "flag" | "value"

interface Found {
  readonly words: ReadonlyArray<string>
  /** The value of a flag is `true` or `false`. */
  readonly options: ReadonlyMap<string, string>
  readonly help: boolean
  readonly version: boolean
}

const shells = ["bash", "fish", "zsh", "sh"]

const kindsOf = (options: ReadonlyArray<Options.Options<unknown>>): ReadonlyMap<string, Kind> =>
  new Map(
    options.flatMap((option) =>
      Option.match(Options.getIdentifier(option), {
        onNone: () => [],
        onSome: (name) => [[name, Options.isBool(option) ? "flag" : "value"] as const]
      })
    )
  )

const tokens = (known: ReadonlyMap<string, Kind>, args: ReadonlyArray<string>): Either.Either<Found, UsageError> => {
  const kinds = new Map<string, Kind>([...known, ["--completions", "value"]])
  const words: Array<string> = []
  const options = new Map<string, string>()
  let help = false
  let version = false
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ""
    if (arg === "--") {
      words.push(...args.slice(i + 1))
      break
    }
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg)
      continue
    }
    if (arg === "--help" || arg === "-h") {
      help = true
      continue
    }
    if (arg === "--version") {
      version = true
      continue
    }
    const equals = arg.indexOf("=")
    const name = equals < 0 ? arg : arg.slice(0, equals)
    const kind = kinds.get(name)
    if (kind === undefined) return unknownOption([...kinds.keys(), "--help", "--version"], name)
    const given = equals < 0 ? undefined : arg.slice(equals + 1)
    if (kind === "flag") {
      if (given !== undefined && given !== "true" && given !== "false") {
        return usage(`${name} takes no value`, `Write ${name} alone, or leave it out.`)
      }
      options.set(name, given ?? "true")
      continue
    }
    const next = args[i + 1]
    if (given === undefined && (next === undefined || next === "--" || kinds.has(next.replace(/=.*$/s, "")))) {
      return usage(`${name} needs a value`, `Write it behind the option: ${name} VALUE or ${name}=VALUE.`)
    }
    if (given === undefined) i += 1
    options.set(name, given ?? next ?? "")
  }
  return Either.right({ words, options, help, version })
}

const completions = (shell: string): Either.Either<Request, UsageError> =>
  shells.includes(shell)
    ? Either.right({ _tag: "Completions", shell })
    : usage(`there are no completions for ${JSON.stringify(shell)}`, `Choose one of ${shells.join(", ")}.`)

const unknownCommand = (commands: Commands, command: string): UsageError => {
  const names = Object.keys(commands)
  return new UsageError({
    message: `there is no command ${JSON.stringify(command)}`,
    hint: didYouMean(names, command, (name) => `lro ${name}`) ?? `The commands are ${names.join(", ")}; see lro --help.`
  })
}

const unknownOption = (names: ReadonlyArray<string>, name: string) =>
  usage(
    `there is no option ${name}`,
    didYouMean(names, name, (_) => _) ??
      (/^-[^-]/.test(name)
        ? "See lro --help. A name that begins with a dash goes behind --."
        : "See lro --help for the options of each command.")
  )

const usage = (message: string, hint: string): Either.Either<never, UsageError> =>
  Either.left(new UsageError({ message, hint }))

const didYouMean = (
  names: ReadonlyArray<string>,
  typed: string,
  show: (name: string) => string
): string | undefined => {
  const near = names
    .map((name) => [name, distance(name, typed)] as const)
    .filter(([name, steps]) => steps <= Math.min(2, name.length - 1))
    .sort(([, a], [, b]) => a - b)[0]
  return near === undefined ? undefined : `Did you mean ${show(near[0])}?`
}

// Levenshtein's, row by row.
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
