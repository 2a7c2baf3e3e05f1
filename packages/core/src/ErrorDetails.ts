/**
 * The ten detail messages of google/rpc/error_details.proto, and the ones nobody has heard of.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import type * as EffectDuration from "effect/Duration"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AnyMessage from "./AnyMessage.js"
import * as ProtoJson from "./ProtoJson.js"

// An absent field and a `null` both mean the default in ProtoJSON.
const text = Schema.optionalWith(Schema.String, { default: () => "", nullable: true })
const texts = Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), {
  default: () => ({}),
  nullable: true
})
const list = <A, I>(item: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.Array(item), { default: () => [], nullable: true })

/**
 * Why a request failed, in a form for programs: `reason` is unique within `domain`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorInfo = Schema.Struct({ reason: text, domain: text, metadata: texts })

/**
 * Wait at least `retryDelay` before trying again.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RetryInfo = Schema.Struct({
  retryDelay: Schema.optionalWith(ProtoJson.Duration, {
    default: () => ({ seconds: 0, nanos: 0 }),
    nullable: true
  })
})

/**
 * Where on the server it happened.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DebugInfo = Schema.Struct({ stackEntries: list(Schema.String), detail: text })

/**
 * Which quotas were exceeded.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QuotaFailure = Schema.Struct({
  violations: list(
    Schema.Struct({
      subject: text,
      description: text,
      apiService: text,
      quotaMetric: text,
      quotaId: text,
      quotaDimensions: texts,
      quotaValue: Schema.optionalWith(ProtoJson.Int64, { default: () => 0n, nullable: true }),
      futureQuotaValue: Schema.optionalWith(ProtoJson.Int64, { as: "Option", nullable: true })
    })
  )
})

/**
 * Which preconditions were not met.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PreconditionFailure = Schema.Struct({
  violations: list(Schema.Struct({ type: text, subject: text, description: text }))
})

/**
 * A message for the end user, in the language of `locale` (BCP 47).
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocalizedMessage = Schema.Struct({ locale: text, message: text })

/**
 * Which fields of the request were wrong.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BadRequest = Schema.Struct({
  fieldViolations: list(
    Schema.Struct({
      field: text,
      description: text,
      reason: text,
      localizedMessage: Schema.optionalWith(LocalizedMessage, { as: "Option", nullable: true })
    })
  )
})

/**
 * What to quote when the failure is reported to the service's owner.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestInfo = Schema.Struct({ requestId: text, servingData: text })

/**
 * Which resource was accessed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResourceInfo = Schema.Struct({
  resourceType: text,
  resourceName: text,
  owner: text,
  description: text
})

/**
 * Where help is found.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Help = Schema.Struct({ links: list(Schema.Struct({ description: text, url: text })) })

const schemas = {
  ErrorInfo,
  RetryInfo,
  DebugInfo,
  QuotaFailure,
  PreconditionFailure,
  BadRequest,
  RequestInfo,
  ResourceInfo,
  Help,
  LocalizedMessage
}

type Schemas = typeof schemas

/**
 * One typed detail. `Unknown` keeps the message of a type that is not one of the ten, and of one that claims to be and
 * does not decode.
 *
 * @since 0.1.0
 * @category models
 */
export type ErrorDetail =
  | { readonly [K in keyof Schemas]: { readonly _tag: K } & Schemas[K]["Type"] }[keyof Schemas]
  | { readonly _tag: "Unknown"; readonly message: AnyMessage.AnyMessage }

/**
 * Picks one kind of detail out of the union by its tag.
 *
 * @since 0.1.0
 * @category models
 */
export type Of<Tag extends ErrorDetail["_tag"]> = Extract<ErrorDetail, { readonly _tag: Tag }>

/**
 * Types a detail by its `@type`. Total: what it cannot type it keeps as `Unknown`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (message: AnyMessage.AnyMessage): ErrorDetail => {
  const name = Option.getOrElse(AnyMessage.typeName(message), () => "")
  const decoder = name.startsWith(prefix) ? decoders.get(name.slice(prefix.length)) : undefined
  return decoder === undefined
    ? { _tag: "Unknown", message }
    : Option.getOrElse(decoder(message), (): ErrorDetail => ({ _tag: "Unknown", message }))
}

/**
 * Writes a detail as the message it came from, or would come from.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (detail: ErrorDetail): AnyMessage.AnyMessage => {
  switch (detail._tag) {
    case "Unknown":
      return detail.message
    case "ErrorInfo":
      return packed(ErrorInfo, detail)
    case "RetryInfo":
      return packed(RetryInfo, detail)
    case "DebugInfo":
      return packed(DebugInfo, detail)
    case "QuotaFailure":
      return packed(QuotaFailure, detail)
    case "PreconditionFailure":
      return packed(PreconditionFailure, detail)
    case "BadRequest":
      return packed(BadRequest, detail)
    case "RequestInfo":
      return packed(RequestInfo, detail)
    case "ResourceInfo":
      return packed(ResourceInfo, detail)
    case "Help":
      return packed(Help, detail)
    case "LocalizedMessage":
      return packed(LocalizedMessage, detail)
  }
}

/**
 * The message of an ErrorInfo, ready for `Status.details`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const errorInfo = (options: {
  readonly reason: string
  readonly domain: string
  readonly metadata?: { readonly [key: string]: string } | undefined
}): AnyMessage.AnyMessage =>
  AnyMessage.pack(`${prefix}ErrorInfo`, {
    reason: options.reason,
    domain: options.domain,
    metadata: options.metadata ?? {}
  })

/**
 * The message of a RetryInfo, ready for `Status.details`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const retryInfo = (delay: EffectDuration.DurationInput): AnyMessage.AnyMessage =>
  AnyMessage.pack(`${prefix}RetryInfo`, { retryDelay: ProtoJson.formatDuration(ProtoJson.durationFromEffect(delay)) })

/**
 * The message of a BadRequest that names fields and what is wrong with each, ready for `Status.details`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const badRequest = (
  violations: ReadonlyArray<{ readonly field: string; readonly description: string }>
): AnyMessage.AnyMessage =>
  encode({
    _tag: "BadRequest",
    fieldViolations: violations.map((violation) => ({
      reason: "",
      localizedMessage: Option.none(),
      ...violation
    }))
  })

/**
 * The first detail of a kind among messages.
 *
 * @since 0.1.0
 * @category getters
 */
export const find: {
  <const Tag extends ErrorDetail["_tag"]>(
    tag: Tag
  ): (messages: ReadonlyArray<AnyMessage.AnyMessage>) => Option.Option<Of<Tag>>
  <const Tag extends ErrorDetail["_tag"]>(
    messages: ReadonlyArray<AnyMessage.AnyMessage>,
    tag: Tag
  ): Option.Option<Of<Tag>>
} = dual(
  2,
  <const Tag extends ErrorDetail["_tag"]>(
    messages: ReadonlyArray<AnyMessage.AnyMessage>,
    tag: Tag
  ): Option.Option<Of<Tag>> =>
    Arr.findFirst(Arr.map(messages, decode), (detail): detail is Of<Tag> => detail._tag === tag)
)

// The two that decide what is done next are read without the schemas, which a program has no need of for that.

/**
 * The reasons that the ErrorInfos among messages give; none of them is empty.
 *
 * @since 0.1.0
 * @category getters
 */
export const reasons = (messages: ReadonlyArray<AnyMessage.AnyMessage>): ReadonlyArray<string> =>
  messages.flatMap((message) => {
    const reason = AnyMessage.hasType(message, `${prefix}ErrorInfo`) ? message["reason"] : undefined
    return typeof reason === "string" && reason !== "" ? [reason] : []
  })

/**
 * The reasons by which Google's older APIs tell of a rate limit, with PERMISSION_DENIED.
 *
 * @since 0.1.0
 * @category constants
 */
export const legacyRateLimits: ReadonlySet<string> = new Set(["rateLimitExceeded", "userRateLimitExceeded"])

/**
 * The first of the {@link reasons}.
 *
 * @since 0.1.0
 * @category getters
 */
export const reason = (messages: ReadonlyArray<AnyMessage.AnyMessage>): Option.Option<string> =>
  Arr.head(reasons(messages))

/**
 * The delay that a RetryInfo among messages asks for.
 *
 * @since 0.1.0
 * @category getters
 */
export const retryDelay = (messages: ReadonlyArray<AnyMessage.AnyMessage>): Option.Option<EffectDuration.Duration> =>
  Arr.findFirst(messages, (message) => {
    if (!AnyMessage.hasType(message, `${prefix}RetryInfo`)) return Option.none()
    const delay = message["retryDelay"] ?? "0s"
    return typeof delay === "string"
      ? Option.map(ProtoJson.parseDuration(delay), ProtoJson.durationToEffect)
      : Option.none()
  })

const prefix = "google.rpc."

const decoder = <K extends keyof Schemas>(
  tag: K,
  schema: Schema.Schema<Schemas[K]["Type"], Schemas[K]["Encoded"]>
): readonly [K, (message: AnyMessage.AnyMessage) => Option.Option<{ readonly _tag: K } & Schemas[K]["Type"]>] => {
  const decodeOption = Schema.decodeUnknownEither(schema)
  return [tag, (message) => Option.map(Either.getRight(decodeOption(message)), (fields) => ({ _tag: tag, ...fields }))]
}

const decoders: ReadonlyMap<string, (message: AnyMessage.AnyMessage) => Option.Option<ErrorDetail>> = new Map<
  string,
  (message: AnyMessage.AnyMessage) => Option.Option<ErrorDetail>
>([
  decoder("ErrorInfo", ErrorInfo),
  decoder("RetryInfo", RetryInfo),
  decoder("DebugInfo", DebugInfo),
  decoder("QuotaFailure", QuotaFailure),
  decoder("PreconditionFailure", PreconditionFailure),
  decoder("BadRequest", BadRequest),
  decoder("RequestInfo", RequestInfo),
  decoder("ResourceInfo", ResourceInfo),
  decoder("Help", Help),
  decoder("LocalizedMessage", LocalizedMessage)
])

const packed = <A extends { readonly _tag: string }, I extends { readonly [K in keyof I]: unknown }>(
  schema: Schema.Schema<Omit<A, "_tag">, I>,
  detail: A
): AnyMessage.AnyMessage => AnyMessage.pack(prefix + detail._tag, { ...Schema.encodeSync(schema)(detail) })
