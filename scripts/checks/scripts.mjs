// The tests of the scripts: they show that each of our own checks can fail.
import { join } from "node:path"
import { filesBelow } from "../internal/paths.mjs"
import { run } from "../internal/process.mjs"

export const name = "scripts"

export const check = async (workspace) => {
  // Named one by one: Node 20 takes no patterns, Node 22 no folders.
  const files = filesBelow(join(workspace, "scripts/test"), (_) => _.endsWith(".test.mjs"))
  const result = await run(process.execPath, ["--test", "--test-reporter=tap", ...files], { cwd: workspace })
  // Node calls a run without any test a success.
  return result.ok && !/^# tests 0$/m.test(result.output) ? [] : [{ message: result.output.trim() }]
}
