/**
 * The form in which a database keeps text, for which it is the same text to it as to JavaScript and in the same order: a
 * database has no U+0000 in a text (Postgres refuses it, SQLite's drivers cut there), no surrogate that stands alone, and
 * compares by code point, where JavaScript compares by code unit.
 *
 * So every code unit from U+D800 on becomes a character of its own beyond all others, in the same order, and U+0000 the last
 * of all. All other text, and that is nearly all there is, stays as it is.
 */
export const encode = (text: string): string =>
  hasUnusual.test(text)
    ? text.replaceAll(unusual, (unit) =>
        unit === "\u0000" ? nul : String.fromCodePoint(unit.charCodeAt(0) - firstSurrogate + firstAstral)
      )
    : text

/** The text that was encoded. */
export const decode = (text: string): string =>
  hasAstral.test(text)
    ? text.replaceAll(astral, (character) =>
        character === nul
          ? "\u0000"
          : String.fromCharCode((character.codePointAt(0) ?? firstAstral) - firstAstral + firstSurrogate)
      )
    : text

const firstSurrogate = 0xd800

const firstAstral = 0x10000

const nul = "\u{10FFFF}"

// Without the flag `u`, so that they see code units.
const hasUnusual = /[\u0000\ud800-\uffff]/

const unusual = /[\u0000\ud800-\uffff]/g

const hasAstral = /[\u{10000}-\u{10FFFF}]/u

const astral = /[\u{10000}-\u{10FFFF}]/gu
