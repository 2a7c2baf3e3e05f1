import * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as Status from "@effect-lro/core/Status"
import * as ListOperations from "@effect-lro/rest/ListOperations"
import * as Option from "effect/Option"

/**
 * An answer that can be written without the object that it would be on the wire, where it is wanted as it is.
 */
export class Written {
  constructor(
    readonly toWire: () => object,
    readonly toText: () => string
  ) {}
}

export const ofOperation = (operation: Operation.Operation): Written =>
  new Written(
    () => Operation.toWire(operation),
    () => textOf(operation)
  )

export const ofPage = (page: Operations.ListPage): Written =>
  new Written(
    () => ListOperations.toWire(page),
    () => {
      const { operations, ...rest } = page
      const others = JSON.stringify(ListOperations.toWire({ ...rest, operations: [] }))
      if (operations.length === 0) return others
      return `{"operations":[${operations.map(textOf).join(",")}]${others === "{}" ? "}" : `,${others.slice(1)}`}`
    }
  )

const textOf = (operation: Operation.Operation): string => {
  let text = operation.name === "" ? "" : `"name":${JSON.stringify(operation.name)}`
  if (Option.isSome(operation.metadata)) text += member(text, "metadata", operation.metadata.value)
  if (operation._tag !== "Running") {
    text += `${text === "" ? "" : ","}"done":true`
    if (operation._tag === "Succeeded") text += member(text, "response", operation.response)
    else if (operation._tag !== "DoneWithoutResult") text += member(text, "error", Status.toWire(operation.error))
  }
  return `{${text}}`
}

const member = (before: string, name: string, value: object): string =>
  `${before === "" ? "" : ","}"${name}":${JSON.stringify(value)}`
