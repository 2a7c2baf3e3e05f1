/**
 * The service account of the machine that runs on Google Cloud: Compute Engine, Cloud Run, GKE and their like.
 *
 * @since 0.1.0
 */
import * as Excerpt from "@effect-lro/rest/Excerpt"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CredentialsError, type Reason } from "./CredentialsError.js"
import * as environment from "./internal/environment.js"
import type * as TokenSource from "./TokenSource.js"

/**
 * Options of a metadata server.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends TokenSource.Options {
  /** The service account to be, by its email address. The machine's default one by default. */
  readonly serviceAccount?: string | undefined
  /** How long to wait for an answer. Defaults to 3 seconds: off Google Cloud nobody ever answers. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * Asks the metadata server for tokens.
 *
 * It is found at `GCE_METADATA_HOST`, else at `GCE_METADATA_IP`, else at `metadata.google.internal` and `169.254.169.254`,
 * whichever answers first. Where `METADATA_SERVER_DETECTION` is `none`, nothing is asked. Where nobody answers, it is
 * `Missing`, and `Unavailable` where one of the first two names a host, or `METADATA_SERVER_DETECTION` is
 * `assume-present`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): TokenSource.TokenSource => ({
  description,
  fetch: Effect.gen(function* () {
    const detection = yield* environment.variable("METADATA_SERVER_DETECTION")
    if (Option.contains(detection, "none")) {
      return yield* failure("Missing", "METADATA_SERVER_DETECTION is none, so it was not asked")
    }
    const host = yield* environment.firstOf(["GCE_METADATA_HOST", "GCE_METADATA_IP"])
    const hosts = Option.match(host, { onNone: () => wellKnown, onSome: (_) => [_] })
    const absent = Option.isSome(host) || Option.contains(detection, "assume-present") ? "Unavailable" : "Missing"
    const timeout = Duration.decode(options?.timeout ?? Duration.seconds(3))
    return yield* Effect.raceAll(hosts.map((host) => settled(ask(host, absent, options)))).pipe(
      Effect.flatten,
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () => failure(absent, `${hosts.join(" and ")} did not answer within ${Duration.format(timeout)}`)
      })
    )
  }),
  quotaProject: Effect.succeedNone
})

// A refusal is the answer, too: the other host need not be waited for.
const settled = (
  asked: Effect.Effect<TokenSource.Token, CredentialsError>
): Effect.Effect<Either.Either<TokenSource.Token, CredentialsError>, CredentialsError> =>
  Effect.catchIf(
    Effect.map(asked, Either.right),
    (error) => error.reason === "Refused",
    (error) => Effect.succeed(Either.left(error))
  )

const description = "the metadata server"

const wellKnown: ReadonlyArray<string> = ["metadata.google.internal", "169.254.169.254"]

const Answer = Schema.parseJson(
  Schema.Struct({ access_token: Schema.NonEmptyString, expires_in: Schema.optional(Schema.Number) })
)

const ask = (
  host: string,
  absent: Reason,
  options: Options | undefined
): Effect.Effect<TokenSource.Token, CredentialsError> =>
  Effect.gen(function* () {
    const account = encodeURIComponent(options?.serviceAccount ?? "default")
    const response = yield* HttpClient.execute(
      HttpClientRequest.get(
        `${/^https?:/.test(host) ? host : `http://${host}`}/computeMetadata/v1/instance/service-accounts/${account}/token`,
        {
          headers: { "metadata-flavor": "Google" },
          urlParams: options?.scopes === undefined ? {} : { scopes: options.scopes.join(",") }
        }
      )
    )
    const text = yield* response.text
    // Whatever else answers at such an address, a captive portal perhaps, is none.
    if (response.headers["metadata-flavor"] !== "Google") {
      return yield* failure(
        absent,
        `what answered at ${host} is no metadata server of Google's (HTTP ${response.status})`
      )
    }
    if (response.status !== 200) {
      const problem = `${host} answered ${response.status}: ${Excerpt.of(text, 300)}`
      return yield* failure(response.status >= 500 || response.status === 429 ? "Unavailable" : "Refused", problem)
    }
    const answer = yield* Effect.mapError(Schema.decodeUnknown(Answer)(text), () =>
      failure("Unavailable", `the answer of ${host} has no access_token`)
    )
    const now = yield* Clock.currentTimeMillis
    return {
      value: Redacted.make(answer.access_token),
      expiresAt: Option.map(Option.fromNullable(answer.expires_in), (seconds) => now + seconds * 1000)
    }
  }).pipe(
    Effect.catchTag("RequestError", () => failure(absent, `${host} cannot be reached`)),
    Effect.catchTag("ResponseError", () => failure("Unavailable", `the answer of ${host} broke off`)),
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Effect.withTracerEnabled(false)
  )

const failure = (reason: Reason, problem: string): CredentialsError =>
  new CredentialsError({
    reason,
    source: description,
    problem,
    next:
      reason === "Missing"
        ? "Run this on Google Cloud, or give other credentials."
        : reason === "Refused"
          ? "Give the machine a service account that may do this."
          : "Check that the network lets it through, and try again."
  })
