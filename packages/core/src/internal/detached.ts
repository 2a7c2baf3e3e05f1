import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type * as Scope from "effect/Scope"
import * as DirectRequest from "../DirectRequest.js"
import type { OperationsError } from "../OperationsError.js"

/** What ends something that is under way without an end of its own; nothing where it is over already. */
export type Abandon = (() => void) | undefined

/** Runs effects on behalf of callbacks. At the end of the scope all that is under way ends, and nobody is called back. */
export interface Detached {
  readonly run: <A, E>(effect: Effect.Effect<A, E>, callback: (exit: Exit.Exit<A, E>) => void) => Abandon
  /** A method as something that calls back: its direct form where it has one, else by a fiber for each request. */
  readonly asker: <A>(method: DirectRequest.Method<A>) => Effect.Effect<Asker<A>>
}

export type Asker<A> = (name: string, callback: (exit: Exit.Exit<A, OperationsError>) => void) => Abandon

export const make: Effect.Effect<Detached, never, Scope.Scope> = Effect.gen(function* () {
  const outer = yield* Effect.runtime()
  // Whoever made this may be uninterruptible, and what is under way must end all the same.
  const runtime = Runtime.make({
    context: outer.context,
    fiberRefs: outer.fiberRefs,
    runtimeFlags: RuntimeFlags.enable(outer.runtimeFlags, RuntimeFlags.Interruption)
  })
  const fibers = new Set<Fiber.RuntimeFiber<unknown>>()
  // Not in a Set: one whose members come and go all the time leaves tables behind that keep them alive for long.
  const requests: Array<Abandon> = []
  const free: Array<number> = []
  let closed = false

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      closed = true
      for (const abandon of requests.splice(0)) abandon?.()
      return Fiber.interruptAll(fibers)
    })
  )

  const run: Detached["run"] = (effect, callback) => {
    if (closed) return undefined
    // A failure is for who asked, and must not be logged as one that nobody has handled.
    const fiber = Runtime.runFork(runtime, Effect.exit(effect))
    const end = fiber.unsafePoll()
    if (end !== null) {
      if (!closed) callback(Exit.flatten(end))
      return undefined
    }
    let wanted = true
    fibers.add(fiber)
    fiber.addObserver((exit) => {
      fibers.delete(fiber)
      if (wanted && !closed) callback(Exit.flatten(exit))
    })
    return () => {
      wanted = false
      fiber.unsafeInterruptAsFork(fiber.id())
    }
  }

  const tracked =
    <A>(direct: DirectRequest.DirectRequest<A>): Asker<A> =>
    (name, callback) => {
      if (closed) return undefined
      let place = -1
      let over = false
      const leave = () => {
        over = true
        if (place >= 0) {
          requests[place] = undefined
          free.push(place)
        }
      }
      const give = direct(name, (exit) => {
        leave()
        callback(exit)
      })
      if (over) return undefined
      place = free.pop() ?? requests.length
      requests[place] = give
      return () => {
        if (over) return
        leave()
        give()
      }
    }

  return {
    run,
    asker: <A>(method: DirectRequest.Method<A>) =>
      Effect.map(
        DirectRequest.of(method),
        Option.match({
          onNone: (): Asker<A> => (name, callback) =>
            run(
              Effect.suspend(() => method(name)),
              callback
            ),
          onSome: tracked
        })
      )
  }
})
