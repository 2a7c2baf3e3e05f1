/**
 * What a command has to say in the end: once for machines, once for people, and as an exit code.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { ExitCode } from "./ExitCode.js"
import { Output } from "./Output.js"
import type { Style } from "./Style.js"

/**
 * An answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly code: ExitCode
  /** The one object that `--json` writes, always to standard output. */
  readonly json: { readonly [member: string]: unknown }
  /** The lines that people read. */
  readonly human: (style: Style) => ReadonlyArray<string>
  /** Where people read them. */
  readonly stream: "stdout" | "stderr"
}

/**
 * Writes an answer and says how the program is to end.
 *
 * @since 0.1.0
 * @category combinators
 */
export const write = (answer: Answer, json: boolean): Effect.Effect<ExitCode, never, Output> =>
  Effect.flatMap(Output, (output) => {
    const sink = json ? output.stdout : output[answer.stream]
    const lines = json ? [JSON.stringify(answer.json)] : answer.human(sink.style)
    return Effect.as(lines.length === 0 ? Effect.void : sink.write(`${lines.join("\n")}\n`), answer.code)
  })
