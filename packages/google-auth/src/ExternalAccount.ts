/**
 * Workload identity federation: the token of another identity provider, from a file, a URL, AWS or a program, exchanged for one of Google's, and for that of a service account where the configuration says so.
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
 * Reads an external account from a file, for every token. Another `type` than `external_account` is `Unsupported`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromFile = (path: string, options?: Options): TokenSource =>
  jsonSource.make(
    `the external account ${path}`,
    Effect.flatMap(files.read(path), (text) => CredentialJson.parse(text, path, ["external_account"])),
    options
  )

/**
 * Takes the text of an external account's file, such as one that a secret manager keeps.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromJson = (json: Redacted.Redacted, options?: Options): TokenSource =>
  jsonSource.make(
    "the given external account",
    Effect.suspend(() =>
      CredentialJson.parse(Redacted.value(json), "the given external account", ["external_account"])
    ),
    options
  )
