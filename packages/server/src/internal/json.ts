import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Refusal from "./refusal.js"

/**
 * Turns the bytes of a body into text that may be parsed: UTF-8, and not nested so deep that a reader which recurses
 * would be in danger.
 */
export const toText = (bytes: Uint8Array): Either.Either<string, Refusal.Refusal> => {
  if (bytes.length === 0) return Either.right("")
  return Either.flatMap(decode(bytes), (text) =>
    nestsTooDeep(text) ? malformed(`it is nested deeper than ${maxDepth} levels`) : Either.right(text)
  )
}

/**
 * Turns bytes into text if they are UTF-8.
 */
export const decode = (bytes: Uint8Array): Either.Either<string, Refusal.Refusal> =>
  Option.match(decodeUtf8(bytes), { onNone: () => malformed("it is not valid UTF-8"), onSome: Either.right })

/**
 * Reads a body: nothing, or nothing but white space, is an empty message; everything else has to be one JSON object.
 */
export const parse = (text: string): Either.Either<Readonly<Record<string, unknown>>, Refusal.Refusal> => {
  if (text.trim() === "") return Either.right({})
  const parsed = parseJson(text)
  if (Option.isNone(parsed)) return malformed("it is not well-formed JSON")
  const value = parsed.value
  if (!AnyMessage.isAnyMessage(value)) return malformed("it is JSON, but not an object")
  // Only an escape can bring half of a surrogate pair into text that came as UTF-8.
  if (surrogateEscape.test(text) && !isWellFormed(value))
    return malformed("a string has half of a surrogate pair in it")
  return Either.right(value)
}

/**
 * The limit that protobuf's own parsers have.
 */
export const maxDepth = 100

const malformed = (why: string) =>
  Either.left(Refusal.invalidArgument({ reason: "MALFORMED_BODY", message: `the request body cannot be read: ${why}` }))

const decodeUtf8 = Option.liftThrowable((bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes))

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const surrogateEscape = /\\u[dD][89a-fA-F]/

const quote = 0x22
const backslash = 0x5c

const nestsTooDeep = (text: string): boolean => {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (quoted) {
      if (c === backslash) i++
      else if (c === quote) quoted = false
    } else if (c === quote) {
      quoted = true
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > maxDepth) return true
    } else if (c === 0x7d || c === 0x5d) {
      depth--
    }
  }
  return false
}

const isWellFormed = (value: unknown): boolean => {
  if (typeof value === "string") return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isWellFormed)
  if (Predicate.isReadonlyRecord(value)) {
    return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member))
  }
  return true
}
