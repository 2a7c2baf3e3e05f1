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
 * A success is always 200 with a JSON object, `{}` where there is nothing to tell.
 */
export const success = (message: object, format: Format): HttpServerResponse.HttpServerResponse =>
  json(200, format.mask.size === 0 ? message : FieldMask.apply(format.mask, message), format, headers)

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

// Nobody may take JSON for something that runs, or keep a state that goes on changing.
const headers = Headers.unsafeFromRecord({ "cache-control": "private", "x-content-type-options": "nosniff" })

const json = (
  status: number,
  value: unknown,
  format: Format,
  headers: Headers.Headers
): HttpServerResponse.HttpServerResponse => {
  const text = format.prettyPrint ? `${JSON.stringify(value, null, 2)}\n` : JSON.stringify(value)
  // As text and not as bytes, so that Node sends it in one piece with the headers.
  return HttpServerResponse.raw(text, { status, headers, contentType, contentLength: byteLength(text) })
}

const byteLength = (text: string): number => (ascii.test(text) ? text.length : new TextEncoder().encode(text).length)

const ascii = /^[\u0000-\u007f]*$/
