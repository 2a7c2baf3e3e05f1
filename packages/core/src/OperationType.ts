/**
 * The kind of an operation as a value: which messages its metadata and its response are, and how they decode.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AnyMessage from "./AnyMessage.js"
import * as Operation from "./Operation.js"

/**
 * A message of the expected type, decoded. The message itself is kept, so that it can be written down again as it came,
 * with what this version does not know of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Known<out A> {
  readonly _tag: "Known"
  readonly value: A
  readonly message: AnyMessage.AnyMessage
}

/**
 * A message that is of another type than expected, or that claims to be of it and does not decode. It is kept as it came
 * and breaks nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unknown {
  readonly _tag: "Unknown"
  readonly message: AnyMessage.AnyMessage
  readonly reason: string
}

/**
 * What an Any turned out to be.
 *
 * @since 0.1.0
 * @category models
 */
export type Message<A> = Known<A> | Unknown

/**
 * How messages of one type are recognised and decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface MessageType<out A> {
  /** For people: the name of the message, such as `google.earthengine.v1.OperationMetadata`. */
  readonly typeName: string
  readonly decode: (message: AnyMessage.AnyMessage) => Message<A>
}

/**
 * A kind of operation with metadata `M` and response `R`.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationType<out M, out R> {
  readonly metadata: MessageType<M>
  readonly response: MessageType<R>
  /** Types the metadata and the response of an operation. Total: what does not decode is `Unknown`. */
  readonly decode: (operation: Operation.Operation) => Operation.Operation<Message<M>, Message<R>>
  /** The same for an operation that is not done. */
  readonly decodeRunning: (operation: Operation.Running) => Operation.Running<Message<M>>
  /** The same for an operation that is done. */
  readonly decodeDone: (operation: Operation.Done) => Operation.Done<Message<M>, Message<R>>
}

/**
 * The metadata that operations of a type have.
 *
 * @since 0.1.0
 * @category models
 */
export type Metadata<T> = T extends OperationType<infer M, infer _> ? M : never

/**
 * The response that operations of a type have.
 *
 * @since 0.1.0
 * @category models
 */
export type Response<T> = T extends OperationType<infer _, infer R> ? R : never

/**
 * Messages whose full type name is `typeName`, or is accepted by `matches`, decoded by `schema` from their JSON without
 * the `@type`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const message = <A, I>(options: {
  readonly typeName: string
  /** Which full names are accepted. Only `typeName` by default; services exist that change it with their version. */
  readonly matches?: ((typeName: string) => boolean) | undefined
  readonly schema: Schema.Schema<A, I>
}): MessageType<A> => {
  const matches = options.matches ?? ((typeName: string) => typeName === options.typeName)
  const decode = Schema.decodeUnknownEither(options.schema)
  return {
    typeName: options.typeName,
    decode: (any) => {
      const typeName = Option.getOrElse(AnyMessage.typeName(any), () => "")
      if (!matches(typeName)) {
        return { _tag: "Unknown", message: any, reason: `it is ${typeName || "of no type"}, not ${options.typeName}` }
      }
      const { "@type": _, ...fields } = any
      return Either.match(decode(fields), {
        onLeft: (error) => ({
          _tag: "Unknown",
          message: any,
          reason: ParseResult.TreeFormatter.formatErrorSync(error)
        }),
        onRight: (value) => ({ _tag: "Known", value, message: any })
      })
    }
  }
}

/**
 * `google.protobuf.Empty`, which tells nothing.
 *
 * @since 0.1.0
 * @category constants
 */
export const empty: MessageType<{}> = message({ typeName: "google.protobuf.Empty", schema: Schema.Struct({}) })

/**
 * Any message, as it came.
 *
 * @since 0.1.0
 * @category constants
 */
export const anything: MessageType<AnyMessage.AnyMessage> = {
  typeName: "any message",
  decode: (message) => ({ _tag: "Known", value: message, message })
}

/**
 * Makes a kind of operation.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as OperationType from "@effect-lro/core/OperationType"
 * import * as Poller from "@effect-lro/core/Poller"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const Import = OperationType.make({
 *   metadata: OperationType.message({
 *     typeName: "example.v1.ImportMetadata",
 *     schema: Schema.Struct({ rows: Schema.optional(Schema.Number) })
 *   }),
 *   response: OperationType.empty
 * })
 *
 * export const program = Effect.gen(function* () {
 *   const done = yield* Poller.awaitDone("projects/demo/operations/ABC", { type: Import })
 *   return OperationType.metadata(done) // Option<{ readonly rows?: number }>
 * })
 * ```
 */
export const make = <M, R>(options: {
  /** `anything` leaves it as it comes. */
  readonly metadata: MessageType<M>
  /** `anything` leaves it as it comes. */
  readonly response: MessageType<R>
}): OperationType<M, R> => {
  const decodeRunning: OperationType<M, R>["decodeRunning"] = (operation) => ({
    ...operation,
    metadata: Option.map(operation.metadata, options.metadata.decode)
  })
  const decodeDone: OperationType<M, R>["decodeDone"] = (operation) => {
    const metadata = Option.map(operation.metadata, options.metadata.decode)
    return operation._tag === "Succeeded"
      ? { ...operation, metadata, response: options.response.decode(operation.response) }
      : { ...operation, metadata }
  }
  return {
    metadata: options.metadata,
    response: options.response,
    decodeRunning,
    decodeDone,
    decode: (operation) => (operation._tag === "Running" ? decodeRunning(operation) : decodeDone(operation))
  }
}

/**
 * The schema of a done operation of a type, from the wire form and back. It keeps everything that came, so that what one
 * process writes down another reads as if it had seen the operation itself.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Done = <M, R>(
  type: OperationType<M, R>
): Schema.Schema<Operation.Done<Message<M>, Message<R>>, Operation.Wire> =>
  Schema.transform(Operation.Done, Schema.declare(isDone<Message<M>, Message<R>>), {
    strict: true,
    decode: type.decodeDone,
    encode: (operation) => {
      const metadata = Option.map(operation.metadata, (message) => message.message)
      return operation._tag === "Succeeded"
        ? { ...operation, metadata, response: operation.response.message }
        : { ...operation, metadata }
    }
  })

/**
 * The metadata of an operation, where it is there and of the expected type.
 *
 * @since 0.1.0
 * @category getters
 */
export const metadata = <M, R>(operation: Operation.Operation<Message<M>, R>): Option.Option<M> =>
  Option.flatMap(operation.metadata, value)

/**
 * The response of an operation, where it succeeded with one of the expected type.
 *
 * @since 0.1.0
 * @category getters
 */
export const response = <M, R>(operation: Operation.Operation<M, Message<R>>): Option.Option<R> =>
  operation._tag === "Succeeded" ? value(operation.response) : Option.none()

/**
 * The value of a message that is known.
 *
 * @since 0.1.0
 * @category getters
 */
export const value = <A>(message: Message<A>): Option.Option<A> =>
  message._tag === "Known" ? Option.some(message.value) : Option.none()

const doneTags: ReadonlyArray<Operation.Done["_tag"]> = ["Succeeded", "Failed", "Cancelled", "DoneWithoutResult"]

const isDone = <M, R>(u: unknown): u is Operation.Done<M, R> => doneTags.some((tag) => Predicate.isTagged(u, tag))
