import assert from "node:assert/strict"
import { test } from "node:test"
import { check } from "../checks/rules.mjs"
import { lines, packageJson, withWorkspace } from "./workspace.mjs"

const problems = (text, path = "A.ts") =>
  withWorkspace(
    { "packages/core/package.json": packageJson("core"), [`packages/core/src/${path}`]: text },
    async (folder) => lines(await check(folder))
  )

const allowed = [
  [
    "a foreign edge inside Effect.tryPromise",
    `export const a = Effect.tryPromise({ try: async () => await f(), catch: (e) => e })`
  ],
  ["throwing inside Effect.try", `export const a = Effect.try(() => { throw 1 })`],
  ["as const", "export const a = [1] as const"],
  [
    "a failure that is dropped with a reason",
    "// The other side is gone: nobody is left to tell.\nexport const a = Effect.ignore(b)"
  ],
  [
    "a key that names its place",
    `export const TypeId = "~@effect-lro/core/A"\nexport const key = "@effect-lro/core/A/Class"`
  ],
  ["a class or type by its name", `import { InvalidName, type Method } from "@effect-lro/core/OperationsError"`],
  ["functions of effect/Function", `import { dual, pipe } from "effect/Function"`],
  [
    "a reasoned exception",
    "// rule-exception(clock): the trace needs the clock of the machine\nexport const a = Date.now()"
  ],
  ["words in strings", `export const a = "TODO: Date.now() in console.log"`]
]

for (const [title, text] of allowed) {
  test(`${title} passes`, async () => assert.deepEqual(await problems(`${text}\n`), []))
}

const forbidden = [
  ["any", "export type A = Array<any>", "any"],
  ["as any", "export const a = b as any", "any"],
  ["!", "export const a = b!", "assertion"],
  ["async", "export const a = async () => 1", "async"],
  ["an async function declaration", "export async function a() {}", "async"],
  ["top-level await", "export const a = await b", "async"],
  ["try", "export const a = () => { try { b() } catch {} }", "try"],
  ["throw", `export const a = () => { throw new Error("no") }`, "throw"],
  ["Date.now", "export const a = Date.now()", "clock"],
  ["new Date()", "export const a = new Date()", "clock"],
  ["setTimeout", "export const a = setTimeout(f, 1)", "clock"],
  ["Math.random", "export const a = Math.random()", "random"],
  ["console", `console.log("a")`, "console"],
  ["process.env", "export const a = process.env.HOME", "environment"],
  ["Effect.runPromise", "export const a = Effect.runPromise(b)", "run"],
  ["Effect.runFork", "export const a = Effect.runFork(b)", "run"],
  ["TODO", "// TODO later", "todo"],
  ["a section banner", "// --------------\n// Constructors\n// --------------", "banner"],
  ["a dropped failure", "export const a = Effect.ignore(b)", "ignored"],
  ["a piped dropped failure", "export const a = b.pipe(Effect.ignore)", "ignored"],
  ["a caught and forgotten failure", "export const a = b.pipe(Effect.catchAll(() => Effect.void))", "ignored"],
  [
    "a failure that has a name and is forgotten",
    "export const a = b.pipe(Effect.catchAll((_error) => Effect.void))",
    "ignored"
  ],
  [
    "one of several that is forgotten",
    "export const a = Effect.catchTags(b, { A: () => Effect.succeed(1) })",
    "ignored"
  ],
  ["a barrel import", `import { Effect } from "effect"`, "import"],
  ["a named import", `import { type Status, make } from "@effect-lro/core/Status"`, "import"],
  ["a relative import without .js", `import * as B from "./B"`, "import"],
  ["a key of another module", `export const key = "@effect-lro/core/B"`, "key"],
  ["a key of another package", `export const TypeId = "~@effect-lro/client/A"`, "key"]
]

for (const [title, text, rule] of forbidden) {
  test(`${title} is reported with its line`, async () => {
    const found = (await problems(`\n${text}\n`)).filter((_) => _.endsWith(`(${rule})`))
    assert.notEqual(found.length, 0)
    assert.match(found[0], /^packages\/core\/src\/A\.ts:[2-4] /)
  })
}

test("only bin.ts runs effects", async () => {
  assert.deepEqual(await problems("Effect.runPromise(main)\n", "bin.ts"), [])
})

test("a file name that says nothing is reported", async () => {
  assert.match((await problems("", "internal/utils.ts")).join(), /utils\.ts says nothing/)
  assert.match((await problems("", "poller.ts")).join(), /PascalCase/)
})

test("a file of more than 500 lines is reported", async () => {
  assert.match((await problems("// a\n".repeat(501))).join(), /501 lines/)
})

test("an exception without a reason is reported", async () => {
  const found = await problems("// rule-exception(clock): because\nexport const a = Date.now()\n")
  assert.match(found.join(), /gives no reason/)
})

test("an exception that excepts nothing is reported", async () => {
  const found = await problems(
    "// rule-exception(clock): the trace needs the clock of the machine\nexport const a = 1\n"
  )
  assert.match(found.join(), /nothing to except/)
})

test("an exception to another rule excepts nothing", async () => {
  const found = await problems(
    "// rule-exception(random): the trace needs the clock of the machine\nexport const a = Date.now()\n"
  )
  assert.equal(found.length, 2)
})

test("a file that does not parse is reported", async () => {
  assert.match((await problems("export const = 1\n")).join(), /does not parse/)
})
