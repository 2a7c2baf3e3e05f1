import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * Goes on with what an effect gives; one that is its own result already is not run.
 */
export const andThen = <A, B, E1, E2>(
  effect: Effect.Effect<A, E1>,
  f: (a: A) => Effect.Effect<B, E2>
): Effect.Effect<B, E1 | E2> => (isSuccess(effect) ? f(effect.value) : Effect.flatMap(interruptible(effect), f))

/**
 * What an effect gives, made into something else.
 */
export const map = <A, B, E>(effect: Effect.Effect<A, E>, f: (a: A) => B): Effect.Effect<B, E> =>
  isExit(effect) ? Exit.map(effect, f) : Effect.map(effect, f)

/**
 * An effect that may be interrupted, also where what runs it may not.
 */
export const interruptible = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  isExit(effect) ? effect : Effect.interruptible(effect)

/**
 * Goes on with whatever comes of an effect, an interruption too, and is not interrupted itself.
 */
export const settle = <A, B, E1, E2>(
  effect: Effect.Effect<A, E1>,
  f: (exit: Exit.Exit<A, E1>) => Effect.Effect<B, E2>
): Effect.Effect<B, E2> =>
  isExit(effect)
    ? f(effect)
    : Effect.uninterruptible(
        Effect.matchCauseEffect(effect, {
          onFailure: (cause) => f(Exit.failCause(cause)),
          onSuccess: (value) => f(Exit.succeed(value))
        })
      )

/** Whether it is its own result already. */
export const isSuccess = <A, E>(effect: Effect.Effect<A, E>): effect is Exit.Success<A, E> =>
  isExit(effect) && Exit.isSuccess(effect)

/**
 * Gives an effect what it needs, beside what there is where it is run, such as the span of the request; one that is its own
 * result already needs nothing.
 */
export const provide = <A, E, R>(effect: Effect.Effect<A, E, R>, context: Context.Context<R>): Effect.Effect<A, E> =>
  isExit(effect)
    ? effect
    : Effect.mapInputContext(effect, (current: Context.Context<never>) => Context.merge(context, current))

const isExit = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Exit.Exit<A, E> => Exit.isExit(effect)
