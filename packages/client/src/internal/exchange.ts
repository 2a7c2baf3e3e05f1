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
 * else of a request does. Here one fiber is started in the state that they would make, and one timer serves all
 * exchanges that are under way: their limit is the same, so the oldest of them is always the first to expire. The timer
 * is there only while they are, so it keeps no process alive.
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

  return <A, E, E2>(exchange: Effect.Effect<A, E>, onTimeout: () => E2): Effect.Effect<A, E | E2> =>
    Effect.withFiberRuntime((parent, status) =>
      Effect.async((resume) => {
        const runtime = Runtime.make({
          context: Context.add(parent.currentContext, FetchHttpClient.RequestInit, options.requestInit),
          // The wait for it may be uninterruptible; the exchange must end at its limit all the same.
          runtimeFlags: RuntimeFlags.enable(status.runtimeFlags, RuntimeFlags.Interruption),
          fiberRefs: FiberRefs.updateManyAs(parent.getFiberRefs(), {
            entries: [
              [HttpClient.currentTracerDisabledWhen, [[parent.id(), always]]],
              // Every failure is handed on to who asked. The log would show it with the request, secrets and all.
              [FiberRef.unhandledErrorLogLevel, [[parent.id(), Option.none()]]]
            ]
          })
        })
        const fiber = Runtime.runFork(runtime, exchange)
        if (limit === undefined || fiber.unsafePoll() !== null) {
          fiber.addObserver(resume)
          return Fiber.interrupt(fiber)
        }
        const timer = timerOf(parent)
        const wait = timer.start(limit, runtime, parent.id(), fiber)
        fiber.addObserver((exit) => {
          timer.stop(wait)
          resume(wait.expired && Exit.isInterrupted(exit) ? Effect.fail(onTimeout()) : exit)
        })
        return Fiber.interrupt(fiber)
      })
    )
}

const always = () => true

interface Wait {
  readonly until: number
  readonly by: FiberId.FiberId
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  expired: boolean
}

interface Timer {
  readonly start: (
    limit: number,
    runtime: Runtime.Runtime<never>,
    by: FiberId.FiberId,
    fiber: Fiber.RuntimeFiber<unknown, unknown>
  ) => Wait
  readonly stop: (wait: Wait) => void
}

const makeTimer = (clock: Clock.Clock): Timer => {
  const waits = new Set<Wait>()
  let ticking: Fiber.RuntimeFiber<void> | undefined = undefined

  const tick: Effect.Effect<void> = Effect.suspend(() => {
    for (const wait of waits) {
      const left = wait.until - clock.unsafeCurrentTimeMillis()
      if (left > 0) return Effect.zipRight(clock.sleep(Duration.millis(left)), tick)
      waits.delete(wait)
      wait.expired = true
      wait.fiber.unsafeInterruptAsFork(wait.by)
    }
    ticking = undefined
    return Effect.void
  })

  return {
    start: (limit, runtime, by, fiber) => {
      const wait: Wait = { until: clock.unsafeCurrentTimeMillis() + limit, by, fiber, expired: false }
      waits.add(wait)
      ticking ??= Runtime.runFork(runtime, tick)
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
