/**
 * Application default credentials (AIP-4110): those of the machine, wherever Google's tools have put them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as defaultSources from "./internal/defaultSources.js"
import * as environment from "./internal/environment.js"
import * as TokenSource from "./TokenSource.js"

/**
 * Options of application default credentials.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends TokenSource.Options {
  /** `GOOGLE_CLOUD_QUOTA_PROJECT` by default, else what the file says. */
  readonly quotaProject?: string | undefined
}

/**
 * Looks in this order:
 *
 * 1. the file that `GOOGLE_APPLICATION_CREDENTIALS` names. Where that is no file that can be used, it is an error, and
 *    nothing else is tried;
 * 2. gcloud's file `application_default_credentials.json`, in `$CLOUDSDK_CONFIG`, else in `$HOME/.config/gcloud`, on Windows
 *    in `%APPDATA%\gcloud`;
 * 3. the metadata server.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): TokenSource.TokenSource => {
  const source = TokenSource.firstOf(defaultSources.make(options), {
    description: "this machine",
    next: "Log in with: gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a key file."
  })
  return {
    ...source,
    quotaProject: Effect.flatMap(environment.variable("GOOGLE_CLOUD_QUOTA_PROJECT"), (set) =>
      Option.match(
        Option.orElse(Option.fromNullable(options?.quotaProject), () => set),
        { onNone: () => source.quotaProject, onSome: Effect.succeedSome }
      )
    )
  }
}
