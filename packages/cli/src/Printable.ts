/**
 * Text that came from elsewhere, made safe to be shown on a terminal.
 *
 * @since 0.1.0
 */

/**
 * Replaces what could move a cursor, change a terminal or turn the direction of writing, so that no server can draw on
 * the user's screen. Line breaks and tabs become spaces.
 *
 * @since 0.1.0
 * @category conversions
 */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\s*[\r\n\t\u2028\u2029]+\s*/g, " ")
    .replace(unsafe, "\ufffd")

/**
 * How many columns a text takes: two for East Asian wide characters and emoji, none for combining marks.
 *
 * @since 0.1.0
 * @category getters
 */
export const width = (text: string): number => {
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/**
 * Cuts a text to at most so many columns, with an ellipsis where something was cut.
 *
 * @since 0.1.0
 * @category conversions
 */
export const truncate = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let kept = ""
  let used = 0
  for (const character of text) {
    used += widthOf(character)
    if (used > columns - 1) break
    kept += character
  }
  return columns <= 0 ? "" : `${kept}…`
}

/**
 * Fills a text up with spaces to so many columns; a longer one stays as it is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const pad = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)))

/**
 * Writes words as a command line that a POSIX shell reads as these words.
 *
 * @since 0.1.0
 * @category conversions
 */
export const shell = (words: ReadonlyArray<string>): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ")

const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

const widthOf = (character: string): number => {
  if (character < "\u0300") return 1
  if (/^\p{Mark}$/u.test(character) || character === "\u200d" || character === "\ufe0f") return 0
  return wide.test(character) ? 2 : 1
}

const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u
