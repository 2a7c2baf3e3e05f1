import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** What is used of a prepared statement of `node:sqlite`. */
export interface Prepared {
  readonly all: (...parameters: ReadonlyArray<unknown>) => ReadonlyArray<object>
  readonly run: (...parameters: ReadonlyArray<unknown>) => object
  readonly columns: () => ReadonlyArray<unknown>
  readonly setReadBigInts: (enabled: boolean) => void
  readonly setReturnArrays: (enabled: boolean) => void
}

/** What is used of a database of `node:sqlite`. */
export interface Database {
  readonly prepare: (sql: string) => Prepared
  readonly exec: (sql: string) => void
  readonly close: () => void
  readonly isTransaction: boolean
}

/** Opens a database file. What it throws is the driver's own error. */
export interface Driver {
  readonly open: (filename: string, options: { readonly readOnly: boolean }) => Database
}

/**
 * `node:sqlite` where this Node has one that can do what is needed, and the same interface from a package with prebuilt
 * binaries where not.
 */
export const load = (which: "builtin" | "prebuilt" | "any"): Effect.Effect<Driver, SqlError> => {
  const prebuilt = Effect.tryPromise({
    try: async () => {
      const { DatabaseSync } = await import("@photostructure/sqlite")
      return toDriver((filename, options) => new DatabaseSync(filename, options))
    },
    catch: noDriver
  })
  switch (which) {
    case "builtin":
      return builtin
    case "prebuilt":
      return prebuilt
    case "any":
      return Effect.orElse(builtin, () => prebuilt)
  }
}

const noDriver = (cause: unknown): SqlError => new SqlError({ cause, message: "There is no SQLite driver" })

const toDriver = (open: Driver["open"]): Driver => ({ open })

// Not written into the import, because neither the compiler nor a bundler for an older Node knows it.
const moduleName = "node:sqlite"

const builtin: Effect.Effect<Driver, SqlError> = Effect.tryPromise({
  try: async () => {
    const loaded: unknown = await import(moduleName)
    if (!isModule(loaded)) throw new Error("the node:sqlite of this Node is too old")
    const { DatabaseSync } = loaded
    return toDriver((filename, options) => new DatabaseSync(filename, options))
  },
  catch: noDriver
})

interface Module {
  readonly DatabaseSync: new (filename: string, options: { readonly readOnly: boolean }) => Database
}

/** The first versions had neither `columns` nor `setReturnArrays` nor `isTransaction`. */
const isModule = (loaded: unknown): loaded is Module =>
  Predicate.hasProperty(loaded, "DatabaseSync") &&
  Predicate.isFunction(loaded.DatabaseSync) &&
  Predicate.hasProperty(loaded.DatabaseSync.prototype, "isTransaction") &&
  Predicate.hasProperty(loaded, "StatementSync") &&
  Predicate.isFunction(loaded.StatementSync) &&
  Predicate.hasProperty(loaded.StatementSync.prototype, "columns") &&
  Predicate.hasProperty(loaded.StatementSync.prototype, "setReturnArrays")
