// What the README says of a run: its goals, met or not, and its tables.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../internal/paths.mjs"

const begin = "<!-- measured -->"
const end = "<!-- /measured -->"

/** The result that a run with `--json` ends with, out of all that it has printed. */
export const resultOf = (output) => {
  const line = output.trimEnd().split("\n").at(-1)
  let result
  try {
    result = JSON.parse(line)
  } catch (cause) {
    throw new Error("its last line is no JSON: write what a run with --json prints into it", { cause })
  }
  if (typeof result.goals !== "object" || result.goals === null) throw new Error("its last line has no goals")
  if (result.isQuick === true) throw new Error("it is of a quick run, which is too small to judge by")
  return result
}

const cell = (value) =>
  value === undefined || value === null ? "–" : String(value).replaceAll("|", "\\|").replaceAll("\n", " ")

const row = (cells) => `| ${cells.map(cell).join(" | ")} |`

const verdict = (met) => (met === true ? "met" : met === false ? "**not met**" : "not judged")

const tableOf = ({ header, rows, title }) => {
  const wide = rows.filter((cells) => cells.length > 2)
  const notes = rows.filter((cells) => cells.length === 2)
  return [
    `${title}:`,
    "",
    row(header),
    row(header.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...wide.map(row),
    ...(notes.length === 0 ? [] : ["", ...notes.map(([name, note]) => `- ${name}: ${note}`)])
  ].join("\n")
}

const machinesOf = (results) => {
  const machines = results.flatMap(({ machine }) => machine ?? [])
  if (machines.length === 0) return []
  const kinds = new Set(machines.map(({ cores, node }) => `${cores} cores, Node ${node}`))
  const load = Math.max(...machines.flatMap((machine) => machine.load))
  return [`${[...kinds].join("; ")}, load at most ${load.toFixed(1)}.`]
}

const inOrder = ([a], [b]) => a.charCodeAt(0) - b.charCodeAt(0) || Number(a.slice(1)) - Number(b.slice(1))

/** Goals and tables of some results as Markdown. What was measured again later counts as it was then. */
export const render = (results) => {
  const goals = Object.entries(Object.assign({}, ...results.map(({ goals }) => goals))).toSorted(inOrder)
  const tables = new Map(results.flatMap(({ table }) => Object.values(table ?? {}).map((it) => [it.title, it])))
  const missed = goals.filter(([, { met }]) => met !== true).length
  const summary =
    missed === 0 ? `All ${goals.length} goals are met.` : `${goals.length - missed} of ${goals.length} goals are met.`
  return [
    [summary, ...machinesOf(results)].join(" "),
    [
      row(["", "goal", "measured", ""]),
      row(["---", "---", "---", "---"]),
      ...goals.map(([name, { goal, measured, met }]) => row([name, goal, measured, verdict(met)]))
    ].join("\n"),
    ...[...tables.values()].map(tableOf)
  ].join("\n\n")
}

/** The text with the part between the markers replaced. */
export const insert = (text, part) => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`there is no ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`
}

/** Writes the results in some files into the README. */
export const writeReadme = (files) => {
  const results = files.map((file) => {
    try {
      return resultOf(readFileSync(file, "utf8"))
    } catch (error) {
      throw new Error(`${file}: ${error.message}`, { cause: error })
    }
  })
  const readme = join(root, "README.md")
  writeFileSync(readme, insert(readFileSync(readme, "utf8"), render(results)))
  execFileSync(process.execPath, [join(root, "node_modules/oxfmt/bin/oxfmt"), "README.md"], {
    cwd: root,
    stdio: "ignore"
  })
}
