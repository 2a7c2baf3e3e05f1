import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as Status from "@effect-lro/core/Status"
import type { WaitError } from "@effect-lro/core/WaitError"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import { error, lost, name } from "../fixtures/scripted.js"
import type { Seen } from "./Model.js"
import { delayAfter, type Refusal, retries, type Script, settles, sleepsFirst, type Step } from "./Step.js"

export type Failure = OperationsError | WaitError

type Start = Effect.Effect<Operation.Operation, OperationsError>

/** Runs an operation as `Operations.scoped` does, or in a way that is wrong. */
export interface Program {
  (
    operations: Operations.Service,
    start: Start,
    options: Operations.ScopedOptions
  ): Effect.Effect<Operation.Done, Failure>
}

export const scoped: Program = (operations, start, options) =>
  Effect.provideService(Operations.scoped(start, options), Operations.Operations, operations)

interface UnderWay {
  readonly method: "start" | "get" | "cancel"
  readonly answer: () => void
  readonly refuse: (error: OperationsError) => void
}

const refusalOf = (refusal: Refusal, method: "start" | "get" | "cancel"): OperationsError => {
  switch (refusal) {
    case "unavailable":
      return error("UNAVAILABLE", { method, httpStatus: 503 })
    case "denied":
      return error("PERMISSION_DENIED", { method, httpStatus: 403 })
    case "lost":
      return lost(method)
    case "gone":
      return error("NOT_FOUND", { method })
    case "precondition":
      return error("FAILED_PRECONDITION", { method })
  }
}

/** Lets a program live through the steps of a script, and says after each of them what is seen of it. */
export const live = (program: Program, { policy, steps }: Script): Effect.Effect<ReadonlyArray<Seen>> =>
  Effect.gen(function* () {
    const requests: Array<string> = []
    let underWay: UnderWay | undefined
    let work: "running" | "Succeeded" | "Cancelled" = "running"
    let isCancelRequested = false

    const state = (): Operation.Operation => {
      switch (work) {
        case "running":
          return Operation.running({ name })
        case "Succeeded":
          return Operation.succeeded({ name, response: {} })
        case "Cancelled":
          return Operation.ended({ name, error: Status.make({ code: "CANCELLED" }) })
      }
    }
    const request = <A>(method: UnderWay["method"], answer: () => A): Effect.Effect<A, OperationsError> =>
      Effect.flatMap(Effect.clock, (clock) =>
        Effect.async<A, OperationsError>((resume) => {
          requests.push(`${method} ${clock.unsafeCurrentTimeMillis()}`)
          const mine: UnderWay = {
            method,
            answer: () => resume(Effect.succeed(answer())),
            refuse: (error) => resume(Effect.fail(error))
          }
          underWay = mine
          return Effect.sync(() => {
            requests.push(`no ${method} ${clock.unsafeCurrentTimeMillis()}`)
            if (underWay === mine) underWay = undefined
          })
        })
      )
    const requestCancel = () => {
      if (work === "running") isCancelRequested = true
    }
    const unused = () => Effect.dieMessage("it is not asked for")
    const operations = Operations.make({
      get: () => request("get", state),
      cancel: () => request("cancel", requestCancel),
      listPage: unused,
      delete: unused,
      wait: unused
    })

    const fiber = yield* Effect.sleep(sleepsFirst).pipe(
      Effect.zipRight(
        program(operations, request("start", state), {
          onInterrupt: policy,
          schedule,
          stop: { schedule, retry, timeout: "1 day" }
        })
      ),
      // A child would be waited for, and one that waits for an answer that never comes has no end.
      Effect.forkDaemon
    )

    const apply = (step: Step): Effect.Effect<void> => {
      const one = underWay
      switch (step._tag) {
        case "Answer":
          return Effect.sync(() => {
            underWay = undefined
            one?.answer()
          })
        case "Refuse":
          return Effect.sync(() => {
            underWay = undefined
            if (one?.method === "cancel" && step.refusal === "lost") requestCancel()
            one?.refuse(refusalOf(step.refusal, one.method))
          })
        case "Finish":
          return Effect.sync(() => {
            if (work === "running") work = "Succeeded"
          })
        case "Stop":
          return Effect.sync(() => {
            if (work === "running" && isCancelRequested) work = "Cancelled"
          })
        case "Interrupt":
          return Fiber.interruptFork(fiber)
        case "Pass":
          return Effect.void
      }
    }

    const seen: Array<Seen> = []
    for (const step of steps) {
      yield* apply(step)
      yield* Effect.sleep(step._tag === "Pass" ? step.milliseconds : settles)
      const exit = fiber.unsafePoll()
      seen.push({ requests: [...requests], end: exit === null ? undefined : endOf(exit) })
    }
    yield* Fiber.interruptFork(fiber)
    return seen
  }).pipe(Logger.withMinimumLogLevel(LogLevel.None), VirtualTime.run)

const schedule = PollSchedule.capped({ initial: delayAfter(0), factor: 3, max: delayAfter(9) })

const retry = Schedule.intersect(Schedule.spaced(retries.delay), Schedule.recurs(retries.times))

const endOf = (exit: Exit.Exit<Operation.Done, Failure>): Seen["end"] => {
  if (Exit.isInterrupted(exit)) return "interrupted"
  if (Exit.isFailure(exit)) return "failed"
  return exit.value._tag === "Cancelled" ? "Cancelled" : "Succeeded"
}
