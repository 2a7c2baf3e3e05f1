import { copyFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import type * as OperationRecord from "@effect-lro/host/OperationRecord"
import { OperationStore } from "@effect-lro/host/OperationStore"
import * as State from "@effect-lro/host/State"
import { folder } from "@effect-lro/test-support/Files"
import * as Goals from "@effect-lro/test-support/Goals"
import * as Processes from "@effect-lro/test-support/Processes"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"

/** Where a process stands when it is killed: in each of these, and anywhere. */
const points = ["created", "claimed", "running", "cancelling", "stopped", "ended", "purged"] as const

const anywhere = "anywhere"

const kills = Goals.isLong ? 2000 : 10

/** So many of them are made on one file, which would otherwise grow for ever. */
const series = 50

/** How long records are kept, in milliseconds. */
const month = "2592000000"

type Record = OperationRecord.OperationRecord

/** The records that a killed process has left, read from a copy, so that the next one finds the files as they were. */
const left = (filename: string, copies: string, round: number) =>
  Effect.gen(function* () {
    const copy = join(copies, `${round}.db`)
    for (const part of ["", "-wal"]) if (existsSync(filename + part)) copyFileSync(filename + part, copy + part)
    return yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* OperationStore
      const names = yield* sql<{ readonly name: string }>`SELECT name FROM effect_lro_operations`
      const records = new Map<string, Record>()
      for (const { name } of names) records.set(name, Option.getOrThrow(yield* store.get(name)))
      return records
    }).pipe(Effect.provide(Layer.provideMerge(SqlOperationStore.layer(), SqliteClient.layer({ filename: copy }))))
  })

interface Witnessed {
  readonly event: string
  readonly name: string
  readonly pid: number
  readonly steps: number
  readonly time: number
}

const readWitness = (path: string): ReadonlyArray<Witnessed> =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => {
          const [event = "", name = "", pid, steps, time] = line.split(" ")
          return { event, name, pid: Number(pid), steps: Number(steps), time: Number(time) }
        })
    : []

const endOf = (record: Record): string =>
  JSON.stringify([record.state, Option.map(record.endTime, String), record.result])

const stepsOf = (record: Record): number =>
  Option.match(record.metadata, { onNone: () => 0, onSome: ({ steps }) => Number(steps) })

/** What is known of all rounds so far, and what was wrong with it. */
class Ledger {
  readonly started = new Map<string, { readonly kind: string; readonly mayBeRemoved: boolean }>()
  readonly triedToCancel = new Set<string>()
  readonly cancelled = new Set<string>()
  readonly ends = new Map<string, string>()
  readonly tags = new Map<string, string>()
  readonly states = new Map<State.State, number>()
  readonly lost = new Set<string>()
  readonly changedTheirEnd = new Set<string>()
  readonly wrong: Array<string> = []

  read(lines: ReadonlyArray<string>, mayBeRemoved: boolean): void {
    for (const line of lines) {
      const [word, what = "", name = "", kind = ""] = line.split(" ")
      if (word === "ack" && what === "start") this.started.set(name, { kind, mayBeRemoved })
      else if (word === "try") this.triedToCancel.add(name)
      else if (word === "ack") this.cancelled.add(name)
      else if (word === "saw") this.sees(what, name)
      else if (word === "lie") this.wrong.push(`${what} was CANCELLED while its body ran`)
    }
  }

  /** From now on what ends is soon removed. */
  mayRemoveWhatEnds(records: ReadonlyMap<string, Record>): void {
    for (const [name, { kind }] of this.started) {
      const record = records.get(name)
      if (record !== undefined && !State.isTerminal(record.state)) this.started.set(name, { kind, mayBeRemoved: true })
    }
  }

  private sees(name: string, tag: string): void {
    if ((this.tags.get(name) ?? tag) !== tag) this.changedTheirEnd.add(name)
    this.tags.set(name, tag)
  }

  compare(records: ReadonlyMap<string, Record>): void {
    for (const [name, { kind, mayBeRemoved }] of this.started) {
      // Only what has ended is removed, and what is long ends by being cancelled.
      const canBeRemoved = mayBeRemoved && (kind === "short" || this.triedToCancel.has(name))
      const record = records.get(name)
      if (record === undefined) {
        if (!canBeRemoved) this.lost.add(name)
        continue
      }
      if (this.cancelled.has(name) && (record.state === "PENDING" || record.state === "RUNNING")) {
        this.wrong.push(`${name} is ${record.state} after its cancel was acknowledged`)
      }
    }
    for (const [name, record] of records) {
      this.states.set(record.state, (this.states.get(record.state) ?? 0) + 1)
      const before = this.ends.get(name)
      if (before !== undefined && before !== endOf(record)) this.changedTheirEnd.add(name)
      if (State.isTerminal(record.state)) {
        this.ends.set(name, endOf(record))
        this.sees(name, record.state.charAt(0) + record.state.slice(1).toLowerCase())
      }
    }
  }

  /** What the process `pid` has made of what the one before it left. */
  resumed(
    before: ReadonlyMap<string, Record>,
    after: ReadonlyMap<string, Record>,
    witnessed: ReadonlyArray<Witnessed>,
    pid: number
  ): void {
    const starts = witnessed.filter((it) => it.pid === pid && it.event === "start")
    const firstOld = starts.find(({ name }) => before.has(name))
    for (const [name, record] of before) {
      const start = starts.find((it) => it.name === name)
      if (record.state === "CANCELLING") {
        if (start !== undefined) this.wrong.push(`${name} was run again though it was CANCELLING`)
        const end = Option.flatMap(Option.fromNullable(after.get(name)), ({ endTime }) => endTime)
        if (firstOld !== undefined && Option.exists(end, ({ epochMillis }) => epochMillis > firstOld.time)) {
          this.wrong.push(`${firstOld.name} was resumed before ${name} had ended`)
        }
      } else if (start !== undefined && start.steps !== stepsOf(record)) {
        this.wrong.push(`${name} had made ${stepsOf(record)} steps and was resumed at ${start.steps}`)
      } else if (start !== undefined && State.isTerminal(record.state)) {
        this.wrong.push(`${name} was run again though it was ${record.state}`)
      }
    }
  }

  /** In the end everything has ended, and what was cancelled and had no end of its own is cancelled. */
  expectEnds(records: ReadonlyMap<string, Record>): void {
    for (const [name, { state }] of records) {
      if (!State.isTerminal(state)) this.wrong.push(`${name} never ended`)
      else if (this.cancelled.has(name) && this.started.get(name)?.kind === "long" && state !== "CANCELLED") {
        this.wrong.push(`${name} is ${state} though it was cancelled and had no end of its own`)
      }
    }
  }

  /** Of one operation one body runs at a time; what ran in a process that was killed does not any more. */
  runsOneAtATime(witnessed: ReadonlyArray<Witnessed>): void {
    const running = new Map<string, number>()
    for (const { event, name, pid } of witnessed) {
      if (event === "stop") running.delete(name)
      else if (running.get(name) === pid) this.wrong.push(`${name} ran twice at once`)
      else running.set(name, pid)
    }
  }
}

/** Kills so many processes that work on one file, one after the other, and lets a last one come to an end with it. */
const killed = (program: string, count: number) =>
  Effect.gen(function* () {
    const files = yield* folder
    const filename = join(files, "operations.db")
    const witnessFile = join(files, "witness")
    const ledger = new Ledger()
    let before: ReadonlyMap<string, Record> = new Map()

    for (let round = 0; round < count; round++) {
      const point = points[round % 10] ?? anywhere
      const isPurging = point === "purged"
      if (isPurging) ledger.mayRemoveWhatEnds(before)
      const passes = String(yield* Random.nextIntBetween(0, 6))
      const retention = isPurging ? "20" : month
      const args = [filename, witnessFile, String(round), point, passes, retention]
      const after = yield* Effect.scoped(
        Effect.gen(function* () {
          const process = yield* Processes.start(program, ...args)
          if (point === anywhere) {
            // From before it is ready until long after.
            if (yield* Random.nextBoolean) yield* process.until("ready")
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 400))
          } else {
            const reached = yield* Effect.timeoutOption(process.until(`at ${point}`), "60 seconds")
            assert.isTrue(Option.isSome(reached), `${point} was not reached: ${process.lines().slice(-5).join("; ")}`)
            // It goes on with everything else, so what it stands at is not all there is.
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 20))
          }
          yield* process.kill
          assert.strictEqual(yield* process.ended, "SIGKILL", `round ${round}, ${point}`)
          ledger.read(process.lines(), isPurging)
          if (!existsSync(filename)) return before
          const after = yield* left(filename, files, round)
          ledger.compare(after)
          ledger.resumed(before, after, readWitness(witnessFile), process.pid)
          return after
        })
      )
      before = after
    }

    const last = yield* Processes.start(program, filename, witnessFile, "last", "drain", "0", month)
    const exit = yield* Effect.timeoutOption(last.ended, "60 seconds")
    assert.deepStrictEqual(exit, Option.some(0), `not everything ends: ${last.lines().slice(-5).join("; ")}`)
    ledger.read(last.lines(), false)
    const records = yield* left(filename, files, count)
    ledger.compare(records)
    ledger.resumed(before, records, readWitness(witnessFile), last.pid)
    ledger.runsOneAtATime(readWitness(witnessFile))
    ledger.expectEnds(records)
    return ledger
  }).pipe(Effect.scoped)

it.scopedLive(
  "whatever a process was at when it was killed, the next one loses nothing, changes no end, and ends first what was asked to stop",
  () =>
    Effect.gen(function* () {
      const program = yield* Processes.bundle(new URL("processes/Embedded.ts", import.meta.url))
      const states = new Map<State.State, number>()
      const sum = { kills: 0, acknowledged: 0, cancels: 0 }
      const wrong: { lost: Array<string>; changedTheirEnd: Array<string>; other: Array<string> } = {
        lost: [],
        changedTheirEnd: [],
        other: []
      }
      while (sum.kills < kills && Object.values(wrong).flat().length === 0) {
        const count = Math.min(series, kills - sum.kills)
        const ledger = yield* killed(program, count)
        sum.kills += count
        sum.acknowledged += ledger.started.size
        sum.cancels += ledger.cancelled.size
        for (const [state, times] of ledger.states) states.set(state, (states.get(state) ?? 0) + times)
        wrong.lost.push(...ledger.lost)
        wrong.changedTheirEnd.push(...ledger.changedTheirEnd)
        wrong.other.push(...ledger.wrong)
        process.stdout.write(`${JSON.stringify({ ...sum, states: Object.fromEntries(states) })}\n`)
      }

      const of = `of ${sum.acknowledged} over ${sum.kills} kills`
      Goals.tell("G1", `${wrong.lost.length} acknowledged operations lost ${of}`, wrong.lost.length === 0)
      const { length } = wrong.changedTheirEnd
      Goals.tell("G2", `${length} operations with two ends ${of}`, length === 0)
      assert.deepStrictEqual(wrong, { lost: [], changedTheirEnd: [], other: [] })
      // Kills that met with nothing would show nothing.
      assert.isAbove(sum.acknowledged, 5)
      for (const state of ["PENDING", "RUNNING", "CANCELLING"] as const) assert.isTrue(states.has(state), state)
    }),
  Goals.isLong ? 7_200_000 : 180_000
)
