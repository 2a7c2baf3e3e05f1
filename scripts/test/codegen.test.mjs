import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { check } from "../checks/codegen.mjs"
import { writeBarrels } from "../internal/codegen.mjs"
import { good, packageJson, withWorkspace } from "./workspace.mjs"

const comment = "/**\n * Numbers.\n *\n * @since 0.1.0\n */\n"

const files = {
  "packages/core/package.json": packageJson("core"),
  "packages/core/src/B.ts": good,
  "packages/core/src/A.ts": `${comment}import * as B from "./B.js"\n\n${good}`,
  "packages/core/src/internal/c.ts": good
}

test("a barrel names the public modules in order, with their module comments", () =>
  withWorkspace(files, (folder) => {
    assert.deepEqual(writeBarrels(folder), ["packages/core/src/index.ts"])
    const text = readFileSync(join(folder, "packages/core/src/index.ts"), "utf8")
    assert.equal(text, `${comment}export * as A from "./A.js"\n\nexport * as B from "./B.js"\n`)
    assert.deepEqual(writeBarrels(folder), [])
  }))

test("a current barrel passes the check", () =>
  withWorkspace(files, async (folder) => {
    writeBarrels(folder)
    assert.deepEqual(await check(folder), [])
  }))

test("a missing barrel is reported and not written", () =>
  withWorkspace(files, async (folder) => {
    assert.equal((await check(folder))[0].file, "packages/core/src/index.ts")
    assert.equal(existsSync(join(folder, "packages/core/src/index.ts")), false)
  }))

test("an edited barrel is reported", () =>
  withWorkspace({ ...files, "packages/core/src/index.ts": `export * as A from "./A.js"\n` }, async (folder) =>
    assert.equal((await check(folder)).length, 1)
  ))

test("a package without modules has no barrel", () =>
  withWorkspace({ ...files, "packages/core/package.json": packageJson("core", { exports: {} }) }, async (folder) =>
    assert.deepEqual(await check(folder), [])
  ))
