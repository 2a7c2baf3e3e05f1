/**
 * `google.rpc.Status`: the error of a failed or cancelled operation, and of a refused request.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AnyMessage from "./AnyMessage.js"
import * as Code from "./Code.js"

/**
 * A status with its defaults filled in. `code` is the number of a `google.rpc.Code`, also one that this version does
 * not know.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly code: number
  readonly message: string
  readonly details: ReadonlyArray<AnyMessage.AnyMessage>
}

/**
 * A status on the wire, where ProtoJSON leaves out what has its default and allows `null` for what is unset.
 *
 * @since 0.1.0
 * @category models
 */
export interface Wire {
  readonly code?: number | null | undefined
  readonly message?: string | null | undefined
  readonly details?: ReadonlyArray<AnyMessage.AnyMessage> | null | undefined
}

/**
 * The schema of the wire form.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Wire: Schema.Schema<Wire> = Schema.Struct({
  code: Schema.optional(Schema.NullOr(Schema.Int)),
  message: Schema.optional(Schema.NullOr(Schema.String)),
  details: Schema.optional(Schema.NullOr(Schema.Array(AnyMessage.AnyMessage)))
})

/**
 * The schema from the wire form to a status and back; defaults are left out again when it encodes.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Status: Schema.Schema<Status, Wire> = Schema.transform(
  Wire,
  Schema.Struct({
    code: Schema.Int,
    message: Schema.String,
    details: Schema.Array(AnyMessage.AnyMessage)
  }),
  { strict: true, decode: (wire) => fromWire(wire), encode: (status) => toWire(status) }
)

/**
 * Makes a status; `message` and `details` are empty by default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly code: Code.Code | number
  readonly message?: string | undefined
  readonly details?: ReadonlyArray<AnyMessage.AnyMessage> | undefined
}): Status => ({
  code: typeof options.code === "number" ? options.code : Code.toNumber(options.code),
  message: options.message ?? "",
  details: options.details ?? []
})

/**
 * Fills in what ProtoJSON left out: an absent `code` is 0 (OK).
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromWire = (wire: Wire): Status => ({
  code: wire.code ?? 0,
  message: wire.message ?? "",
  details: wire.details ?? []
})

/**
 * Leaves out what has its default, as ProtoJSON asks.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toWire = (status: Status): Wire => ({
  ...(status.code === 0 ? {} : { code: status.code }),
  ...(status.message === "" ? {} : { message: status.message }),
  ...(status.details.length === 0 ? {} : { details: status.details })
})

/**
 * The name of the status' code; `UNKNOWN` for a number that `google.rpc.Code` does not define.
 *
 * @since 0.1.0
 * @category getters
 */
export const codeOf = (status: Status): Code.Code => Option.getOrElse(Code.fromNumber(status.code), () => "UNKNOWN")
