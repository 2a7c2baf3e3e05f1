import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * Goes on with what an effect gives; one that is its own result already is not run.
 */
export const andThen = <A, B, E1, E2>(
  effect: Effect.Effect<A, E1>,
  f: (a: A) => Effect.Effect<B, E2>
): Effect.Effect<B, E1 | E2> => (isSuccess(effect) ? f(effect.value) : Effect.flatMap(Effect.interruptible(effect), f))

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
