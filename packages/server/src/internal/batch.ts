import * as Batch from "@effect-lro/rest/Batch"
import * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Router from "@effect-lro/rest/Router"
import * as Headers from "@effect/platform/Headers"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as RequestBody from "../RequestBody.js"
import * as Answer from "./answer.js"
import * as Endpoint from "./endpoint.js"
import * as Refusal from "./refusal.js"

export interface Settings {
  readonly unknownFields: "reject" | "ignore"
  readonly maxParts: number
  readonly maxBodyBytes: number
  readonly maxAnswerLength: number
  readonly concurrency: number
  /** What is answered in place of what there is no more room for. */
  readonly noRoom: Answer.Answer
}

/**
 * The route that takes many requests in one: each is answered by `respond`, as if it had come by itself. A part that is a
 * batch too finds no route there. No part is begun once the answers are as long as they may be.
 *
 * When the client goes away, no further part is begun.
 */
export const route = (
  path: string,
  settings: Settings,
  respond: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Answer.Answer>
): Router.Route<Endpoint.Endpoint> => ({
  method: "POST",
  template: PathTemplate.unsafeParse(`/${path}`),
  value: {
    label: "batch",
    route: `/${path}`,
    access: "parts",
    body: settings.maxBodyBytes,
    bodyType: "other",
    interruptible: true,
    handle: ({ body, query }, request) => {
      const names = query.map(([name]) => name)
      const unknown = Endpoint.whatIsUnknown("query", names, [], settings)
      if (unknown !== undefined) return Effect.fail(unknown)
      const contentType = request.headers["content-type"] ?? ""
      const parts = Batch.decodeRequests({ contentType, body }, settings)
      if (Either.isLeft(parts)) return Effect.fail(refusalOf(parts.left))
      const inherited = inheritedBy(request.headers)
      let length = 0
      const answer = (part: Batch.Request): Effect.Effect<Batch.Response> =>
        length < settings.maxAnswerLength
          ? Effect.map(answerTo(part, request, inherited, respond), (response) => {
              length += response.body.length
              return response
            })
          : Effect.succeed(Answer.toPart(part.id, settings.noRoom))
      return Effect.forEach(parts.right, answer, { concurrency: settings.concurrency }).pipe(
        Effect.flatMap((answers) => Effect.orDie(Batch.encodeResponses(answers))),
        Effect.map(({ body, contentType }) => new Answer.Verbatim(contentType, body))
      )
    }
  }
})

const answerTo = (
  part: Batch.Request,
  whole: HttpServerRequest.HttpServerRequest,
  inherited: Headers.Headers,
  respond: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Answer.Answer>
): Effect.Effect<Batch.Response> =>
  Effect.suspend(() => {
    const bytes = new TextEncoder().encode(part.body)
    const request = HttpServerRequest.fromWeb(
      new Request("http://batch/", {
        method: part.method,
        ...(part.method === "GET" || bytes.length === 0 ? {} : { body: bytes })
      })
    ).modify({
      url: part.path,
      headers: headersOf(part, inherited),
      ...Option.match(whole.remoteAddress, { onNone: () => ({}), onSome: (remoteAddress) => ({ remoteAddress }) })
    })
    const reader: RequestBody.Reader = (_, maxBytes) =>
      bytes.length > maxBytes ? Effect.fail(new RequestBody.BodyTooLarge({ maxBytes })) : Effect.succeed(bytes)
    return Effect.map(Effect.provideService(respond(request), RequestBody.CurrentReader, reader), (response) =>
      Answer.toPart(part.id, response)
    )
  })

// As Google documents it: what the whole says counts for each part, but for what it says of its own content.
const inheritedBy = (headers: Headers.Headers): Headers.Headers =>
  Headers.fromInput(Object.entries(headers).filter(([name]) => !name.startsWith("content-") && !ofWhole.has(name)))

const headersOf = (part: Batch.Request, inherited: Headers.Headers): Headers.Headers =>
  Headers.setAll(inherited, Object.fromEntries(Object.entries(part.headers).filter(([name]) => ofPart.has(name))))

const ofWhole: ReadonlySet<string> = new Set(["expect", "transfer-encoding", "x-http-method-override"])

// What proxies before the server vouch for (who the client is, where it comes from) they saw on the whole only, so that a
// part may not say it. What a client says of itself, it may.
const ofPart: ReadonlySet<string> = new Set([
  "accept",
  "accept-language",
  "authorization",
  "content-encoding",
  "content-type",
  "traceparent",
  "tracestate",
  "user-agent",
  "x-goog-api-client",
  "x-goog-api-key",
  "x-goog-fieldmask",
  "x-goog-quota-user",
  "x-goog-request-params",
  "x-goog-user-project",
  "x-http-method-override"
])

const refusalOf = ({ message, reason }: Batch.InvalidBatch): Refusal.Refusal =>
  reason === "ContentType"
    ? Refusal.unsupportedMediaType(message)
    : Refusal.invalidArgument({ reason: reasons[reason], message: Refusal.show(message, 200) })

const reasons: Readonly<Record<Exclude<Batch.InvalidBatch["reason"], "ContentType">, string>> = {
  Framing: "MALFORMED_BATCH",
  Part: "MALFORMED_BATCH",
  Path: "NOT_A_PATH",
  Nested: "NESTED_BATCH",
  TooManyParts: "TOO_MANY_PARTS"
}
