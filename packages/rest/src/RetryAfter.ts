/**
 * The header `Retry-After` (RFC 9110, 10.2.3): when to come back.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as HttpDate from "./internal/httpDate.js"

/**
 * Reads seconds or an HTTP date in any of its three forms; a date that has passed is zero. None where it is neither.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (
  header: string,
  /** The present, in milliseconds since 1970, best by the clock of who has sent the date. */
  now: number
): Option.Option<Duration.Duration> => {
  const text = header.trim()
  if (/^\d+$/.test(text)) return Option.some(Duration.seconds(Math.min(Number(text), maxSeconds)))
  return Option.map(HttpDate.parse(text), (millis) => Duration.millis(Math.max(0, millis - now)))
}

/**
 * Writes whole seconds, rounded up, so that nobody comes back too early.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (duration: Duration.DurationInput): string =>
  String(Math.min(Math.ceil(Duration.toSeconds(duration)), maxSeconds))

// What caches of RFC 9111 take for infinity, too.
const maxSeconds = 2_147_483_648
