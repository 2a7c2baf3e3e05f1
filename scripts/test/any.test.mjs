import assert from "node:assert/strict"
import { test } from "node:test"
import { check } from "../checks/any.mjs"
import { lines, packageJson, withWorkspace } from "./workspace.mjs"

const problems = (text) =>
  withWorkspace(
    { "packages/core/package.json": packageJson("core"), "packages/core/dist/A.d.ts": text },
    async (folder) => lines(await check(folder))
  )

test("types without any pass, also where the word stands in names, strings and comments", async () =>
  assert.deepEqual(await problems(`/** any */\nexport declare const any: "any" | Schema.Any\n`), []))

test("the constraint of a constructor of Effect's passes", async () =>
  assert.deepEqual(
    await problems("declare const A_base: new <A extends Record<string, any> = {}>(args: A) => Error & A\n"),
    []
  ))

const cases = [
  ["a default beside such a constraint", "declare const A_base: new <A extends object = any>(args: A) => A\n"],
  ["the constraint of a function of ours", "export declare const f: <A extends Record<string, any>>(a: A) => A\n"],
  ["a parameter", "export declare const f: (a: any) => void\n"],
  ["a type argument", "export declare const f: Effect.Effect<number, any>\n"],
  ["a base that is not exported", "declare const A_base: Class<any>\nexport declare class A extends A_base {}\n"],
  ["a default of a type parameter", "export interface A<T = any> {\n  a: T\n}\n"]
]

for (const [title, text] of cases) {
  test(`any in ${title} is reported`, async () =>
    assert.match((await problems(text)).join(), /dist\/A\.d\.ts:1 the type of (f|A|A_base) says any/))
}

test("a package that was not compiled is reported", async () => {
  const found = await withWorkspace({ "packages/core/package.json": packageJson("core") }, check)
  assert.match(lines(found).join(), /compile first/)
})
