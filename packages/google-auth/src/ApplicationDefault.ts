/**
 * Application default credentials (AIP-4110): those of the machine, wherever Google's tools have put them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as CredentialFile from "./CredentialFile.js"
import { CredentialsError } from "./CredentialsError.js"
import * as chain from "./internal/chain.js"
import * as environment from "./internal/environment.js"
import * as MetadataServer from "./MetadataServer.js"
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
  const source = TokenSource.firstOf([named(options), gcloud(options), MetadataServer.make(options)], {
    description: "application default credentials",
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

const named = (options: Options | undefined): TokenSource.TokenSource =>
  located("GOOGLE_APPLICATION_CREDENTIALS", environment.variable("GOOGLE_APPLICATION_CREDENTIALS"), (path) => {
    const file = CredentialFile.fromFile(path, options)
    // Somebody meant this file, so no other credentials will do.
    const meant = <A>(effect: Effect.Effect<A, CredentialsError>): Effect.Effect<A, CredentialsError> =>
      Effect.mapError(effect, (error) => chain.notMissing(error, "GOOGLE_APPLICATION_CREDENTIALS"))
    return { ...file, fetch: meant(file.fetch), quotaProject: meant(file.quotaProject) }
  })

const gcloud = (options: Options | undefined): TokenSource.TokenSource =>
  located(
    "gcloud's file",
    Effect.gen(function* () {
      const configured = yield* environment.variable("CLOUDSDK_CONFIG")
      const windows = Option.map(yield* environment.variable("APPDATA"), (_) => environment.join(_, "gcloud"))
      const unix = Option.map(yield* environment.home, (_) => environment.join(_, ".config/gcloud"))
      return Option.map(Option.firstSomeOf([configured, windows, unix]), (folder) =>
        environment.join(folder, "application_default_credentials.json")
      )
    }),
    (path) => CredentialFile.fromFile(path, options)
  )

/** A source whose place depends on the environment. */
const located = (
  description: string,
  path: Effect.Effect<Option.Option<string>>,
  at: (path: string) => TokenSource.TokenSource
): TokenSource.TokenSource => {
  const then = <A>(
    ask: (source: TokenSource.TokenSource) => Effect.Effect<A, CredentialsError>
  ): Effect.Effect<A, CredentialsError> =>
    Effect.flatMap(path, (path) =>
      Option.match(path, {
        onNone: () =>
          new CredentialsError({ reason: "Missing", source: description, problem: "it is not set", next: "Set it." }),
        onSome: (path) => ask(at(path))
      })
    )
  return {
    description,
    fetch: then((source) => source.fetch),
    quotaProject: then((source) => source.quotaProject)
  }
}
