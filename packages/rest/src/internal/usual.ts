import * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Operation from "@effect-lro/core/Operation"
import type * as ListOperations from "../ListOperations.js"

/**
 * Whether it is an operation as almost all are, which is then one by its schema too. The schema has the last word on all
 * others, and costs several times as much.
 */
export const isOperation = (json: unknown): json is Operation.Wire =>
  AnyMessage.isAnyMessage(json) &&
  typeof json["name"] === "string" &&
  (json["done"] === undefined || typeof json["done"] === "boolean") &&
  isObjectOrAbsent(json["metadata"]) &&
  isObjectOrAbsent(json["response"]) &&
  (json["error"] === undefined || isStatus(json["error"]))

/** The same of a page. */
export const isPage = (json: unknown): json is ListOperations.Wire =>
  AnyMessage.isAnyMessage(json) &&
  Array.isArray(json["operations"]) &&
  json["operations"].every(isOperation) &&
  (json["nextPageToken"] === undefined || typeof json["nextPageToken"] === "string") &&
  json["unreachable"] === undefined

const isObjectOrAbsent = (json: unknown): boolean => json === undefined || AnyMessage.isAnyMessage(json)

const isStatus = (json: unknown): boolean =>
  AnyMessage.isAnyMessage(json) &&
  Number.isSafeInteger(json["code"]) &&
  typeof json["message"] === "string" &&
  json["details"] === undefined
