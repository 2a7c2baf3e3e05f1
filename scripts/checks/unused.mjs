// knip: exports nobody imports, files nobody reaches, dependencies nobody uses.
import { join } from "node:path"
import { root } from "../internal/paths.mjs"
import { runNode } from "../internal/process.mjs"

export const name = "unused"

export const check = async (workspace) => {
  const program = join(root, "node_modules/knip/bin/knip.js")
  const result = await runNode(program, ["--no-progress", "--no-config-hints"], { cwd: workspace })
  return result.ok ? [] : [{ message: result.output.trim() }]
}
