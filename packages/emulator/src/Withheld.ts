/**
 * Operations of a service that does not offer all methods.
 *
 * @since 0.1.0
 */
import * as Operations from "@effect-lro/core/Operations"
import { Unimplemented } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"

/**
 * A method that services leave out. All of them can be read from, so `get` and `list` are none of these.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "cancel" | "delete" | "wait"

/**
 * Answers UNIMPLEMENTED to some methods, whatever the name, and hands on the others.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withhold = (operations: Operations.Service, methods: ReadonlyArray<Method>): Operations.Service => {
  const refuse = (method: Method) => (name: string) => Effect.fail(unimplemented(method, name))
  const offers = (method: Method) => !methods.includes(method)
  return Operations.make({
    get: operations.get,
    listPage: operations.listPage,
    cancel: offers("cancel") ? operations.cancel : refuse("cancel"),
    delete: offers("delete") ? operations.delete : refuse("delete"),
    wait: offers("wait") ? operations.wait : refuse("wait")
  })
}

const unimplemented = (method: Method, operation: string): Unimplemented =>
  new Unimplemented({
    operation,
    method,
    status: Status.make({ code: "UNIMPLEMENTED", message: `Operations of this service do not support ${method}.` })
  })
