import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"

/** A field of a request, and what is wrong with it. */
export interface Violation {
  readonly field: string
  readonly description: string
}

/**
 * INVALID_ARGUMENT with a BadRequest that names the fields; not all of them where there are many, so that no request full
 * of nonsense is answered with more of it.
 */
export const invalidArgument = (all: ReadonlyArray<Violation>): Status.Status => {
  const violations = all
    .slice(0, maxViolations)
    .map(({ description, field }) => ({ field: field.slice(0, maxLength).toWellFormed(), description }))
  return Status.make({
    code: "INVALID_ARGUMENT",
    message: violations.map(({ description, field }) => `${field}: ${description}`).join("; "),
    details: [ErrorDetails.badRequest(violations)]
  })
}

const maxViolations = 10
const maxLength = 100
