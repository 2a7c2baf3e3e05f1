import { dim, green, print, red } from "./terminal.mjs"

const limit = 40

const describe = ({ file, line, message }) => {
  const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}  `
  return `${place}${message}`
    .split("\n")
    .map((_) => `    ${_}`)
    .join("\n")
}

/** One line for a result, and below it what it has to tell and what is wrong. */
export const printResult = ({ ms, name, notes, ok, problems }) => {
  print(`${ok ? green("✓") : red("✗")} ${name.padEnd(12)} ${dim(`${(ms / 1000).toFixed(1)} s`.padStart(7))}`)
  for (const note of notes) print(dim(`    ${note}`))
  for (const problem of problems.slice(0, limit)) print(describe(problem))
  if (problems.length > limit) print(`    … and ${problems.length - limit} more`)
}
