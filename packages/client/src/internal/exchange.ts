import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"

/**
 * Runs exchanges, each in a fiber of its own that makes no spans, follows no redirects with fetch, and ends at the time
 * limit.
 *
 * `Effect.timeoutFail`, `Effect.locally` and `Effect.provideService` do the same and cost several times what everything
 * else of a request does. Here one fiber is started in the state that they would make, which is the same for all requests
 * of a fiber, and one timer serves all exchanges that are under way: their limit is the same, so the oldest of them is
 * always the first to expire. The timer is there only while they are, so it keeps no process alive.
 */
export const make = (options: {
  readonly requestInit: RequestInit
  readonly limit: Duration.Duration
}): (<A, E, E2>(exchange: Effect.Effect<A, E>, onTimeout: () => E2) => Effect.Effect<A, E | E2>) => {
  const limit = Duration.isFinite(options.limit) ? Duration.toMillis(options.limit) : undefined
  // A test clock and the live one may drive the same transport.
  const timers = new WeakMap<Clock.Clock, Timer>()

  const timerOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Timer => {
    const clock = Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)
    const known = timers.get(clock)
    if (known !== undefined) return known
    const timer = makeTimer(clock)
    timers.set(clock, timer)
    return timer
  }

  // To make the state costs as much as all else here, and a fiber that polls has the same one for all of its requests.
  const states = new WeakMap<Fiber.RuntimeFiber<unknown, unknown>, State>()

  const stateOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): FiberRefs.FiberRefs => {
    const given = fiber.getFiberRefs()
    const known = states.get(fiber)
    if (known !== undefined && isSame(known.given, given)) return known.made
    const id = fiber.id()
    const context = Context.add(fiber.currentContext, FetchHttpClient.RequestInit, options.requestInit)
    const made = FiberRefs.updateManyAs(given, {
      // A fiber that was interrupted, and stops something remote for that, must be able to send requests.
      forkAs: id,
      entries: [
        [FiberRef.currentContext, [[id, context]]],
        [HttpClient.currentTracerDisabledWhen, [[id, always]]],
        // Every failure is handed on to who asked. The log would show it with the request, secrets and all.
        [FiberRef.unhandledErrorLogLevel, [[id, Option.none()]]]
      ]
    })
    states.set(fiber, { given, made })
    return made
  }

  return <A, E, E2>(exchange: Effect.Effect<A, E>, onTimeout: () => E2): Effect.Effect<A, E | E2> =>
    Effect.withFiberRuntime((parent, status) => {
      const state = stateOf(parent)
      // The wait for it may be uninterruptible; the exchange must end at its limit all the same. That it has a fiber is
      // nobody's business, so that no metric counts it.
      const flags = RuntimeFlags.disable(
        RuntimeFlags.enable(status.runtimeFlags, RuntimeFlags.Interruption),
        RuntimeFlags.RuntimeMetrics
      )
      const runtime = Runtime.make({
        context: parent.currentContext,
        runtimeFlags: flags,
        fiberRefs: FiberRefs.empty()
      })
      const fork = <A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> =>
        Runtime.runFork(runtime, effect, { updateRefs: () => state })
      const fiber = fork(exchange)
      const answered = Effect.async<A, E | E2>((resume) => {
        if (limit === undefined || fiber.unsafePoll() !== null) return fiber.addObserver(resume)
        const timer = timerOf(parent)
        const wait = timer.start(limit, fork, parent.id(), fiber)
        fiber.addObserver((exit) => {
          timer.stop(wait)
          resume(wait.expired && Exit.isInterrupted(exit) ? Effect.fail(onTimeout()) : exit)
        })
      })
      // `Effect.async` can be given the effect to run at an interruption too, and then costs three times as much.
      return Effect.uninterruptibleMask((restore) =>
        Effect.matchCauseEffect(restore(answered), {
          onSuccess: Effect.succeed,
          onFailure: (cause) =>
            fiber.unsafePoll() === null
              ? Effect.zipRight(Fiber.interrupt(fiber), Effect.failCause(cause))
              : Effect.failCause(cause)
        })
      )
    })
}

/** What the state of a fiber was, and what was made of it. */
interface State {
  readonly given: FiberRefs.FiberRefs
  readonly made: FiberRefs.FiberRefs
}

// To read the state of a fiber makes a new one, of the same parts where nothing was set since; those are never changed.
const isSame = (before: FiberRefs.FiberRefs, now: FiberRefs.FiberRefs): boolean => {
  if (before.locals.size !== now.locals.size) return false
  for (const [ref, values] of before.locals) if (now.locals.get(ref) !== values) return false
  return true
}

const always = () => true

type Fork = <A, E>(effect: Effect.Effect<A, E>) => Fiber.RuntimeFiber<A, E>

interface Wait {
  readonly until: number
  readonly by: FiberId.FiberId
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  expired: boolean
}

interface Timer {
  readonly start: (limit: number, fork: Fork, by: FiberId.FiberId, fiber: Fiber.RuntimeFiber<unknown, unknown>) => Wait
  readonly stop: (wait: Wait) => void
}

// In milliseconds. It goes on evenly while the time of day is set, which would let a request wait for as long as that was set
// back.
const elapsed = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

// Timers and times are rounded apart.
const nearly = 1e-3

const makeTimer = (clock: Clock.Clock): Timer => {
  const waits = new Set<Wait>()
  let ticking: Fiber.RuntimeFiber<void> | undefined = undefined

  const tick: Effect.Effect<void> = Effect.suspend(() => {
    for (const wait of waits) {
      const left = wait.until - elapsed(clock)
      if (left > nearly) return Effect.zipRight(clock.sleep(Duration.millis(left)), tick)
      waits.delete(wait)
      wait.expired = true
      wait.fiber.unsafeInterruptAsFork(wait.by)
    }
    ticking = undefined
    return Effect.void
  })

  return {
    start: (limit, fork, by, fiber) => {
      const wait: Wait = { until: elapsed(clock) + limit, by, fiber, expired: false }
      waits.add(wait)
      ticking ??= fork(tick)
      return wait
    },
    stop: (wait) => {
      waits.delete(wait)
      if (waits.size > 0 || ticking === undefined) return
      ticking.unsafeInterruptAsFork(wait.by)
      ticking = undefined
    }
  }
}
