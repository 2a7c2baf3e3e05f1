import assert from "node:assert/strict"
import { test } from "node:test"
import { check, notInstallable } from "../checks/docs.mjs"
import { lines, packageJson, withWorkspace } from "./workspace.mjs"

const withExample = (...code) => `/**
 * Adds one.
 *
 * @example
 * \`\`\`ts
${code.map((_) => ` * ${_}\n`).join("")} * \`\`\`
 *
 * @since 0.1.0
 */
export const one = 1
`

const files = { "packages/core/package.json": packageJson("core") }

const problems = (more) => withWorkspace({ ...files, ...more }, async (folder) => lines(await check(folder)))

test("examples that compile pass", async () => {
  const found = await problems({
    "packages/core/src/A.ts": withExample(
      `import * as Effect from "effect/Effect"`,
      "",
      "export const a: Effect.Effect<number> = Effect.succeed(1)"
    ),
    "README.md": "# Title\n\n```ts\nexport const a: number = 1\n```\n\n```sh\nnot code\n```\n"
  })
  assert.deepEqual(found, [])
})

test("an error is reported where it stands: in a doc comment, in the README and in docs", async () => {
  const found = await problems({
    "packages/core/src/A.ts": withExample("const a = 1", "export const b: string = a"),
    "README.md": "# Title\n\n```ts\nexport const a: number = 1\nexport const b: string = a\n```\n",
    "docs/guide/start.md": "```ts\nexport const a = missing\n```\n"
  })
  assert.equal(found.length, 3)
  assert.match(found[0], /^packages\/core\/src\/A\.ts:7 TS2322/)
  assert.match(found[1], /^README\.md:5 TS2322/)
  assert.match(found[2], /^docs\/guide\/start\.md:2 TS2304/)
})

test("an import that does not exist is reported", async () => {
  const found = await problems({
    "README.md": `\`\`\`ts\nimport * as No from "@effect-lro/core/No"\nexport const a = No\n\`\`\`\n`
  })
  assert.match(found.join(), /README\.md:2 TS2307/)
})

test("an effect that floats is reported", async () => {
  const found = await problems({
    "README.md": `\`\`\`ts\nimport * as Effect from "effect/Effect"\nEffect.succeed(1)\n\`\`\`\n`
  })
  assert.match(found.join(), /README\.md:3 .*floatingEffect/)
})

test("an @example without code is reported", async () => {
  const found = await problems({
    "packages/core/src/A.ts": "\n/**\n * Adds one.\n *\n * @example See the README.\n */\nexport const one = 1\n"
  })
  assert.match(found.join(), /A\.ts:2 an @example has no ```ts fence/)
})

test("a package's README says what to install: its peers, and what its examples import", async () => {
  const readme = (install) =>
    `# core\n\n\`\`\`sh\n${install}\n\`\`\`\n\n\`\`\`ts\nimport "./a.js"\nimport * as Net from "node:net"\nimport * as B from "@effect-lro/core/B"\nimport * as Effect from "effect/Effect"\n\`\`\`\n`
  const installs = async (install) =>
    (
      await withWorkspace({ ...files, "packages/core/README.md": readme(install) }, async (folder) =>
        notInstallable(folder)
      )
    ).map(({ message }) => message)
  assert.deepEqual(await installs("npm install @effect-lro/core effect"), [])
  assert.deepEqual(await installs("npm install @effect-lro/core"), [
    "it does not say what to install: npm install @effect-lro/core effect"
  ])
})
