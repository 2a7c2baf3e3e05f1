/**
 * The help texts of `lro`, made from the options themselves.
 *
 * @since 0.1.0
 */
import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import * as Options from "@effect/cli/Options"
import * as ExitCode from "./ExitCode.js"
import * as Printable from "./Printable.js"
import type { Style } from "./Style.js"

/**
 * A command, as its help shows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  /** The command's name and its arguments. */
  readonly usage: string
  readonly summary: string
  /** Sentences for those who want to know more. */
  readonly more: ReadonlyArray<string>
  readonly examples: ReadonlyArray<string>
  readonly options: Readonly<Record<string, Options.Options<unknown>>>
}

/**
 * How help is written: with which style, and how many columns there are; more than 100 are not used.
 *
 * @since 0.1.0
 * @category models
 */
export interface Format {
  readonly style: Style
  readonly columns: number
}

/**
 * What all commands are, for somebody who types `lro` alone.
 *
 * @since 0.1.0
 * @category conversions
 */
export const overview = (pages: ReadonlyArray<Page>, { columns, style }: Format): ReadonlyArray<string> => [
  ...wrap("lro looks at, cancels and awaits long-running operations (google.longrunning, AIP-151).", columns),
  ...section("Usage", [["lro COMMAND [options]", ""]], { columns, style }),
  ...section(
    "Commands",
    pages.map((page) => [page.usage, page.summary] as const),
    { columns, style }
  ),
  ...section(
    "Environment",
    [
      [
        "LRO_TOKEN",
        "The access token. Without it Google's endpoints get the credentials of this machine, others none."
      ],
      ["LRO_ENDPOINT", "The default of --endpoint."],
      ["LRO_PROJECT", "The default of --project; else EARTHENGINE_PROJECT, else GOOGLE_CLOUD_PROJECT."],
      ["NO_COLOR, FORCE_COLOR", "Forbid or demand colours."]
    ],
    { columns, style }
  ),
  ...section(
    "Exit codes",
    ExitCode.meanings.map(([code, meaning]) => [String(code), meaning] as const),
    { columns, style }
  ),
  ...section(
    "More",
    [
      ["lro COMMAND --help", "The options of a command, with examples."],
      ["lro --version", "The version."],
      ["lro --completions SHELL", "A completion script for bash, fish or zsh."]
    ],
    { columns, style }
  )
]

/**
 * What one command is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const page = (page: Page, { columns, style }: Format): ReadonlyArray<string> => [
  ...wrap(page.summary, columns),
  ...page.more.flatMap((_) => wrap(_, columns)),
  ...section("Usage", [[`lro ${page.usage} [options]`, ""]], { columns, style }),
  ...section("Options", Object.values(page.options).flatMap(described), { columns, style }),
  ...section(
    "Examples",
    page.examples.map((_) => [_, ""] as const),
    { columns, style }
  )
]

type Row = readonly [term: string, meaning: string]

// Longer lines are hard to read, however wide the screen is.
const mostColumns = 100

// A term that is longer stands on a line of its own, or it would leave no room for the meanings of all others.
const longestTerm = 28

const section = (title: string, rows: ReadonlyArray<Row>, { columns, style }: Format): ReadonlyArray<string> => {
  const lengths = rows.map(([term, meaning]) => (meaning === "" ? 0 : term.length))
  const terms = Math.max(...lengths.filter((length) => length <= longestTerm))
  const indented = (line: string) => `${" ".repeat(terms + 4)}${line}`
  return [
    "",
    style.bold(title),
    ...rows.flatMap(([term, meaning]) => {
      if (meaning === "") return [`  ${style.cyan(term)}`]
      const lines = wrap(meaning, Math.min(columns, mostColumns) - terms - 4)
      if (term.length > terms) return [`  ${style.cyan(term)}`, ...lines.map(indented)]
      const [first = "", ...rest] = lines
      return [`  ${style.cyan(Printable.pad(term, terms))}  ${first}`, ...rest.map(indented)]
    })
  ]
}

const wrap = (text: string, most: number): ReadonlyArray<string> => {
  // Where hardly a word has room, lines that are too long can still be read.
  const width = Math.max(20, Math.min(most, mostColumns))
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === "" ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

// The help document of an option is one definition: its names with the placeholder of its value, then a paragraph on
// the type, which says nothing here, then the description.
const described = (option: Options.Options<unknown>): ReadonlyArray<Row> => {
  const doc = Options.getHelp(option)
  if (doc._tag !== "DescriptionList") return []
  return doc.definitions.map(([term, meaning]) => [textOf(term), paragraphs(meaning)[1] ?? ""] as const)
}

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Paragraph":
      return [textOf(doc.value)]
    case "Sequence":
      return [...paragraphs(doc.left), ...paragraphs(doc.right)]
    default:
      return []
  }
}

const textOf = (span: Span.Span): string => {
  switch (span._tag) {
    case "Sequence":
      return textOf(span.left) + textOf(span.right)
    case "Text":
    case "URI":
      return span.value
    default:
      return textOf(span.value)
  }
}
