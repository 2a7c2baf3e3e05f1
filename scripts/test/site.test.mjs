import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { brokenLinks } from "../../packages/docs/site/links.mjs"
import { render, slug } from "../../packages/docs/site/markdown.mjs"
import { byCategory, modulesOf } from "../../packages/docs/site/reference.mjs"
import { packageJson, withWorkspace } from "./workspace.mjs"

const site = (links) =>
  new Map([
    ["index.html", links],
    ["guide/a.html", `<h1 id="a">A</h1><a href="../index.html">up</a><a href="#a">a</a>`],
    ["style.css", ""]
  ])

test("links to pages and places that are there pass, and so do other sites", () => {
  const links = `<link href="style.css"><a href="guide/a.html">a</a><a href="guide/a.html#a">a</a><a href="https://x.example/y#z">y</a>`
  assert.deepEqual(brokenLinks(site(links)), [])
})

for (const [title, link, expected] of [
  ["a page", `<a href="guide/b.html">b</a>`, /guide\/b\.html, which is not there/],
  ["an anchor", `<a href="guide/a.html#b">b</a>`, /has no such anchor/],
  ["an anchor of the same page", `<a href="#b">b</a>`, /has no such anchor/],
  ["a stylesheet", `<link href="other.css">`, /other\.css, which is not there/]
]) {
  test(`a link to ${title} that is missing is reported`, () => {
    const [{ message, path }] = brokenLinks(site(link))
    assert.equal(path, "index.html")
    assert.match(message, expected)
  })
}

test("headings have the anchors that GitHub gives them, also where two are alike", () => {
  assert.equal(slug("A store of one's own"), "a-store-of-ones-own")
  const { headings, html } = render("# `Effect.fn` & Co.\n\n## Rules\n\n## Rules\n", { link: (_) => _ })
  assert.deepEqual(
    headings.map(({ id }) => id),
    ["effectfn--co", "rules", "rules-1"]
  )
  assert.match(html, /<h2 id="rules-1">/)
})

test("text is text, in code too", () => {
  const { html } = render("a < b & `Effect<A>`\n\n```ts\nconst a: Array<string> = []\n```\n", { link: (_) => _ })
  assert.match(html, /a &lt; b &amp; <code>Effect&lt;A&gt;<\/code>/)
  assert.match(html, /Array<\/span>&lt;/)
})

const declared = `/**
 * Adds one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
    /**
     * How often. Once
     * by default.
     */
    readonly times?: number;
}
/**
 * Says {@link add}.
 *
 * @since 0.2.0
 * @category programs
 * @example
 * \`\`\`ts
 * add(1)
 * \`\`\`
 */
export declare function add(a: string): string;
export declare function add(a: number): number;
declare const delete_: () => void;
export { 
/**
 * Takes away.
 *
 * @since 0.1.0
 * @category programs
 */
delete_ as delete };
/**
 * Nobody's.
 *
 * @internal
 */
export declare const hidden: 1;
`

test("a reference has each name once, with all its declarations, its options' comments and its examples", () =>
  withWorkspace(
    {
      "packages/core/package.json": packageJson("core"),
      "packages/core/src/Adding.ts": '/**\n * About adding.\n *\n * @since 0.1.0\n */\nimport * as A from "./A.js"\n',
      "packages/core/dist/Adding.d.ts": declared
    },
    (folder) => {
      const [{ about, members, name }] = modulesOf({ path: join(folder, "packages/core") })
      assert.deepEqual([name, about], ["Adding", "About adding."])
      assert.deepEqual(
        byCategory(members).map(([category, all]) => [category, all.map((_) => _.name)]),
        [
          ["models", ["Options"]],
          ["programs", ["add", "delete"]]
        ]
      )
      const [options, add, remove] = members
      assert.equal(
        options.code,
        "interface Options {\n  /** How often. Once by default. */\n  readonly times?: number;\n}"
      )
      assert.equal(add.code, "function add(a: string): string;\n\nfunction add(a: number): number;")
      assert.deepEqual([add.since, add.examples], ["0.2.0", ["```ts\nadd(1)\n```"]])
      assert.deepEqual([remove.prose, remove.code], ["Takes away.", "const delete: () => void;"])
    }
  ))
