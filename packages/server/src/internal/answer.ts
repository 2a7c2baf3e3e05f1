import type * as Batch from "@effect-lro/rest/Batch"
import * as ErrorEnvelope from "@effect-lro/rest/ErrorEnvelope"
import * as Headers from "@effect/platform/Headers"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as FieldMask from "./fieldMask.js"
import * as Refusal from "./refusal.js"
import * as Texts from "./texts.js"
import { Written } from "./written.js"

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
 * An answer, before a platform makes a response of it.
 */
export interface Answer {
  readonly status: number
  readonly contentType: string
  /** Beside the type and length of the content. Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether the body is known to be ASCII. */
  readonly isAscii: boolean
}

/**
 * What is answered as it is, in place of a JSON object.
 */
export class Verbatim {
  constructor(
    readonly contentType: string,
    readonly body: string
  ) {}
}

/**
 * A success is always 200 with a JSON object, `{}` where there is nothing to tell; that of a batch has an answer in each of
 * its parts.
 */
export const success = (answer: object, format: Format): Answer => {
  if (answer instanceof Verbatim) {
    return { status: 200, contentType: answer.contentType, headers, body: answer.body, isAscii: false }
  }
  const isWritten = answer instanceof Written
  if (isWritten && format.mask.size === 0 && !format.prettyPrint) {
    const { isAscii, text } = answer.toText()
    return { status: 200, contentType, headers, body: text, isAscii }
  }
  const message = isWritten ? answer.toWire() : answer
  return json(200, format.mask.size === 0 ? message : FieldMask.apply(format.mask, message), format, headers)
}

export const failure = (refusal: Refusal.Refusal, domain: string, format: Format): Answer => {
  const { httpStatus } = refusal
  const envelope = ErrorEnvelope.encode(Refusal.toStatus(refusal, domain), {
    httpStatus,
    legacyErrors: format.legacyErrors
  })
  const extra = Refusal.headersOf(refusal)
  return json(httpStatus, envelope, format, extra === undefined ? headers : { ...headers, ...extra })
}

/**
 * An answer as a part of a batch: what concerns the connection and its caches is told of the whole.
 */
export const toPart = (id: string, { body, contentType, headers, status }: Answer): Batch.Response => ({
  id,
  status,
  headers: {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => !ofWhole.has(name))),
    "content-type": contentType
  },
  body
})

// As text and not as bytes, so that Node sends it in one piece with the headers.
export const toResponse = ({
  body,
  contentType,
  headers,
  isAscii,
  status
}: Answer): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.raw(body, {
    status,
    headers: Headers.unsafeFromRecord({ ...headers }),
    contentType,
    contentLength: isAscii || Texts.isAscii(body) ? body.length : new TextEncoder().encode(body).length
  })

const ofWhole: ReadonlySet<string> = new Set(["cache-control", "x-content-type-options"])

// Nobody may take JSON for something that runs, or keep a state that goes on changing.
const headers = { "cache-control": "private", "x-content-type-options": "nosniff" }

const json = (status: number, value: unknown, format: Format, headers: Answer["headers"]): Answer => ({
  status,
  contentType,
  headers,
  body: format.prettyPrint ? `${JSON.stringify(value, null, 2)}\n` : JSON.stringify(value),
  isAscii: false
})
