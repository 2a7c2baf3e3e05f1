import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A machine with these variables and these files, and nothing else. */
export const machine = (
  variables: { readonly [name: string]: string },
  files: { readonly [path: string]: unknown } = {}
): Layer.Layer<FileSystem.FileSystem> =>
  Layer.merge(
    FileSystem.layerNoop({
      readFileString: (path) => {
        const file = files[path]
        return file === undefined || file instanceof Error
          ? Effect.fail(
              new PlatformError.SystemError({
                reason: file === undefined ? "NotFound" : "PermissionDenied",
                module: "FileSystem",
                method: "readFileString",
                pathOrDescriptor: path
              })
            )
          : Effect.succeed(typeof file === "string" ? file : JSON.stringify(file))
      }
    }),
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
  )

/** No metadata server is asked. */
export const offline = { METADATA_SERVER_DETECTION: "none" }
