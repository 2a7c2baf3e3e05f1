import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as RequestBody from "../RequestBody.js"
import * as Json from "./json.js"
import type * as Reading from "./reading.js"
import * as Refusal from "./refusal.js"

/**
 * Reads the text of a body that is JSON, or is to be. Where there are no bytes, nothing that the headers say about them
 * matters.
 */
export const read = (
  request: HttpServerRequest.HttpServerRequest,
  maxBytes: number,
  reading: Reading.Reading
): Effect.Effect<string, Refusal.Refusal> =>
  Effect.flatMap(readBytes(request, maxBytes, reading), (bytes) =>
    bytes.length === 0
      ? Effect.succeed("")
      : Either.flatMap(checkHeaders(request), (form) => Either.filterOrLeft(Json.toText(bytes), accepts(form), asForm))
  )

/**
 * Reads the text of a body that is something else.
 */
export const readOther = (
  request: HttpServerRequest.HttpServerRequest,
  maxBytes: number,
  reading: Reading.Reading
): Effect.Effect<string, Refusal.Refusal> =>
  Effect.flatMap(readBytes(request, maxBytes, reading), (bytes) =>
    isCompressed(request) ? Either.left(compressed) : Json.decode(bytes)
  )

const readBytes = (
  request: HttpServerRequest.HttpServerRequest,
  maxBytes: number,
  reading: Reading.Reading
): Effect.Effect<Uint8Array, Refusal.Refusal> =>
  Effect.flatMap(RequestBody.CurrentReader, (reader) => {
    const read = Effect.mapError(reader(request, maxBytes), (error) =>
      error._tag === "BodyTooLarge" ? Refusal.bodyTooLarge(error.maxBytes) : Refusal.bodyIncomplete
    )
    return reading.within(Math.min(RequestBody.declaredLength(request) ?? lengthOf(request, maxBytes), maxBytes), read)
  })

// What declares no length comes in chunks, or does not come.
const lengthOf = (request: HttpServerRequest.HttpServerRequest, maxBytes: number): number =>
  request.headers["transfer-encoding"] === undefined ? 0 : maxBytes

/**
 * Checks what the headers say about the bytes. Right with whether they call it a form, as curl does of everything that it
 * is not told about.
 */
const checkHeaders = (request: HttpServerRequest.HttpServerRequest): Either.Either<boolean, Refusal.Refusal> => {
  if (isCompressed(request)) return Either.left(compressed)
  const [type = ""] = (request.headers["content-type"] ?? "").split(";")
  const mediaType = type.trim().toLowerCase()
  if (mediaType === "" || mediaType === "application/json" || /^application\/[\w.-]+\+json$/.test(mediaType)) {
    return Either.right(false)
  }
  return mediaType === "application/x-www-form-urlencoded" ? Either.right(true) : Either.left(notJson)
}

const isCompressed = (request: HttpServerRequest.HttpServerRequest): boolean => {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? ""
  return encoding !== "" && encoding !== "identity"
}

const compressed = Refusal.unsupportedMediaType("a request body cannot be compressed")

// An empty message is the same in any language: `curl -d '{}'` may cancel.
const accepts =
  (form: boolean) =>
  (text: string): boolean =>
    !form || /^\s*(?:\{\s*\}\s*)?$/.test(text)

const notJson = Refusal.unsupportedMediaType("a request body has to be application/json")

const asForm = () => notJson
