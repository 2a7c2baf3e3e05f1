import hljs from "highlight.js/lib/core"
import bash from "highlight.js/lib/languages/bash"
import json from "highlight.js/lib/languages/json"
import typescript from "highlight.js/lib/languages/typescript"
import { Marked } from "marked"

hljs.registerLanguage("ts", typescript)
hljs.registerLanguage("sh", bash)
hljs.registerLanguage("json", json)

export const escape = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** A block of code, in colours where its language is known. */
export const code = (text, language) =>
  `<pre><code>${hljs.getLanguage(language) === undefined ? escape(text) : hljs.highlight(text, { language }).value}</code></pre>\n`

/** The anchor of a heading, as GitHub makes it, so that links lead to the same place there and here. */
export const slug = (text) =>
  text
    .toLowerCase()
    .replace(/<[^>]*>|&[a-z]+;|&#\d+;/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-")

/**
 * Renders a text. `link` is given each address and answers where it leads in the site. Answers the HTML and the headings, each
 * with its level, its text and its anchor.
 */
export const render = (text, { link }) => {
  const headings = []
  const used = new Map()
  const anchor = (title) => {
    const base = slug(title)
    const count = used.get(base) ?? 0
    used.set(base, count + 1)
    return count === 0 ? base : `${base}-${count}`
  }
  const marked = new Marked({
    gfm: true,
    renderer: {
      code: ({ lang, text: source }) => code(source, lang?.split(/\s/)[0] ?? ""),
      heading({ depth, tokens }) {
        const html = this.parser.parseInline(tokens)
        const title = html.replace(/<[^>]*>/g, "")
        const id = anchor(title)
        headings.push({ depth, title, id })
        return `<h${depth} id="${id}">${html} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`
      },
      link({ href, tokens }) {
        return `<a href="${escape(link(href))}">${this.parser.parseInline(tokens)}</a>`
      },
      table({ header, rows }) {
        const row = (cells, tag) =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("")}</tr>`
        const body = rows.map((cells) => row(cells, "td")).join("\n")
        return `<div class="table"><table><thead>${row(header, "th")}</thead><tbody>\n${body}\n</tbody></table></div>\n`
      }
    }
  })
  return { html: marked.parse(text), headings }
}
