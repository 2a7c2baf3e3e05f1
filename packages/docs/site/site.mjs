// The site as pages by path. Nothing is read but the workspace, and nothing is written here.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { publishedPackages, root } from "../../../scripts/internal/paths.mjs"
import { brokenLinks } from "./links.mjs"
import { code, escape, render } from "./markdown.mjs"
import { byCategory, modulesOf } from "./reference.mjs"

const repository = "https://github.com/effect-lro/effect-lro/blob/main"

/** The chapters in the order in which they are read; what is not listed in docs/README.md comes last. */
const chapters = () => {
  const listed = [...readFileSync(join(root, "docs/README.md"), "utf8").matchAll(/\]\(([\w-]+\.md)\)/g)].map(
    (_) => _[1]
  )
  const present = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md") && file !== "README.md")
  return [...new Set([...listed.filter((file) => present.includes(file)), ...present])].map((file) => `docs/${file}`)
}

/** Where each Markdown file of the workspace is found in the site. */
const placesOf = (packages) =>
  new Map([
    ["README.md", "index.html"],
    ["ARCHITECTURE.md", "architecture.html"],
    ["CONTRIBUTING.md", "contributing.html"],
    ["docs/README.md", "guide/index.html"],
    ["packages/examples/README.md", "guide/examples.html"],
    ...chapters().map((file) => [file, file.replace(/^docs\/(.*)\.md$/, "guide/$1.html")]),
    ...packages
      .filter(({ folder }) => existsSync(join(root, "packages", folder, "README.md")))
      .map(({ folder }) => [`packages/${folder}/README.md`, `packages/${folder}/index.html`])
  ])

const to = (from, target) => posix.relative(posix.dirname(from), target) || posix.basename(target)

/** Turns a link of a Markdown file into one of the site, or to the repository where it is for a file that has no page. */
const linker = (file, page, places, problems) => (href) => {
  if (/^[a-z][a-z+.-]*:/i.test(href) || href.startsWith("#")) return href
  const [path, anchor] = href.split("#")
  const target = relative(root, join(root, dirname(file), path))
  const place = places.get(target) ?? places.get(posix.join(target, "README.md"))
  if (place !== undefined) return `${to(page, place)}${anchor === undefined ? "" : `#${anchor}`}`
  if (!existsSync(join(root, target)))
    problems.push({ path: file, message: `a link leads to ${href}, which is not there` })
  return `${repository}/${target}`
}

const titleOf = (file) => /^# (.+)$/m.exec(readFileSync(join(root, file), "utf8"))?.[1] ?? file

const navigation = (page, { packages, places }) => {
  const item = (target, title) =>
    `<li><a${target === page ? ' aria-current="page"' : ""} href="${to(page, target)}">${escape(title)}</a></li>`
  const section = (title, items) => `<h2>${title}</h2>\n<ul>\n${items.join("\n")}\n</ul>`
  const reference = packages.flatMap(({ folder, modules }) => {
    const first = places.get(`packages/${folder}/README.md`)
    const isOpen = page.startsWith(`packages/${folder}/`)
    const inner = isOpen ? modules.map(({ name }) => item(`packages/${folder}/${name}.html`, name)) : []
    if (first === undefined && modules.length === 0) return []
    const head = item(first ?? `packages/${folder}/${modules[0].name}.html`, folder)
    return [inner.length === 0 ? head : head.replace("</li>", `<ul>${inner.join("")}</ul></li>`)]
  })
  return [
    section("effect-lro", [
      item("index.html", "Overview"),
      item("architecture.html", "Architecture"),
      item("contributing.html", "Contributing")
    ]),
    section("Guide", [
      item("guide/index.html", "Contents"),
      ...chapters().map((file) => item(places.get(file), titleOf(file))),
      item("guide/examples.html", "Examples")
    ]),
    section("Packages", reference)
  ].join("\n")
}

const contents = (headings) =>
  headings.length < 2
    ? ""
    : `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${headings
        .map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`)
        .join("")}</ul></nav>`

const layout = (page, { body, headings, nav, title }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title === "effect-lro" ? title : `${title} · effect-lro`)}</title>
<link rel="stylesheet" href="${to(page, "style.css")}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><a href="${to(page, "index.html")}">effect-lro</a> <span>long-running operations you can trust to stop</span></header>
<div class="columns">
<nav class="site" aria-label="Site">
${nav}
</nav>
<main id="content">
${body}
</main>
${contents(headings)}
</div>
</body>
</html>
`

/** `{@link x}` is a place on the page where there is one of that name, and otherwise just a name. */
const withLinks = (prose, members) =>
  prose.replace(/\{@link (\w+)\}/g, (_, name) => (members.has(name) ? `[\`${name}\`](#${name})` : `\`${name}\``))

const modulePage = (entry, module) => {
  const known = new Set(module.members.map(({ name }) => name))
  const headings = []
  const prose = (text) => render(withLinks(text, known), { link: (href) => href }).html
  const sections = byCategory(module.members).map(([category, members]) => {
    const id = `category-${category.replaceAll(" ", "-")}`
    headings.push({ id, title: escape(category) })
    const each = members.map((member) => {
      headings.push({ id: member.name, title: `<code>${escape(member.name)}</code>` })
      const examples = member.examples.map((example) => `<p class="label">Example</p>\n${prose(example)}`).join("")
      return `<section class="member">
<h3 id="${member.name}"><code>${escape(member.name)}</code> <a class="anchor" href="#${member.name}" aria-label="Link to ${member.name}">#</a> <small>since ${member.since ?? "?"}</small></h3>
${prose(member.prose)}<div class="declaration">${code(member.code, "ts")}</div>${examples}</section>`
    })
    return `<h2 id="${id}">${escape(category)}</h2>\n${each.join("\n")}`
  })
  const body = `<h1>${module.name}</h1>
<p class="import"><code>import * as ${module.name} from "${entry.manifest.name}/${module.name}"</code></p>
${prose(module.about)}
${sections.join("\n")}`
  return { body, headings, title: `${module.name}, ${entry.folder}` }
}

const moduleTable = (page, { folder, modules }) => {
  if (modules.length === 0) return ""
  const rows = modules.map(({ about, name }) => {
    const sentence = render(about.split("\n\n")[0], { link: (href) => href }).html.replace(/^<p>|<\/p>\s*$/g, "")
    return `<tr><td><a href="${to(page, `packages/${folder}/${name}.html`)}"><code>${name}</code></a></td><td>${sentence}</td></tr>`
  })
  return `<h2 id="reference">Reference</h2>\n<div class="table"><table><tbody>\n${rows.join("\n")}\n</tbody></table></div>\n`
}

/** Makes the site. The packages must have been compiled. Answers the pages by path, and which links lead nowhere. */
export const makeSite = () => {
  const packages = publishedPackages().map((entry) => ({
    ...entry,
    modules: entry.manifest.exports?.["."] === undefined ? [] : modulesOf(entry)
  }))
  const places = placesOf(packages)
  const problems = []
  const pages = new Map()
  const add = (page, parts) => pages.set(page, layout(page, { ...parts, nav: navigation(page, { packages, places }) }))
  for (const [file, page] of places) {
    const link = linker(file, page, places, problems)
    const { headings, html } = render(readFileSync(join(root, file), "utf8"), { link })
    const entry = packages.find(({ folder }) => page === `packages/${folder}/index.html`)
    const table = entry === undefined ? "" : moduleTable(page, entry)
    const below = headings.filter(({ depth }) => depth === 2)
    if (table !== "") below.push({ id: "reference", title: "Reference" })
    add(page, { body: html + table, headings: below, title: titleOf(file) })
  }
  for (const entry of packages) {
    for (const module of entry.modules) add(`packages/${entry.folder}/${module.name}.html`, modulePage(entry, module))
  }
  pages.set("style.css", readFileSync(fileURLToPath(new URL("style.css", import.meta.url)), "utf8"))
  return { pages, problems: [...problems, ...brokenLinks(pages)] }
}
