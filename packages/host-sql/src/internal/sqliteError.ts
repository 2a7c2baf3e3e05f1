import type { SqlError } from "@effect/sql/SqlError"
import * as Predicate from "effect/Predicate"

type Code = "BUSY" | "LOCKED" | "NOMEM" | "READONLY" | "IOERR" | "FULL" | "CANTOPEN" | "PROTOCOL"

// https://www.sqlite.org/rescode.html: the lowest byte is the primary code. The texts are those of `sqlite3_errstr`.
const codes: ReadonlyArray<{ readonly code: Code; readonly primary: number; readonly text: string }> = [
  { code: "BUSY", primary: 5, text: "database is locked" },
  { code: "LOCKED", primary: 6, text: "database table is locked" },
  { code: "NOMEM", primary: 7, text: "out of memory" },
  { code: "READONLY", primary: 8, text: "attempt to write a readonly database" },
  { code: "IOERR", primary: 10, text: "disk I/O error" },
  { code: "FULL", primary: 13, text: "database or disk is full" },
  { code: "CANTOPEN", primary: 14, text: "unable to open database file" },
  { code: "PROTOCOL", primary: 15, text: "locking protocol" }
]

/** A transaction that began by reading and cannot write any more, because somebody else did: only a new one helps. */
const busySnapshot = 517

const extendedCodeOf = (error: SqlError): number | undefined =>
  Predicate.hasProperty(error.cause, "errcode") && typeof error.cause.errcode === "number"
    ? error.cause.errcode
    : undefined

/** The name of the result code that a statement failed with, where it says something of the database and not of the statement. */
export const codeOf = (error: SqlError): Code | undefined => {
  const extended = extendedCodeOf(error)
  // @photostructure/sqlite 1.2.1 has no code for a statement that answers rows, only the text of SQLite.
  const text = Predicate.hasProperty(error.cause, "message") ? error.cause.message : undefined
  return codes.find((it) => (extended === undefined ? it.text === text : it.primary === (extended & 0xff)))?.code
}

/** Says whether the same statement may succeed once somebody else has let go of the database. */
export const isBusy = (error: SqlError): boolean => {
  const code = codeOf(error)
  return (code === "BUSY" || code === "LOCKED") && extendedCodeOf(error) !== busySnapshot
}
