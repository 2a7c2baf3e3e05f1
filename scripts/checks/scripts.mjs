// The tests of the scripts: they show that each of our own checks can fail.
import { join } from "node:path"
import { run } from "../internal/process.mjs"

export const name = "scripts"

export const check = async (workspace) => {
  const result = await run(process.execPath, ["--test", join(workspace, "scripts/test/")], { cwd: workspace })
  return result.ok ? [] : [{ message: result.output.trim() }]
}
