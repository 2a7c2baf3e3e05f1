// Fails where the types that users see are not those that were reviewed: packages/*/api.md.
import { relative } from "node:path"
import { difference, staleReports } from "../internal/api.mjs"

export const name = "api"

const shown = 10

/** Reads the emitted declarations, so the packages must have been compiled. */
export const check = async (workspace) =>
  staleReports(workspace).map(({ file, reviewed, text }) => {
    const lines = difference(reviewed, text)
    const more = lines.length > shown ? `\n… and ${lines.length - shown} lines more` : ""
    return {
      file: relative(workspace, file),
      message: `is not what the package declares; look at the change, then run: node scripts/api.mjs\n${lines.slice(0, shown).join("\n")}${more}`
    }
  })
