/**
 * Where access tokens come from.
 *
 * A source keeps nothing: each `fetch` looks anew, so a file that was replaced, or a login that was repeated, counts from
 * the next token on. `AccessToken` keeps the token.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { CredentialsError } from "./CredentialsError.js"

/**
 * An access token.
 *
 * @since 0.1.0
 * @category models
 */
export interface Token {
  readonly value: Redacted.Redacted
  /** Milliseconds since 1970; none where nobody has said. */
  readonly expiresAt: Option.Option<number>
}

/**
 * What can get an access token, from whom, and for whom.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenSource {
  /** For people, such as `the service account key /run/key.json`. */
  readonly description: string
  /** Gets another token. */
  readonly fetch: Effect.Effect<Token, CredentialsError>
  /** The project whose quota the credentials are for: the one in their file. Nothing is sent to find it. */
  readonly quotaProject: Effect.Effect<Option.Option<string>, CredentialsError>
}

/**
 * Options of all sources that can choose what their tokens are for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * What the token is for. `cloud-platform` by default. Tokens of user accounts are for what the user consented to, whatever
   * this says; so may be those of a metadata server.
   */
  readonly scopes?: ReadonlyArray<string> | undefined
}

/**
 * A token that was got elsewhere. It is taken for good until a server refuses it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fixed = (token: Redacted.Redacted): TokenSource => ({
  description: "the given access token",
  fetch: Effect.succeed({ value: token, expiresAt: Option.none() }),
  quotaProject: Effect.succeedNone
})

/**
 * The first of several sources that has credentials. One that has none (`Missing`) is passed over; one that has some which
 * do not work is an error, because another account may not be the one that is meant.
 *
 * @since 0.1.0
 * @category combinators
 */
export const firstOf = (
  sources: ReadonlyArray<TokenSource>,
  options: {
    readonly description: string
    /** What to do where none has any. */
    readonly next: string
  }
): TokenSource => {
  const first = <A>(
    ask: (source: TokenSource) => Effect.Effect<A, CredentialsError>
  ): Effect.Effect<A, CredentialsError> =>
    sources.reduceRight<(tried: ReadonlyArray<string>) => Effect.Effect<A, CredentialsError>>(
      (rest, source) => (tried) =>
        Effect.catchAll(ask(source), (error) =>
          error.reason === "Missing" ? rest([...tried, `${error.source}: ${error.problem}`]) : Effect.fail(error)
        ),
      (tried) =>
        Effect.fail(
          new CredentialsError({
            reason: "Missing",
            source: options.description,
            problem: `none were found (${tried.join("; ")})`,
            next: options.next
          })
        )
    )([])
  return {
    description: options.description,
    fetch: first((source) => source.fetch),
    quotaProject: first((source) => source.quotaProject)
  }
}
