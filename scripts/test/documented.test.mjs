import assert from "node:assert/strict"
import { test } from "node:test"
import { check } from "../checks/documented.mjs"
import { good, lines, packageJson, withWorkspace } from "./workspace.mjs"

const problems = (text, path = "packages/core/src/A.ts") =>
  withWorkspace({ "packages/core/package.json": packageJson("core"), [path]: text }, async (folder) =>
    lines(await check(folder))
  )

const doc = (...body) => `/**\n${body.map((_) => ` * ${_}\n`).join("")} */\n`

test("a documented export passes", async () => assert.deepEqual(await problems(good), []))

test("internal modules need no documentation", async () =>
  assert.deepEqual(await problems("export const a = 1\n", "packages/core/src/internal/a.ts"), []))

test("one comment speaks for all signatures of a function", async () => {
  const overloads =
    "export function f(a: string): void\nexport function f(a: number): void\nexport function f(a: unknown): void {}\n"
  assert.deepEqual(await problems(good.replace("export const one = 1\n", overloads)), [])
})

const sentence = "Adds one."
const since = "@since 0.1.0"
const category = "@category models"
const cases = [
  ["no comment", "export const a = 1\n", /A\.ts:1 a has no doc comment/],
  ["an ordinary comment", "// Adds one.\nexport const a = 1\n", /a has no doc comment/],
  ["the comment of the one before", `${good}export const a = 1\n`, /A\.ts:8 a has no doc comment/],
  ["no sentence", `${doc(since, category)}export interface A {}\n`, /A begins with no sentence/],
  ["no @since", `${doc(sentence, category)}export type A = 1\n`, /A has no @since/],
  ["no @category", `${doc(sentence, since)}export class A {}\n`, /A has no @category/],
  ["two categories", `${doc(sentence, since, category, category)}export class A {}\n`, /A has more than one @category/],
  ["a category that is no plural", `${doc(sentence, since, "@category model")}export class A {}\n`, /"model"/],
  ["a category in capitals", `${doc(sentence, since, "@category Models")}export class A {}\n`, /"Models"/],
  [
    "a member of a namespace",
    `${doc(sentence, since, category)}export declare namespace N {\n  export type A = 1\n}\n`,
    /N\.A has no doc comment/
  ],
  ["an export list", "const a = 1\nexport { a }\n", /\{ a \} has no doc comment/],
  [
    "a module's comment behind an import",
    `import "b"\n${doc("About adding.", "", since)}import "c"\n${good}`,
    /A\.ts:7 has the comment of the module behind an import/
  ],
  ["a re-export", `export * from "./B.js"\n`, /export \* has no doc comment/]
]

for (const [title, text, expected] of cases) {
  test(`${title} is reported`, async () => assert.match((await problems(text)).join("\n"), expected))
}
