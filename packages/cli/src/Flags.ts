/**
 * The options that several commands share.
 *
 * @since 0.1.0
 */
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as DurationText from "./DurationText.js"
import * as Service from "./Service.js"

/**
 * Asks for answers that machines read.
 *
 * @since 0.1.0
 * @category options
 */
export const json = Options.boolean("json").pipe(
  Options.withDescription("Write exactly one JSON object for each answer, errors too, to standard output.")
)

/**
 * An option whose value is a duration.
 *
 * @since 0.1.0
 * @category constructors
 */
export const duration = (
  name: string,
  /** Zero by default. */
  least: Duration.DurationInput = Duration.zero
): Options.Options<Duration.Duration> =>
  Options.text(name).pipe(
    Options.withPseudoName("DURATION"),
    Options.mapEffect((text) =>
      Either.match(Either.flatMap(DurationText.parse(text), notBelow(least)), {
        onLeft: (wrong) => Effect.fail(ValidationError.invalidValue(HelpDoc.p(`--${name}: ${wrong}`))),
        onRight: Effect.succeed
      })
    )
  )

/**
 * An option whose value is a whole number from `least` up.
 *
 * @since 0.1.0
 * @category constructors
 */
export const count = (name: string, least: number, most = Number.MAX_SAFE_INTEGER): Options.Options<number> =>
  Options.text(name).pipe(
    Options.withPseudoName("NUMBER"),
    Options.mapEffect((text) => {
      const number = Number(text)
      return /^\d+$/.test(text) && number >= least && number <= most
        ? Effect.succeed(number)
        : Effect.fail(
            ValidationError.invalidValue(
              HelpDoc.p(
                `--${name}: ${JSON.stringify(text.slice(0, 40))} is not a whole number ${
                  most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
                }`
              )
            )
          )
    })
  )

/**
 * An option whose value is one of a few words.
 *
 * @since 0.1.0
 * @category constructors
 */
export const choice = <const Word extends string>(name: string, words: ReadonlyArray<Word>): Options.Options<Word> =>
  Options.text(name).pipe(
    Options.withPseudoName(words.join("|")),
    Options.mapEffect((text) => {
      const word = words.find((_) => _ === text)
      return word === undefined
        ? Effect.fail(
            ValidationError.invalidValue(
              HelpDoc.p(`--${name}: ${JSON.stringify(text.slice(0, 40))} is none of ${words.join(", ")}`)
            )
          )
        : Effect.succeed(word)
    })
  )

/**
 * How to reach the server.
 *
 * @since 0.1.0
 * @category options
 */
export const connection = {
  endpoint: Options.text("endpoint").pipe(
    Options.withPseudoName("URL"),
    Options.withDescription("The root URL of the API. Earth Engine's by default; LRO_ENDPOINT sets another default."),
    Options.optional
  ),
  project: Options.text("project").pipe(
    Options.withPseudoName("PROJECT"),
    Options.withDescription(
      "The project that completes operations/ID and bare ids. Default: LRO_PROJECT, EARTHENGINE_PROJECT or GOOGLE_CLOUD_PROJECT."
    ),
    Options.optional
  ),
  service: choice("service", Service.names).pipe(
    Options.withDescription(
      "What the operations' names look like: projects/P/operations/ID (Earth Engine, or project), projects/P/locations/L/operations/ID (regional) or operations/ID (global)."
    ),
    Options.withDefault(Service.defaultName)
  ),
  apiVersion: Options.text("api-version").pipe(
    Options.withPseudoName("VERSION"),
    Options.mapEffect((text) =>
      /^v\d[a-z0-9]{0,20}$/.test(text)
        ? Effect.succeed(text)
        : Effect.fail(
            ValidationError.invalidValue(
              HelpDoc.p(`--api-version: ${JSON.stringify(text.slice(0, 40))} is not a version such as v1 or v2beta1`)
            )
          )
    ),
    Options.withDescription("The version of the API, v1 by default."),
    Options.optional
  ),
  requestTimeout: duration("request-timeout", "1 millis").pipe(
    Options.withDescription("How long one request may take. 30s by default."),
    Options.optional
  ),
  json
}

/**
 * What {@link connection} parses to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly endpoint: Option.Option<string>
  readonly project: Option.Option<string>
  readonly service: Service.Name
  readonly apiVersion: Option.Option<string>
  readonly requestTimeout: Option.Option<Duration.Duration>
  readonly json: boolean
}

/**
 * How often to look.
 *
 * @since 0.1.0
 * @category options
 */
export const pollInterval = duration("poll-interval", "50 millis").pipe(
  Options.withDescription("The time between two looks. By default 500ms at first, growing to 5s."),
  Options.optional
)

/**
 * When to look: at the interval that was given, or as `PollSchedule.default` says.
 *
 * @since 0.1.0
 * @category conversions
 */
export const schedule = (interval: Option.Option<Duration.Duration>): PollSchedule.PollSchedule =>
  Option.match(interval, { onNone: () => PollSchedule.default, onSome: (_) => Schedule.spaced(_) })

const notBelow =
  (least: Duration.DurationInput) =>
  (duration: Duration.Duration): Either.Either<Duration.Duration, string> =>
    Duration.lessThan(duration, least)
      ? Either.left(`${DurationText.format(duration)} is too short; ${DurationText.format(least)} is the least`)
      : Either.right(duration)
