import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Operation from "@effect-lro/core/Operation"
import type { Operations } from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Poller from "@effect-lro/core/Poller"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import type { WaitError } from "@effect-lro/core/WaitError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { service } from "../support/service.js"

/** A program as a user would write it, started as a process of its own: `Program.mjs MODE URL NAME …`. */
const [mode = "", url = "", name = "", ...rest] = process.argv.slice(2)

const print = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

/** Cancels, and writes down how far it is; `gate` is where it comes to a standstill. */
const cancel = (file: string, gate: string) =>
  Effect.gen(function* () {
    let saved = 0
    const save = (next: Checkpoint.Checkpoint) =>
      Effect.gen(function* () {
        // A kill leaves the file as it was before, or as it is after.
        writeFileSync(`${file}.next`, Checkpoint.toText(next))
        renameSync(`${file}.next`, file)
        saved += 1
        const at = Option.exists(next.lastSeen, Operation.isDone) ? "done" : String(saved)
        yield* print(`saved ${at}`)
        if (at === gate) yield* Effect.never
      })
    const checkpoint = existsSync(file)
      ? yield* Checkpoint.fromText(readFileSync(file, "utf8"))
      : Checkpoint.make({ operation: name, intent: "cancel", timeout: "1 minute" })
    const done = yield* Checkpoint.resume(checkpoint, { save })
    return Cancellation.outcome(done)
  }).pipe(
    Effect.merge,
    Effect.flatMap(({ _tag }) => print(`ended ${_tag}`))
  )

const waits = {
  awaitDone: Poller.awaitDone(name),
  serverWait: Poller.awaitDone(name, { serverWait: "1 hour" }),
  cancelAndConfirm: Cancellation.cancelAndConfirm(name),
  sharedPoller: Effect.provide(SharedPoller.awaitDone(name), SharedPoller.layer())
}

/** Interrupts a wait and has nothing to do any more. */
const interrupt = (wait: keyof typeof waits) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.asVoid<unknown, OperationsError | WaitError, Operations>(waits[wait]))
    yield* Effect.sleep("1 second")
    yield* Fiber.interrupt(fiber)
    yield* print(`interrupted ${process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length}`)
  })

const [first = "", second = ""] = rest

const main = mode === "cancel" ? cancel(first, second) : interrupt(first as keyof typeof waits)

Effect.runFork(
  Effect.provide(main, RestOperations.layer({ service, endpoint: url }).pipe(Layer.provide(FetchHttpClient.layer)))
)
