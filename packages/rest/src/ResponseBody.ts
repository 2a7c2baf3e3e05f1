/**
 * Reads the bodies of successful answers. Servers are read leniently (fields that are not known, `null` for what is
 * unset), but what is not a message at all is never taken for one.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import type { ListPage } from "@effect-lro/core/Operations"
import { MalformedResponse, type Method } from "@effect-lro/core/OperationsError"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Excerpt from "./Excerpt.js"
import * as Usual from "./internal/usual.js"
import * as ListOperations from "./ListOperations.js"

/**
 * An answer with a status of success (2xx): what was asked, and what came back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly operation: string
  readonly method: Method
  readonly httpStatus: number
  /** The header `Content-Type`, where it is known. */
  readonly contentType?: string | undefined
  readonly body: string
}

/**
 * Reads an operation. One without a name gets the name it was asked by, but for one that was just started: a request
 * that only validates is answered so (AIP-151).
 *
 * Fails where the body is not of an operation's shape, or has neither a name nor `done`: an empty object is legal
 * ProtoJSON, but what sends it is no such service, and it must not be waited for.
 *
 * @since 0.1.0
 * @category conversions
 */
export const operation = (answer: Answer): Either.Either<Operation.Operation, MalformedResponse> => {
  const json = parse(answer.body)
  if (!isOperation(json)) return malformed(answer, "it is not an operation")
  if (json.name === undefined || json.name === null || json.name === "") {
    if (json.done !== true) return malformed(answer, "it is not an operation: it has neither a name nor `done`")
    const name = answer.method === "start" ? "" : answer.operation
    return Either.right(Operation.fromWire({ ...json, name }))
  }
  return Either.right(Operation.fromWire(json))
}

/**
 * Reads a page of operations; `{}` is the end of an empty list.
 *
 * @since 0.1.0
 * @category conversions
 */
export const page = (answer: Answer): Either.Either<ListPage, MalformedResponse> => {
  const json = parse(answer.body)
  return isPage(json) && !("error" in json)
    ? Either.right(ListOperations.fromWire(json))
    : malformed(answer, "it is not a page of operations")
}

/**
 * Reads `google.protobuf.Empty`: any JSON object but the envelope of an error, and nothing at all only with HTTP status 204.
 *
 * @since 0.1.0
 * @category conversions
 */
export const empty = (answer: Answer): Either.Either<void, MalformedResponse> => {
  if (answer.httpStatus === 204 && answer.body === "") return Either.right(undefined)
  const json = parse(answer.body)
  if (!AnyMessage.isAnyMessage(json)) return malformed(answer, "it is not a JSON object")
  return "error" in json ? malformed(answer, "it is an error") : Either.right(undefined)
}

const isOperation = (json: unknown): json is Operation.Wire => Usual.isOperation(json) || isOperationWire(json)

const isPage = (json: unknown): json is ListOperations.Wire => Usual.isPage(json) || isPageWire(json)

// Made when one is needed, which is rarely the case, see `internal/usual`; to make them takes a while.
const isOperationWire = (json: unknown): json is Operation.Wire => Schema.is(Operation.Wire)(json)

const isPageWire = (json: unknown): json is ListOperations.Wire => Schema.is(ListOperations.Wire)(json)

// What is not JSON becomes a value that is no object either; which of the two it is, the excerpt shows.
const parse = (body: string): unknown =>
  Either.getOrElse(
    Either.try((): unknown => JSON.parse(body)),
    () => undefined
  )

const malformed = (answer: Answer, reason: string): Either.Either<never, MalformedResponse> =>
  Either.left(
    new MalformedResponse({
      operation: answer.operation,
      method: answer.method,
      httpStatus: answer.httpStatus,
      reason,
      excerpt: Excerpt.of(answer.body)
    })
  )
