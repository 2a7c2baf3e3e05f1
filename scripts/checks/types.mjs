// Compiles every package and every test, with Effect's own diagnostics.
import { compile, prune } from "../internal/compiler.mjs"

export const name = "types"

export const check = async (workspace) => {
  const result = await compile([], { cwd: workspace })
  prune(workspace)
  return result.ok ? [] : [{ message: result.output.trim() }]
}
