import { StoreError } from "@effect-lro/host/OperationStore"
import type { SqlError } from "@effect/sql/SqlError"
import * as Predicate from "effect/Predicate"
import * as sqliteError from "./sqliteError.js"

/** What a failed statement means to who uses the store. */
export const fromSqlError =
  (dialect: "sqlite" | "pg", operation: string) =>
  (cause: SqlError): StoreError =>
    new StoreError({ reason: dialect === "sqlite" ? sqliteReason(cause) : postgresReason(cause), operation, cause })

type Reason = StoreError["reason"]

const sqliteReason = (error: SqlError): Reason => {
  switch (sqliteError.codeOf(error)) {
    case "FULL":
      return "Full"
    // A disk that failed once may be read and written again; what cannot be opened now may be there later.
    case "BUSY":
    case "LOCKED":
    case "NOMEM":
    case "READONLY":
    case "IOERR":
    case "CANTOPEN":
    case "PROTOCOL":
      return "Unavailable"
    case undefined:
      return "Broken"
  }
}

/**
 * By the classes of https://www.postgresql.org/docs/current/errcodes-appendix.html. What has no severity was no answer of the
 * server: the connection could not be made, or was lost.
 */
const postgresReason = ({ cause }: SqlError): Reason => {
  if (!Predicate.hasProperty(cause, "severity") || !Predicate.hasProperty(cause, "code")) return "Unavailable"
  const { code } = cause
  if (typeof code !== "string") return "Broken"
  if (code === "53100") return "Full"
  return passing.has(code.slice(0, 2)) || code === "25006" ? "Unavailable" : "Broken"
}

/**
 * 08 connection, 40 rolled back by the server, 53 resources, 55 not in this state (a lock, for one), 57 the operator came
 * between (a restart, a statement timeout), 58 an error of the system. With them goes 25006: a server that has become, or is
 * not yet any more, a standby.
 */
const passing: ReadonlySet<string> = new Set(["08", "40", "53", "55", "57", "58"])
