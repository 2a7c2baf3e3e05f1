import * as any from "../checks/any.mjs"
import * as api from "../checks/api.mjs"
import * as boundaries from "../checks/boundaries.mjs"
import * as bundle from "../checks/bundle.mjs"
import * as catalog from "../checks/catalog.mjs"
import * as codegen from "../checks/codegen.mjs"
import * as consumer from "../checks/consumer.mjs"
import * as cycles from "../checks/cycles.mjs"
import * as docs from "../checks/docs.mjs"
import * as documented from "../checks/documented.mjs"
import * as format from "../checks/format.mjs"
import * as lint from "../checks/lint.mjs"
import * as packed from "../checks/packed.mjs"
import * as rules from "../checks/rules.mjs"
import * as scripts from "../checks/scripts.mjs"
import * as site from "../checks/site.mjs"
import * as types from "../checks/types.mjs"
import * as unused from "../checks/unused.mjs"
import { root } from "./paths.mjs"

/** Every check in the order they are begun, with the checks whose output they read. */
const all = [
  { ...types, needs: [] },
  { ...bundle, needs: [] },
  { ...codegen, needs: [] },
  { ...catalog, needs: [] },
  { ...boundaries, needs: [] },
  { ...cycles, needs: [] },
  { ...documented, needs: [] },
  { ...rules, needs: [] },
  { ...format, needs: [] },
  { ...lint, needs: ["types"] },
  { ...unused, needs: [] },
  { ...any, needs: ["types"] },
  { ...api, needs: ["types"] },
  { ...docs, needs: ["types"] },
  { ...site, needs: ["types"] },
  { ...packed, needs: ["types", "bundle"] },
  { ...consumer, needs: ["packed"] },
  { ...scripts, needs: [] }
]

export const names = all.map((_) => _.name)

/** The checks of these names, and those they need. No name means all. */
const select = (wanted) => {
  const chosen = new Set(wanted.length === 0 ? names : wanted)
  for (const check of all.toReversed()) if (chosen.has(check.name)) for (const need of check.needs) chosen.add(need)
  return all.filter((_) => chosen.has(_.name))
}

const perform = async (check) => {
  const started = performance.now()
  const result = await check.check(root).catch((error) => [{ message: `the check itself broke: ${error.stack}` }])
  // Most have only problems to tell; some have measured something, or could not be made, and say so.
  const { notes, problems } = Array.isArray(result) ? { problems: result, notes: [] } : result
  return { name: check.name, ok: problems.length === 0, ms: performance.now() - started, problems, notes }
}

/** Runs checks, two at a time, and tells of each as it ends. Returns the results in the order of the list. */
export const runChecks = async (wanted, onResult, width = 2) => {
  const waiting = select(wanted)
  const order = waiting.map((_) => _.name)
  const results = new Map()
  const running = new Map()
  while (waiting.length > 0 || running.size > 0) {
    const ready = waiting.findIndex((_) => _.needs.every((need) => results.has(need)))
    if (ready !== -1 && running.size < width) {
      const [check] = waiting.splice(ready, 1)
      running.set(check.name, perform(check))
      continue
    }
    const result = await Promise.race(running.values())
    running.delete(result.name)
    results.set(result.name, result)
    onResult(result)
  }
  return order.map((_) => results.get(_))
}
