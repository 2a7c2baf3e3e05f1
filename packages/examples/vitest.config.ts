import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { defineProject, mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

// The snippets of the guide's chapter on testing are tests. They are compiled by a check, and run here.
const folder = fileURLToPath(new URL("build/guide", import.meta.url))
const chapter = readFileSync(new URL("../../docs/testing.md", import.meta.url), "utf8")
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const [index, [, snippet]] of [...chapter.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].entries()) {
  writeFileSync(join(folder, `testing${index + 1}.test.ts`), snippet ?? "")
}

export default mergeConfig(
  shared,
  defineProject({ test: { name: "examples", include: ["build/guide/*.test.ts"], exclude: ["**/node_modules/**"] } })
)
