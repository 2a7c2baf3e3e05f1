/**
 * How the bytes of a request's body are read, within a limit.
 *
 * @since 0.1.0
 */
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"

/**
 * The body is longer than `maxBytes`, as it says itself or as it turned out; it was not read to its end.
 *
 * @since 0.1.0
 * @category errors
 */
export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly maxBytes: number }> {}

/**
 * The body did not come to its end: mostly because the client went away.
 *
 * @since 0.1.0
 * @category errors
 */
export class BodyIncomplete extends Data.TaggedError("BodyIncomplete")<{ readonly cause: unknown }> {}

/**
 * Reads the whole body and no more than `maxBytes` of it; no bytes where there is no body.
 *
 * @since 0.1.0
 * @category models
 */
export type Reader = (
  request: HttpServerRequest,
  maxBytes: number
) => Effect.Effect<Uint8Array, BodyTooLarge | BodyIncomplete>

/**
 * The length that a request declares. None where it declares none (it has no body, or comes in chunks) or nonsense.
 *
 * @since 0.1.0
 * @category getters
 */
export const declaredLength = (request: HttpServerRequest): number | undefined => {
  const header = request.headers["content-length"]
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}

/**
 * Reads the platform's own body stream. Where the body exceeds the limit, the stream is abandoned, which on some
 * platforms loses the connection before the answer is out; a server that knows its sockets provides a better one.
 *
 * @since 0.1.0
 * @category readers
 */
export const fromStream: Reader = (request, maxBytes) => {
  if ((declaredLength(request) ?? 0) > maxBytes) return Effect.fail(new BodyTooLarge({ maxBytes }))
  if (hasNone(request)) return Effect.succeed(new Uint8Array(0))
  return Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    return request.stream.pipe(
      Stream.mapError((cause) => new BodyIncomplete({ cause })),
      Stream.runForEach((chunk) => {
        size += chunk.length
        if (size > maxBytes) return Effect.fail(new BodyTooLarge({ maxBytes }))
        chunks.push(chunk)
        return Effect.void
      }),
      Effect.map(() => concat(chunks, size))
    )
  })
}

/**
 * The reader in use: {@link fromStream} unless the one who runs the server provides another.
 *
 * @since 0.1.0
 * @category references
 */
export class CurrentReader extends Context.Reference<CurrentReader>()("@effect-lro/server/RequestBody/CurrentReader", {
  defaultValue: (): Reader => fromStream
}) {}

/**
 * Joins chunks of which the lengths add up to `size`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const concat = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return first
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}

// A web `Request` without a body has none to stream, and says so nowhere else.
const hasNone = (request: HttpServerRequest): boolean =>
  declaredLength(request) === 0 || (Predicate.hasProperty(request.source, "body") && request.source.body === null)
