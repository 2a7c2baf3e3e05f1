import * as RestOperations from "@effect-lro/client/RestOperations"
import type * as Operations from "@effect-lro/core/Operations"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"

/** A service with every method, a default page size, and a start method. */
export const service = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  versions: ["v1", "v1alpha"],
  ids: "multi-segment",
  methods: ServiceDescription.methods,
  pageSize: 500,
  starts: [{ id: "projects.image.export", template: "{project=projects/*}/image:export" }]
})

export const name = "projects/demo/operations/3DNU363IM57LNU4SDTMB6I33"

/** A request as it would go out. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const toSent = (request: HttpClientRequest, url: URL): Sent => ({
  method: request.method,
  url: url.toString(),
  headers: { ...request.headers },
  body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
})

/** An HttpClient that answers from a function and remembers what it was sent. */
export const recorded = (
  answer: (sent: Sent) => Response | Effect.Effect<Response, HttpClientError>
): { readonly client: HttpClient.HttpClient; readonly sent: Array<Sent> } => {
  const sent: Array<Sent> = []
  const client = HttpClient.make((request, url) => {
    const it = toSent(request, url)
    sent.push(it)
    const answered = answer(it)
    const effect = Effect.isEffect(answered) ? answered : Effect.succeed(answered)
    return Effect.map(effect, (response) => HttpClientResponse.fromWeb(request, response))
  })
  return { client, sent }
}

/** Operations over such a client. */
export const operationsOver = (
  client: HttpClient.HttpClient,
  options?: Partial<RestOperations.Options>
): Effect.Effect<Operations.Service> =>
  RestOperations.make({ service, ...options }).pipe(Effect.provideService(HttpClient.HttpClient, client))

export const json = (
  body: unknown,
  init?: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
): Response =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { "content-type": "application/json; charset=UTF-8", ...init?.headers }
  })
