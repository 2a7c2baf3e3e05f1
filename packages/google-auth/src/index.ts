/**
 * An access token that is always good: kept while it lasts, renewed before it expires, once for all who wait for it.
 *
 * @since 0.1.0
 */
export * as AccessToken from "./AccessToken.js"

/**
 * Application default credentials (AIP-4110): those of the machine, wherever Google's tools have put them.
 *
 * @since 0.1.0
 */
export * as ApplicationDefault from "./ApplicationDefault.js"

/**
 * A user account that has logged in, as `gcloud auth application-default login` writes it down. Its `token_uri` is asked where it names one. The scopes are those that the user consented to.
 *
 * @since 0.1.0
 */
export * as AuthorizedUser from "./AuthorizedUser.js"

/**
 * Credentials in the JSON files of Google Cloud, whatever their `type`.
 *
 * Known are `service_account`, `authorized_user`, `external_account` (workload identity federation),
 * `external_account_authorized_user` and `impersonated_service_account`. Whoever can write such a file can say where
 * secrets are sent to, so it should come from where the program itself comes from.
 *
 * @since 0.1.0
 */
export * as CredentialFile from "./CredentialFile.js"

/**
 * Why there is no token, in words that say what was tried and what to do next, without anything secret.
 *
 * @since 0.1.0
 */
export * as CredentialsError from "./CredentialsError.js"

/**
 * The credentials that Earth Engine's own tools leave on a machine.
 *
 * @since 0.1.0
 */
export * as EarthEngineCredentials from "./EarthEngineCredentials.js"

/**
 * Where credentials may go that nobody has given, but that were found on the machine.
 *
 * @since 0.1.0
 */
export * as Endpoint from "./Endpoint.js"

/**
 * Workload identity federation: the token of another identity provider, from a file, a URL, AWS or a program, exchanged for one of Google's, and for that of a service account where the configuration says so.
 *
 * @since 0.1.0
 */
export * as ExternalAccount from "./ExternalAccount.js"

/**
 * The service account of the machine that runs on Google Cloud: Compute Engine, Cloud Run, GKE and their like.
 *
 * @since 0.1.0
 */
export * as MetadataServer from "./MetadataServer.js"

/**
 * The OAuth scopes that google.longrunning's methods take.
 *
 * @since 0.1.0
 */
export * as Scopes from "./Scopes.js"

/**
 * A service account, by its key. The `token_uri` in the key is asked for tokens, which google-auth-library by itself ignores.
 *
 * @since 0.1.0
 */
export * as ServiceAccount from "./ServiceAccount.js"

/**
 * Where access tokens come from.
 *
 * A source keeps nothing: each `fetch` looks anew, so a file that was replaced, or a login that was repeated, counts from
 * the next token on. `AccessToken` keeps the token.
 *
 * @since 0.1.0
 */
export * as TokenSource from "./TokenSource.js"
