/**
 * Operations that stay as they are, so that what is made of one, such as its text, may be kept and used again.
 *
 * @since 0.1.0
 */
import type * as Operation from "./Operation.js"

/**
 * Promises that an operation, with everything in it, is never changed. For providers that give the same object again for as
 * long as there is nothing new; of an object that nobody promised it of, nothing is assumed. Returns the same operation.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Constant from "@effect-lro/core/Constant"
 * import * as Operation from "@effect-lro/core/Operation"
 *
 * const done = Constant.mark(Operation.doneWithoutResult({ name: "operations/a" }))
 * console.log(Constant.isMarked(done)) // true
 * console.log(Constant.isMarked({ ...done })) // false
 * ```
 */
export const mark = <M, R, O extends Operation.Operation<M, R>>(operation: O): O => {
  marked.add(operation)
  return operation
}

/**
 * Says whether it was promised of this object.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isMarked = (operation: object): boolean => marked.has(operation)

// Weak, and beside the objects: what is copied from one, with changes or without, is another.
const marked = new WeakSet<object>()
