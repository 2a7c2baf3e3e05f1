/**
 * Page tokens as AIP-158 wants them: opaque, fit for a URL, of use for one listing only, and refused once altered.
 *
 * A token is a position, encrypted and authenticated (AES-GCM) together with the listing it belongs to. The same position of
 * the same listing has the same token, so that a client can tell a list that goes in circles.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
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
  Effect.gen(function* () {
    const seed =
      secret === undefined
        ? yield* Effect.sync(() => crypto.getRandomValues(new Uint8Array(32)))
        : encoder.encode(Redacted.value(secret))
    const encryption = yield* importKey(seed, "encryption", { name: "AES-GCM" }, ["encrypt", "decrypt"])
    const nonces = yield* importKey(seed, "nonce", { name: "HMAC", hash: "SHA-256" }, ["sign"])
    return {
      encode: (listing, position) =>
        Effect.gen(function* () {
          const bound = additionalData(listing)
          const plain = encoder.encode(JSON.stringify([DateTime.toEpochMillis(position.createTime), position.name]))
          // A nonce made from what is encrypted never meets another plaintext, and needs no memory of those used.
          const digest = yield* Effect.promise(() => crypto.subtle.sign("HMAC", nonces, concat(bound, plain)))
          const iv = new Uint8Array(digest).slice(0, nonceBytes)
          const sealed = yield* Effect.promise(() =>
            crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound }, encryption, plain)
          )
          return Encoding.encodeBase64Url(concat(iv, new Uint8Array(sealed)))
        }),
      decode: (listing, token) =>
        Effect.gen(function* () {
          if (token.length > maxLength) return Option.none()
          const bytes = Encoding.decodeBase64Url(token)
          if (Either.isLeft(bytes) || Encoding.encodeBase64Url(bytes.right) !== token) return Option.none()
          const iv = new Uint8Array(bytes.right.slice(0, nonceBytes))
          const sealed = new Uint8Array(bytes.right.slice(nonceBytes))
          // The platform says no more than that it cannot be decrypted, and that is the answer.
          const plain = yield* Effect.option(
            Effect.tryPromise(() =>
              crypto.subtle.decrypt(
                { name: "AES-GCM", iv, additionalData: additionalData(listing) },
                encryption,
                sealed
              )
            )
          )
          return Option.flatMap(plain, (buffer) => readPosition(new TextDecoder().decode(buffer)))
        })
    }
  })

const encoder = new TextEncoder()

const nonceBytes = 12

// A name has 1,024 bytes at most; JSON escapes and base64 make that no longer than this.
const maxLength = 16_384

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

const additionalData = (listing: Listing): Uint8Array<ArrayBuffer> =>
  encoder.encode(JSON.stringify([1, listing.parent, listing.filter]))

const importKey = (
  seed: Uint8Array<ArrayBuffer>,
  purpose: string,
  algorithm: { readonly name: string; readonly hash?: string },
  usages: Array<KeyUsage>
): Effect.Effect<CryptoKey> =>
  Effect.promise(() =>
    crypto.subtle.digest("SHA-256", concat(encoder.encode(`effect-lro page token ${purpose}\0`), seed))
  ).pipe(
    Effect.flatMap((digest) => Effect.promise(() => crypto.subtle.importKey("raw", digest, algorithm, false, usages)))
  )

const concat = (a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
