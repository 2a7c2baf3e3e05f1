import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { check } from "../checks/api.mjs"
import { writeReports } from "../internal/api.mjs"
import { good, lines, packageJson, withWorkspace } from "./workspace.mjs"

const declared = `/**
 * Adds one, as a number.
 *
 * @since 0.1.0
 */
import type * as bench from "./internal/bench.js";
/**
 * It is one.
 */
export declare const one: 1;
export interface Options {
    /** How many, from 1. */
    readonly times?: number | undefined;
}
export declare const run: (options: Options) => bench.Bench;
export type Names = C | A | import("./B.js").B;
export type Bound = keyof C | A;
`

const files = {
  "packages/core/package.json": packageJson("core"),
  "packages/core/src/One.ts": good,
  "packages/core/dist/One.d.ts": declared,
  "packages/core/dist/internal/bench.d.ts": "export type Bench = string;\nexport {};\n",
  "packages/core/dist/internal/unseen.d.ts": "export type Unseen = string;\n",
  "packages/cli/package.json": packageJson("cli", { exports: {} }),
  "packages/examples/package.json": packageJson("examples", { private: true })
}

const report = `## One

\`\`\`ts
export declare const one: 1;
export interface Options {
  readonly times?: number | undefined;
}
export declare const run: (options: Options) => bench.Bench;
export type Names = C | A | import("./B.js").B;
export type Bound = keyof C | A;
\`\`\`

## internal/bench

\`\`\`ts
export type Bench = string;
\`\`\`
`

test("a report has what users see, internal types that they see included, and no comment", () =>
  withWorkspace(files, (folder) => {
    assert.deepEqual(writeReports(folder), ["packages/core/api.md"])
    const text = readFileSync(join(folder, "packages/core/api.md"), "utf8")
    assert.equal(text.slice(text.indexOf("## ")), report)
  }))

test("what was reviewed passes, and a missing report does not", () =>
  withWorkspace(files, async (folder) => {
    assert.match(lines(await check(folder)).join("\n"), /^packages\/core\/api\.md is not what/)
    writeReports(folder)
    assert.deepEqual(await check(folder), [])
  }))

test("a change that nobody reviewed is told line by line", () =>
  withWorkspace(files, async (folder) => {
    writeReports(folder)
    const file = join(folder, "packages/core/api.md")
    writeFileSync(file, readFileSync(file, "utf8").replace("one: 1", "one: 2"))
    const [problem] = await check(folder)
    assert.match(problem.message, /\n- export declare const one: 2;\n\+ export declare const one: 1;$/)
  }))

test("the order of names in a union is no change, unless it says something else", () =>
  withWorkspace(files, async (folder) => {
    writeReports(folder)
    const file = join(folder, "packages/core/api.md")
    const reviewed = readFileSync(file, "utf8")
    const reordered = (from, to) => writeFileSync(file, reviewed.replace(from, to))
    reordered('C | A | import("./B.js").B', 'A | import("./B.js").B | C')
    assert.deepEqual(await check(folder), [])
    reordered('C | A | import("./B.js").B', "A | C")
    assert.equal((await check(folder)).length, 1)
    reordered("keyof C | A", "keyof A | C")
    assert.equal((await check(folder)).length, 1)
  }))
