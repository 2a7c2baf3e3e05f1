import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Supervisor from "effect/Supervisor"

/**
 * Interrupts a fiber while it is interruptible, and not before.
 *
 * `Fiber.interrupt` marks a fiber at once. One that is in an uninterruptible region ends it, and then loses the value that
 * it came to: its exit is an interruption. But work that ran to its end in spite of a cancel request has a result, and that
 * result is the truth about the operation. So the interruption waits until the fiber is suspended where it may be
 * interrupted, and where that never happens, the fiber ends with what it came to.
 */
export class Interruptor extends Supervisor.AbstractSupervisor<void> {
  readonly value = Effect.void
  private wanted: FiberId.FiberId | undefined = undefined
  private fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined = undefined
  private isRunning = false
  private isSent = false

  /**
   * Runs `body` in a new fiber, a child of the current one, that only this interruptor interrupts, and only in those parts
   * of it that are `Effect.interruptible`.
   */
  fork<A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<Fiber.RuntimeFiber<A, E>, never, R> {
    return Effect.fork(Effect.supervised(body, this)).pipe(
      Effect.tap((fiber) => {
        this.fiber = fiber
        this.tryToInterrupt()
        return Effect.void
      }),
      // The fiber inherits it.
      Effect.uninterruptible
    )
  }

  /** Asks for the interruption. It may be asked for before there is a fiber, and more than once. */
  interruptAs(id: FiberId.FiberId): void {
    if (this.wanted !== undefined) return
    this.wanted = id
    this.tryToInterrupt()
  }

  override onResume<A, E>(fiber: Fiber.RuntimeFiber<A, E>): void {
    if (fiber === this.fiber) this.isRunning = true
  }

  override onSuspend<A, E>(fiber: Fiber.RuntimeFiber<A, E>): void {
    if (fiber !== this.fiber) return
    this.isRunning = false
    this.tryToInterrupt()
  }

  private tryToInterrupt(): void {
    const { fiber, wanted } = this
    if (fiber === undefined || wanted === undefined || this.isSent) return
    if (this.isRunning || !isInterruptible(fiber)) return
    this.isSent = true
    fiber.unsafeInterruptAsFork(wanted)
  }
}

const isInterruptible = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  Option.match(FiberRefs.get(fiber.getFiberRefs(), FiberRef.currentRuntimeFlags), {
    onNone: () => true,
    onSome: RuntimeFlags.interruptible
  })
