/**
 * Where an emulator keeps its tasks, so that a restarted one still knows them.
 *
 * @since 0.1.0
 */
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqliteLock from "@effect-lro/host-sql/SqliteLock"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * The directory is of no use: another emulator has it (`InUse`), it cannot be made or written to (`AccessDenied`), or what
 * is in it is nothing that an emulator wrote, or was written by a newer one (`Unreadable`).
 *
 * @since 0.1.0
 * @category errors
 */
export class DataDirectoryError extends Schema.TaggedError<DataDirectoryError>(
  "@effect-lro/emulator/DataDirectory/DataDirectoryError"
)("DataDirectoryError", {
  reason: Schema.Literal("InUse", "AccessDenied", "Unreadable"),
  directory: Schema.String,
  cause: Schema.Defect
}) {
  override get message(): string {
    return `cannot use the data directory ${this.directory}: ${explanations[this.reason]}`
  }
}

/**
 * What an emulator finds in its directory.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataDirectory {
  readonly store: OperationStore.Service
  /** The same at every start, so that page tokens go on where they were. */
  readonly pageTokenKey: Redacted.Redacted
}

/**
 * Opens a directory, which is made where there is none, for this process alone: `operations.db` is an SQLite database and
 * `page-token.key` a secret that nobody but its owner can read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (directory: string): Effect.Effect<DataDirectory, DataDirectoryError, Scope.Scope> =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const fail = (reason: DataDirectoryError["reason"]) => (cause: unknown) =>
      new DataDirectoryError({ reason, directory, cause })

    yield* Effect.mapError(fileSystem.makeDirectory(directory, { recursive: true }), fail("AccessDenied"))
    const filename = path.join(directory, "operations.db")
    yield* SqliteLock.acquire({ filename }).pipe(
      Effect.mapError((error) => fail(error._tag === "SqliteLocked" ? "InUse" : "AccessDenied")(error))
    )
    const pageTokenKey = yield* Effect.mapError(
      readOrMakeKey(path.join(directory, "page-token.key")),
      fail("AccessDenied")
    )
    const context = yield* Layer.build(
      Layer.provide(SqlOperationStore.layer({ pollInterval: "1 minute" }), SqliteClient.layer({ filename }))
    ).pipe(Effect.mapError(fail("Unreadable")))
    return { store: Context.get(context, OperationStore.OperationStore), pageTokenKey }
  }).pipe(Effect.provide(NodeContext.layer))

const readOrMakeKey = (file: string) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    if (yield* fileSystem.exists(file)) {
      const known = (yield* fileSystem.readFileString(file)).trim()
      if (known !== "") return Redacted.make(known)
    }
    const made = yield* Effect.sync(() => Encoding.encodeBase64Url(crypto.getRandomValues(new Uint8Array(32))))
    yield* fileSystem.writeFileString(file, `${made}\n`, { mode: 0o600 })
    return Redacted.make(made)
  })

const explanations: Record<DataDirectoryError["reason"], string> = {
  InUse: "another emulator keeps its tasks there",
  AccessDenied: "it cannot be made or written to",
  Unreadable: "what is there was not written by this emulator, or by a newer one"
}
