import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { CredentialsError } from "../CredentialsError.js"
import * as Scopes from "../Scopes.js"
import type { Options, TokenSource } from "../TokenSource.js"
import * as CredentialJson from "./credentialJson.js"
import * as library from "./library.js"

/** A source whose credentials are JSON, read anew for every token. */
export const make = (
  description: string,
  json: Effect.Effect<CredentialJson.CredentialJson, CredentialsError>,
  options: (Options & { readonly subject?: string | undefined }) | undefined
): TokenSource => ({
  description,
  fetch: Effect.flatMap(json, (json) =>
    library.exchange(json, { scopes: options?.scopes ?? Scopes.default, subject: options?.subject })
  ),
  quotaProject: Effect.map(json, quotaProject)
})

const quotaProject = ({ members }: CredentialJson.CredentialJson): Option.Option<string> =>
  CredentialJson.text(members, "quota_project_id")
