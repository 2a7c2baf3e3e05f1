import assert from "node:assert/strict"
import { test } from "node:test"
import { isExpected, isForeign, isOffline } from "../internal/consumer.mjs"
import { newestOf, withVersions } from "../internal/peers.mjs"

test("what an example prints is compared line by line, and patterns may repeat", () => {
  const expected = ["started", "/^\\d+ %$/", "done"]
  assert.equal(isExpected(["started", "10 %", "60 %", "done"], expected), true)
  for (const lines of [
    [],
    ["started", "done"],
    ["started", "ten %", "done"],
    ["started", "started", "10 %", "done"],
    ["started", "10 %", "done", "and more"]
  ]) {
    assert.equal(isExpected(lines, expected), false, lines.join())
  }
})

test("a registry that cannot be reached is told from packages that cannot be installed", () => {
  assert.equal(isOffline("npm error code ENOTFOUND registry.npmjs.org"), true)
  assert.equal(isOffline("npm error code ERESOLVE unable to resolve dependency tree"), false)
})

test("the newest version is the highest, whatever their order, and no prerelease", () => {
  assert.equal(newestOf(`["3.22.4","3.22.10","3.23.0-beta.1","3.22.9"]`), "3.22.10")
  assert.equal(newestOf(`"3.22.4"`), "3.22.4")
  assert.equal(newestOf(`[]`), undefined)
})

test("versions are exchanged in the default catalog alone", () => {
  const text = (version) =>
    `packages:\n  - packages/*\n\ncatalog:\n  "@effect/platform": ${version}\n  effect: 3.22.4\n\ncatalogs:\n  peers:\n    "@effect/platform": ^0.97.2\n`
  assert.equal(withVersions(text("0.97.2"), new Map([["@effect/platform", "0.97.9"]])), text("0.97.9"))
})

test("errors in the declarations of Effect are told from ours, whoever installed them", () => {
  for (const path of [
    "node_modules/effect/",
    "node_modules/@effect/platform/",
    "node_modules/.pnpm/effect@3.22.4/node_modules/effect/"
  ]) {
    assert.equal(isForeign(`${path}dist/dts/Utils.d.ts(69,53): error TS2314: …`), true, path)
  }
  for (const path of [
    "src/",
    "node_modules/@effect-lro/core/",
    "node_modules/.pnpm/@effect-lro+core@file+a_effect@3.22.4/node_modules/@effect-lro/core/"
  ]) {
    assert.equal(
      isForeign(`${path}dist/Bulk.d.ts(69,53): error TS2314: in node_modules/effect/dist/a.d.ts(1,1)`),
      false,
      path
    )
  }
})
