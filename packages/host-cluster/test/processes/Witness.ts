import { appendFileSync, existsSync, readFileSync } from "node:fs"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * One of two marks around each run of a body, written to a file which all processes share: it stays within reach of a process
 * that is cut off from everything else, and survives all of them.
 */
export const Mark = Schema.Struct({
  operation: Schema.String,
  pid: Schema.Number,
  attempt: Schema.Number,
  mark: Schema.Literal("began", "ended"),
  at: Schema.Number
})

export type Mark = typeof Mark.Type

export const write = (file: string, mark: Mark): void => appendFileSync(file, `${JSON.stringify(mark)}\n`)

const decode = Schema.decodeUnknownEither(Schema.parseJson(Mark))

export const read = (file: string): ReadonlyArray<Mark> =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .flatMap((line) => Either.match(decode(line), { onLeft: () => [], onRight: (mark) => [mark] }))
    : []

/** One run of a body. */
export interface Run {
  readonly operation: string
  readonly pid: number
  readonly attempt: number
  readonly began: number
  /** When it ended, by itself or with its process. Infinity while it goes on. */
  readonly ended: number
}

/** The runs that the marks tell of. `deaths` says when processes died, and with them what ran there. */
export const runs = (marks: ReadonlyArray<Mark>, deaths: ReadonlyMap<number, number>): ReadonlyArray<Run> => {
  const found = new Map<string, Run>()
  for (const { at, attempt, mark, operation, pid } of marks) {
    const key = `${operation} ${pid} ${attempt}`
    const run = found.get(key)
    if (mark === "began") {
      found.set(key, { operation, pid, attempt, began: at, ended: deaths.get(pid) ?? Infinity })
    } else if (run !== undefined) {
      found.set(key, { ...run, ended: at })
    }
  }
  return [...found.values()]
}

/** Each pair of runs of one operation that went on at the same time. */
export const overlaps = (all: ReadonlyArray<Run>): ReadonlyArray<readonly [Run, Run]> => {
  const pairs: Array<readonly [Run, Run]> = []
  const byOperation = new Map<string, Array<Run>>()
  for (const run of all) {
    const others = byOperation.get(run.operation) ?? []
    for (const other of others) {
      if (run.began < other.ended && other.began < run.ended) pairs.push([other, run])
    }
    byOperation.set(run.operation, [...others, run])
  }
  return pairs
}
