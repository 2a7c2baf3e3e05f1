/**
 * Requests that are made below Effect, for whoever makes thousands of them from one place.
 *
 * A fiber costs more than a request does. A method of `Operations` may therefore have a second form that calls back;
 * `Bulk` and `SharedPoller` take it where it is there. It belongs to the function and not to the service, so that nothing
 * goes around a transformer: what wraps a method has made another function, which does not have it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { OperationsError } from "./OperationsError.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/core/DirectRequest"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/core/DirectRequest"

/**
 * Sends one request about a name. It throws nothing and calls back exactly once, possibly before it returns, unless the
 * request is abandoned by what it returns.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectRequest<out A> {
  (name: string, callback: (exit: Exit.Exit<A, OperationsError>) => void): () => void
}

/**
 * A method of `Operations` that is about one name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Method<out A> {
  (name: string): Effect.Effect<A, OperationsError>
}

/**
 * A method with its second form, which keeps to the clock and the services of the fiber that asks for it. There is none
 * where that fiber wants of its requests what only the first form does, such as spans.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectMethod<out A> extends Method<A> {
  readonly [TypeId]: Effect.Effect<Option.Option<DirectRequest<A>>>
}

/**
 * Gives a method its second form. Both must mean the same.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(method: Method<A>, direct: Effect.Effect<Option.Option<DirectRequest<A>>>): DirectMethod<A> =>
  Object.assign((name: string) => method(name), { [TypeId]: direct })

/**
 * The second form of a method, where it has one.
 *
 * @since 0.1.0
 * @category getters
 */
export const of = <A>(method: Method<A>): Effect.Effect<Option.Option<DirectRequest<A>>> =>
  isDirectMethod(method) ? method[TypeId] : Effect.succeedNone

const isDirectMethod = <A>(method: Method<A>): method is DirectMethod<A> => Predicate.hasProperty(method, TypeId)
