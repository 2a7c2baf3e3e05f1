/**
 * The beginning of a body, fit to be shown: short, on one line, and without the credentials it may repeat.
 *
 * @since 0.1.0
 */

/**
 * How long an excerpt is at most, in UTF-16 units.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxLength = 500

/**
 * Blots out what looks like a credential: what follows `Bearer` or `Basic`, Google's access tokens, refresh tokens and
 * API keys, JSON web tokens, and the values of `key=`, `access_token=` and their like, in JSON too. JSON stays JSON.
 *
 * @since 0.1.0
 * @category combinators
 */
export const redact = (text: string): string => {
  let redacted = text
  for (const [pattern, replacement] of secrets) redacted = redacted.replace(pattern, replacement)
  return redacted
}

/**
 * The first characters of a text, {@link maxLength} by default, redacted, with markup, control characters and runs of
 * white space reduced to single spaces.
 *
 * @since 0.1.0
 * @category combinators
 */
export const of = (text: string, length: number = maxLength): string => {
  // Of a body of many megabytes only the beginning is worth reading; the margin is for what is cut out of it.
  const begun = redact(text.slice(0, length * 40))
  const plain = /^\s*</.test(begun) ? begun.replace(/<(style|script)\b[\s\S]*?(?:<\/\1>|$)|<[^>]*>/gi, " ") : begun
  const shown = plain
    .toWellFormed()
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g, " ")
    .trim()
  return shown.length > length ? `${shown.slice(0, length - 1).toWellFormed()}…` : shown
}

const blot = "<redacted>"

// A server chooses what they are matched with, so each looks at no character more often than a few times: a token is sought
// from the beginning of its word only, and only where a dot follows that.
const secrets: ReadonlyArray<readonly [RegExp, string]> = [
  // "No bearer token." is what servers say; a token that begins with that word goes on after it.
  [/\b(Bearer)(?:\s+|%20|\+)(?!tokens?\b[.:!?)]?(?:[\s"'<>,;\\]|$))[^\s"'<>,;\\]+/gi, `$1 ${blot}`],
  [/\b(Basic)(?:\s+|%20|\+)[\w+/-]{8,}=*/gi, `$1 ${blot}`],
  [/\bya29\.[\w.~+/-]+=*/g, blot],
  [/\b1\/\/[\w-]{20,}/g, blot],
  [/\bAIza[\w-]{30,}/g, blot],
  [/(?<![\w-])(?=[\w-]+\.[\w-])((?:[\w-]*?-)?)eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, `$1${blot}`],
  [
    /\b((?:api_?)?key|access_token|oauth_token|refresh_token|id_token|client_secret|assertion|passw(?:or)?d)=[^&\s"'<>\\#]+/gi,
    `$1=${blot}`
  ],
  [
    /("(?:access_token|refresh_token|id_token|client_secret|private_key|assertion)"\s*:\s*")[^"\\]*(?:\\.[^"\\]*)*"?/g,
    `$1${blot}"`
  ]
]
