/**
 * Page tokens: positions in a listing, sealed together with the listing they belong to.
 *
 * @since 0.1.0
 */
import * as SealedToken from "@effect-lro/core/SealedToken"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Position } from "./OperationStore.js"

/**
 * What a token is bound to; it is of no use for another listing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing {
  readonly parent: string
  readonly filter: string
}

/**
 * Writes and reads tokens under one key.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageTokens {
  readonly encode: (listing: Listing, position: Position) => Effect.Effect<string>
  /** None for whatever this key did not write for this listing. */
  readonly decode: (listing: Listing, token: string) => Effect.Effect<Option.Option<Position>>
}

/**
 * Makes tokens under a key derived from a secret of any length. Without one it is random, and its tokens die with the
 * process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (secret?: Redacted.Redacted): Effect.Effect<PageTokens> =>
  Effect.map(SealedToken.make({ purpose: "host page", secret }), ({ open, seal }) => ({
    encode: (listing, position) =>
      seal(bindingOf(listing), JSON.stringify([DateTime.toEpochMillis(position.createTime), position.name])),
    decode: (listing, token) => Effect.map(open(bindingOf(listing), token), Option.flatMap(readPosition))
  }))

const bindingOf = ({ filter, parent }: Listing): ReadonlyArray<string> => [parent, filter]

const readPosition = Schema.decodeOption(
  Schema.parseJson(
    Schema.transform(
      Schema.Tuple(Schema.DateTimeUtcFromNumber, Schema.String),
      Schema.typeSchema(Schema.Struct({ createTime: Schema.DateTimeUtcFromNumber, name: Schema.String })),
      {
        strict: true,
        decode: ([createTime, name]) => ({ createTime, name }),
        encode: ({ createTime, name }) => [createTime, name] as const
      }
    )
  )
)
