import { InvalidArgument } from "@effect-lro/core/OperationsError"
import type * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Discovery from "../Discovery.js"
import * as OpenApi from "../OpenApi.js"
import type * as Route from "../Route.js"
import * as Refusal from "./refusal.js"

/**
 * Serves what describes what is served: of the start methods only those that have a route.
 */
export const routes = (options: {
  readonly service: ServiceDescription.ServiceDescription
  readonly routes?: ReadonlyArray<{ readonly template: string }> | undefined
  readonly domain?: string | undefined
}): ReadonlyArray<Route.Route> => {
  const { service } = options
  const templates = new Set((options.routes ?? []).map((route) => route.template))
  const starts = new Set(
    service.starts
      .filter(({ bindings }) => Object.values(bindings).some(({ template }) => templates.has(template.source)))
      .map(({ id }) => id)
  )
  return [
    {
      method: "GET",
      template: "/$discovery/rest",
      access: "public",
      query: ["version"],
      handler: ({ query, request }) => {
        const version = query.find(([name]) => name === "version")?.[1]
        return Option.match(Discovery.document(service, { version, starts, rootUrl: rootUrlOf(request) }), {
          onNone: () => unknownVersion(options.domain ?? service.id),
          onSome: Effect.succeed
        })
      }
    },
    {
      method: "GET",
      template: "/openapi.json",
      access: "public",
      handler: ({ request }) => Effect.succeed(OpenApi.document(service, { starts, rootUrl: rootUrlOf(request) }))
    }
  ]
}

const unknownVersion = (domain: string): Effect.Effect<never, InvalidArgument> =>
  Effect.fail(
    new InvalidArgument({
      operation: "",
      method: "get",
      status: Refusal.toStatus(
        Refusal.invalidArgument({ reason: "UNKNOWN_VERSION", message: "version: there is no such version" }),
        domain
      )
    })
  )

// The one who asks is told to go on where it came to, not where the service has its home.
const rootUrlOf = ({ headers }: HttpServerRequest): string | undefined => {
  const { host } = headers
  if (host === undefined || !/^[\w.:[\]-]{1,300}$/.test(host)) return undefined
  return `${headers["x-forwarded-proto"] === "https" ? "https" : "http"}://${host}`
}
