import assert from "node:assert/strict"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { decode, encode } from "@jridgewell/sourcemap-codec"
import { build } from "esbuild"
import { annotate, annotateOutput } from "../internal/pure.mjs"
import { packageJson, withWorkspace } from "./workspace.mjs"

const marked = (code) => annotate(code).code

test("a call that makes a value at the top of a module is marked, and so are those in its arguments", () => {
  assert.equal(
    marked("export const a = f(1, g(), { x: [h()] }).pipe(i);"),
    "export const a = /*#__PURE__*/ f(1, /*#__PURE__*/ g(), { x: [/*#__PURE__*/ h()] }).pipe(i);"
  )
  assert.equal(marked("const a = new Map([b()]);"), "const a = /*#__PURE__*/ new Map([/*#__PURE__*/ b()]);")
  assert.equal(
    marked("const a = f(g())(h()).i(j());"),
    "const a = /*#__PURE__*/ f(/*#__PURE__*/ g())(/*#__PURE__*/ h()).i(/*#__PURE__*/ j());"
  )
})

test("what a class is made with is marked, and not what its instances do", () => {
  assert.equal(
    marked("export class A extends B()(c()) { [k()] = d(); static e = f(); g() { h(); } }"),
    "export class A extends /*#__PURE__*/ B()(/*#__PURE__*/ c()) { [/*#__PURE__*/ k()] = d(); static e = /*#__PURE__*/ f(); g() { h(); } }"
  )
})

test("statements and the bodies of functions are left alone", () => {
  const code = 'import * as a from "a";\na.register(f());\nexport const g = () => h();\nfunction i() { return j(); }\n'
  assert.equal(marked(code), code)
})

test("what is marked stays as it is", () => {
  const once = marked("const a = f(g());\nconst b = /* @__PURE__ */h();")
  assert.equal(annotate("const a = /*#__PURE__*/ f();").isChanged, false)
  assert.deepEqual(annotate(once), { code: once, map: undefined, isChanged: false })
})

test("a source map still leads from each word to the same place", () => {
  const code = "import * as f from 'f';\nconst a = f.f(f.g(), \"π𝛑\", f.h()), b = 1;\nconst c = f.f();\n"
  // Each word is mapped to its own place.
  const words = code
    .split("\n")
    .map((line, row) => [...line.matchAll(/[\w.]+/g)].map(({ index }) => [index, 0, row, index]))
  const changed = annotate(code, { version: 3, mappings: encode(words) })
  const [before, after] = [code.split("\n"), changed.code.split("\n")]
  for (const [row, segments] of decode(changed.map.mappings).entries()) {
    for (const [column, , line, origin] of segments) {
      const wordAt = (text, at) => /^[\w.]+/.exec(text.slice(at))?.[0]
      assert.equal(wordAt(after[row], column), wordAt(before[line], origin))
    }
  }
  assert.notEqual(changed.code, code)
})

const output = (code) => ({
  "packages/core/package.json": packageJson("core", { sideEffects: false }),
  "packages/core/src/A.ts": code
})

test("a bundler leaves out what is not used, once it is marked", () =>
  withWorkspace(output(""), async (folder) => {
    const dist = join(folder, "packages/core/dist")
    mkdirSync(dist)
    const code = `import * as S from "effect/Schema"
export const kept = S.Struct({})
export const Unused = S.Union(S.optional(kept), S.String).pipe(S.filter(() => true))
export class Error extends S.TaggedError("Error")("Error", { a: S.optional(S.Int) }) {}
`
    writeFileSync(join(dist, "A.js"), code)
    writeFileSync(join(dist, "A.js.map"), JSON.stringify({ version: 3, mappings: "" }))
    writeFileSync(join(dist, "bundle.js"), code)
    const bundled = async () => {
      const { outputFiles } = await build({
        stdin: { contents: `export { kept } from "./A.js"`, resolveDir: dist },
        bundle: true,
        format: "esm",
        external: ["effect/*"],
        write: false
      })
      return outputFiles[0].text
    }
    assert.match(await bundled(), /Union[\s\S]*TaggedError/)
    annotateOutput(folder)
    assert.match(await bundled(), /Struct/)
    assert.doesNotMatch(await bundled(), /Union|TaggedError/)
    assert.equal(readFileSync(join(dist, "bundle.js"), "utf8"), code)
    assert.equal(existsSync(join(dist, "bundle.js.map")), false)
  }))
