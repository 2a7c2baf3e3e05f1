/**
 * The credentials that Earth Engine's own tools leave on a machine.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ApplicationDefault from "./ApplicationDefault.js"
import { CredentialsError } from "./CredentialsError.js"
import * as chain from "./internal/chain.js"
import * as CredentialJson from "./internal/credentialJson.js"
import * as defaultSources from "./internal/defaultSources.js"
import * as environment from "./internal/environment.js"
import * as files from "./internal/files.js"
import * as jsonSource from "./internal/jsonSource.js"
import * as TokenSource from "./TokenSource.js"

/**
 * Reads what `earthengine authenticate` has written: the file that `EE_CONFIG_FILE` names, else
 * `$HOME/.config/earthengine/credentials`.
 *
 * It is `Missing` where it has no refresh token. Mostly it has no `client_id` and `client_secret` either, because Earth
 * Engine's Python client brings a pair of its own; that pair is not ours to use, so it is `Unsupported`, and the error
 * says what to do. Its `token_uri`, which Earth Engine's tools neither write nor read, is asked where it has one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const file = (): TokenSource.TokenSource => {
  const located = Effect.gen(function* () {
    const named = yield* environment.variable("EE_CONFIG_FILE")
    const usual = Option.map(yield* environment.home, (_) => environment.join(_, ".config/earthengine/credentials"))
    const path = Option.orElse(named, () => usual)
    if (Option.isNone(path)) {
      return yield* new CredentialsError({
        reason: "Missing",
        source: description,
        problem: "neither EE_CONFIG_FILE nor HOME is set",
        next: "Set EE_CONFIG_FILE to the path of the file."
      })
    }
    const members = yield* Effect.mapError(read(path.value), (error) =>
      // Somebody meant this file, so no other credentials will do.
      Option.isSome(named) ? chain.notMissing(error, "EE_CONFIG_FILE") : error
    )
    return { path: path.value, members }
  })
  const source = jsonSource.make(
    description,
    Effect.flatMap(located, ({ members, path }) => asAuthorizedUser(members, path)),
    undefined
  )
  return {
    ...source,
    quotaProject: Effect.map(located, ({ members }) =>
      Option.orElse(CredentialJson.text(members, "project"), () => CredentialJson.text(members, "quota_project_id"))
    )
  }
}

/**
 * What Earth Engine's own clients would take: {@link file}, else application default credentials.
 *
 * A file without `client_id` and `client_secret` is passed over where `EE_CONFIG_FILE` does not name it, as most machines
 * with Earth Engine's Python client have one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const onThisMachine = (options?: ApplicationDefault.Options): TokenSource.TokenSource => {
  const own = file()
  const source = TokenSource.firstOf([{ ...own, fetch: passable(own.fetch) }, ...defaultSources.make(options)], {
    description: "this machine",
    next: login
  })
  return {
    ...source,
    quotaProject: Option.match(Option.fromNullable(options?.quotaProject), {
      onNone: () =>
        Effect.flatMap(environment.variable("GOOGLE_CLOUD_QUOTA_PROJECT"), (set) =>
          Option.isSome(set) ? Effect.succeed(set) : source.quotaProject
        ),
      onSome: Effect.succeedSome
    })
  }
}

const description = "Earth Engine's credentials"

const login =
  "Log in with: gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a service account key."

const read = (path: string): Effect.Effect<CredentialJson.Members, CredentialsError> =>
  Effect.flatMap(files.read(path), (text) => CredentialJson.parseObject(text, path))

const asAuthorizedUser = (
  members: CredentialJson.Members,
  path: string
): Either.Either<CredentialJson.CredentialJson, CredentialsError> => {
  if (Option.isNone(CredentialJson.text(members, "refresh_token"))) {
    return Either.left(
      new CredentialsError({ reason: "Missing", source: path, problem: "it has no refresh_token", next: login })
    )
  }
  const absent = ["client_id", "client_secret"].filter((name) => Option.isNone(CredentialJson.text(members, name)))
  return absent.length === 0
    ? CredentialJson.fromMembers({ ...members, type: "authorized_user" }, path)
    : Either.left(
        new CredentialsError({
          reason: "Unsupported",
          source: path,
          problem: `it has no ${absent.join(" and no ")} (Earth Engine's Python client brings its own, which no other program may use)`,
          next: `Add those of the OAuth client that it was made with; or unset EE_CONFIG_FILE and use other credentials. ${login}`
        })
      )
}

const passable = (fetch: TokenSource.TokenSource["fetch"]): TokenSource.TokenSource["fetch"] =>
  Effect.catchAll(fetch, (error) =>
    Effect.flatMap(environment.variable("EE_CONFIG_FILE"), (named) =>
      Effect.fail(error.reason === "Unsupported" && Option.isNone(named) ? chain.missing(error) : error)
    )
  )
