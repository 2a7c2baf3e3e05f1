/**
 * Generators for property tests: what may come from a server, and what may come from a caller.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Code from "@effect-lro/core/Code"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as OperationsError from "@effect-lro/core/OperationsError"
import type * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as HostileNames from "./HostileNames.js"
import * as parts from "./internal/parts.js"

/**
 * Messages with an `@type`, of any JSON.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const anyMessage: FastCheck.Arbitrary<AnyMessage.AnyMessage> = Arbitrary.make(AnyMessage.AnyMessage)

/**
 * Metadata as services have it: with any of a state, progress, stages, times and the ways to say that a cancel was asked
 * for, each of which may be what nobody expects; and messages of any other JSON.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const metadata: FastCheck.Arbitrary<AnyMessage.AnyMessage> = FastCheck.oneof(
  {
    weight: 4,
    arbitrary: FastCheck.tuple(parts.typeName, parts.metadata).map(([typeName, fields]) =>
      AnyMessage.pack(typeName, fields)
    )
  },
  { weight: 1, arbitrary: anyMessage }
)

/**
 * Durations of ProtoJSON, of either sign and with any fraction.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const duration: FastCheck.Arbitrary<ProtoJson.Duration> = parts.duration

/**
 * Any of the ten details of google.rpc, and messages that are none of them.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const errorDetail: FastCheck.Arbitrary<ErrorDetails.ErrorDetail> = FastCheck.oneof(
  ...parts.known,
  anyMessage.map((message) => ({ _tag: "Unknown", message }) as const)
)

/**
 * Statuses of every code, also of numbers that google.rpc.Code does not define, with typed and untyped details.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const status: FastCheck.Arbitrary<Status.Status> = FastCheck.record({
  code: FastCheck.oneof(
    { weight: 4, arbitrary: FastCheck.integer({ min: 0, max: Code.codes.length - 1 }) },
    { weight: 1, arbitrary: FastCheck.integer({ min: -2_147_483_648, max: 2_147_483_647 }) }
  ),
  message: FastCheck.string(),
  details: FastCheck.array(FastCheck.oneof(errorDetail.map(ErrorDetails.encode), anyMessage), { maxLength: 3 })
})

/**
 * Names that a service gives, and unusual ones that are valid all the same (see `HostileNames.unusualIds`).
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const operationName: FastCheck.Arbitrary<OperationName.OperationName> = FastCheck.oneof(
  { weight: 2, arbitrary: Arbitrary.make(OperationName.OperationName) },
  {
    weight: 1,
    arbitrary: FastCheck.tuple(
      FastCheck.constantFrom("projects/demo", ...HostileNames.unusualParents.map((it) => it.name)),
      FastCheck.constantFrom(...HostileNames.unusualIds.map((it) => it.name)),
      FastCheck.stringMatching(/^[A-Z0-9]{0,8}$/)
    ).map(([parent, id, rest]) => `${parent}/operations/${id}${rest}`)
  }
).filter((name): name is OperationName.OperationName => isName(name))

/**
 * Names that must not be sent: those of `HostileNames.hostile`, and valid ones with something hostile put into them.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const hostileName: FastCheck.Arbitrary<string> = FastCheck.oneof(
  FastCheck.constantFrom(...HostileNames.hostile.map((it) => it.name)),
  FastCheck.tuple(
    operationName,
    FastCheck.nat(),
    FastCheck.constantFrom(
      "/../",
      "/./",
      "//",
      "/%2e%2E/",
      "/.%2e/",
      "\u0000",
      "\r\n",
      "\u001b",
      "\u009f",
      "\ud83d",
      "\udc00"
    )
  ).map(([name, at, poison]) => {
    const position = at % (name.length + 1)
    return name.slice(0, position) + poison + name.slice(position)
  })
).filter((name) => !isName(name))

/**
 * Operations in every state.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const operation: FastCheck.Arbitrary<Operation.Operation> = FastCheck.tuple(
  operationName,
  FastCheck.option(metadata, { nil: undefined }),
  parts.state,
  status,
  anyMessage
).map(([name, metadata, state, error, response]) => {
  switch (state) {
    case "Running":
      return Operation.running({ name, metadata })
    case "Succeeded":
      return Operation.succeeded({ name, metadata, response })
    case "Failed":
      return Operation.ended({ name, metadata, error: error.code === cancelled ? { ...error, code: 2 } : error })
    case "Cancelled":
      return Operation.ended({ name, metadata, error: { ...error, code: cancelled } })
    case "DoneWithoutResult":
      return Operation.doneWithoutResult({ name, metadata })
  }
})

/**
 * Operations as servers write them, badly too: members that are absent, null, or contradict each other.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const operationWire: FastCheck.Arbitrary<Operation.Wire> = FastCheck.oneof(
  operation.map(Operation.toWire),
  FastCheck.record(
    {
      name: FastCheck.option(FastCheck.oneof(operationName, FastCheck.constant("")), { nil: null }),
      metadata: FastCheck.option(metadata, { nil: null }),
      done: FastCheck.option(FastCheck.boolean(), { nil: null }),
      error: FastCheck.option(status.map(Status.toWire), { nil: null }),
      response: FastCheck.option(anyMessage, { nil: null })
    },
    { requiredKeys: [] }
  )
)

/**
 * Everything that a request can fail with.
 *
 * @since 0.1.0
 * @category arbitraries
 */
export const operationsError: FastCheck.Arbitrary<OperationsError.OperationsError> = FastCheck.oneof(
  {
    weight: 5,
    arbitrary: FastCheck.record(
      {
        operation: FastCheck.oneof(operationName, FastCheck.constant("")),
        method: parts.method,
        status,
        missing: FastCheck.constantFrom("operation" as const, "route" as const),
        httpStatus: FastCheck.integer({ min: 400, max: 599 }),
        retryAfter: FastCheck.integer({ min: 0, max: 86_400_000 }).map(Duration.millis)
      },
      { requiredKeys: ["operation", "method", "status"] }
    ).map(OperationsError.fromStatus)
  },
  FastCheck.record({
    operation: operationName,
    method: parts.method,
    reason: FastCheck.constantFrom("Connection" as const, "Timeout" as const, "Redirect" as const, "TooLarge" as const),
    description: FastCheck.string()
  }).map((fields) => new OperationsError.TransportError(fields)),
  FastCheck.record(
    {
      operation: operationName,
      method: parts.method,
      reason: FastCheck.string(),
      excerpt: FastCheck.string({ maxLength: 500 }),
      httpStatus: FastCheck.integer({ min: 200, max: 599 })
    },
    { requiredKeys: ["operation", "method", "reason", "excerpt"] }
  ).map((fields) => new OperationsError.MalformedResponse(fields)),
  FastCheck.record({ input: FastCheck.string(), reason: FastCheck.string() }).map(
    (fields) => new OperationsError.InvalidName(fields)
  )
)

const cancelled = Code.toNumber("CANCELLED")

const isName = (name: string): boolean => Either.isRight(OperationName.validate(name))
