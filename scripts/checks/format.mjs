// oxfmt in its checking mode; .oxfmtrc.json has the style.
import { join } from "node:path"
import { root } from "../internal/paths.mjs"
import { runNode } from "../internal/process.mjs"

export const name = "format"

export const check = async (workspace) => {
  const result = await runNode(join(root, "node_modules/oxfmt/bin/oxfmt"), ["--list-different"], { cwd: workspace })
  if (result.ok) return []
  const files = result.stdout.split("\n").filter((_) => _ !== "")
  if (files.length === 0) return [{ message: result.output.trim() }]
  return files.map((file) => ({ file, message: "is not formatted; run: pnpm format" }))
}
