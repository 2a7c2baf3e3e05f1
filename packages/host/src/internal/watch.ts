import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as OperationRecord from "../OperationRecord.js"
import type * as OperationStore from "../OperationStore.js"
import { type Entry, halt } from "./entry.js"

interface Options {
  readonly id: string
  readonly store: OperationStore.Service
  readonly running: ReadonlyMap<string, Entry>
  /** Lets a cancel request take effect. */
  readonly request: (entry: Entry) => Effect.Effect<void>
  readonly ignoreCancel: boolean
  readonly interval: Duration.DurationInput
}

/**
 * Looks now and then for what nobody told: cancel requests whose push was lost, and operations that another runner has taken
 * over, or an administrator has ended, while their body runs here.
 */
export const start = (options: Options): Effect.Effect<void, never, Scope.Scope> => {
  const { id, running, store } = options

  const owned = (state: "RUNNING" | "CANCELLING") =>
    Effect.gen(function* () {
      const records: Array<OperationRecord.OperationRecord> = []
      let after: OperationStore.Position | undefined
      while (true) {
        const page = yield* store.unfinished({ state, owner: id, limit: pageSize, after })
        records.push(...page)
        if (page.length < pageSize) return records
        after = page.at(-1)
      }
    })

  /** Asks again for one that was not among what this runner has: it may have changed between the two queries. */
  const check = (entry: Entry) =>
    Effect.gen(function* () {
      const { fence } = entry
      const record = yield* store.get(entry.name)
      const isOurs = Option.exists(record, (it) => it.fence === fence && !OperationRecord.isDone(it))
      // It may also have ended here in the meantime, or begun another attempt.
      if (isOurs || running.get(entry.name) !== entry || entry.fence !== fence || entry.stop === undefined) return
      entry.isLost = true
      yield* Effect.logWarning("the operation is not this runner's any more; its body is stopped").pipe(
        Effect.annotateLogs({ operation: entry.name })
      )
      yield* halt(entry)
    })

  const look = Effect.gen(function* () {
    if (running.size === 0) return
    const held = [...running.values()].filter(({ stop }) => stop !== undefined)
    const cancelling = yield* owned("CANCELLING")
    for (const { name } of options.ignoreCancel ? [] : cancelling) {
      const entry = running.get(name)
      if (entry !== undefined) yield* options.request(entry)
    }
    const mine: ReadonlySet<string> = new Set([...cancelling, ...(yield* owned("RUNNING"))].map(({ name }) => name))
    yield* Effect.forEach(
      held.filter(({ name }) => !mine.has(name)),
      check,
      { discard: true }
    )
  })

  if (!Duration.isFinite(Duration.decode(options.interval))) return Effect.void
  return look.pipe(
    // The next look finds what this one did not, also where this one died.
    Effect.catchAllCause((cause) => Effect.logWarning("cancel requests could not be looked for", cause)),
    Effect.schedule(Schedule.spaced(options.interval)),
    Effect.forkScoped,
    Effect.asVoid
  )
}

const pageSize = 500
