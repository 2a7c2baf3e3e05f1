/**
 * Colours, where they are wanted.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"

/**
 * The ways to write text on a terminal.
 *
 * @since 0.1.0
 * @category models
 */
export interface Style {
  readonly hasColours: boolean
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

/**
 * Writes text as it is.
 *
 * @since 0.1.0
 * @category constants
 */
export const plain: Style = {
  hasColours: false,
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  cyan: (text) => text
}

/**
 * Writes text with the SGR sequences of ECMA-48, which every terminal with colours knows.
 *
 * @since 0.1.0
 * @category constants
 */
export const ansi: Style = {
  hasColours: true,
  bold: (text) => sgr(1, 22, text),
  dim: (text) => sgr(2, 22, text),
  red: (text) => sgr(31, 39, text),
  green: (text) => sgr(32, 39, text),
  yellow: (text) => sgr(33, 39, text),
  cyan: (text) => sgr(36, 39, text)
}

/**
 * Chooses for one output: colours on a terminal, none elsewhere. A `FORCE_COLOR` that is set decides before everything
 * else (`0` and `false` forbid, anything else demands them), then a `NO_COLOR` that is not empty, then `TERM=dumb`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const choose = (options: {
  readonly isTerminal: boolean
  readonly forceColor: Option.Option<string>
  readonly noColor: Option.Option<string>
  readonly term: Option.Option<string>
}): Style => {
  if (Option.isSome(options.forceColor) && options.forceColor.value !== "") {
    return options.forceColor.value === "0" || options.forceColor.value === "false" ? plain : ansi
  }
  if (Option.exists(options.noColor, (value) => value !== "")) return plain
  return options.isTerminal && !Option.contains(options.term, "dumb") ? ansi : plain
}

/**
 * Takes every SGR sequence out of a text.
 *
 * @since 0.1.0
 * @category conversions
 */
export const strip = (text: string): string => text.replace(sequences, "")

const sequences = new RegExp("\u001b\\[[0-9;]*m", "g")

const sgr = (on: number, off: number, text: string): string => (text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`)
