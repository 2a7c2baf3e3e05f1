/**
 * `google.longrunning.Operation`: what stands on the wire, and what it means.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AnyMessage from "./AnyMessage.js"
import * as Code from "./Code.js"
import * as Status from "./Status.js"

/**
 * An operation on the wire. Everything may be absent or `null`: `name` is empty in the answer to a request that only
 * validates (AIP-151), `done` is left out while it is false, and some services are done with neither result.
 *
 * @since 0.1.0
 * @category models
 */
export interface Wire {
  readonly name?: string | null | undefined
  readonly metadata?: AnyMessage.AnyMessage | null | undefined
  readonly done?: boolean | null | undefined
  readonly error?: Status.Wire | null | undefined
  readonly response?: AnyMessage.AnyMessage | null | undefined
}

/**
 * The schema of the wire form. It transforms nothing and copies neither metadata nor response, so that it is cheap at
 * every poll; members it does not know are ignored.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Wire: Schema.Schema<Wire> = Schema.Struct({
  name: Schema.optional(Schema.NullOr(Schema.String)),
  metadata: Schema.optional(Schema.NullOr(AnyMessage.AnyMessage)),
  done: Schema.optional(Schema.NullOr(Schema.Boolean)),
  error: Schema.optional(Schema.NullOr(Status.Wire)),
  response: Schema.optional(Schema.NullOr(AnyMessage.AnyMessage))
}).annotations({ identifier: "OperationWire" })

/**
 * Not done. What it was asked to do may still end in any way, also after a cancel that the server accepted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Running"
  readonly name: string
  readonly metadata: Option.Option<M>
}

/**
 * Done, with a response.
 *
 * @since 0.1.0
 * @category models
 */
export interface Succeeded<out M = AnyMessage.AnyMessage, out R = AnyMessage.AnyMessage> {
  readonly _tag: "Succeeded"
  readonly name: string
  readonly metadata: Option.Option<M>
  readonly response: R
}

/**
 * Done, with an error other than CANCELLED.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failed<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Failed"
  readonly name: string
  readonly metadata: Option.Option<M>
  readonly error: Status.Status
}

/**
 * Done, with `error.code` 1: it was cancelled, and it is over.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cancelled<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Cancelled"
  readonly name: string
  readonly metadata: Option.Option<M>
  readonly error: Status.Status
}

/**
 * Done, with neither error nor response, as some services end.
 *
 * @since 0.1.0
 * @category models
 */
export interface DoneWithoutResult<out M = AnyMessage.AnyMessage> {
  readonly _tag: "DoneWithoutResult"
  readonly name: string
  readonly metadata: Option.Option<M>
}

/**
 * The ways to be done.
 *
 * @since 0.1.0
 * @category models
 */
export type Done<M = AnyMessage.AnyMessage, R = AnyMessage.AnyMessage> =
  | Succeeded<M, R>
  | Failed<M>
  | Cancelled<M>
  | DoneWithoutResult<M>

/**
 * What an operation means: a closed union, so that no state goes unhandled.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation<M = AnyMessage.AnyMessage, R = AnyMessage.AnyMessage> = Running<M> | Done<M, R>

/**
 * What every operation has. Without metadata where none is given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<M = AnyMessage.AnyMessage> {
  readonly name: string
  readonly metadata?: M | undefined
}

/**
 * An operation that is not done.
 *
 * @since 0.1.0
 * @category constructors
 */
export const running = <M = AnyMessage.AnyMessage>(options: Options<M>): Running<M> => ({
  _tag: "Running",
  name: options.name,
  metadata: present(options.metadata)
})

/**
 * An operation that is done with a response.
 *
 * @since 0.1.0
 * @category constructors
 */
export const succeeded = <M = AnyMessage.AnyMessage, R = AnyMessage.AnyMessage>(
  options: Options<M> & { readonly response: R }
): Succeeded<M, R> => ({
  _tag: "Succeeded",
  name: options.name,
  metadata: present(options.metadata),
  response: options.response
})

/**
 * An operation that is done with an error: cancelled where the error's code is 1, else failed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ended = <M = AnyMessage.AnyMessage>(
  options: Options<M> & { readonly error: Status.Status }
): Failed<M> | Cancelled<M> => ({
  _tag: endOf(options.error),
  name: options.name,
  metadata: present(options.metadata),
  error: options.error
})

/**
 * An operation that is done with neither error nor response.
 *
 * @since 0.1.0
 * @category constructors
 */
export const doneWithoutResult = <M = AnyMessage.AnyMessage>(options: Options<M>): DoneWithoutResult<M> => ({
  _tag: "DoneWithoutResult",
  name: options.name,
  metadata: present(options.metadata)
})

/**
 * Says whether an operation is over. Once it is, it does not change any more.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isDone = <M, R>(operation: Operation<M, R>): operation is Done<M, R> => operation._tag !== "Running"

/**
 * Says what a wire form means. Total, and the one place that knows these rules:
 *
 * - `done` alone decides whether it is over; a result beside `done: false` is not believed yet.
 * - `error` wins over `response`, should a server send both; an operation with an `error` is never taken for a success,
 *   not even where its code says OK.
 * - `error.code` 1 is CANCELLED, every other number is a failure.
 * - neither of the two is `DoneWithoutResult`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromWire = (wire: Wire): Operation => {
  // Each object is written out: to spread the common members into it takes fifty times as long.
  const name = wire.name ?? ""
  const metadata = Option.fromNullable(wire.metadata)
  if (wire.done !== true) return { _tag: "Running", name, metadata }
  if (wire.error !== undefined && wire.error !== null) {
    const error = Status.fromWire(wire.error)
    return { _tag: endOf(error), name, metadata, error }
  }
  if (wire.response !== undefined && wire.response !== null) {
    return { _tag: "Succeeded", name, metadata, response: wire.response }
  }
  return { _tag: "DoneWithoutResult", name, metadata }
}

/**
 * Writes an operation as ProtoJSON: what has its default is left out.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toWire = (operation: Operation): Wire => {
  const head = {
    ...(operation.name === "" ? {} : { name: operation.name }),
    ...(Option.isNone(operation.metadata) ? {} : { metadata: operation.metadata.value })
  }
  switch (operation._tag) {
    case "Running":
      return head
    case "Succeeded":
      return { ...head, done: true, response: operation.response }
    case "Failed":
    case "Cancelled":
      return { ...head, done: true, error: Status.toWire(operation.error) }
    case "DoneWithoutResult":
      return { ...head, done: true }
  }
}

const head = { name: Schema.String, metadata: Schema.OptionFromSelf(AnyMessage.AnyMessage) }
const error = Schema.typeSchema(Status.Status)

const Meaning = Schema.Union(
  Schema.TaggedStruct("Running", head),
  Schema.TaggedStruct("Succeeded", { ...head, response: AnyMessage.AnyMessage }),
  Schema.TaggedStruct("Failed", { ...head, error }),
  Schema.TaggedStruct("Cancelled", { ...head, error }),
  Schema.TaggedStruct("DoneWithoutResult", head)
)

/**
 * The schema from the wire form to its meaning and back. Decoding fails only where the JSON is not of the wire's shape.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Operation: Schema.Schema<Operation, Wire> = Schema.transform(Wire, Meaning, {
  strict: true,
  decode: fromWire,
  encode: toWire
}).annotations({ identifier: "Operation" })

/**
 * The schema of an operation that is done, from the wire form and back. One that still runs does not decode.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Done: Schema.Schema<Done, Wire> = Operation.pipe(
  Schema.filter((operation): operation is Done => isDone(operation), { message: () => "the operation is not done" })
)

const cancelledCode = Code.toNumber("CANCELLED")

const endOf = (error: Status.Status): "Cancelled" | "Failed" => (error.code === cancelledCode ? "Cancelled" : "Failed")

const present = <M>(metadata: M | undefined): Option.Option<M> =>
  metadata === undefined ? Option.none() : Option.some(metadata)
