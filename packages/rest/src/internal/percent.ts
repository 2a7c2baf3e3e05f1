import * as Option from "effect/Option"

/** Percent-encodes everything but RFC 3986's unreserved characters, by the bytes of UTF-8. */
export const encode = (text: string): string =>
  unreserved.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed()).replace(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
      )

/** The same of every segment; the slashes stay. */
export const encodeSegments = (text: string): string =>
  unreservedSegments.test(text) ? text : text.split("/").map(encode).join("/")

/** Which escapes are left as they stand. */
export type Kept = "none" | "slash" | "reserved"

/**
 * Decodes `%XX` once. None where a `%` begins no escape or where the bytes are not UTF-8, so that no two readers can
 * disagree on what was meant.
 */
export const decode = (text: string, kept: Kept): Option.Option<string> => {
  if (!text.includes("%")) return Option.some(text)
  const pattern = keptEscapes[kept]
  if (pattern === undefined) return decodeAll(text)
  let decoded = ""
  let from = 0
  for (const match of text.matchAll(pattern)) {
    const before = decodeAll(text.slice(from, match.index))
    if (Option.isNone(before)) return before
    decoded += before.value + match[0]
    from = match.index + match[0].length
  }
  return Option.map(decodeAll(text.slice(from)), (rest) => decoded + rest)
}

const unreserved = /^[-_.~0-9A-Za-z]*$/

const unreservedSegments = /^[-_.~0-9A-Za-z/]*$/

const decodeAll = Option.liftThrowable(decodeURIComponent)

// An escape is always ASCII here, so it never cuts a longer sequence of UTF-8 in two. The reserved characters are those
// of RFC 3986: ! # $ & ' ( ) * + , / : ; = ? @ [ ]
const keptEscapes: Readonly<Record<Kept, RegExp | undefined>> = {
  none: undefined,
  slash: /%2f/gi,
  reserved: /%(?:2[1346789abcf]|3[abdf]|40|5[bd])/gi
}
