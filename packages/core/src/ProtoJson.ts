/**
 * The scalars of ProtoJSON that JSON itself has no form for: Duration, Timestamp and int64.
 *
 * They stand in this package because error details (`RetryInfo`, `QuotaFailure`) and operation metadata are made of
 * them. Fractions keep all nine digits and nothing passes through `Date`.
 *
 * @since 0.1.0
 */
import * as EffectDuration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/**
 * `google.protobuf.Duration`: a signed span. `nanos` has the sign of `seconds` and stays below a thousand million.
 *
 * @since 0.1.0
 * @category models
 */
export interface Duration {
  readonly seconds: number
  readonly nanos: number
}

/**
 * `google.protobuf.Timestamp`: a point in time, in seconds since 1970 (negative before) and nanoseconds from 0 up.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timestamp {
  readonly seconds: number
  readonly nanos: number
}

/**
 * The longest duration that ProtoJSON admits, in seconds (about ten thousand years), in either direction.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxDurationSeconds = 315_576_000_000

/**
 * Reads `"1.5s"`, `"-0.000000001s"`: up to nine digits of fraction, within ±315,576,000,000 s. None where the text is
 * not of that form.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parseDuration = (text: string): Option.Option<Duration> => {
  const match = /^(-?)(\d{1,12})(?:\.(\d{0,9}))?s$/.exec(text)
  if (match === null) return Option.none()
  const sign = match[1] === "-" ? -1 : 1
  const seconds = Number(match[2])
  const nanos = fractionToNanos(match[3])
  if (seconds > maxDurationSeconds || (seconds === maxDurationSeconds && nanos > 0)) return Option.none()
  return Option.some({ seconds: signed(sign, seconds), nanos: signed(sign, nanos) })
}

/**
 * Writes a duration with 0, 3, 6 or 9 digits of fraction.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatDuration = (duration: Duration): string => {
  const sign = duration.seconds < 0 || duration.nanos < 0 ? "-" : ""
  return `${sign}${Math.abs(duration.seconds)}${fraction(Math.abs(duration.nanos))}s`
}

/**
 * As an Effect `Duration`, which knows no negative spans: those become zero.
 *
 * @since 0.1.0
 * @category conversions
 */
export const durationToEffect = (duration: Duration): EffectDuration.Duration =>
  duration.nanos % 1_000_000 === 0
    ? EffectDuration.millis(Math.max(0, duration.seconds * 1000 + duration.nanos / 1_000_000))
    : EffectDuration.nanos(maxBigint(0n, BigInt(duration.seconds) * 1_000_000_000n + BigInt(duration.nanos)))

/**
 * From an Effect `Duration`. What is longer than ProtoJSON admits, `infinity` too, becomes the longest.
 *
 * @since 0.1.0
 * @category conversions
 */
export const durationFromEffect = (input: EffectDuration.DurationInput): Duration => {
  const duration = EffectDuration.decode(input)
  if (EffectDuration.toSeconds(duration) >= maxDurationSeconds) return { seconds: maxDurationSeconds, nanos: 0 }
  const [seconds, nanos] = EffectDuration.toHrTime(duration)
  return { seconds, nanos: Math.min(Math.floor(nanos), 999_999_999) }
}

/**
 * The schema of a Duration's text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Duration: Schema.Schema<Duration, string> = Schema.transformOrFail(
  Schema.String,
  Schema.Struct({ seconds: Schema.Int, nanos: Schema.Int }),
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.fromOption(
        parseDuration(text),
        () => new ParseResult.Type(ast, text, "a Duration is seconds with up to nine digits of fraction and an s")
      ),
    encode: (duration) => ParseResult.succeed(formatDuration(duration))
  }
)

/**
 * Reads an RFC 3339 timestamp between the years 0001 and 9999, with `Z` or an offset and up to nine digits of
 * fraction. Strict: a date that no calendar has gives none.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parseTimestamp = (text: string): Option.Option<Timestamp> => {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(
    text
  )
  if (match === null) return Option.none()
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const offsetHours = Number(match[9] ?? 0)
  const offsetMinutes = Number(match[10] ?? 0)
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return Option.none()
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return Option.none()
  const offset = (match[8] === "-" ? -1 : 1) * (offsetHours * 3600 + offsetMinutes * 60)
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
  if (seconds < minTimestampSeconds || seconds > maxTimestampSeconds) return Option.none()
  return Option.some({ seconds, nanos: fractionToNanos(match[7]) })
}

/**
 * Writes a timestamp in UTC with `Z` and 0, 3, 6 or 9 digits of fraction.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatTimestamp = (timestamp: Timestamp): string => {
  const days = Math.floor(timestamp.seconds / 86_400)
  const rest = timestamp.seconds - days * 86_400
  const { day, month, year } = civilFromDays(days)
  const time = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60].map((n) => pad(n, 2)).join(":")
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}${fraction(timestamp.nanos)}Z`
}

/**
 * The timestamp of so many milliseconds since 1970, as `Clock.currentTimeMillis` gives them.
 *
 * @since 0.1.0
 * @category conversions
 */
export const timestampFromMillis = (millis: number): Timestamp => {
  const seconds = Math.floor(millis / 1000)
  return { seconds, nanos: Math.round((millis - seconds * 1000) * 1_000_000) }
}

/**
 * Milliseconds since 1970, with the fraction that is finer than a millisecond cut off.
 *
 * @since 0.1.0
 * @category conversions
 */
export const timestampToMillis = (timestamp: Timestamp): number =>
  timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1_000_000)

/**
 * The schema of a Timestamp's text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Timestamp: Schema.Schema<Timestamp, string> = Schema.transformOrFail(
  Schema.String,
  Schema.Struct({ seconds: Schema.Int, nanos: Schema.Int }),
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.fromOption(
        parseTimestamp(text),
        () => new ParseResult.Type(ast, text, "a Timestamp is RFC 3339 between the years 0001 and 9999")
      ),
    encode: (timestamp) => ParseResult.succeed(formatTimestamp(timestamp))
  }
)

/**
 * The schema of an int64: a decimal string on the wire; a whole number is accepted too, as ProtoJSON parsers do.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Int64: Schema.Schema<bigint, string | number> = Schema.transformOrFail(
  Schema.Union(Schema.String, Schema.Number),
  Schema.BigIntFromSelf,
  {
    strict: true,
    decode: (value, _, ast) =>
      Either.fromOption(
        parseInt64(value),
        () => new ParseResult.Type(ast, value, "an int64 is a whole number within 64 bits, as a decimal string")
      ),
    encode: (value) => ParseResult.succeed(value.toString())
  }
)

/**
 * Reads an int64 from its decimal string, or from a whole number (which is exact only within ±2^53).
 *
 * @since 0.1.0
 * @category conversions
 */
export const parseInt64 = (value: string | number): Option.Option<bigint> => {
  if (typeof value === "number" ? !Number.isInteger(value) : !/^-?\d{1,19}$/.test(value)) return Option.none()
  const int = BigInt(value)
  return BigInt.asIntN(64, int) === int ? Option.some(int) : Option.none()
}

const minTimestampSeconds = -62_135_596_800
const maxTimestampSeconds = 253_402_300_799

// Without it, minus zero would appear in a value that is compared by structure.
const signed = (sign: number, magnitude: number): number => (magnitude === 0 ? 0 : sign * magnitude)

const maxBigint = (a: bigint, b: bigint): bigint => (a > b ? a : b)

const pad = (n: number, width: number): string => String(n).padStart(width, "0")

const fractionToNanos = (digits: string | undefined): number => Number((digits ?? "").padEnd(9, "0"))

const fraction = (nanos: number): string => {
  if (nanos === 0) return ""
  const digits = pad(nanos, 9)
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`
  if (digits.endsWith("000")) return `.${digits.slice(0, 6)}`
  return `.${digits}`
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

const daysOfMonth = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31

// Howard Hinnant's algorithms for the proleptic Gregorian calendar; years begin in March there, so that the leap day
// comes last.
const daysSinceEpoch = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

const civilFromDays = (days: number): { readonly year: number; readonly month: number; readonly day: number } => {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  }
}
