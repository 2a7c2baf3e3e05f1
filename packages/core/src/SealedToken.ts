/**
 * Page tokens as AIP-158 wants them: opaque, fit for a URL, of use for one listing only, and refused once altered.
 *
 * A token is a text, encrypted and authenticated (AES-GCM) together with what it is bound to, under a nonce that is an HMAC
 * of both. So the same text under the same binding has the same token, and a client can tell a list that goes in circles.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/**
 * Writes and reads tokens under one key.
 *
 * @since 0.1.0
 * @category models
 */
export interface SealedTokens {
  /** Seals a text together with what it is to be of use for. */
  readonly seal: (binding: ReadonlyArray<string>, text: string) => Effect.Effect<string>
  /**
   * None for whatever this key did not seal under this binding. The platform compares in constant time, and does not say
   * which part is wrong.
   */
  readonly open: (binding: ReadonlyArray<string>, token: string) => Effect.Effect<Option.Option<string>>
}

/**
 * Makes tokens under a key derived from a secret of any length and the purpose: tokens of one purpose are none of another.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  /** Names who makes the tokens, such as `host page`. */
  readonly purpose: string
  /** Random by default, and then its tokens die with the process. */
  readonly secret?: Redacted.Redacted | undefined
  /** How long a token may be at most, in characters. 16,384 by default. */
  readonly maxLength?: number | undefined
}): Effect.Effect<SealedTokens> =>
  Effect.gen(function* () {
    const maxLength = options.maxLength ?? 16_384
    const seed =
      options.secret === undefined
        ? yield* Effect.sync(() => crypto.getRandomValues(new Uint8Array(32)))
        : encoder.encode(Redacted.value(options.secret))
    const keyFor = (use: string, algorithm: Algorithm, usages: Array<KeyUsage>) =>
      importKey(encoder.encode(`effect-lro ${options.purpose} ${use}\0`), seed, algorithm, usages)
    const encryption = yield* keyFor("encryption", { name: "AES-GCM" }, ["encrypt", "decrypt"])
    const nonces = yield* keyFor("nonce", { name: "HMAC", hash: "SHA-256" }, ["sign"])
    const sealed = new Map<string, string>()
    const remember = (key: string, token: string): string => {
      if (sealed.size >= maxRemembered) sealed.delete(sealed.keys().next().value ?? "")
      sealed.set(key, token)
      return token
    }
    return {
      seal: (binding, text) => {
        const bound = JSON.stringify(binding)
        const key = `${bound}${text}`
        const known = sealed.get(key)
        if (known !== undefined) return Effect.succeed(known)
        return Effect.promise(() => {
          const additionalData = encoder.encode(bound)
          const plain = encoder.encode(text)
          // A nonce made from what is encrypted never meets another plaintext, and needs no memory of those used.
          return crypto.subtle.sign("HMAC", nonces, concat(additionalData, plain)).then((digest) => {
            const iv = new Uint8Array(digest).slice(0, nonceBytes)
            return crypto.subtle
              .encrypt({ name: "AES-GCM", iv, additionalData }, encryption, plain)
              .then((bytes) => remember(key, Encoding.encodeBase64Url(concat(iv, new Uint8Array(bytes)))))
          })
        })
      },
      open: (binding, token) =>
        Effect.suspend(() => {
          if (token.length > maxLength) return Effect.succeedNone
          const bytes = Encoding.decodeBase64Url(token)
          if (Either.isLeft(bytes) || Encoding.encodeBase64Url(bytes.right) !== token) return Effect.succeedNone
          const iv = new Uint8Array(bytes.right.slice(0, nonceBytes))
          const sealed = new Uint8Array(bytes.right.slice(nonceBytes))
          const additionalData = encoder.encode(JSON.stringify(binding))
          return Effect.tryPromise(() =>
            crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, encryption, sealed)
          ).pipe(
            Effect.map((plain) => new TextDecoder().decode(plain)),
            // The platform says no more than that it cannot be decrypted, and that is the answer.
            Effect.option
          )
        })
    }
  })

interface Algorithm {
  readonly name: string
  readonly hash?: string
}

const encoder = new TextEncoder()

const nonceBytes = 12

// The first pages are asked for again and again, and to seal costs more than to read a page from memory.
const maxRemembered = 256

const importKey = (
  label: Uint8Array<ArrayBuffer>,
  seed: Uint8Array<ArrayBuffer>,
  algorithm: Algorithm,
  usages: Array<KeyUsage>
): Effect.Effect<CryptoKey> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", concat(label, seed))).pipe(
    Effect.flatMap((digest) => Effect.promise(() => crypto.subtle.importKey("raw", digest, algorithm, false, usages)))
  )

const concat = (a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
