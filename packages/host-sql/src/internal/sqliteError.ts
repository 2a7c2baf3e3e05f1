import type { SqlError } from "@effect/sql/SqlError"
import * as Predicate from "effect/Predicate"

type Code = "BUSY" | "LOCKED" | "NOMEM" | "READONLY" | "IOERR" | "FULL" | "CANTOPEN" | "PROTOCOL"

// https://www.sqlite.org/rescode.html: the lowest byte is the primary code.
const codes: ReadonlyMap<number, Code> = new Map([
  [5, "BUSY"],
  [6, "LOCKED"],
  [7, "NOMEM"],
  [8, "READONLY"],
  [10, "IOERR"],
  [13, "FULL"],
  [14, "CANTOPEN"],
  [15, "PROTOCOL"]
])

/** A transaction that began by reading and cannot write any more, because somebody else did: only a new one helps. */
const busySnapshot = 517

const extendedCodeOf = (error: SqlError): number =>
  Predicate.hasProperty(error.cause, "errcode") && typeof error.cause.errcode === "number" ? error.cause.errcode : 0

/** The name of the result code that a statement failed with, where it says something of the database and not of the statement. */
export const codeOf = (error: SqlError): Code | undefined => codes.get(extendedCodeOf(error) & 0xff)

/** Says whether the same statement may succeed once somebody else has let go of the database. */
export const isBusy = (error: SqlError): boolean => {
  const code = codeOf(error)
  return (code === "BUSY" || code === "LOCKED") && extendedCodeOf(error) !== busySnapshot
}
