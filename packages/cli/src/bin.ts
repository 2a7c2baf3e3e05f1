#!/usr/bin/env node
import { readFileSync } from "node:fs"
/**
 * The program `lro`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Connection from "./Connection.js"
import * as ExitCode from "./ExitCode.js"
import * as Output from "./Output.js"
import * as Process from "./Process.js"
import * as Program from "./Program.js"

const manifest = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ version: Schema.String })))(
  readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read the output has gone: there is nobody left to tell.
  if (error.code === "EPIPE") process.exit(ExitCode.codes.BrokenPipe)
  process.stderr.write(`error: the output cannot be written: ${error.message}\nnext: See where it is redirected to.\n`)
  process.exit(ExitCode.codes.Failure)
})
process.stderr.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? ExitCode.codes.BrokenPipe : ExitCode.codes.Failure)
)

const services = Layer.mergeAll(
  Output.layer({ stdout: process.stdout, stderr: process.stderr }),
  Process.layer(process),
  Connection.layer
)

Effect.runCallback(Effect.provide(Program.run(process.argv.slice(2), { version: manifest.version }), services), {
  onExit: (exit) => process.exit(exit._tag === "Success" ? exit.value : ExitCode.codes.Failure)
})
