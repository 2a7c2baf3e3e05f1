import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as ErrorEnvelope from "@effect-lro/rest/ErrorEnvelope"
import { type Asked, namingScopes, transportError } from "./failure.js"

/** An answer, of its own or within a batch. */
export interface Received {
  readonly status: number
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300

// A browser shows a redirect that it was told not to follow as status 0.
export const isRedirect = (status: number): boolean => status === 0 || (status >= 300 && status < 400)

/** What an answer says that is no success. */
export const refusal = (
  asked: Asked,
  { body, headers, status }: Received,
  scopes: ReadonlyArray<string>,
  now: number
): OperationsError =>
  isRedirect(status)
    ? transportError(asked, "Redirect", `the server redirects (HTTP ${status}), not followed`)
    : namingScopes(
        ErrorEnvelope.decode({
          operation: asked.operation,
          method: asked.method,
          httpStatus: status,
          contentType: headers["content-type"],
          retryAfter: headers["retry-after"],
          date: headers["date"],
          body,
          now
        }),
        scopes
      )
