import type * as Batch from "@effect-lro/rest/Batch"
import * as ErrorEnvelope from "@effect-lro/rest/ErrorEnvelope"
import * as Headers from "@effect/platform/Headers"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as FieldMask from "./fieldMask.js"
import * as Refusal from "./refusal.js"

/**
 * How an answer is written.
 */
export interface Format {
  readonly prettyPrint: boolean
  readonly legacyErrors: boolean
  readonly mask: FieldMask.Mask
}

export const contentType = "application/json; charset=UTF-8"

/**
 * The answers to a batch, in place of a JSON object.
 */
export class Answers {
  constructor(readonly message: Batch.Message) {}
}

/**
 * A success is always 200 with a JSON object, `{}` where there is nothing to tell; that of a batch has an answer in each of
 * its parts.
 */
export const success = (message: object, format: Format): HttpServerResponse.HttpServerResponse =>
  message instanceof Answers
    ? text(200, message.message.body, message.message.contentType, headers)
    : json(200, format.mask.size === 0 ? message : FieldMask.apply(format.mask, message), format, headers)

export const failure = (
  refusal: Refusal.Refusal,
  domain: string,
  format: Format
): HttpServerResponse.HttpServerResponse => {
  const { httpStatus } = refusal
  const envelope = ErrorEnvelope.encode(Refusal.toStatus(refusal, domain), {
    httpStatus,
    legacyErrors: format.legacyErrors
  })
  const extra = Refusal.headersOf(refusal)
  return json(
    httpStatus,
    envelope,
    format,
    extra === undefined ? headers : Headers.merge(headers, Headers.fromInput(extra))
  )
}

/**
 * An answer as a part of a batch: what concerns the connection and its caches is told of the whole.
 */
export const toPart = (id: string, response: HttpServerResponse.HttpServerResponse): Batch.Response => {
  const { body, headers, status } = response
  return {
    id,
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ofWhole.has(name))),
    body: body._tag === "Raw" && typeof body.body === "string" ? body.body : ""
  }
}

const ofWhole: ReadonlySet<string> = new Set(["cache-control", "content-length", "x-content-type-options"])

// Nobody may take JSON for something that runs, or keep a state that goes on changing.
const headers = Headers.unsafeFromRecord({ "cache-control": "private", "x-content-type-options": "nosniff" })

const json = (
  status: number,
  value: unknown,
  format: Format,
  headers: Headers.Headers
): HttpServerResponse.HttpServerResponse =>
  text(status, format.prettyPrint ? `${JSON.stringify(value, null, 2)}\n` : JSON.stringify(value), contentType, headers)

// As text and not as bytes, so that Node sends it in one piece with the headers.
const text = (
  status: number,
  body: string,
  contentType: string,
  headers: Headers.Headers
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.raw(body, { status, headers, contentType, contentLength: byteLength(body) })

const byteLength = (text: string): number => (ascii.test(text) ? text.length : new TextEncoder().encode(text).length)

const ascii = /^[\u0000-\u007f]*$/
