import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { CredentialsError } from "../CredentialsError.js"

/** Reads a file by the `FileSystem` of the environment where there is one, else by Node's own. */
export const read = (path: string): Effect.Effect<string, CredentialsError> =>
  Effect.flatMap(Effect.serviceOption(FileSystem.FileSystem), (fileSystem) =>
    Option.match(fileSystem, { onNone: () => readByNode(path), onSome: (_) => readBy(_, path) })
  )

const readBy = (fileSystem: FileSystem.FileSystem, path: string): Effect.Effect<string, CredentialsError> =>
  Effect.mapError(fileSystem.readFileString(path), (error) =>
    error._tag === "SystemError" && error.reason === "NotFound"
      ? missing(path)
      : unreadable(path, error._tag === "SystemError" ? error.reason : "its name is no path")
  )

const readByNode = (path: string): Effect.Effect<string, CredentialsError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const { readFile } = await import("node:fs/promises")
      return readFile(path, { encoding: "utf8", signal })
    },
    catch: (error) => {
      const code = Predicate.hasProperty(error, "code") ? String(error.code) : "there are no files here"
      return code === "ENOENT" || code === "ENOTDIR" ? missing(path) : unreadable(path, code)
    }
  })

const missing = (path: string): CredentialsError =>
  new CredentialsError({ reason: "Missing", source: path, problem: "there is no such file", next: check })

const unreadable = (path: string, why: string): CredentialsError =>
  new CredentialsError({ reason: "Unreadable", source: path, problem: `the file cannot be read (${why})`, next: check })

const check = "Check its path, and that this user may read it."
