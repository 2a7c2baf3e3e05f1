import * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Status from "@effect-lro/core/Status"
import * as Either from "effect/Either"
import { invalidArgument } from "./invalidArgument.js"

const parse = (text: string): Either.Either<unknown, unknown> =>
  Either.try((): unknown => (text.trim() === "" ? {} : JSON.parse(text)))

/** Reads the body of a request, where nothing stands for a message without fields, and refuses fields that are not known. */
export const decode = (
  text: string,
  known: ReadonlyArray<string>,
  unknownFields: "reject" | "ignore" | undefined
): Either.Either<AnyMessage.AnyMessage, Status.Status> => {
  const json = parse(text)
  if (Either.isLeft(json) || !AnyMessage.isAnyMessage(json.right)) {
    return Either.left(invalidArgument([{ field: "body", description: "it is not a JSON object" }]))
  }
  const message = json.right
  const unknown = unknownFields === "ignore" ? [] : Object.keys(message).filter((key) => !known.includes(key))
  return unknown.length === 0
    ? Either.right(message)
    : Either.left(
        invalidArgument(unknown.map((field) => ({ field: field.toWellFormed(), description: "no such field" })))
      )
}
