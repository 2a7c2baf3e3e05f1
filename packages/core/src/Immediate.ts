/**
 * Methods whose answer is at hand, so that it can be had without a fiber.
 *
 * To run an effect costs more than to look something up in memory. A method may therefore have a second form that answers
 * at once; who is about to run what the method gives takes that instead. It belongs to the function and not to the service, so
 * that nothing goes around a transformer: what wraps a method has made another function, which does not have it.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/core/Immediate"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/core/Immediate"

/**
 * A method that is about one name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Method<out A, out E> {
  (name: string): Effect.Effect<A, E>
}

/**
 * What comes of it when it is called, and not when what it gives is run: of each call once. What it throws is a defect, as it
 * would be in the first form.
 *
 * @since 0.1.0
 * @category models
 */
export interface Immediate<out A, out E> {
  (name: string): Exit.Exit<A, E>
}

/**
 * A method with its second form.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImmediateMethod<out A, out E> extends Method<A, E> {
  readonly [TypeId]: Immediate<A, E>
}

/**
 * Gives a method its second form. Both must mean the same.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E>(method: Method<A, E>, immediate: Immediate<A, E>): ImmediateMethod<A, E> =>
  Object.assign((name: string) => method(name), { [TypeId]: immediate })

/**
 * The second form of a method, where it has one.
 *
 * @since 0.1.0
 * @category getters
 */
export const of = <A, E>(method: Method<A, E>): Immediate<A, E> | undefined =>
  isImmediateMethod(method) ? method[TypeId] : undefined

const isImmediateMethod = <A, E>(method: Method<A, E>): method is ImmediateMethod<A, E> =>
  Predicate.hasProperty(method, TypeId)
