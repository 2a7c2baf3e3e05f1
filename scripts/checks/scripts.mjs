// The tests of the scripts: they show that each of our own checks can fail.
import { join } from "node:path"
import { run } from "../internal/process.mjs"

export const name = "scripts"

export const check = async (workspace) => {
  const result = await run(process.execPath, ["--test", "--test-reporter=tap", join(workspace, "scripts/test/")], {
    cwd: workspace
  })
  // Node calls a run without any test a success.
  return result.ok && !/^# tests 0$/m.test(result.output) ? [] : [{ message: result.output.trim() }]
}
