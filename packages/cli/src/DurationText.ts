/**
 * Durations as people write and read them: `500ms`, `2s`, `1m30s`, `2h`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"

/**
 * Reads a duration made of numbers with a unit each (`ms`, `s`, `m`, `h`, `d`), such as `2s`, `1m30s` or `1.5h`. Fails
 * with a sentence that says what is wrong and shows what would be right.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (input: string): Either.Either<Duration.Duration, string> => {
  const text = input.trim().replace(/(?<=[a-z])\s+(?=\d)/gi, "")
  if (text.startsWith("-")) return Either.left(`${quoted(input)} is negative; ${examples}`)
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return Either.left(`${quoted(input)} has no unit: write ${text}s for seconds or ${text}m for minutes; ${examples}`)
  }
  if (!/^(?:\d{1,12}(?:\.\d{1,9})?(?:ms|s|m|h|d))+$/.test(text)) {
    return Either.left(`${quoted(input)} is not a duration; ${examples}`)
  }
  let millis = 0
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    millis += Number(number) * (millisOf[unit ?? ""] ?? Number.NaN)
  }
  // Timers wait at most 2^31 - 1 milliseconds; ten thousand days are nobody's real deadline either.
  return millis <= longestMillis
    ? Either.right(Duration.millis(millis))
    : Either.left(`${quoted(input)} is longer than ${longestDays} days, the most that can be waited for`)
}

/**
 * Writes a duration in its two largest units, as in `1m 30s`, `2h 5m` or `3d 4h`; below a second in milliseconds.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (input: Duration.DurationInput): string => {
  const millis = Math.round(Duration.toMillis(input))
  if (millis < 1000) return `${millis}ms`
  const seconds = Math.floor(millis / 1000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return pair(minutes, "m", seconds % 60, "s")
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? pair(hours, "h", minutes % 60, "m") : pair(Math.floor(hours / 24), "d", hours % 24, "h")
}

const examples = "a duration looks like 500ms, 2s, 1m30s or 2h"

const longestDays = 24

const millisOf: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const longestMillis = longestDays * 86_400_000

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40))

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`
