import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import * as Router from "@effect-lro/rest/Router"
import * as Either from "effect/Either"
import type { RequestHead } from "../Authenticator.js"
import type * as Endpoint from "./endpoint.js"
import * as Refusal from "./refusal.js"

export type Found = Either.Either<Router.Match<Endpoint.Endpoint>, Refusal.Refusal>

/**
 * The route of a request, or what to tell about there being none.
 */
export const find = (
  server: { readonly router: Router.Router<Endpoint.Endpoint>; readonly decoding: PathTemplate.Decoding },
  head: RequestHead,
  path: string
): Found => {
  if (head.url.length > maxUrlLength) return Either.left(Refusal.uriTooLong(maxUrlLength))
  const method = methodOf(head)
  return Either.mapLeft(
    Router.match(server.router, { method: method === "HEAD" ? "GET" : method, path }, { decoding: server.decoding }),
    (error): Refusal.Refusal => {
      switch (error._tag) {
        case "MalformedPath":
          return Refusal.invalidArgument({ reason: "MALFORMED_PATH", message: error.message })
        case "NoRoute":
          return Refusal.noRoute(method, path)
        case "MethodNotAllowed":
          return Refusal.methodNotAllowed(method, path, withHead(error.allowed))
      }
    }
  )
}

const withHead = (allowed: ReadonlyArray<string>): ReadonlyArray<string> =>
  allowed.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))

/**
 * The method that is meant. Where a proxy lets only POST pass, a header tells.
 */
const methodOf = ({ headers, method }: RequestHead): string =>
  method === "POST" ? (headers["x-http-method-override"]?.trim().toUpperCase() ?? method) : method

const maxUrlLength = 8192
