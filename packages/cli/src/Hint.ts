/**
 * What to do next, for each failure.
 *
 * @since 0.1.0
 */
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationName from "@effect-lro/core/OperationName"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Explanation from "@effect-lro/earth-engine/Explanation"
import * as Endpoint from "@effect-lro/google-auth/Endpoint"
import * as Option from "effect/Option"
import * as DurationText from "./DurationText.js"
import type { Failure } from "./Failure.js"
import * as Printable from "./Printable.js"
import * as Service from "./Service.js"
import type { Settings } from "./Settings.js"

/**
 * What is known of the command that failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly command: string
  /** The operation's full name, or what was typed where that is none. */
  readonly name?: string | undefined
  readonly settings?: Settings | undefined
}

/**
 * A sentence with the next step, mostly a command that can be copied.
 *
 * @since 0.1.0
 * @category conversions
 */
export const forFailure = (failure: Failure, context: Context): string | undefined => {
  const endpoint = context.settings?.endpoint ?? "the endpoint"
  switch (failure._tag) {
    case "UsageError":
    case "ListenError":
      return failure.hint
    case "InvalidName":
      return invalidName(context)
    case "TransportError":
      return failure.reason === "Redirect"
        ? `Give the address it leads to as --endpoint, if you trust it; the token is never sent on.`
        : `Check that ${endpoint} is right (--endpoint or LRO_ENDPOINT) and can be reached from here.`
    case "MalformedResponse":
      return `Check that ${endpoint} is the root URL of an API, not of a web page (--endpoint or LRO_ENDPOINT).`
    case "NotFound":
      return failure.missing === "route"
        ? `Check that ${endpoint} is the root URL of the API, and --service the kind of its names.`
        : `Look for the right name: ${command(["list", ...parentOf(context.name)], context)}`
    case "Unauthorized":
      return unauthorized(failure, context)
    case "PermissionDenied":
      return denied(failure, context)
    case "Unimplemented":
      return context.command === "cancel" && context.name !== undefined
        ? `This service cannot cancel. Follow it to its end: ${command(["wait", context.name], context)}`
        : "This service does not have the method; nothing can be done about it here."
    case "StillRunning":
      return context.name === undefined
        ? undefined
        : `Go on: ${command(["wait", context.name], context)}, or allow more time with --timeout.`
    case "Interrupted":
      return context.name === undefined ? undefined : interrupted(failure.cancelAccepted, context.name, context)
    case "Vanished":
      return "It was deleted, or has expired. How it ended cannot be read any more; look where its results would be."
    case "FailedPrecondition":
    case "InvalidArgument":
    case "OutOfRange":
    case "AlreadyExists":
      return "The server says that the request is wrong as it stands; sending it again will not help."
    default:
      return later(failure, context)
  }
}

/**
 * A command of `lro` that reaches the same server.
 *
 * @since 0.1.0
 * @category conversions
 */
export const command = (words: ReadonlyArray<string>, context: Context): string =>
  Printable.shell(["lro", ...words, ...(context.settings?.again ?? [])])

const invalidName = ({ command, settings }: Context): string => {
  const form = Service.forms[settings?.serviceName ?? Service.defaultName]
  if (command === "list") return `Give what the operations belong to, ${form.parent}.`
  return settings?.serviceName === "earthengine" || settings?.serviceName === "project"
    ? `Give the full name, ${form.name}, or a bare ID together with --project PROJECT.`
    : `Give the full name, ${form.name}, or another --service.`
}

const setToken = "Set one: export LRO_TOKEN=$(gcloud auth print-access-token)"

const parentOf = (name: string | undefined): ReadonlyArray<string> =>
  name === undefined
    ? []
    : Option.match(OperationName.view(name), {
        onNone: () => [],
        onSome: ({ parent }) => (parent === "" ? [] : [parent])
      })

const unauthorized = (error: OperationsError.Unauthorized, { settings }: Context): string => {
  if (settings === undefined || Option.isSome(settings.token)) {
    return `The token was refused; it may have expired. ${setToken}`
  }
  if (error.reason === "NoCredentials") return `Mend that, or give a token for the next hour. ${setToken}`
  return Endpoint.isGoogle(settings.endpoint)
    ? `The credentials of this machine were refused. Log in again with: gcloud auth application-default login`
    : `No token was sent. ${setToken}`
}

const denied = (error: OperationsError.CodeError, context: Context): string => {
  const explained = explanation(error, context)
  if (explained !== undefined) return explained
  const info = ErrorDetails.find(error.status.details, "ErrorInfo")
  const activation = Option.getOrUndefined(info)?.metadata["activationUrl"]
  return activation === undefined
    ? "Ask for access to the project, or use another account's token in LRO_TOKEN."
    : `Enable the API at ${activation}, wait a few minutes and try again.`
}

const explanation = (error: OperationsError.CodeError, context: Context): string | undefined =>
  context.settings?.serviceName === "earthengine"
    ? Option.getOrUndefined(Option.map(Explanation.fromError(error), ({ means, next }) => `${means} ${next}`))
    : undefined

const interrupted = (cancelAccepted: boolean, name: string, context: Context): string => {
  if (context.command === "cancel") {
    return cancelAccepted
      ? `See whether it stops: ${command(["wait", name], context)}`
      : `It is not known whether the request to cancel has arrived. Cancel it again: ${command(["cancel", name], context)}`
  }
  return context.command === "wait"
    ? `The operation goes on. Wait again: ${command(["wait", name], context)}, or stop it: ${command(["cancel", name], context)}`
    : `Run it again: ${command([context.command, name], context)}`
}

const later = (error: OperationsError.CodeError, context: Context): string =>
  Option.match(OperationsError.advice(error), {
    onNone: () =>
      explanation(error, context) ??
      "Try again later; if it stays, the service's status page or its owner may know more.",
    onSome: (delay) => `Try again in ${DurationText.format(delay)}, as the server asks.`
  })
