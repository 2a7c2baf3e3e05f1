/**
 * What all commands that talk to a server need to know, from the command line and the environment.
 *
 * @since 0.1.0
 */
import * as OperationName from "@effect-lro/core/OperationName"
import type { InvalidName } from "@effect-lro/core/OperationsError"
import type * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { UsageError } from "./Failure.js"
import type * as Flags from "./Flags.js"
import * as Service from "./Service.js"

/**
 * The settings of one command.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly project: Option.Option<string>
  /** Where there is none, Google's endpoints get the credentials of the machine, and others no Authorization header. */
  readonly token: Option.Option<Redacted.Redacted>
  /** Whose quota the requests use; none to take that of the credentials, or of the operation. */
  readonly quotaProject: Option.Option<string>
  readonly serviceName: Service.Name
  readonly service: ServiceDescription.ServiceDescription
  /** The version to speak; none for the service's own default. */
  readonly version: Option.Option<string>
  readonly requestTimeout: Option.Option<Duration.Duration>
  readonly json: boolean
  /** The options to repeat in a suggested command, so that it reaches the same server. */
  readonly again: ReadonlyArray<string>
}

/**
 * Puts the settings together: an option wins over `LRO_ENDPOINT` and `LRO_PROJECT` (then `EARTHENGINE_PROJECT`, then
 * `GOOGLE_CLOUD_PROJECT`); the token comes from `LRO_TOKEN` alone, because other users can read command lines.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (flags: Flags.Connection): Effect.Effect<Settings, UsageError> =>
  Effect.gen(function* () {
    const env = yield* Effect.mapError(
      environment,
      () =>
        new UsageError({
          message: "the environment cannot be read",
          hint: "Check LRO_ENDPOINT, LRO_PROJECT and LRO_TOKEN."
        })
    )
    const version = filled(flags.apiVersion)
    const given = Option.orElse(filled(flags.endpoint), () => filled(env.endpoint))
    const endpoint = yield* Option.match(
      Option.orElse(given, () => Service.endpoint(flags.service)),
      {
        onNone: () =>
          new UsageError({
            message: `--service ${flags.service} needs an endpoint`,
            hint: "Give it with --endpoint https://SERVICE.googleapis.com, or set LRO_ENDPOINT."
          }),
        onSome: checkEndpoint
      }
    )
    const project = Option.map(
      Option.firstSomeOf([flags.project, env.project, env.earthEngineProject, env.googleCloudProject].map(filled)),
      (_) => _.replace(/^projects\//, "")
    )
    if (Option.isSome(project)) yield* checkProject(project.value)
    const token = yield* Option.match(
      Option.filter(env.token, (_) => Redacted.value(_).trim() !== ""),
      {
        onNone: () => Effect.succeedNone,
        onSome: (_) => Effect.asSome(checkToken(_))
      }
    )
    if (Option.isSome(token) && isOverheard(new URL(endpoint))) {
      yield* Effect.logWarning(`the token goes to ${endpoint} without encryption; use https, or unset LRO_TOKEN`)
    }
    const service = yield* Option.match(
      Service.describe({ name: flags.service, endpoint: new URL(endpoint), version }),
      {
        onNone: () =>
          new UsageError({
            message: `${flags.service} is not served in the version ${Option.getOrElse(version, () => "")}`,
            hint: "Leave --api-version out to speak the newest stable one."
          }),
        onSome: Effect.succeed
      }
    )
    return {
      endpoint,
      project,
      token,
      quotaProject: Option.orElse(filled(env.quotaProject), () =>
        flags.service === "earthengine" ? project : Option.none()
      ),
      serviceName: flags.service,
      service,
      version,
      requestTimeout: flags.requestTimeout,
      json: flags.json,
      again: [
        ...Option.match(filled(flags.endpoint), { onNone: () => [], onSome: (_) => ["--endpoint", _] }),
        ...(flags.service === Service.defaultName ? [] : ["--service", flags.service]),
        ...Option.match(version, { onNone: () => [], onSome: (_) => ["--api-version", _] })
      ]
    }
  })

/**
 * The full name that was meant: a short form is completed with the project.
 *
 * @since 0.1.0
 * @category conversions
 */
export const operationName = (
  settings: Settings,
  input: string
): Either.Either<OperationName.OperationName, InvalidName> =>
  settings.serviceName === "global" && /^[^/]+$/.test(input.trim())
    ? OperationName.validate(`operations/${input.trim()}`)
    : OperationName.parse(input, {
        parent:
          settings.serviceName === "global"
            ? undefined
            : Option.getOrUndefined(Option.map(settings.project, (project) => `projects/${project}`))
      })

const environment = Config.all({
  endpoint: Config.option(Config.string("LRO_ENDPOINT")),
  project: Config.option(Config.string("LRO_PROJECT")),
  earthEngineProject: Config.option(Config.string("EARTHENGINE_PROJECT")),
  googleCloudProject: Config.option(Config.string("GOOGLE_CLOUD_PROJECT")),
  quotaProject: Config.option(Config.string("GOOGLE_CLOUD_QUOTA_PROJECT")),
  token: Config.option(Config.redacted("LRO_TOKEN"))
})

const filled = (value: Option.Option<string>): Option.Option<string> =>
  Option.filter(
    Option.map(value, (_) => _.trim()),
    (_) => _ !== ""
  )

const parseUrl = Option.liftThrowable((text: string) => new URL(text))

const checkEndpoint = (text: string): Effect.Effect<string, UsageError> => {
  const wrong = (message: string, hint: string) => new UsageError({ message, hint })
  const url = parseUrl(text)
  if (Option.isNone(url) || (url.value.protocol !== "https:" && url.value.protocol !== "http:")) {
    return wrong(
      "the endpoint is not an http or https URL",
      "Write it with its scheme, as in --endpoint https://earthengine.googleapis.com or --endpoint http://127.0.0.1:8085."
    )
  }
  const { hash, password, pathname, search, username } = url.value
  if (username !== "" || password !== "") {
    return wrong("the endpoint contains credentials", "Put the access token into the environment as LRO_TOKEN.")
  }
  if (search !== "" || hash !== "") {
    return wrong("the endpoint has a query or a fragment", "Give the root URL of the API alone.")
  }
  if (/\/v\d+(?:alpha|beta)?\d*\/?$/.test(pathname)) {
    return wrong(
      "the endpoint ends with a version, which lro adds by itself",
      `Give the root URL of the API, ${url.value.origin}${pathname.replace(/\/v\w+\/?$/, "")}, and the version as --api-version.`
    )
  }
  return Effect.succeed(`${url.value.origin}${pathname.replace(/\/+$/, "")}`)
}

const isOverheard = (url: URL): boolean =>
  url.protocol === "http:" && !/^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)

const checkProject = (project: string): Effect.Effect<void, UsageError> =>
  Either.isRight(OperationName.validate(`projects/${project}`)) && !/[\s/?#]/.test(project)
    ? Effect.void
    : new UsageError({
        message: `${JSON.stringify(project.slice(0, 60))} is not a project id`,
        hint: "Give the id, such as --project my-project, without anything around it."
      })

const checkToken = (token: Redacted.Redacted): Effect.Effect<Redacted.Redacted, UsageError> => {
  const text = Redacted.value(token).trim()
  if (/^bearer\s/i.test(text)) {
    return new UsageError({
      message: "LRO_TOKEN begins with the word Bearer",
      hint: "Set it to the access token alone, for example: export LRO_TOKEN=$(gcloud auth print-access-token)"
    })
  }
  return /^[\x21-\x7e]+$/.test(text)
    ? Effect.succeed(Redacted.make(text))
    : new UsageError({
        message: "LRO_TOKEN contains characters that cannot be sent in a header",
        hint: "Set it to the access token alone, for example: export LRO_TOKEN=$(gcloud auth print-access-token)"
      })
}
