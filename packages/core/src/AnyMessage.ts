/**
 * `google.protobuf.Any` in ProtoJSON: an object that names its type in `@type` and is kept as it came.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * A message of any type, its JSON untouched. `@type` is expected but not required: a service that forgets it must not
 * break a poll.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyMessage {
  readonly [key: string]: unknown
}

/**
 * Says whether a value is a JSON object.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isAnyMessage = (u: unknown): u is AnyMessage => Predicate.isReadonlyRecord(u) && !Array.isArray(u)

/**
 * Accepts every JSON object and hands it on as the same reference, so that unknown types and members survive.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AnyMessage: Schema.Schema<AnyMessage> = Schema.declare(isAnyMessage, {
  identifier: "AnyMessage",
  description: "a JSON object with an @type",
  arbitrary: () => (fc) =>
    fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.nat())).map((fields) => pack("Unheard.Of", fields))
})

/**
 * The prefix of type URLs of Google's own messages.
 *
 * @since 0.1.0
 * @category constants
 */
export const typeUrlPrefix = "type.googleapis.com/"

/**
 * Makes a message: `pack("google.protobuf.Empty", {})` has the `@type` `type.googleapis.com/google.protobuf.Empty`.
 * A name that contains a `/` is taken as the whole type URL.
 *
 * @since 0.1.0
 * @category constructors
 */
export const pack = (type: string, fields: { readonly [key: string]: unknown }): AnyMessage => ({
  "@type": type.includes("/") ? type : typeUrlPrefix + type,
  ...fields
})

/**
 * `google.protobuf.Empty`: the response of an operation whose success has nothing to tell.
 *
 * @since 0.1.0
 * @category constants
 */
export const empty: AnyMessage = pack("google.protobuf.Empty", {})

/**
 * The `@type` as it stands, where there is one.
 *
 * @since 0.1.0
 * @category getters
 */
export const typeUrl = (message: AnyMessage): Option.Option<string> => {
  const url = message["@type"]
  return typeof url === "string" ? Option.some(url) : Option.none()
}

/**
 * The full name of the message type: what follows the last `/` of `@type`.
 *
 * @since 0.1.0
 * @category getters
 */
export const typeName = (message: AnyMessage): Option.Option<string> =>
  Option.map(typeUrl(message), (url) => url.slice(url.lastIndexOf("/") + 1))

/**
 * Says whether a message is of the type with this full name, such as `google.rpc.ErrorInfo`, whatever host its type
 * URL names.
 *
 * @since 0.1.0
 * @category getters
 */
export const hasType: {
  (name: string): (message: AnyMessage) => boolean
  (message: AnyMessage, name: string): boolean
} = dual(2, (message: AnyMessage, name: string): boolean => {
  const url = message["@type"]
  return typeof url === "string" && url.slice(url.lastIndexOf("/") + 1) === name
})
