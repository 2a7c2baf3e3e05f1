import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Builds the program that the tests start, where it is not there or older than its sources. */
export const setup = (): void => {
  execFileSync(process.execPath, [fileURLToPath(new URL("../../../../scripts/lro.mjs", import.meta.url)), "--version"])
}
