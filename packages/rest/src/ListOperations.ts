/**
 * `google.longrunning.Operations.ListOperations` on the wire.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import type { ListPage, ListRequest } from "@effect-lro/core/Operations"
import type * as Status from "@effect-lro/core/Status"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { invalidArgument, type Violation } from "./internal/invalidArgument.js"
import type { Query } from "./Query.js"

/**
 * A page on the wire: an empty `operations` and a `nextPageToken` that says the end are left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Wire {
  readonly operations?: ReadonlyArray<Operation.Wire> | null | undefined
  readonly nextPageToken?: string | null | undefined
  readonly unreachable?: ReadonlyArray<string> | null | undefined
}

/**
 * The schema of the wire form.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Wire: Schema.Schema<Wire> = Schema.Struct({
  operations: Schema.optional(Schema.NullOr(Schema.Array(Operation.Wire))),
  nextPageToken: Schema.optional(Schema.NullOr(Schema.String)),
  unreachable: Schema.optional(Schema.NullOr(Schema.Array(Schema.String)))
}).annotations({ identifier: "ListOperationsWire" })

/**
 * What a page on the wire means: an empty token is none.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromWire = (wire: Wire): ListPage => ({
  operations: (wire.operations ?? []).map(Operation.fromWire),
  nextPageToken: Option.filter(Option.fromNullable(wire.nextPageToken), (token) => token !== ""),
  unreachable: wire.unreachable ?? []
})

/**
 * Writes a page as ProtoJSON: what is empty is left out, so that the end of an empty list is `{}`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toWire = (page: ListPage): Wire => ({
  ...(page.operations.length === 0 ? {} : { operations: page.operations.map(Operation.toWire) }),
  ...(Option.isNone(page.nextPageToken) ? {} : { nextPageToken: page.nextPageToken.value }),
  ...(page.unreachable.length === 0 ? {} : { unreachable: page.unreachable })
})

/**
 * The query of a request; what is absent or has its default is left out. `name` stands in the path. The mask is a system
 * parameter, which a server takes out before it reads the request, so {@link fromQuery} does not know it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toQuery = (request: ListRequest): Query =>
  parameters.flatMap((name) => {
    const value = request[name]
    return value === undefined || value === "" || value === 0 || value === false ? [] : [[name, String(value)] as const]
  })

const parameters = ["filter", "pageSize", "pageToken", "returnPartialSuccess", "fields"] as const

/**
 * Reads a request from its query, of which system parameters are taken out already. Names may be in lowerCamelCase or in
 * snake_case; the last of a repeated one counts.
 *
 * Fails with INVALID_ARGUMENT and a BadRequest for every value that is wrong (a page size that is negative or no int32, a
 * boolean that is none) and every name that is not known.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromQuery = (
  name: string,
  query: Query,
  options?: {
    /** Defaults to `"reject"`, as Google's servers do. */
    readonly unknownFields?: "reject" | "ignore" | undefined
  }
): Either.Either<ListRequest, Status.Status> => {
  const violations: Array<Violation> = []
  const request: { -readonly [K in keyof ListRequest]: ListRequest[K] } = { name }
  for (const [field, value] of query) {
    switch (field) {
      case "filter":
        request.filter = value
        break
      case "pageToken":
      case "page_token":
        request.pageToken = value
        break
      case "pageSize":
      case "page_size": {
        const size = /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN
        if (size >= 0 && size <= maxInt32) request.pageSize = size
        else violations.push({ field, description: "it is not an int32 from 0 up" })
        break
      }
      case "returnPartialSuccess":
      case "return_partial_success":
        if (value === "true" || value === "false") request.returnPartialSuccess = value === "true"
        else violations.push({ field, description: "it is neither true nor false" })
        break
      default:
        if (options?.unknownFields !== "ignore") violations.push({ field, description: "no such field" })
    }
  }
  return violations.length === 0 ? Either.right(request) : Either.left(invalidArgument(violations))
}

const maxInt32 = 2_147_483_647
