import type * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type * as SealedToken from "@effect-lro/core/SealedToken"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Principal } from "../Authenticator.js"
import * as Refusal from "./refusal.js"

/**
 * Reads a page of any service under tokens of the server's own: they are of use for the same list, by the same principal,
 * only. A page may have another size than the one before it (AIP-158).
 */
export const read = (
  operations: Operations.Provider,
  tokens: SealedToken.SealedTokens,
  request: Operations.ListRequest,
  principal: Principal
): Effect.Effect<Operations.ListPage, OperationsError | Refusal.Refusal> => {
  const binding = [
    request.name,
    request.filter ?? "",
    request.returnPartialSuccess === true ? "partial" : "",
    principal.id
  ]
  const sealed = (page: Operations.ListPage): Effect.Effect<Operations.ListPage> =>
    Option.match(page.nextPageToken, {
      onNone: () => Effect.succeed(page),
      onSome: (token) =>
        Effect.map(tokens.seal(binding, token), (nextPageToken) => ({
          ...page,
          nextPageToken: Option.some(nextPageToken)
        }))
    })
  const { pageToken, ...first } = request
  if (pageToken === undefined || pageToken === "") return Effect.flatMap(operations.listPage(first), sealed)
  return tokens.open(binding, pageToken).pipe(
    Effect.flatMap((opened): Effect.Effect<Operations.ListPage, OperationsError | Refusal.Refusal> =>
      Option.isNone(opened) ? Effect.fail(foreign) : operations.listPage({ ...first, pageToken: opened.value })
    ),
    Effect.flatMap(sealed)
  )
}

const foreign = Refusal.invalidArgument({
  reason: "INVALID_PAGE_TOKEN",
  message: "pageToken: it is not one of this list",
  violations: [{ field: "pageToken", description: "it was not given for this parent and filter, to this caller" }]
})
