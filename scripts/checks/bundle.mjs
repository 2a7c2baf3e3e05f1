// Bundles the command line program into the one file that is published and that the scripts run.
import { ensureBundled } from "../internal/bundle.mjs"
import { Problem } from "../internal/process.mjs"

export const name = "bundle"

export const check = async () => {
  try {
    await ensureBundled()
    return []
  } catch (error) {
    if (error instanceof Problem) return [{ message: error.message }]
    throw error
  }
}
