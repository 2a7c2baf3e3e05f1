import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Query from "@effect-lro/rest/Query"
import type * as Router from "@effect-lro/rest/Router"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Principal } from "../Authenticator.js"
import type { Access } from "../Authorizer.js"
import type * as Route from "../Route.js"
import * as Json from "./json.js"
import * as Refusal from "./refusal.js"
import * as Step from "./step.js"

/**
 * What a route of the server's trie leads to. The five methods and the extra routes are the same from here on.
 */
export interface Endpoint {
  /** For spans and logs, such as `cancel` or `POST /v1/{project=projects/*}/image:export`. */
  readonly label: string
  /** For metrics: the template of its path. */
  readonly route: string
  /** Where it is `"parts"`, each of the requests that came in this one has to be authenticated. */
  readonly access: "authenticated" | "public" | "parts"
  /** What its variables are about, for whoever decides on it. Nobody is asked where it is absent. */
  readonly resource?: (variables: PathTemplate.Variables) => Either.Either<Resource, OperationsError | Refusal.Refusal>
  /** Whether it only waits for something to happen. */
  readonly isWaiting?: boolean
  /** The longest body in bytes, or that there is none to read. */
  readonly body: number | "ignored"
  /** What the body is to be; JSON by default. */
  readonly bodyType?: "json" | "other"
  readonly interruptible: boolean
  readonly handle: (call: Call, request: HttpServerRequest) => Outcome
  /** The same, where it takes nothing but what stands in the head of the request. */
  readonly direct?: (call: Call) => Outcome
}

export type Outcome = Effect.Effect<object, OperationsError | Refusal.Refusal>

export interface Resource extends Omit<Access, "principal"> {}

export interface Call {
  readonly principal: Principal
  readonly variables: PathTemplate.Variables
  readonly query: Query.Query
  /** Checked for its encoding and depth, not parsed. */
  readonly body: string
}

export interface Settings {
  /** For names in the query and in the body alike. */
  readonly unknownFields: "reject" | "ignore"
  readonly maxRouteBodyBytes: number
}

/**
 * Throws `InvalidTemplate` where the template is none.
 */
export const fromRoute = <R>(
  route: Route.Route<R>,
  settings: Settings,
  context: Context.Context<R>
): Router.Route<Endpoint> => {
  const inQuery = route.query ?? []
  return {
    method: route.method,
    template: PathTemplate.unsafeParse(route.template),
    value: {
      label: `${route.method} ${route.template}`,
      route: route.template,
      access: route.access ?? "authenticated",
      body: readsBody(route.method) ? (route.maxBodyBytes ?? settings.maxRouteBodyBytes) : "ignored",
      interruptible: route.interruptible ?? route.method === "GET",
      resource: (variables) =>
        Either.right({ permission: "call", parent: Object.values(variables)[0] ?? "", name: undefined }),
      handle: (call, request) => {
        const names = call.query.map(([name]) => name)
        const unknown = whatIsUnknown("query", names, inQuery, settings)
        if (unknown !== undefined) return Effect.fail(unknown)
        const body = Json.parse(call.body)
        if (Either.isLeft(body)) return Effect.fail(body.left)
        const strange =
          route.fields === undefined
            ? undefined
            : whatIsUnknown("body", Object.keys(body.right), route.fields, settings)
        return strange === undefined
          ? Step.provide(route.handler({ ...call, body: body.right, request }), context)
          : Effect.fail(strange)
      }
    }
  }
}

export const readsBody = (method: string): boolean => method !== "GET" && method !== "DELETE"

/**
 * The refusal of names that a message does not have; a field may come under its name in lowerCamelCase or in snake_case.
 */
export const whatIsUnknown = (
  where: "query" | "body",
  names: ReadonlyArray<string>,
  known: ReadonlyArray<string>,
  settings: Pick<Settings, "unknownFields">
): Refusal.Refusal | undefined => {
  if (settings.unknownFields === "ignore" || names.length === 0) return undefined
  const unknown = names.filter((name) => !known.some((field) => field === name || snake(field) === name))
  return unknown.length === 0 ? undefined : Refusal.unknownFields(where, unknown)
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
