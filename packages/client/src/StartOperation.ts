/**
 * Starts operations by the methods that a service has for it.
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-lro/core/Operation"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import * as ResponseBody from "@effect-lro/rest/ResponseBody"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Transport from "./Transport.js"

/**
 * What to start.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartRequest {
  /** The id of the start method in the service's description, such as `projects.image.export`. */
  readonly id: string
  /** The variables of the method's path, such as `{ project: "projects/my-project" }`. */
  readonly variables: PathTemplate.Variables
  /** A message in ProtoJSON; it must be fit for `JSON.stringify`. */
  readonly body: { readonly [field: string]: unknown }
  /** Defaults to the transport's `requestTimeout`. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * Sends a start request, once, and reads the operation it answers with, which may well be done already.
 *
 * Where the connection breaks or time runs out, the operation may have been started all the same. Repeat a request only
 * if it has a request id that the service recognises (AIP-155). Errors name the request's path where an operation's name
 * would stand.
 *
 * @since 0.1.0
 * @category constructors
 */
export const send = (
  transport: Transport.Transport,
  request: StartRequest
): Effect.Effect<Operation.Operation, OperationsError> => {
  const { id, variables, body, timeout } = request
  const line = ServiceDescription.startRequest(transport.service, { id, variables, version: transport.version })
  if (Either.isLeft(line)) return Effect.fail(line.left)
  const { httpMethod, path } = line.right
  // Suspended, so that a body that is not fit for JSON is a defect of the program and not an exception at its making.
  return Effect.suspend(() =>
    Effect.flatMap(
      transport.send({
        operation: path,
        method: "start",
        httpMethod,
        path,
        body: JSON.stringify(body),
        timeout,
        routing: Object.entries(variables)
      }),
      ResponseBody.operation
    )
  )
}
