/**
 * Failures as answers: what happened, what is known, and what to do next.
 *
 * @since 0.1.0
 */
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import * as Option from "effect/Option"
import type { Answer } from "./Answer.js"
import * as ExitCode from "./ExitCode.js"
import type { Failure } from "./Failure.js"
import * as Hint from "./Hint.js"
import * as Printable from "./Printable.js"
import * as RenderOperation from "./RenderOperation.js"
import type { Style } from "./Style.js"

/**
 * The answer that a failure amounts to.
 *
 * @since 0.1.0
 * @category conversions
 */
export const answer = (failure: Failure, context: Hint.Context): Answer => {
  const hint = Hint.forFailure(failure, context)
  return {
    code: ExitCode.fromFailure(failure),
    json: {
      ...(context.name === undefined ? {} : { name: context.name }),
      error: { ...toJson(failure), ...(hint === undefined ? {} : { hint }) }
    },
    human: (style) => [
      `${style.red(style.bold("error:"))} ${Printable.oneLine(failure.message)}`,
      ...facts(failure).map((fact) => style.dim(`  ${Printable.oneLine(fact)}`)),
      ...lastSeen(failure, style),
      ...(hint === undefined ? [] : [`${style.cyan("next:")} ${Printable.oneLine(hint)}`])
    ],
    stream: "stderr"
  }
}

/**
 * A failure for machines: `_tag` and `message` always; `status` (the code's name), `code`, `httpStatus`, `details` and
 * `retryAfter` where a server answered; `lastSeen` and `cancelAccepted` where something is known of the operation.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toJson = (failure: Failure): { readonly [member: string]: unknown } => {
  const head = { _tag: failure._tag, message: failure.message }
  switch (failure._tag) {
    case "UsageError":
    case "ListenError":
      return head
    case "InvalidName":
    case "TransportError":
      return { ...head, reason: failure.reason }
    case "MalformedResponse":
      return {
        ...head,
        reason: failure.reason,
        ...present({ httpStatus: failure.httpStatus }),
        excerpt: failure.excerpt
      }
    case "Interrupted":
      return { ...head, signal: failure.signal, ...known(failure) }
    case "Vanished":
      return { ...head, ...answered(failure.cause), ...known(failure) }
    case "StillRunning":
      return {
        ...head,
        reason: failure.reason,
        ...known(failure),
        ...present({ lastError: Option.getOrUndefined(Option.map(failure.lastError, toJson)) })
      }
    case "NotFound":
      return { ...head, missing: failure.missing, ...answered(failure) }
    case "Unauthorized":
      return { ...head, reason: failure.reason, ...answered(failure) }
    default:
      return { ...head, ...answered(failure) }
  }
}

type Answered = Extract<OperationsError.OperationsError, { readonly status: unknown }>

const answered = (error: Answered): { readonly [member: string]: unknown } => ({
  status: Status.codeOf(error.status),
  code: error.status.code,
  ...present({
    httpStatus: error.httpStatus,
    details: error.status.details.length === 0 ? undefined : error.status.details,
    retryAfter: Option.getOrUndefined(
      Option.map(OperationsError.advice(error), (_) => ProtoJson.formatDuration(ProtoJson.durationFromEffect(_)))
    )
  })
})

const known = (failure: {
  readonly lastSeen: Option.Option<Operation.Operation>
  readonly cancelAccepted: boolean
}): { readonly [member: string]: unknown } => ({
  ...present({ lastSeen: Option.getOrUndefined(Option.map(failure.lastSeen, Operation.toWire)) }),
  cancelAccepted: failure.cancelAccepted
})

const present = (members: { readonly [member: string]: unknown }): { readonly [member: string]: unknown } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const facts = (failure: Failure): ReadonlyArray<string> => {
  if (failure._tag === "Vanished") return facts(failure.cause)
  if (failure._tag === "StillRunning") return Option.toArray(Option.map(failure.lastError, (_) => `then: ${_.message}`))
  if (!OperationsError.isOperationsError(failure)) return []
  if (failure._tag === "MalformedResponse") return failure.excerpt === "" ? [] : [`it began with: ${failure.excerpt}`]
  if (!OperationsError.isCodeError(failure)) return []
  const http = failure.httpStatus === undefined ? "" : `, HTTP ${failure.httpStatus}`
  return [`${Status.codeOf(failure.status)}${http}`, ...failure.status.details.map(ErrorDetails.decode).flatMap(fact)]
}

const fact = (detail: ErrorDetails.ErrorDetail): ReadonlyArray<string> => {
  switch (detail._tag) {
    case "ErrorInfo":
      return [`reason: ${detail.reason}${detail.domain === "" ? "" : ` (${detail.domain})`}`]
    case "BadRequest":
      return detail.fieldViolations.map((_) => `${_.field}: ${_.description}`)
    case "PreconditionFailure":
      return detail.violations.map((_) => `${_.type} ${_.subject}: ${_.description}`)
    case "QuotaFailure":
      return detail.violations.map((_) => `${_.subject}: ${_.description}`)
    case "Help":
      return detail.links.map((_) => `${_.description}: ${_.url}`)
    case "LocalizedMessage":
      return [detail.message]
    case "RequestInfo":
      return [`request id: ${detail.requestId}`]
    case "ResourceInfo":
      return [`resource: ${detail.resourceType} ${detail.resourceName}`]
    case "RetryInfo":
    case "DebugInfo":
    case "Unknown":
      return []
  }
}

const lastSeen = (failure: Failure, style: Style): ReadonlyArray<string> => {
  if (failure._tag !== "StillRunning" && failure._tag !== "Vanished" && failure._tag !== "Interrupted") return []
  const seen = Option.match(failure.lastSeen, {
    onNone: () => [],
    onSome: (operation) => [
      `  last seen: ${RenderOperation.tinted(style, operation, RenderOperation.progress(operation).text)}`
    ]
  })
  return failure.cancelAccepted ? [...seen, "  the server accepted the request to cancel it"] : seen
}
