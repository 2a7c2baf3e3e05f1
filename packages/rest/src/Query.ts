/**
 * The query of a request, by RFC 3986: a space is `%20` and a plus is a plus, unlike in forms.
 *
 * @since 0.1.0
 */
import type * as Status from "@effect-lro/core/Status"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { invalidArgument } from "./internal/invalidArgument.js"
import * as percent from "./internal/percent.js"

/**
 * Names with values, in their order; a name may come several times.
 *
 * @since 0.1.0
 * @category models
 */
export type Query = ReadonlyArray<readonly [name: string, value: string]>

/**
 * Writes a query without the question mark; empty where there is nothing to write.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (query: Query): string =>
  query.map(([name, value]) => `${percent.encode(name)}=${percent.encode(value)}`).join("&")

/**
 * Reads what follows the question mark of a raw path (the rest of it may stand before). A name without `=` has an empty
 * value. Fails with INVALID_ARGUMENT where an escape is none or gives no UTF-8.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (path: string): Either.Either<Query, Status.Status> => {
  const mark = path.indexOf("?")
  if (mark < 0) return Either.right([])
  const query: Array<readonly [string, string]> = []
  for (const pair of path.slice(mark + 1).split("&")) {
    if (pair === "") continue
    const equals = pair.indexOf("=")
    const name = percent.decode(equals < 0 ? pair : pair.slice(0, equals), "none")
    const value = percent.decode(equals < 0 ? "" : pair.slice(equals + 1), "none")
    if (Option.isNone(name) || Option.isNone(value)) {
      return Either.left(invalidArgument([{ field: "query", description: "it has an escape that gives no UTF-8" }]))
    }
    query.push([name.value, value.value])
  }
  return Either.right(query)
}
