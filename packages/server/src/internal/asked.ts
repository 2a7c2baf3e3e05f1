import * as Query from "@effect-lro/rest/Query"
import * as SystemParameters from "@effect-lro/rest/SystemParameters"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { RequestHead } from "../Authenticator.js"
import type * as Answer from "./answer.js"
import * as FieldMask from "./fieldMask.js"
import * as Refusal from "./refusal.js"

export interface Asked {
  readonly format: Answer.Format
  readonly fields: Either.Either<Query.Query, Refusal.Refusal>
}

/**
 * What the query and the headers ask of the answer, and what is left of the query for the method.
 */
export const of = (plain: Answer.Format, head: RequestHead, query: string): Asked => {
  const header = head.headers["x-goog-fieldmask"]
  if (query === "" && header === undefined) return { format: plain, fields: noFields }
  const taken = Either.flatMap(Query.decode(query), (parameters) =>
    Either.map(SystemParameters.take(parameters), ({ fields, system }) => ({ fields, system, parameters }))
  )
  if (Either.isLeft(taken)) return { format: plain, fields: Either.left(Refusal.fromStatus(taken.left)) }
  const { fields, parameters, system } = taken.right
  const format: Answer.Format = {
    prettyPrint: parameters.some(isPrettyPrint) ? system.prettyPrint : plain.prettyPrint,
    legacyErrors: system.legacyErrors,
    mask: plain.mask
  }
  const text = Option.getOrElse(system.fields, () => header ?? "")
  if (text === "") return { format, fields: Either.right(fields) }
  return Option.match(FieldMask.parse(text), {
    onNone: () => ({ format, fields: Either.left(invalidMask) }),
    onSome: (mask) => ({ format: { ...format, mask }, fields: Either.right(fields) })
  })
}

const noFields: Either.Either<Query.Query> = Either.right([])

const isPrettyPrint = ([name]: Query.Query[number]): boolean => name === "prettyPrint" || name === "$prettyPrint"

const invalidMask = Refusal.invalidArgument({
  reason: "INVALID_FIELD_MASK",
  message: "fields: it is no field mask, such as operations(name,done),nextPageToken",
  violations: [{ field: "fields", description: "it is no field mask" }]
})
