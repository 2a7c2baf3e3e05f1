import * as Operations from "@effect-lro/core/Operations"
import * as Effect from "effect/Effect"
import { type Program, scoped } from "./World.js"

const policies =
  (change: (policy: Operations.OnInterrupt) => Operations.OnInterrupt): Program =>
  (operations, start, options) =>
    scoped(operations, start, { ...options, onInterrupt: change(options.onInterrupt) })

const cancelling =
  (change: (operations: Operations.Service, name: string) => ReturnType<Operations.Service["cancel"]>): Program =>
  (operations, start, options) =>
    scoped(Operations.make({ ...operations, cancel: (name) => change(operations, name) }), start, options)

const starting =
  (change: <A, E>(start: Effect.Effect<A, E>) => Effect.Effect<A, E>): Program =>
  (operations, start, options) =>
    scoped(operations, change(start), options)

const name = "projects/demo/operations/ABC"

/** Ways to get it wrong. */
export const mutants: Readonly<Record<string, Program>> = {
  "never stops anything": policies(() => "leave"),
  "stops what is to be left": policies((policy) => (policy === "leave" ? "cancel" : policy)),
  "does not confirm": policies((policy) => (policy === "cancelAndConfirm" ? "cancel" : policy)),
  "confirms what is only to be asked for": policies((policy) => (policy === "cancel" ? "cancelAndConfirm" : policy)),
  "gives up a start request that is under way": starting(Effect.interruptible),
  "never gives up a start request": starting(Effect.uninterruptible),
  "sends every cancel twice": cancelling((operations, name) =>
    Effect.zipRight(operations.cancel(name), operations.cancel(name))
  ),
  "looks before it cancels": cancelling((operations, name) =>
    Effect.zipRight(Effect.exit(operations.get(name)), operations.cancel(name))
  ),
  "never repeats a cancel": (operations, start, options) =>
    scoped(operations, start, { ...options, stop: { ...options.stop, retry: undefined } }),
  "cancels what is done": (operations, start, options) =>
    Effect.tap(scoped(operations, start, options), () => Effect.exit(operations.cancel(name))),
  "cancels where the wait fails": (operations, start, options) =>
    Effect.tapError(scoped(operations, start, options), () => Effect.exit(operations.cancel(name))),
  "cannot be interrupted": (operations, start, options) => Effect.uninterruptible(scoped(operations, start, options)),
  "looks once more before it leaves": (operations, start, options) =>
    options.onInterrupt === "leave"
      ? Effect.onInterrupt(scoped(operations, start, options), () => Effect.exit(operations.get(name)))
      : scoped(operations, start, options)
}
