import * as Excerpt from "@effect-lro/rest/Excerpt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Library from "google-auth-library"
import { CredentialsError } from "../CredentialsError.js"
import { cloudPlatform } from "../Scopes.js"
import type { Token } from "../TokenSource.js"
import * as CredentialJson from "./credentialJson.js"

export interface Options {
  readonly scopes: ReadonlyArray<string>
  /** Of a service account with domain-wide delegation. */
  readonly subject?: string | undefined
}

/**
 * Exchanges credentials for a token, by google-auth-library.
 *
 * A new client is made each time: the library's own cache, early renewals, repetitions and logs stay out of play.
 */
export const exchange = (
  json: CredentialJson.CredentialJson,
  options: Options
): Effect.Effect<Token, CredentialsError> =>
  Effect.flatMap(load, (library) =>
    Effect.suspend(() => {
      const secrets = [...CredentialJson.secrets(json.members)]
      return Effect.tryPromise({
        try: async (signal): Promise<Token> => {
          const client = clientOf(library, json, { ...options, signal, onSecret: (_) => void secrets.push(_) })
          if (client === undefined) throw new Error("it is no external account")
          const { token } = await client.getAccessToken()
          const expiry = client.credentials.expiry_date
          return {
            value: Redacted.make(token ?? ""),
            expiresAt: typeof expiry === "number" && Number.isFinite(expiry) ? Option.some(expiry) : Option.none()
          }
        },
        catch: (error) => failureOf(error, json, secrets)
      })
    })
  ).pipe(
    Effect.filterOrFail(
      (token) => Redacted.value(token.value) !== "",
      () => unavailable(json, "the answer has no access_token")
    )
  )

const load: Effect.Effect<typeof Library, CredentialsError> = Effect.tryPromise({
  try: () => import("google-auth-library"),
  catch: () =>
    new CredentialsError({
      reason: "Unsupported",
      source: "google-auth-library",
      problem: "it cannot be loaded",
      next: "Install google-auth-library 10, or give a token."
    })
})

interface Making extends Options {
  readonly signal: AbortSignal
  readonly onSecret: (secret: string) => void
}

const clientOf = (
  library: typeof Library,
  { inner, kind, members }: CredentialJson.CredentialJson,
  options: Making
): Library.AuthClient | undefined => {
  const text = (name: string): string => Option.getOrElse(CredentialJson.text(members, name), () => "")
  const tokenUri = Option.getOrElse(CredentialJson.text(members, "token_uri"), () => googleTokenUri)
  const shared = {
    transporter: transporterOf(library, tokenUri, options.signal),
    // Otherwise its logs, which an environment variable turns on, show tokens.
    useAuthRequestParameters: false
  }
  switch (kind) {
    case "service_account":
      return new library.JWT({
        ...shared,
        email: text("client_email"),
        key: text("private_key"),
        scopes: [...options.scopes],
        additionalClaims: { aud: tokenUri },
        ...(options.subject === undefined ? {} : { subject: options.subject })
      })
    case "authorized_user":
      return new library.UserRefreshClient({
        ...shared,
        clientId: text("client_id"),
        clientSecret: text("client_secret"),
        refreshToken: text("refresh_token"),
        endpoints: { oauth2TokenUrl: tokenUri }
      })
    case "external_account": {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library checks what it is given
      const given = { ...members, ...shared } as unknown as Library.ExternalAccountClientOptions
      const client = library.ExternalAccountClient.fromJSON(given)
      if (client === null) return undefined
      client.scopes = [...options.scopes]
      const retrieve = client.retrieveSubjectToken.bind(client)
      client.retrieveSubjectToken = () =>
        retrieve().then((token) => {
          options.onSecret(token)
          return token
        })
      return client
    }
    case "external_account_authorized_user": {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library checks what it is given
      const given = { ...members, ...shared } as unknown as Library.ExternalAccountAuthorizedUserClientOptions
      return new library.ExternalAccountAuthorizedUserClient(given)
    }
    case "impersonated_service_account": {
      const url = new URL(text("service_account_impersonation_url"))
      const { delegates } = members
      const sourceClient =
        inner === undefined
          ? undefined
          : clientOf(library, inner, { ...options, scopes: [cloudPlatform], subject: undefined })
      return new library.Impersonated({
        ...shared,
        ...(sourceClient === undefined ? {} : { sourceClient }),
        targetPrincipal: /([^/]+):generateAccessToken$/.exec(url.pathname)?.[1] ?? "",
        targetScopes: [...options.scopes],
        delegates: Array.isArray(delegates) ? delegates.map(String) : [],
        endpoint: url.origin
      })
    }
  }
}

// Each request is sent once, to where it is meant to go, and ends with the attempt that it belongs to.
const transporterOf = (library: typeof Library, tokenUri: string, signal: AbortSignal): Library.gaxios.Gaxios =>
  new library.gaxios.Gaxios({
    adapter: (config, send) => {
      config.retryConfig = { retry: 0, noResponseRetries: 0 }
      config.signal = config.signal ? AbortSignal.any([config.signal, signal]) : signal
      config.redirect = "error"
      config.size = 1024 * 1024
      // The library ignores the token_uri of a service account's key.
      if (config.url.href === googleTokenUri) config.url = new URL(tokenUri)
      return send(config)
    }
  })

const googleTokenUri = "https://oauth2.googleapis.com/token"

const failureOf = (
  error: unknown,
  json: CredentialJson.CredentialJson,
  secrets: ReadonlyArray<string>
): CredentialsError => {
  const shown = (text: string) => Excerpt.of(blotted(text, secrets), 300)
  const at = addressOf(error)
  const status = statusOf(error)
  if (status !== undefined) {
    const said = shown(descriptionOf(error))
    const problem = `${at === "" ? "the token endpoint" : at} answered ${status}${said === "" ? "" : `: ${said}`}`
    return status >= 500 || status === 429 || status === 408 ? unavailable(json, problem) : refused(json, problem)
  }
  const { code, message } = read(error)
  if (fileCodes.has(code)) {
    return new CredentialsError({
      reason: "Unreadable",
      source: json.from,
      problem: `a file that it names cannot be read: ${shown(message)}`,
      next: "Check that the file is there, and that this user may read it."
    })
  }
  if (code !== "" && !code.startsWith("ERR_")) {
    return unavailable(json, `${at === "" ? "the token endpoint" : at} cannot be reached (${shown(code)})`)
  }
  if (message === noToken) return unavailable(json, "the answer has no access_token")
  return new CredentialsError({
    reason: "Malformed",
    source: json.from,
    problem: code.startsWith("ERR_OSSL")
      ? `the private_key cannot be used (${code})`
      : `it cannot be used: ${shown(message)}`,
    next: CredentialJson.again[json.kind]
  })
}

const unavailable = (json: CredentialJson.CredentialJson, problem: string): CredentialsError =>
  new CredentialsError({
    reason: "Unavailable",
    source: json.from,
    problem,
    next: "Check that the network lets it through, and try again."
  })

const refused = (json: CredentialJson.CredentialJson, problem: string): CredentialsError =>
  new CredentialsError({ reason: "Refused", source: json.from, problem, next: CredentialJson.again[json.kind] })

const fileCodes: ReadonlySet<string> = new Set(["ENOENT", "EACCES", "EISDIR", "ENOTDIR", "EPERM"])

// What the library says where an answer of status 200 has no token.
const noToken = "Could not refresh access token."

const blotted = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((blotted, secret) => (secret.length < 4 ? blotted : blotted.replaceAll(secret, "<redacted>")), text)

const read = (error: unknown): { readonly code: string; readonly message: string } => ({
  code: Predicate.hasProperty(error, "code") && typeof error.code === "string" ? error.code : "",
  message: error instanceof Error ? error.message : String(error)
})

const responseOf = (error: unknown): unknown => (Predicate.hasProperty(error, "response") ? error.response : undefined)

const statusOf = (error: unknown): number | undefined => {
  const response = responseOf(error)
  return Predicate.hasProperty(response, "status") && typeof response.status === "number" ? response.status : undefined
}

// Without the query, which may hold anything.
const addressOf = (error: unknown): string => {
  const config = Predicate.hasProperty(error, "config") ? error.config : undefined
  const url = Predicate.hasProperty(config, "url") ? String(config.url) : ""
  return URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : ""
}

// `{"error": "invalid_grant", "error_description": "…"}` of OAuth, `{"error": {"message": "…"}}` of Google's APIs, or a page.
const descriptionOf = (error: unknown): string => {
  const response = responseOf(error)
  const data = Predicate.hasProperty(response, "data") ? response.data : undefined
  if (typeof data === "string") return data
  if (!Predicate.hasProperty(data, "error")) return ""
  const described = Predicate.hasProperty(data, "error_description") ? `: ${String(data.error_description)}` : ""
  if (typeof data.error === "string") return `${data.error}${described}`
  return Predicate.hasProperty(data.error, "message") ? String(data.error.message) : ""
}
