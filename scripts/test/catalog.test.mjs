import assert from "node:assert/strict"
import { test } from "node:test"
import { check } from "../checks/catalog.mjs"
import { lines, packageJson, withWorkspace } from "./workspace.mjs"

const catalogs = (defaults, peers) => `packages:
  - packages/*

catalog:
${defaults.map((_) => `  ${_}\n`).join("")}
catalogs:
  peers:
${peers.map((_) => `    ${_}\n`).join("")}`

const right = { peerDependencies: { effect: "catalog:peers" }, devDependencies: { effect: "catalog:" } }

const problems = (more, yaml = catalogs(["effect: 3.22.4"], ["effect: ^3.22.4"])) =>
  withWorkspace(
    { "package.json": "{}", "pnpm-workspace.yaml": yaml, "packages/core/package.json": packageJson("core", more) },
    async (folder) => lines(await check(folder)).join("\n")
  )

test("versions from the catalogs pass", async () => assert.equal(await problems(right), ""))

const cases = [
  [
    "a version outside of the catalogs",
    { ...right, devDependencies: { effect: "3.22.4" } },
    undefined,
    /devDependencies\.effect is "3\.22\.4"/
  ],
  [
    "an exact peer",
    { ...right, peerDependencies: { effect: "catalog:" } },
    undefined,
    /peerDependencies\.effect is "catalog:"/
  ],
  [
    "a peer that tests cannot find",
    { peerDependencies: right.peerDependencies },
    undefined,
    /missing from devDependencies/
  ],
  [
    "a dependency that no catalog knows",
    { ...right, dependencies: { undici: "catalog:" } },
    undefined,
    /undici is not in the catalog default/
  ],
  [
    "a workspace edge with a version",
    { ...right, dependencies: { "@effect-lro/rest": "^1.0.0" } },
    undefined,
    /not "workspace:\^"/
  ],
  ["a range in the default catalog", right, catalogs(["effect: ^3.22.4"], ["effect: ^3.22.4"]), /not an exact version/],
  [
    "a peer without an upper bound",
    right,
    catalogs(["effect: 3.22.4"], ["effect: 3.22.4"]),
    /not a range with an upper bound/
  ],
  [
    "a peer range below what is developed with",
    right,
    catalogs(["effect: 4.0.0"], ["effect: ^3.22.4"]),
    /does not admit 4\.0\.0/
  ],
  ["a peer range above it", right, catalogs(["effect: 3.22.1"], ["effect: ^3.22.4"]), /does not admit 3\.22\.1/],
  [
    "a 0.x range that misses by the minor",
    right,
    catalogs(["effect: 0.98.0"], ["effect: ^0.97.2"]),
    /does not admit 0\.98\.0/
  ],
  [
    "an entry nobody uses",
    right,
    catalogs(["effect: 3.22.4", '"@effect/sql": 0.52.1'], ["effect: ^3.22.4"]),
    /@effect\/sql: nobody uses it/
  ]
]

for (const [title, manifest, yaml, expected] of cases) {
  test(`${title} is reported`, async () => assert.match(await problems(manifest, yaml), expected))
}
