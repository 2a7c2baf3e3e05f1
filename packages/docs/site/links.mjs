import { posix } from "node:path"

const isElsewhere = (href) => /^[a-z][a-z+.-]*:/i.test(href)

/** The anchors of a page. */
const anchorsOf = (html) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map((_) => _[1]))

/**
 * What is wrong with the links of a site, given as pages by path: those that lead to no page, or to no place in one. Links
 * to other sites are not followed.
 */
export const brokenLinks = (pages) => {
  const anchors = new Map([...pages].map(([path, html]) => [path, anchorsOf(html)]))
  const problems = []
  for (const [path, html] of pages) {
    for (const [, written] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      const href = written.replaceAll("&amp;", "&")
      if (isElsewhere(href)) continue
      const [file, anchor] = href.split("#")
      const target = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), decodeURIComponent(file)))
      if (!pages.has(target)) problems.push({ path, message: `a link leads to ${href}, which is not there` })
      else if (anchor !== undefined && !anchors.get(target).has(decodeURIComponent(anchor)))
        problems.push({ path, message: `a link leads to ${href}, and ${target} has no such anchor` })
    }
  }
  return problems
}
