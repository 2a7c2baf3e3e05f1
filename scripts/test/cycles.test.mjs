import assert from "node:assert/strict"
import { test } from "node:test"
import { check } from "../checks/cycles.mjs"
import { lines, packageJson, withWorkspace } from "./workspace.mjs"

const problems = (files) =>
  withWorkspace({ "packages/core/package.json": packageJson("core"), ...files }, async (folder) =>
    lines(await check(folder))
  )

test("a circle of three modules is reported once, with its way", async () => {
  const found = await problems({
    "packages/core/src/A.ts": `import * as B from "./B.js"\n`,
    "packages/core/src/B.ts": `export * as C from "./internal/c.js"\n`,
    "packages/core/src/internal/c.ts": `import * as A from "../A.js"\n`
  })
  assert.equal(found.length, 1)
  assert.match(found[0], /c\.ts:1 circle: .*A\.ts → .*B\.ts → .*c\.ts → .*A\.ts$/)
})

test("a module that imports itself is reported", async () =>
  assert.equal((await problems({ "packages/core/src/A.ts": `import * as A from "./A.js"\n` })).length, 1))

test("types alone make no circle", async () =>
  assert.deepEqual(
    await problems({
      "packages/core/src/A.ts": `import type * as B from "./B.js"\n`,
      "packages/core/src/B.ts": `import * as A from "./A.js"\n`
    }),
    []
  ))
