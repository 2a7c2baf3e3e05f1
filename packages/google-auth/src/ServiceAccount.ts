/**
 * A service account, by its key. The `token_uri` in the key is asked for tokens, which google-auth-library by itself ignores.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as CredentialJson from "./internal/credentialJson.js"
import * as files from "./internal/files.js"
import * as jsonSource from "./internal/jsonSource.js"
import type * as TokenSource from "./TokenSource.js"

/**
 * Options of a service account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends TokenSource.Options {
  /** The user to act for, by domain-wide delegation. None by default. */
  readonly subject?: string | undefined
}

/**
 * Reads a service account key from a file, for every token. Another `type` than `service_account` is `Unsupported`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromFile = (path: string, options?: Options): TokenSource.TokenSource =>
  jsonSource.make(
    `the service account key ${path}`,
    Effect.flatMap(files.read(path), (text) => CredentialJson.parse(text, path, ["service_account"])),
    options
  )

/**
 * Takes the text of a service account key's file, such as one that a secret manager keeps.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromJson = (json: Redacted.Redacted, options?: Options): TokenSource.TokenSource =>
  jsonSource.make(
    "the given service account key",
    Effect.suspend(() =>
      CredentialJson.parse(Redacted.value(json), "the given service account key", ["service_account"])
    ),
    options
  )
