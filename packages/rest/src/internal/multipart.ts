/** The lines before an empty one, and what follows it. */
export interface Head {
  /** Without their ends. */
  readonly lines: ReadonlyArray<string>
  readonly rest: string
}

/** What stands between the delimiters of a multipart body, and whether the last delimiter closed it. */
export interface Split {
  readonly parts: ReadonlyArray<string>
  readonly closed: boolean
}

/**
 * Cuts a multipart body at the lines that are its delimiters, with either kind of line end. What comes before the first
 * and after the closing one counts for nothing; what no delimiter ends is no part, since it may have been cut off. Stops
 * after `maxParts` and one more.
 */
export const split = (body: string, boundary: string, maxParts: number): Split => {
  const delimiter = `--${boundary}`
  const parts: Array<string> = []
  let start = -1
  for (let at = body.indexOf(delimiter); at >= 0 && parts.length <= maxParts; at = body.indexOf(delimiter, at + 1)) {
    if (at > 0 && body.charCodeAt(at - 1) !== lf) continue
    let end = at + delimiter.length
    const closes = body.startsWith("--", end)
    if (closes) end += 2
    while (isBlank(body.charCodeAt(end))) end++
    if (body.startsWith("\r\n", end)) end += 2
    else if (body.charCodeAt(end) === lf) end++
    else if (end < body.length) continue
    // The line end before a delimiter is the delimiter's; a part of which nothing is left over had none of its own.
    if (start >= 0) parts.push(body.slice(start, Math.max(start, lineEnd(body, at))))
    if (closes) return { parts, closed: true }
    start = end
    at = end - 1
  }
  return { parts, closed: false }
}

/** Reads lines up to an empty one, which need not be there where nothing follows. */
export const head = (text: string): Head => {
  const lines: Array<string> = []
  let at = 0
  while (at < text.length) {
    const next = text.indexOf("\n", at)
    const end = next < 0 ? text.length : next
    const line = text.slice(at, end > at && text.charCodeAt(end - 1) === cr ? end - 1 : end)
    at = end + 1
    if (line === "") break
    lines.push(line)
  }
  return { lines, rest: text.slice(at) }
}

/** Reads header lines: names in lower case, values of the same name joined by commas. Undefined where a line is none. */
export const fields = (lines: ReadonlyArray<string>): Readonly<Record<string, string>> | undefined => {
  const all = new Map<string, string>()
  for (const line of lines) {
    if (!isField(line)) return undefined
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = all.get(name)
    all.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(all)
}

/** Says whether a line is a header. */
export const isField = (line: string): boolean => {
  const colon = line.indexOf(":")
  return colon > 0 && isToken(line.slice(0, colon)) && isFieldValue(line.slice(colon + 1))
}

/** Writes header lines, with their ends. Undefined where a name or a value cannot stand in one. */
export const writeFields = (headers: Readonly<Record<string, string>>): string | undefined => {
  let text = ""
  for (const [name, value] of Object.entries(headers)) {
    if (!isToken(name) || !isFieldValue(value) || value !== value.trim()) return undefined
    text += `${name}: ${value}\r\n`
  }
  return text
}

/** Joins parts by a boundary that occurs in none of them. */
export const join = (parts: ReadonlyArray<string>): { readonly boundary: string; readonly body: string } => {
  const text = parts.join("\n")
  const boundary = text.includes(prefix) ? unused(text) : prefix
  const delimiter = `--${boundary}`
  return { boundary, body: parts.map((part) => `${delimiter}\r\n${part}\r\n`).join("") + `${delimiter}--\r\n` }
}

/** The boundary that a content type names, quoted or not, if it is that of a multipart/mixed body. */
export const boundaryOf = (contentType: string): string | undefined => {
  if (!/^\s*multipart\/mixed\s*;/i.test(contentType)) return undefined
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(contentType)
  return found?.[1]?.replace(/\\(.)/g, "$1") ?? found?.[2]
}

const lf = 0x0a
const cr = 0x0d

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const isToken = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)

// Everything but control characters; what is not ASCII is UTF-8 like the rest of the body.
const isFieldValue = (value: string): boolean => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)

const lineEnd = (body: string, at: number): number => (body.charCodeAt(at - 2) === cr ? at - 2 : at - 1)

const prefix = "batch_effect-lro"

// No text is long enough to have every number of nine digits in it.
const unused = (text: string): string => {
  const used = new Set(Array.from(text.matchAll(/batch_effect-lro_(\d{9})/g), (match) => match[1]))
  let number = 0
  while (used.has(numbered(number))) number++
  return `${prefix}_${numbered(number)}`
}

const numbered = (number: number): string => String(number).padStart(9, "0")
