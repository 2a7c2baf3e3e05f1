/**
 * Many requests in one, as Google's `/batch` frames them: multipart/mixed, a part for each request, in which it stands
 * as HTTP/1.1 (application/http).
 *
 * What is written is read by Earth Engine's own JavaScript client too, which is strict about white space; what is read
 * from a server may deviate in all that carries no meaning, what is read from a client must not reach further than a
 * request of its own would.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as part from "./internal/batchPart.js"
import * as multipart from "./internal/multipart.js"

/**
 * A body with its content type.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** Always `multipart/mixed; boundary=` and the boundary, unquoted, where it is written here. */
  readonly contentType: string
  readonly body: string
}

/**
 * A request within a batch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** What its answer is known by. Several may have the same. */
  readonly id: string
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Begins with one slash, percent-encoded, with its query. */
  readonly path: string
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty where there is none. */
  readonly body: string
}

/**
 * An answer within a batch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Response {
  /** That of the request. */
  readonly id: string
  readonly status: number
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * How much of a batch is read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** How many requests. Defaults to {@link maxParts}. */
  readonly maxParts?: number | undefined
}

/**
 * How many requests a batch of Google's may hold with most services.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxParts = 100

/**
 * There is no reading, or no writing, such a batch. `reason` is one of
 *
 * - `"ContentType"`: it is not multipart/mixed with a boundary;
 * - `"Framing"`: its parts are not where delimiters should be, or it was cut off;
 * - `"TooManyParts"`;
 * - `"Part"`: what stands in a part is no request, or has what no header can hold;
 * - `"Path"`: a request is not for a path, but for another host, or for nothing;
 * - `"Nested"`: a request is a batch itself.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidBatch extends Schema.TaggedError<InvalidBatch>("@effect-lro/rest/Batch/InvalidBatch")(
  "InvalidBatch",
  {
    reason: Schema.Literal("ContentType", "Framing", "TooManyParts", "Part", "Path", "Nested"),
    description: Schema.String,
    /** Which part it is about, counted from 0. */
    part: Schema.optional(Schema.Number)
  }
) {
  override get message(): string {
    return `invalid batch: ${this.part === undefined ? "" : `part ${this.part}: `}${this.description}`
  }
}

/**
 * A batch was answered, and this request in it was not: there is no part for it, or one that holds no answer. Whether the
 * server had the request is not known.
 *
 * @since 0.1.0
 * @category errors
 */
export class MissingAnswer extends Schema.TaggedError<MissingAnswer>("@effect-lro/rest/Batch/MissingAnswer")(
  "MissingAnswer",
  { id: Schema.String, reason: Schema.Literal("Absent", "Malformed") }
) {
  override get message(): string {
    return this.reason === "Absent"
      ? "the batch was answered without an answer to this request"
      : "the batch's answer to this request is no HTTP response"
  }
}

/**
 * Writes a batch of requests. Fails where a request cannot be written so that it is read as it was meant: a line end in
 * its path or a header, `>` in its id, a path that is none.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as Batch from "@effect-lro/rest/Batch"
 *
 * export const batch = Batch.encodeRequests([
 *   { id: "a", method: "GET", path: "/v1/projects/p/operations/a", headers: {}, body: "" },
 *   {
 *     id: "b",
 *     method: "POST",
 *     path: "/v1/projects/p/operations/b:cancel",
 *     headers: { "content-type": "application/json" },
 *     body: "{}"
 *   }
 * ])
 * ```
 */
export const encodeRequests = (requests: ReadonlyArray<Request>): Either.Either<Message, InvalidBatch> =>
  encode(requests, part.writeRequest)

/**
 * Writes the answers to a batch. Fails where one cannot be written so that it is read as it was meant.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encodeResponses = (responses: ReadonlyArray<Response>): Either.Either<Message, InvalidBatch> =>
  encode(responses, part.writeResponse)

/**
 * Reads a batch of requests, all of them or none. A request without a Content-ID gets its position as its id.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decodeRequests = (
  message: Message,
  limits?: Limits
): Either.Either<ReadonlyArray<Request>, InvalidBatch> =>
  Either.flatMap(split(message, limits?.maxParts ?? maxParts), ({ closed, parts }) => {
    const most = limits?.maxParts ?? maxParts
    if (parts.length > most)
      return invalid({ reason: "TooManyParts", description: `it has more than ${most} requests` })
    if (!closed) return invalid({ reason: "Framing", description: "it does not end with the delimiter that closes it" })
    if (parts.length === 0) return invalid({ reason: "Framing", description: "it has no requests" })
    return each(parts, part.readRequest)
  })

/**
 * Reads the answers to a batch, each by the id of its request and in the order of the ids, whatever their own is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decodeResponses = (
  message: Message,
  ids: ReadonlyArray<string>
): Either.Either<ReadonlyArray<Either.Either<Response, MissingAnswer>>, InvalidBatch> =>
  Either.map(split(message, Infinity), ({ parts }) => {
    const byId = new Map<string, Array<string>>()
    for (const text of parts) {
      const { lines, rest } = multipart.head(text)
      const id = part.responseId(lines)
      if (id === undefined) continue
      const same = byId.get(id)
      if (same === undefined) byId.set(id, [rest])
      else same.push(rest)
    }
    return ids.map((id) => {
      const text = (byId.get(`response-${id}`) ?? byId.get(id))?.shift()
      return text === undefined
        ? Either.left(new MissingAnswer({ id, reason: "Absent" }))
        : Either.fromNullable(part.readResponse(id, text), () => new MissingAnswer({ id, reason: "Malformed" }))
    })
  })

// RFC 2046 ends boundaries at 70 characters; some servers are more generous.
const maxBoundaryLength = 200

const split = (message: Message, most: number): Either.Either<multipart.Split, InvalidBatch> => {
  const boundary = multipart.boundaryOf(message.contentType)
  return boundary === undefined || boundary === "" || boundary.length > maxBoundaryLength
    ? invalid({ reason: "ContentType", description: "it is not multipart/mixed with a boundary" })
    : Either.right(multipart.split(message.body, boundary, most))
}

const encode = <A>(
  items: ReadonlyArray<A>,
  write: (item: A) => Either.Either<string, part.Problem>
): Either.Either<Message, InvalidBatch> =>
  Either.map(each(items, write), (parts) => {
    const { body, boundary } = multipart.join(parts)
    return { contentType: `multipart/mixed; boundary=${boundary}`, body }
  })

const each = <A, B>(
  items: ReadonlyArray<A>,
  f: (item: A, index: number) => Either.Either<B, part.Problem>
): Either.Either<ReadonlyArray<B>, InvalidBatch> => {
  const all: Array<B> = []
  for (const [index, item] of items.entries()) {
    const one = f(item, index)
    if (Either.isLeft(one)) return invalid(one.left, index)
    all.push(one.right)
  }
  return Either.right(all)
}

const invalid = (problem: part.Problem, part?: number): Either.Either<never, InvalidBatch> =>
  Either.left(new InvalidBatch({ ...problem, ...(part === undefined ? {} : { part }) }))
