import assert from "node:assert/strict"
import { test } from "node:test"
import { check } from "../checks/boundaries.mjs"
import { lines, packageJson, table, withWorkspace } from "./workspace.mjs"

const rows = ["`core` | the model | `effect`", "`client` | the client | `core`, `@effect/platform`"]

const problems = (files, tableRows = rows) =>
  withWorkspace(
    {
      "ARCHITECTURE.md": table(tableRows),
      "packages/core/package.json": packageJson("core", { peerDependencies: { effect: "catalog:peers" } }),
      "packages/client/package.json": packageJson("client", {
        dependencies: { "@effect-lro/core": "workspace:^" },
        peerDependencies: { effect: "catalog:peers", "@effect/platform": "catalog:peers" },
        devDependencies: { "@effect/vitest": "catalog:" }
      }),
      ...files
    },
    async (folder) => lines(await check(folder))
  )

test("what the table allows passes", async () => {
  const found = await problems({
    "packages/client/src/A.ts": `import * as Operation from "@effect-lro/core/Operation"\nimport * as B from "./internal/b.js"\n`,
    "packages/client/test/A.test.ts": `import { it } from "@effect/vitest"\nimport * as A from "../src/A.js"\nimport "node:http"\n`
  })
  assert.deepEqual(found, [])
})

const cases = [
  [
    "an edge that points back",
    { "packages/core/src/A.ts": `import * as C from "@effect-lro/client/C"` },
    /core\/src\/A\.ts:1 .*table does not let core use @effect-lro\/client/
  ],
  ["a type import of it", { "packages/core/src/A.ts": `\nimport type * as C from "@effect-lro/client/C"` }, /A\.ts:2 /],
  [
    "an import() type of it",
    { "packages/core/src/A.ts": `export type C = import("@effect-lro/client/C").C` },
    /A\.ts:1 /
  ],
  ["a re-export of it", { "packages/core/src/A.ts": `export * from "@effect-lro/client/C"` }, /A\.ts:1 /],
  [
    "a dynamic import of it",
    { "packages/core/src/A.ts": `export const c = import("@effect-lro/client/C")` },
    /A\.ts:1 /
  ],
  [
    "a third-party package that is not in the row",
    { "packages/core/src/A.ts": `import * as H from "@effect/platform/HttpClient"` },
    /does not let core use @effect\/platform/
  ],
  [
    "a built-in module where node is not in the row",
    { "packages/core/src/A.ts": `import * as Fs from "node:fs"` },
    /does not let core use node/
  ],
  [
    "an undeclared dependency",
    {
      "packages/client/package.json": packageJson("client"),
      "packages/client/src/A.ts": `import * as O from "@effect-lro/core/O"`
    },
    /not among the package's dependencies/
  ],
  [
    "a devDependency in sources",
    { "packages/client/src/A.ts": `import { it } from "@effect/vitest"` },
    /does not let client use @effect\/vitest/
  ],
  [
    "an undeclared dependency of tests",
    { "packages/core/test/A.test.ts": `import { it } from "@effect/vitest"` },
    /core\/test\/A\.test\.ts:1 .*dependencies/
  ],
  [
    "another package's files by a relative path",
    { "packages/client/src/A.ts": `import * as O from "../../core/src/O.js"` },
    /outside of src/
  ],
  [
    "another package's internals",
    { "packages/client/src/A.ts": `import * as O from "@effect-lro/core/internal/o"` },
    /internal to another package/
  ],
  [
    "a manifest that says more than the row",
    { "packages/core/package.json": packageJson("core", { dependencies: { undici: "catalog:" } }) },
    /dependencies names undici/
  ],
  [
    "a package that is not in the table",
    { "packages/extra/package.json": packageJson("extra") },
    /packages\/extra is not in the table/
  ],
  [
    "a package of another name",
    { "packages/core/package.json": packageJson("other") },
    /its name is @effect-lro\/other/
  ]
]

for (const [title, files, expected] of cases) {
  test(`${title} is reported`, async () => assert.match((await problems(files)).join("\n"), expected))
}

test("a row that depends on a row below it is reported", async () => {
  const found = await problems({}, ["`core` | the model | `client`", "`client` | the client | `core`"])
  assert.match(found.join("\n"), /core → client points back/)
})

test("a missing table is reported", async () => {
  const found = await withWorkspace({ "ARCHITECTURE.md": "# Nothing" }, check)
  assert.match(lines(found).join("\n"), /has no table/)
})
