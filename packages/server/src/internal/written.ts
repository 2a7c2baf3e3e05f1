import * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as ListOperations from "@effect-lro/rest/ListOperations"
import * as Texts from "./texts.js"

/**
 * An answer that can be written without the object that it would be on the wire, where it is wanted as it is.
 */
export class Written {
  constructor(
    readonly toWire: () => object,
    readonly toText: () => Texts.Text
  ) {}
}

export const ofOperation =
  (textOf: Texts.Texts) =>
  (operation: Operation.Operation): Written =>
    new Written(
      () => Operation.toWire(operation),
      () => textOf(operation)
    )

export const ofPage =
  (textOf: Texts.Texts) =>
  (page: Operations.ListPage): Written =>
    new Written(
      () => ListOperations.toWire(page),
      () => {
        const { operations, ...rest } = page
        const others = JSON.stringify(ListOperations.toWire({ ...rest, operations: [] }))
        const texts = operations.map(textOf)
        const isAscii = texts.every((it) => it.isAscii) && Texts.isAscii(others)
        if (operations.length === 0) return { text: others, isAscii }
        const list = `{"operations":[${texts.map(({ text }) => text).join(",")}]`
        return { text: list + (others === "{}" ? "}" : `,${others.slice(1)}`), isAscii }
      }
    )
