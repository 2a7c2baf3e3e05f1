/**
 * A user account that has logged in, as `gcloud auth application-default login` writes it down. Its `token_uri` is asked where it names one. The scopes are those that the user consented to.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as CredentialJson from "./internal/credentialJson.js"
import * as files from "./internal/files.js"
import * as jsonSource from "./internal/jsonSource.js"
import type { Options, TokenSource } from "./TokenSource.js"

/**
 * Reads a user account from a file, for every token. Another `type` than `authorized_user` is `Unsupported`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromFile = (path: string, options?: Options): TokenSource =>
  jsonSource.make(
    `the user's credentials ${path}`,
    Effect.flatMap(files.read(path), (text) => CredentialJson.parse(text, path, ["authorized_user"])),
    options
  )

/**
 * Takes the text of a user account's file, such as one that a secret manager keeps.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromJson = (json: Redacted.Redacted, options?: Options): TokenSource =>
  jsonSource.make(
    "the given user's credentials",
    Effect.suspend(() =>
      CredentialJson.parse(Redacted.value(json), "the given user's credentials", ["authorized_user"])
    ),
    options
  )
