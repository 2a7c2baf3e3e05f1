/**
 * Credentials in the JSON files of Google Cloud, whatever their `type`.
 *
 * Known are `service_account`, `authorized_user`, `external_account` (workload identity federation),
 * `external_account_authorized_user` and `impersonated_service_account`. Whoever can write such a file can say where
 * secrets are sent to, so it should come from where the program itself comes from.
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
 * Reads a file for every token.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromFile = (path: string, options?: Options): TokenSource =>
  jsonSource.make(
    `the credentials ${path}`,
    Effect.flatMap(files.read(path), (text) => CredentialJson.parse(text, path)),
    options
  )

/**
 * Takes the text of a file, such as one that a secret manager keeps.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromJson = (json: Redacted.Redacted, options?: Options): TokenSource =>
  jsonSource.make(
    "the given credentials",
    Effect.suspend(() => CredentialJson.parse(Redacted.value(json), "the given credentials")),
    options
  )
