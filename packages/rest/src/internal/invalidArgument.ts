import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"

/** A field of a request, and what is wrong with it. */
export interface Violation {
  readonly field: string
  readonly description: string
}

/** INVALID_ARGUMENT with a BadRequest that names every field. */
export const invalidArgument = (violations: ReadonlyArray<Violation>): Status.Status =>
  Status.make({
    code: "INVALID_ARGUMENT",
    message: violations.map(({ description, field }) => `${field}: ${description}`).join("; "),
    details: [ErrorDetails.badRequest(violations)]
  })
