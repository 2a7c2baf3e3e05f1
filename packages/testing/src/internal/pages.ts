import type * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/**
 * An operation and its place in the order: newest, which is highest, first.
 */
export interface Placed {
  readonly sequence: number
  readonly operation: Operation.Operation
}

/**
 * Cuts lists into pages by AIP-158: a token is opaque, goes with one request, and marks a place rather than a count, so
 * that what starts or vanishes between two pages neither repeats nor hides the others.
 */
export const make = (options: { readonly defaultSize: number; readonly emptyPages: boolean }) => {
  const tokens = new Map<string, Place>()

  const page = (
    request: Operations.ListRequest,
    all: ReadonlyArray<Placed>
  ): Either.Either<Operations.ListPage, string> => {
    const { pageSize = 0, pageToken = "" } = request
    if (pageSize < 0 || !Number.isInteger(pageSize)) return Either.left("pageSize must be a whole number from 0 up")
    const query = JSON.stringify([request.name, request.filter ?? ""])
    const from = pageToken === "" ? { query, below: Number.POSITIVE_INFINITY, empty: false } : tokens.get(pageToken)
    if (from === undefined) return Either.left("pageToken is none of this server's")
    if (from.query !== query) return Either.left("pageToken belongs to another request")
    if (from.empty) {
      return Either.right({
        operations: [],
        nextPageToken: Option.some(token({ ...from, empty: false })),
        unreachable: []
      })
    }
    const rest = all.filter((it) => it.sequence < from.below).sort((a, b) => b.sequence - a.sequence)
    const shown = rest.slice(0, pageSize === 0 ? options.defaultSize : pageSize)
    const last = shown.at(-1)
    return Either.right({
      operations: shown.map((it) => it.operation),
      nextPageToken:
        last === undefined || shown.length === rest.length
          ? Option.none()
          : Option.some(token({ query, below: last.sequence, empty: options.emptyPages })),
      unreachable: []
    })
  }

  const token = (place: Place): string => {
    const fresh = `page-${tokens.size + 1}`
    tokens.set(fresh, place)
    return fresh
  }

  return { page }
}

interface Place {
  readonly query: string
  readonly below: number
  /** The page from here on is an empty one, which leads to the others. */
  readonly empty: boolean
}
