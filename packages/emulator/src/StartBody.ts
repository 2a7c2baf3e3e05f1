/**
 * The body of a request that starts an operation, checked as Google's servers check it: members that nobody knows and
 * values of the wrong type are refused, each by its name. Expressions are not evaluated.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/**
 * A request that was accepted.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartBody {
  /** Empty where the request has none. */
  readonly description: string
  readonly requestId: Option.Option<string>
  /** 100 where the request has none. */
  readonly priority: number
  /** The whole request with the names of ProtoJSON (lowerCamelCase), without what was `null`. */
  readonly message: AnyMessage.AnyMessage
}

/**
 * Checks a body. An empty one, and one without an expression, is accepted, because nothing here needs more.
 *
 * Fails with INVALID_ARGUMENT, whose `BadRequest` has one violation for each member that is unknown, of the wrong type
 * or out of its range.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (method: StartMethod.Any, body: unknown): Either.Either<StartBody, Status.Status> => {
  if (body === undefined || body === null) return Either.right(accepted({}))
  if (!AnyMessage.isAnyMessage(body)) {
    return Either.left(refused([{ field: "", description: "Invalid JSON payload received. Expected an object." }]))
  }
  const violations: Array<Violation> = []
  const message: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    const member = camelCase(name)
    const kind = Object.hasOwn(method.members, member) ? method.members[member] : undefined
    if (kind === undefined) {
      const description = `Invalid JSON payload received. Unknown name ${JSON.stringify(excerpt(name))}: Cannot find field.`
      violations.push({ field: excerpt(name), description })
    } else if (Object.hasOwn(message, member)) {
      violations.push({ field: member, description: "It is given twice, by both of its names." })
    } else if (value !== null) {
      const description = isOfKind(kind, value) ? whatIsWrong(member, value) : `Invalid value (${kind}).`
      if (description === undefined) message[member] = value
      else violations.push({ field: member, description })
    }
  }
  return violations.length === 0 ? Either.right(accepted(message)) : Either.left(refused(violations))
}

interface Violation {
  readonly field: string
  readonly description: string
}

const accepted = (message: AnyMessage.AnyMessage): StartBody => ({
  description: text(message["description"]),
  requestId: Option.filter(Option.some(text(message["requestId"])), (id) => id !== ""),
  priority: message["priority"] === undefined ? defaultPriority : Number(message["priority"]),
  message
})

const refused = (violations: ReadonlyArray<Violation>): Status.Status =>
  Status.make({
    code: "INVALID_ARGUMENT",
    message: violations
      .slice(0, maxShown)
      .map(({ description, field }) => (field === "" ? description : `${field}: ${description}`))
      .join("\n"),
    details: [ErrorDetails.badRequest(violations.slice(0, maxShown))]
  })

// A request with thousands of wrong members must not get an answer as long as itself.
const maxShown = 20

const defaultPriority = 100

const excerpt = (name: string): string => name.slice(0, 100)

const text = (value: unknown): string => (typeof value === "string" ? value : "")

// ProtoJSON takes a field's original name too.
const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const isOfKind = (kind: StartMethod.Kind, value: unknown): boolean => {
  switch (kind) {
    case "string":
      return typeof value === "string"
    case "strings":
      return Array.isArray(value) && value.every((element) => typeof element === "string")
    case "message":
      return AnyMessage.isAnyMessage(value)
    case "boolean":
      return typeof value === "boolean"
    case "int32":
      return isNumeric(value) && Number.isInteger(Number(value)) && Math.abs(Number(value)) < 2 ** 31
    case "int64":
      return (typeof value === "string" || typeof value === "number") && Option.isSome(ProtoJson.parseInt64(value))
    case "double":
      return isNumeric(value)
  }
}

// ProtoJSON takes numbers as strings too.
const isNumeric = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)))

const whatIsWrong = (member: string, value: unknown): string | undefined => {
  switch (member) {
    case "priority": {
      const { maximum, minimum } = StartMethod.priorityRange
      return Number(value) >= minimum && Number(value) <= maximum
        ? undefined
        : `A priority is between ${minimum} and ${maximum}.`
    }
    case "workloadTag":
      return value === "" || StartMethod.workloadTagPattern.test(text(value))
        ? undefined
        : "A workload tag is 1 to 63 of a-z, 0-9, - and _, beginning and ending with a letter or digit."
    default:
      return undefined
  }
}
