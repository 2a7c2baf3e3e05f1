/**
 * An access token that is always good: kept while it lasts, renewed before it expires, once for all who wait for it.
 *
 * @since 0.1.0
 */
import type { Unauthorized } from "@effect-lro/core/OperationsError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { CredentialsError, toUnauthorized } from "./CredentialsError.js"
import type * as TokenSource from "./TokenSource.js"

/**
 * A token that renews itself. It is what `Credentials.bearer` of `@effect-lro/client` takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * A token that is good at least for this moment. Fails with `Unauthorized` of reason `NoCredentials`, whose message says
   * what was tried and what to do.
   */
  readonly get: Effect.Effect<Redacted.Redacted, Unauthorized>
  /** Another token than the one that a server refused; at once where somebody else has renewed it since. */
  readonly renew: (refused: Redacted.Redacted) => Effect.Effect<Redacted.Redacted, Unauthorized>
  /** Gets another token, however good the present one is; who asks meanwhile gets the same. */
  readonly forceRefresh: Effect.Effect<Redacted.Redacted, Unauthorized>
  /** See {@link TokenSource.TokenSource}. */
  readonly quotaProject: Effect.Effect<Option.Option<string>, Unauthorized>
}

/**
 * The access token of an application.
 *
 * @since 0.1.0
 * @category tags
 */
export class AccessToken extends Context.Tag("@effect-lro/google-auth/AccessToken")<AccessToken, Service>() {}

/**
 * How a token is renewed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * When somebody who did not answer is asked again. Three repetitions by default, the first after at most half a second.
   * Other errors than `Unavailable` end it.
   */
  readonly retry?: Schedule.Schedule<unknown, CredentialsError> | undefined
  /** How long one attempt may take. Defaults to 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * Makes a token out of a source. Nothing is looked for until the first `get`; the file system, and the configuration that
 * the source reads, are those of the place where this runs.
 *
 * A token is renewed five minutes before it expires, one that lives less than 50 minutes when a tenth of its life is left.
 * Meanwhile the present one is handed out, so nobody waits for a renewal, and where it fails, the next is tried half a
 * minute later. Only when a token has expired, or was refused, does everybody wait for the one renewal that there is.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Credentials from "@effect-lro/client/Credentials"
 * import * as RestOperations from "@effect-lro/client/RestOperations"
 * import * as AccessToken from "@effect-lro/google-auth/AccessToken"
 * import * as ServiceAccount from "@effect-lro/google-auth/ServiceAccount"
 * import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
 * import * as Effect from "effect/Effect"
 *
 * export const operations = Effect.gen(function* () {
 *   const token = yield* AccessToken.make(ServiceAccount.fromFile("/run/secrets/key.json"))
 *   return yield* RestOperations.make({
 *     service: ServiceDescription.project({ id: "dialogflow.googleapis.com", versions: ["v2"] }),
 *     credentials: Credentials.bearer(token)
 *   })
 * })
 * ```
 */
export const make = (source: TokenSource.TokenSource, options?: Options): Effect.Effect<Service> =>
  Effect.gen(function* () {
    // Renewals run in fibers of whoever comes first; what they look at must not depend on who that is.
    const context = yield* Effect.context<never>()
    const configProvider = yield* Effect.configProviderWith(Effect.succeed)
    const pinned = <A>(effect: Effect.Effect<A, CredentialsError>): Effect.Effect<A, CredentialsError> =>
      effect.pipe(
        Effect.mapInputContext((_: Context.Context<never>) => context),
        Effect.withConfigProvider(configProvider)
      )

    const timeout = Duration.decode(options?.timeout ?? Duration.seconds(10))
    const fetch = pinned(source.fetch).pipe(
      Effect.timeoutFail({ duration: timeout, onTimeout: () => tooSlow(source, timeout) }),
      Effect.retry({
        schedule: options?.retry ?? defaultRetry,
        while: (error) => error.reason === "Unavailable"
      })
    )

    let kept: Kept | undefined = undefined
    let renewal: Deferred.Deferred<Kept, CredentialsError> | undefined = undefined

    const renewing = (into: Deferred.Deferred<Kept, CredentialsError>): Effect.Effect<void> =>
      Effect.gen(function* () {
        const fetched = yield* Effect.either(fetch)
        const now = yield* Clock.currentTimeMillis
        renewal = undefined
        if (fetched._tag === "Right") {
          kept = keep(fetched.right, now)
          return yield* Deferred.succeed(into, kept)
        }
        if (kept !== undefined) kept = { ...kept, renewAt: now + Duration.toMillis(pause) }
        if (kept !== undefined && now < kept.expiresAt) {
          yield* Effect.logWarning(
            `a token could not be renewed; the present one is still good. ${fetched.left.message}`
          )
        }
        return yield* Deferred.fail(into, fetched.left)
      }).pipe(
        Effect.onExit((exit) => {
          // A defect of the source must not leave everybody waiting.
          if (renewal === into) renewal = undefined
          return exit._tag === "Failure" ? Deferred.failCause(into, exit.cause) : Effect.void
        }),
        Effect.withSpan("AccessToken.renew", { attributes: { source: source.description } })
      )

    // The one renewal that is under way, or a new one. It goes on where those who wait for it are interrupted.
    const start: Effect.Effect<Deferred.Deferred<Kept, CredentialsError>> = Effect.uninterruptible(
      Effect.suspend(() => {
        if (renewal !== undefined) return Effect.succeed(renewal)
        return Effect.flatMap(Deferred.make<Kept, CredentialsError>(), (into) => {
          if (renewal !== undefined) return Effect.succeed(renewal)
          renewal = into
          return Effect.as(Effect.forkDaemon(Effect.interruptible(renewing(into))), into)
        })
      })
    )

    const awaited: Effect.Effect<Redacted.Redacted, Unauthorized> = Effect.flatMap(start, Deferred.await).pipe(
      Effect.mapBoth({ onSuccess: ({ token }) => token.value, onFailure: toUnauthorized })
    )

    return {
      get: Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (kept === undefined || now >= kept.expiresAt) return awaited
        const { value } = kept.token
        return now >= kept.renewAt ? Effect.as(start, value) : Effect.succeed(value)
      }),
      renew: (refused) =>
        Effect.suspend(() =>
          kept === undefined || Redacted.value(kept.token.value) === Redacted.value(refused)
            ? awaited
            : Effect.succeed(kept.token.value)
        ),
      forceRefresh: awaited,
      quotaProject: Effect.mapError(pinned(source.quotaProject), toUnauthorized)
    }
  })

/**
 * Provides a token.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (source: TokenSource.TokenSource, options?: Options): Layer.Layer<AccessToken> =>
  Layer.effect(AccessToken, make(source, options))

interface Kept {
  readonly token: TokenSource.Token
  readonly renewAt: number
  readonly expiresAt: number
}

const keep = (token: TokenSource.Token, now: number): Kept => {
  const expiresAt = Option.getOrElse(token.expiresAt, () => Infinity)
  return { token, expiresAt, renewAt: expiresAt - Math.min(fiveMinutes, (expiresAt - now) / 10) }
}

const fiveMinutes = 5 * 60 * 1000

const pause = Duration.seconds(30)

const defaultRetry: Schedule.Schedule<unknown, CredentialsError> = Schedule.exponential(Duration.millis(500)).pipe(
  Schedule.jitteredWith({ min: 0, max: 1 }),
  Schedule.intersect(Schedule.recurs(3)),
  // Whoever waits for the token has a time limit for the whole of a request, mostly of half a minute.
  Schedule.intersect(Schedule.recurUpTo(Duration.seconds(15)))
)

const tooSlow = (source: TokenSource.TokenSource, timeout: Duration.Duration): CredentialsError =>
  new CredentialsError({
    reason: "Unavailable",
    source: source.description,
    problem: `there was no token within ${Duration.format(timeout)}`,
    next: "Check that the network lets it through, and try again."
  })
