// The checks that other people's tools perform: what our configuration of them must find.
import assert from "node:assert/strict"
import { existsSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import * as format from "../checks/format.mjs"
import * as lint from "../checks/lint.mjs"
import * as types from "../checks/types.mjs"
import * as unused from "../checks/unused.mjs"
import { root } from "../internal/paths.mjs"
import { lines, packageJson, withWorkspace } from "./workspace.mjs"

const ours = (file) => readFileSync(join(root, file), "utf8")

const project = JSON.stringify({
  extends: "../../tsconfig.base.json",
  include: ["src"],
  compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" }
})

/** A workspace with our configuration, one package, and these files. */
const inWorkspace = (files, body) =>
  withWorkspace(
    {
      "package.json": JSON.stringify({ name: "fixture", private: true, type: "module" }),
      "tsconfig.base.json": ours("tsconfig.base.json"),
      "tsconfig.json": JSON.stringify({ files: [], references: [{ path: "packages/core" }] }),
      ".oxlintrc.json": ours(".oxlintrc.json"),
      ".oxfmtrc.json": ours(".oxfmtrc.json"),
      ".gitignore": "node_modules\ndist\n",
      "packages/core/package.json": packageJson("core"),
      "packages/core/tsconfig.json": project,
      ...files
    },
    (folder) => {
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
      return body(folder)
    }
  )

const found = (check, text, path = "packages/core/src/A.ts") =>
  inWorkspace({ [path]: text }, async (folder) => lines(await check(folder)).join("\n"))

test("types: an error of types is reported", async () =>
  assert.match(await found(types.check, `export const a: string = 1\n`), /A\.ts\(1,14\): error TS2322/))

test("types: an error of Effect's diagnostics is reported", async () => {
  const text = `import * as Effect from "effect/Effect"\nEffect.succeed(1)\nexport const a = 1\n`
  assert.match(await found(types.check, text), /A\.ts\(2,1\): error .*floatingEffect/)
})

test("types: a warning of Effect's diagnostics is reported", async () => {
  const text = `import * as Effect from "effect/Effect"\nexport const a = Effect.fail(new Error("no"))\n`
  assert.match(await found(types.check, text), /warning .*globalErrorInEffectFailure/)
})

test("types: sound code passes, and output of deleted sources goes", () =>
  inWorkspace({ "packages/core/src/A.ts": "export const a = 1\n", "packages/core/dist/Old.js": "" }, async (folder) => {
    assert.deepEqual(await types.check(folder), [])
    assert.equal(existsSync(join(folder, "packages/core/dist/A.js")), true)
    assert.equal(existsSync(join(folder, "packages/core/dist/Old.js")), false)
  }))

test("types: a package that nobody references is reported", () =>
  inWorkspace(
    {
      "packages/core/src/A.ts": "export const a = 1\n",
      "packages/extra/package.json": packageJson("extra"),
      "packages/extra/src/B.ts": "export const b = 1\n",
      "packages/plain/package.json": packageJson("plain"),
      "packages/plain/site/site.mjs": "export const c = 1\n"
    },
    // What has no TypeScript in it has nothing to be compiled.
    async (folder) =>
      assert.deepEqual(lines(await types.check(folder)), ["tsconfig.json has no reference to packages/extra"])
  ))

const linted = [
  ["any", "export type A = Array<any>\n", "no-explicit-any"],
  ["console", `console.log("a")\nexport const a = 1\n`, "no-console"],
  ["process.env", "export const a = process.env\n", "no-process-env"],
  ["an unsafe assertion", "export const a = (b: unknown) => b as string\n", "no-unsafe-type-assertion"],
  ["an inferred any", `export const a = (b: string) => JSON.parse(b).c\n`, "no-unsafe-return"],
  ["a promise that floats", "const f = () => Promise.resolve(1)\nf()\nexport const a = 1\n", "no-floating-promises"],
  ["an array type with brackets", "export type A = string[]\n", "array-type"],
  [
    "an import for types only",
    `import * as B from "effect/Effect"\nexport type A = B.Effect<1>\n`,
    "consistent-type-imports"
  ],
  ["an unneeded directive", "// oxlint-disable-next-line no-console\nexport const a = 1\n", "unused|disable"]
]

for (const [title, text, rule] of linted) {
  test(`lint: ${title} is reported`, async () => assert.match(await found(lint.check, text), new RegExp(rule)))
}

test("lint: sound code passes", async () => assert.equal(await found(lint.check, "export const a = 1\n"), ""))

test("lint: a circle of imports is reported", () =>
  inWorkspace(
    {
      "packages/core/src/A.ts": `import * as B from "./B.js"\nexport const a = () => B.b\n`,
      "packages/core/src/B.ts": `import * as A from "./A.js"\nexport const b = () => A.a\n`
    },
    async (folder) => assert.match(lines(await lint.check(folder)).join("\n"), /no-cycle/)
  ))

test("format: another style is reported with its file", async () => {
  assert.match(await found(format.check, "export const a = 'a';\n"), /packages\/core\/src\/A\.ts is not formatted/)
  assert.doesNotMatch(await found(format.check, `export const a = "a"\n`), /A\.ts/)
})

test("unused: an export, a file and a dependency that nobody uses are reported", () =>
  inWorkspace(
    {
      "knip.json": ours("knip.json"),
      "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
      "packages/core/package.json": packageJson("core", { dependencies: { undici: "1.0.0" } }),
      "packages/core/src/A.ts": `import * as b from "./internal/b.js"\nexport const a = b.used\n`,
      "packages/core/src/internal/b.ts": "export const used = 1\nexport const forgotten = 2\n",
      "packages/core/src/internal/c.ts": "export const c = 1\n"
    },
    async (folder) => {
      const report = lines(await unused.check(folder)).join("\n")
      assert.match(report, /forgotten/)
      assert.match(report, /internal\/c\.ts/)
      assert.match(report, /undici/)
      assert.doesNotMatch(report, /\bused\b/)
    }
  ))
