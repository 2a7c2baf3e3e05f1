/**
 * A method that a server offers beside those of google.longrunning.Operations, such as one that starts an operation.
 *
 * @since 0.1.0
 */
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Query from "@effect-lro/rest/Query"
import type * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import type * as Effect from "effect/Effect"
import type { Principal } from "./Authenticator.js"

/**
 * A request that came as far as its handler: authenticated, matched, and well-formed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** What the path bound, decoded. Not checked further: the variable of a name may hold anything its template admits. */
  readonly variables: PathTemplate.Variables
  /** What is left of the query without system parameters. */
  readonly query: Query.Query
  /** The JSON object in the body; empty where there was none. A key may be anything, `__proto__` too. */
  readonly body: { readonly [key: string]: unknown }
  readonly request: HttpServerRequest
  /** Who asks, as `authenticate` says. */
  readonly principal: Principal
}

/**
 * A route. It shares the trie, the error envelope, system parameters and limits with the methods on operations.
 *
 * @since 0.1.0
 * @category models
 */
export interface Route<out R = never> {
  /** A GET answers HEAD too. The body of a GET or DELETE is not read. */
  readonly method: ServiceDescription.Binding["httpMethod"]
  /** In the syntax of google.api.http, with the version: `/v1/{project=projects/*}/image:export`. */
  readonly template: string
  /**
   * Answers with a JSON object. A failure becomes Google's error envelope, a defect an INTERNAL one that says nothing of
   * it.
   */
  readonly handler: (call: Call) => Effect.Effect<object, OperationsError, R>
  /** The names that the query may have; others are INVALID_ARGUMENT. None by default. */
  readonly query?: ReadonlyArray<string> | undefined
  /** The fields that the body may have at its top level; others are INVALID_ARGUMENT. Left to the handler by default. */
  readonly fields?: ReadonlyArray<string> | undefined
  /** The longest body, in bytes. The server's `maxRouteBodyBytes` by default. */
  readonly maxBodyBytes?: number | undefined
  /** Whether `authenticate` and `authorize` have to agree first. `"authenticated"` by default. */
  readonly access?: "authenticated" | "public" | undefined
  /**
   * Whether the handler is interrupted when the client goes away. By default a GET is, and what may change something is
   * not, so that it is never done by half.
   */
  readonly interruptible?: boolean | undefined
}

/**
 * The routes of a start method of a service, one for each version.
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = <R = never>(
  method: ServiceDescription.StartMethod,
  options: Omit<Route<R>, "method" | "template">
): ReadonlyArray<Route<R>> =>
  Object.values(method.bindings).map((binding) => ({
    ...options,
    method: binding.httpMethod,
    template: binding.template.source
  }))
