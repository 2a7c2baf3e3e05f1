import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Status from "@effect-lro/core/Status"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Connection } from "../../src/Connection.js"
import type { ExitCode } from "../../src/ExitCode.js"
import type { Signal } from "../../src/Failure.js"
import { Output } from "../../src/Output.js"
import { Process } from "../../src/Process.js"
import * as Program from "../../src/Program.js"
import type { Settings } from "../../src/Settings.js"
import * as Style from "../../src/Style.js"

export const name = "projects/demo/operations/ABC"

/** What a program wrote. */
export interface Written {
  stdout: string
  stderr: string
}

export const written = (): Written => ({ stdout: "", stderr: "" })

export const layerOutput = (
  to: Written,
  options: { readonly isTerminal?: boolean; readonly style?: Style.Style; readonly columns?: number } = {}
): Layer.Layer<Output> => {
  const sink = (stream: keyof Written) => ({
    write: (text: string) =>
      Effect.sync(() => {
        to[stream] += text
      }),
    unsafeWrite: (text: string) => {
      to[stream] += text
    },
    style: options.style ?? Style.plain,
    isTerminal: options.isTerminal ?? false,
    columns: Effect.succeed(options.columns ?? 80)
  })
  return Layer.succeed(Output, { stdout: sink("stdout"), stderr: sink("stderr") })
}

const unexpected = (method: string) => () => Effect.dieMessage(`nobody expected ${method}`)

/** A service of which only what is given may be called. */
export const service = (provider: Partial<Operations.Provider>): Operations.Service =>
  Operations.make({
    get: unexpected("get"),
    listPage: unexpected("listPage"),
    cancel: unexpected("cancel"),
    delete: unexpected("delete"),
    wait: unexpected("wait"),
    ...provider
  })

export interface Ran extends Written {
  readonly code: ExitCode
  readonly settings: Settings | undefined
}

/** Runs the whole program on a service from a script. */
export const run = (
  args: ReadonlyArray<string>,
  options: {
    readonly operations?: Partial<Operations.Provider>
    readonly env?: Readonly<Record<string, string>>
    readonly signal?: Effect.Effect<Signal>
    readonly isTerminal?: boolean
  } = {}
): Effect.Effect<Ran> =>
  Effect.suspend(() => {
    const to = written()
    let settings: Settings | undefined
    return Program.run(args, { version: "1.2.3" }).pipe(
      Effect.provide(
        Layer.mergeAll(
          layerOutput(to, { isTerminal: options.isTerminal ?? false }),
          Layer.succeed(Process, { pid: 42, signal: options.signal ?? Effect.never }),
          Layer.succeed(Connection, {
            open: (given) =>
              Effect.sync(() => {
                settings = given
                return service(options.operations ?? {})
              })
          })
        )
      ),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(options.env ?? {})))),
      Effect.map((code) => ({ ...to, code, settings }))
    )
  })

const metadata = (state: string) => OperationMetadata.encode({ state, description: "demo", type: "EXPORT_IMAGE" })

export const running = Operation.running({ name, metadata: metadata("RUNNING") })
export const cancelling = Operation.running({ name, metadata: metadata("CANCELLING") })
export const succeeded = Operation.succeeded({
  name,
  metadata: metadata("SUCCEEDED"),
  response: { "@type": "type.googleapis.com/google.protobuf.Empty" }
})
export const failed = Operation.ended({
  name,
  metadata: metadata("FAILED"),
  error: Status.make({ code: "INTERNAL", message: "out of memory" })
})
export const cancelled = Operation.ended({
  name,
  metadata: metadata("CANCELLED"),
  error: Status.make({ code: "CANCELLED", message: "cancelled by the user" })
})
export const doneWithoutResult = Operation.doneWithoutResult({ name })

/** The one JSON value on a line of its own that a text consists of. */
export const onlyObject = (text: string): Record<string, unknown> => {
  const lines = text.split("\n")
  if (lines.length !== 2 || lines[1] !== "") throw new Error(`not exactly one line: ${JSON.stringify(text)}`)
  return JSON.parse(lines[0] ?? "")
}
