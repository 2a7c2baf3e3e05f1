import { CredentialsError } from "../CredentialsError.js"

/** Whether other credentials may take the place of those that are not there depends on whether somebody meant these. */
export const notMissing = (error: CredentialsError, variable: string): CredentialsError =>
  error.reason === "Missing"
    ? new CredentialsError({
        reason: "Unreadable",
        source: `${error.source}, which ${variable} names`,
        problem: error.problem,
        next: error.next
      })
    : error

export const missing = ({ next, problem, source }: CredentialsError): CredentialsError =>
  new CredentialsError({ reason: "Missing", source, problem, next })
