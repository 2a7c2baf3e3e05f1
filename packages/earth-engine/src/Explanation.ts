/**
 * What a refusal of Earth Engine means, and what to do about it.
 *
 * Its errors name permissions and consumers; what is wrong is mostly that an API is not enabled, a project is not
 * registered, or requests are counted for a project that nobody meant.
 *
 * @since 0.1.0
 */
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as EarthEngineService from "./EarthEngineService.js"

/**
 * What is wrong.
 *
 * - `NoCredentials`, `TokenRefused`, `AccountInvalid`, `ScopeInsufficient`: about who asks.
 * - `ApiDisabled`, `NotRegistered`, `BillingDisabled`, `ProjectInvalid`: about the project.
 * - `QuotaProjectDenied`, `PermissionMissing`: about what the one may in the other.
 * - `RateLimited`, `QueueFull`, `QuotaExceeded`: there was too much. Only the first passes by itself in seconds.
 *
 * @since 0.1.0
 * @category models
 */
export type Problem =
  | "AccountInvalid"
  | "ApiDisabled"
  | "BillingDisabled"
  | "NoCredentials"
  | "NotRegistered"
  | "PermissionMissing"
  | "ProjectInvalid"
  | "QueueFull"
  | "QuotaExceeded"
  | "QuotaProjectDenied"
  | "RateLimited"
  | "ScopeInsufficient"
  | "TokenRefused"

/**
 * What is wrong, in a sentence for people, and what to do, in another.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly problem: Problem
  readonly means: string
  readonly next: string
}

/**
 * Explains an error of a request to Earth Engine. None where its own message says all that is known.
 *
 * The `ErrorInfo` decides where there is one, else the words of the message.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromError = (error: OperationsError.OperationsError): Option.Option<Explanation> => {
  if (!OperationsError.isCodeError(error)) return Option.none()
  const info = infoOf(error)
  const problem = problemOf(error, info)
  return Option.map(Option.fromNullable(problem), (problem) => ({ problem, ...explanations[problem](error, info) }))
}

/**
 * An error in words: its message, what it means, and what to do.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as Operations from "@effect-lro/core/Operations"
 * import * as Explanation from "@effect-lro/earth-engine/Explanation"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Operations.cancel("projects/my-project/operations/ABC").pipe(
 *   Effect.tapError((error) => Effect.logError(Explanation.explain(error)))
 * )
 * ```
 */
export const explain = (error: OperationsError.OperationsError): string =>
  Option.match(fromError(error), {
    onNone: () => error.message,
    onSome: ({ means, next }) => `${sentence(error.message)} ${means} ${next}`
  })

type Info = ErrorDetails.Of<"ErrorInfo"> | undefined

type Explain = (error: OperationsError.CodeError, info: Info) => Omit<Explanation, "problem">

const infoOf = (error: OperationsError.CodeError): Info =>
  Option.getOrUndefined(ErrorDetails.find(error.status.details, "ErrorInfo"))

const problemOf = (error: OperationsError.CodeError, info: Info): Problem | undefined => {
  const told = info === undefined ? undefined : Option.getOrUndefined(Record.get(reasons, info.reason))
  // A queue that is full exhausts a resource, too; which status it has is documented nowhere.
  if (error.method === "start" && isQueueFull(error, told)) return "QueueFull"
  if (told !== undefined) return told
  switch (error._tag) {
    case "Unauthorized":
      return error.reason === "NoCredentials" ? "NoCredentials" : "TokenRefused"
    case "PermissionDenied":
      return words.find(([pattern]) => pattern.test(error.status.message))?.[1] ?? "PermissionMissing"
    case "ResourceExhausted":
      return OperationsError.isRetryable(error) || /rate|per minute|too many requests/i.test(error.status.message)
        ? "RateLimited"
        : "QuotaExceeded"
    default:
      return undefined
  }
}

const isQueueFull = ({ status }: OperationsError.CodeError, told: Problem | undefined): boolean =>
  /(?:too many|limit).*\btasks\b.*\(\d+\)|\btasks\b.*\bqueue.*\(\d+\)/i.test(status.message) || told === "QuotaExceeded"

const reasons: Record.ReadonlyRecord<string, Problem> = {
  ACCESS_TOKEN_EXPIRED: "TokenRefused",
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: "ScopeInsufficient",
  ACCESS_TOKEN_TYPE_UNSUPPORTED: "TokenRefused",
  ACCOUNT_STATE_INVALID: "AccountInvalid",
  ACCOUNT_TYPE_UNSUPPORTED: "AccountInvalid",
  BILLING_DISABLED: "BillingDisabled",
  CONSUMER_INVALID: "ProjectInvalid",
  CONSUMER_SUSPENDED: "ProjectInvalid",
  CREDENTIALS_MISSING: "TokenRefused",
  CREDENTIAL_TYPE_UNSUPPORTED: "TokenRefused",
  IAM_PERMISSION_DENIED: "PermissionMissing",
  JWT_TOKEN_INVALID: "TokenRefused",
  RATE_LIMIT_EXCEEDED: "RateLimited",
  RESOURCE_PROJECT_INVALID: "ProjectInvalid",
  RESOURCE_QUOTA_EXCEEDED: "QuotaExceeded",
  SERVICE_DISABLED: "ApiDisabled",
  USER_PROJECT_DENIED: "QuotaProjectDenied",
  rateLimitExceeded: "RateLimited",
  userRateLimitExceeded: "RateLimited"
}

// For answers without an `ErrorInfo`, by what Earth Engine is known to say.
const words: ReadonlyArray<readonly [RegExp, Problem]> = [
  [/not (?:registered|signed up)|unregistered/i, "NotRegistered"],
  [/has not been used in project|API (?:is|has been) (?:not enabled|disabled)|it is disabled/i, "ApiDisabled"],
  [/permission to use project|serviceusage/i, "QuotaProjectDenied"],
  [/insufficient authentication scopes/i, "ScopeInsufficient"],
  [/billing/i, "BillingDisabled"]
]

const explanations: { readonly [P in Problem]: Explain } = {
  NoCredentials: () => ({
    means: "No request was sent.",
    next: "Give a token, or make the credentials on the machine work."
  }),
  TokenRefused: () => ({
    means: "The token is not, or no longer, one that Earth Engine takes.",
    next: "Log in again with: gcloud auth application-default login, or give a fresh token."
  }),
  AccountInvalid: () => ({
    means: "The account is disabled or deleted, or of a kind that may not use Earth Engine.",
    next: "Use another account's credentials."
  }),
  ScopeInsufficient: () => ({
    means: "The token was made for something else.",
    next: `Make one with the scope ${EarthEngineService.scopes.join(" or ")}; on Compute Engine, give the machine that access scope.`
  }),
  ApiDisabled: (error, info) => {
    const project = consumerOf(error, info)
    return isOfTool(project)
      ? {
          means: `The request was counted for ${project}, the project of the tool that made the credentials.`,
          next: "Name a project of yours as the quota project."
        }
      : {
          means: `The Earth Engine API is not enabled in ${project ?? "the quota project"}.`,
          next: `Enable it at ${info?.metadata["activationUrl"] ?? consoleUrl("apis/library/earthengine.googleapis.com", project)}, wait a few minutes and try again.`
        }
  },
  NotRegistered: (error, info) => ({
    means: "The project has not been registered for Earth Engine, as commercial or noncommercial.",
    next: `Register it at ${consoleUrl("earth-engine/configuration", consumerOf(error, info) ?? projectOf(error.operation))}.`
  }),
  BillingDisabled: (error, info) => ({
    means: `Billing is not enabled in ${consumerOf(error, info) ?? "the quota project"}.`,
    next: `Enable it at ${consoleUrl("billing/linkedaccount", consumerOf(error, info))}.`
  }),
  ProjectInvalid: (error, info) => ({
    means: `${consumerOf(error, info) ?? "The project"} does not exist, or is suspended.`,
    next: "Check the id of the project and of the quota project."
  }),
  QuotaProjectDenied: (error, info) => ({
    means: `The account may not use ${consumerOf(error, info) ?? "the quota project"} for its requests.`,
    next: "Ask for roles/serviceusage.serviceUsageConsumer there, or name another quota project."
  }),
  PermissionMissing: (error, info) => {
    const permission = info?.metadata["permission"] ?? permissions[error.method]
    return {
      means:
        permission === undefined
          ? "The account may not start this, may not read or write what it is about, or there is no such project."
          : `The account has no ${permission} there, or there is no such project.`,
      next: `Ask for ${error.method === "get" || error.method === "list" || error.method === "wait" ? "roles/earthengine.viewer" : "roles/earthengine.writer"} on the project, or use another account.`
    }
  },
  RateLimited: (error) => ({
    means: "There were too many requests in a short time.",
    next: Option.match(OperationsError.advice(error), {
      onNone: () => "Send fewer at a time; this passes within a minute.",
      onSome: (delay) => `Send fewer at a time, and none in the next ${Duration.format(delay)}.`
    })
  }),
  QueueFull: () => ({
    means: "As many tasks wait in the queue as may, 3,000 for a project, and this one was not taken.",
    next: "Wait until some have run, or cancel some; sending it again at once does not help."
  }),
  QuotaExceeded: () => ({
    means: "A quota is used up, which does not pass by itself soon.",
    next: "See the quotas of the project in the Cloud console, and ask for more there."
  })
}

const permissions: Record.ReadonlyRecord<OperationsError.Method, string | undefined> = {
  get: "earthengine.operations.get",
  wait: "earthengine.operations.get",
  list: "earthengine.operations.list",
  cancel: "earthengine.operations.update",
  delete: "earthengine.operations.delete",
  start: undefined
}

const consumerOf = (error: OperationsError.CodeError, info: Info): string | undefined => {
  const consumer = info?.metadata["consumer"]
  if (consumer !== undefined) return consumer.replace(/^projects\//, "project ")
  const [, project] = /\bproject '?([a-z0-9.:-]*[a-z0-9])/i.exec(error.status.message) ?? []
  return project === undefined || !/\d|-/.test(project) ? undefined : `project ${project}`
}

const projectOf = (name: string): string | undefined => /^projects\/([^/]+)/.exec(name)?.[1]

// The projects of gcloud, of Earth Engine's own clients and of their like, by their numbers.
const ofTools: ReadonlySet<string> = new Set([
  "764086051850",
  "618104708054",
  "32555940559",
  "522309567947",
  "1014160490159",
  "1057398310658"
])

const isOfTool = (consumer: string | undefined): boolean =>
  consumer !== undefined && ofTools.has(consumer.replace("project ", ""))

const consoleUrl = (page: string, consumer: string | undefined): string =>
  `https://console.cloud.google.com/${page}${consumer === undefined ? "" : `?project=${consumer.replace("project ", "")}`}`

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
