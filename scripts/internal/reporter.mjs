import { writeFileSync } from "node:fs"
import { relative } from "node:path"
import { root } from "./paths.mjs"

const place = (module, test) => ({ file: relative(root, module.moduleId), name: test?.fullName ?? "" })

const sentence = (error) => `${error.name ?? "Error"}: ${error.message ?? String(error)}`

/** Writes what came of a run of vitest into the file that `EFFECT_LRO_RESULTS` names. */
export default class Results {
  onTestRunEnd(modules, unhandled) {
    const result = {
      passed: 0,
      failures: unhandled.map((_) => ({ file: "", name: "an error outside of any test", message: sentence(_) })),
      skips: []
    }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      // A file that could not be loaded, and a hook of a file or suite that failed, have no test to show it.
      const suites = [module, ...module.children.allSuites()]
      const outside = suites.flatMap((_) => _.errors())
      for (const error of outside) result.failures.push({ ...place(module), message: sentence(error) })
      if (tests.length === 0 && outside.length === 0 && module.state() === "failed") {
        result.failures.push({ ...place(module), message: "the file failed without a test" })
      }
      for (const test of tests) {
        const { errors, note, state } = test.result()
        if (state === "passed") result.passed++
        else if (state === "failed")
          result.failures.push({ ...place(module, test), message: sentence(errors[0] ?? {}) })
        else result.skips.push({ ...place(module, test), reason: note })
      }
    }
    writeFileSync(process.env.EFFECT_LRO_RESULTS, JSON.stringify(result))
  }
}
