// oxlint with types; .oxlintrc.json has the rules.
import { join } from "node:path"
import { root } from "../internal/paths.mjs"
import { runNode } from "../internal/process.mjs"

export const name = "lint"

export const check = async (workspace) => {
  const result = await runNode(join(root, "node_modules/oxlint/bin/oxlint"), ["-f", "unix"], { cwd: workspace })
  return result.ok ? [] : [{ message: result.output.trim() }]
}
