import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as CredentialFile from "../CredentialFile.js"
import { CredentialsError } from "../CredentialsError.js"
import * as MetadataServer from "../MetadataServer.js"
import type * as TokenSource from "../TokenSource.js"
import * as chain from "./chain.js"
import * as environment from "./environment.js"

/** Application default credentials, in their order. */
export const make = (options: TokenSource.Options | undefined): ReadonlyArray<TokenSource.TokenSource> => [
  named(options),
  gcloud(options),
  MetadataServer.make(options)
]

const named = (options: TokenSource.Options | undefined): TokenSource.TokenSource =>
  located("GOOGLE_APPLICATION_CREDENTIALS", environment.variable("GOOGLE_APPLICATION_CREDENTIALS"), (path) => {
    const file = CredentialFile.fromFile(path, options)
    // Somebody meant this file, so no other credentials will do.
    const meant = <A>(effect: Effect.Effect<A, CredentialsError>): Effect.Effect<A, CredentialsError> =>
      Effect.mapError(effect, (error) => chain.notMissing(error, "GOOGLE_APPLICATION_CREDENTIALS"))
    return { ...file, fetch: meant(file.fetch), quotaProject: meant(file.quotaProject) }
  })

const gcloud = (options: TokenSource.Options | undefined): TokenSource.TokenSource =>
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
