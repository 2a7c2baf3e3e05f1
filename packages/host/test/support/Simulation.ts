import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scheduler from "effect/Scheduler"

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/**
 * Runs an Effect in a world where nothing happens by itself: whenever a fiber yields, one of those that could go on is
 * picked by `choose`, and only when none can does time go on, to the next who sleeps. Every interleaving is reproducible.
 */
export class Simulation implements Scheduler.Scheduler {
  private readonly ready: Array<() => void> = []
  private readonly sleepers = new Set<Sleeper>()
  private now = 0

  constructor(
    /** One of `0 … among - 1`. */
    private readonly choose: (among: number) => number,
    /** After how many steps a fiber gives way to another. Giving way takes about twenty. */
    private readonly patience: number
  ) {}

  /** How many sleep. */
  get asleep(): number {
    return this.sleepers.size
  }

  shouldYield(fiber: { readonly currentOpCount: number }): number | false {
    return fiber.currentOpCount > this.patience ? 0 : false
  }

  scheduleTask(task: () => void): void {
    this.ready.push(task)
  }

  run<A, E>(effect: Effect.Effect<A, E>): A {
    const fiber = Effect.runFork(Effect.withClock(effect, this.clock()), { scheduler: this })
    for (let steps = 0; fiber.unsafePoll() === null; steps++) {
      if (steps > 100_000) throw new Error("the simulation does not end")
      const [task] = this.ready.splice(this.ready.length > 1 ? this.choose(this.ready.length) : 0, 1)
      if (task !== undefined) task()
      else this.wakeNext()
    }
    const exit = fiber.unsafePoll()
    if (exit === null || Exit.isFailure(exit)) throw new Error(`the simulated program failed: ${String(exit)}`)
    return exit.value
  }

  private wakeNext(): void {
    const next = [...this.sleepers].reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
      undefined
    )
    if (next === undefined) throw new Error("every fiber waits, and none sleeps")
    this.now = next.until
    // All who wake at one time wake together, so that the choice of who goes first is not theirs.
    for (const sleeper of this.sleepers) if (sleeper.until <= this.now) sleeper.wake()
  }

  private clock(): Clock.Clock {
    const sleep = (duration: Duration.Duration) =>
      Effect.async<void>((resume) => {
        const sleeper: Sleeper = {
          until: this.now + Duration.toMillis(duration),
          wake: () => {
            this.sleepers.delete(sleeper)
            resume(Effect.void)
          }
        }
        this.sleepers.add(sleeper)
        return Effect.sync(() => {
          this.sleepers.delete(sleeper)
        })
      })
    return {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => this.now,
      currentTimeMillis: Effect.sync(() => this.now),
      unsafeCurrentTimeNanos: () => BigInt(this.now) * 1_000_000n,
      currentTimeNanos: Effect.sync(() => BigInt(this.now) * 1_000_000n),
      sleep
    }
  }
}
