import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import * as Status from "../Status.js"

export const TypeId = "~@effect-lro/core/OperationsError"

export type TypeId = typeof TypeId

export const Method = Schema.Literal("get", "list", "cancel", "delete", "wait", "start")

export const answered = {
  operation: Schema.String,
  method: Method,
  status: Status.Status,
  httpStatus: Schema.optional(Schema.Int),
  retryAfter: Schema.optional(Schema.DurationFromMillis)
}

interface CodeErrorMembers extends Cause.YieldableError {
  readonly [TypeId]: TypeId
}

type Fields<Tag extends string, Extra extends Schema.Struct.Fields> = {
  readonly _tag: Schema.tag<Tag>
} & typeof answered &
  Extra

export interface CodeErrorClass<Self, Tag extends string, Extra extends Schema.Struct.Fields> extends Schema.Class<
  Self,
  Fields<Tag, Extra>,
  Schema.Struct.Encoded<Fields<Tag, Extra>>,
  Schema.Struct.Context<Fields<Tag, Extra>>,
  Schema.Struct.Constructor<Omit<Fields<Tag, Extra>, "_tag">>,
  {},
  CodeErrorMembers
> {
  readonly _tag: Tag
}

interface Answered extends Schema.Struct.Type<typeof answered> {}

/**
 * The class that the errors with a `Status` extend: their fields and `message` in one place.
 */
export const codeError =
  <Self>() =>
  <const Tag extends string, Extra extends Schema.Struct.Fields = {}>(
    tag: Tag,
    extra: Extra
  ): CodeErrorClass<Self, Tag, Extra> => {
    const fields: Schema.Struct.Fields = { ...answered, ...extra }
    // A class cannot extend one whose instances are a type parameter, so the members are put on its prototype, and this
    // one assertion says that they are there. `CodeErrorMembers` is what it is checked against.
    const Base = Schema.TaggedError<Answered>(`@effect-lro/core/OperationsError/${tag}`)(tag, fields)
    Object.defineProperties(Base.prototype, members)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    return Base as unknown as CodeErrorClass<Self, Tag, Extra>
  }

const members = {
  [TypeId]: { value: TypeId },
  message: {
    get(this: Answered): CodeErrorMembers["message"] {
      const said = this.status.message === "" ? Status.codeOf(this.status) : this.status.message
      return `${this.method} ${this.operation === "" ? "(no name)" : this.operation}: ${said}`
    }
  }
} satisfies {
  readonly [K in Exclude<keyof CodeErrorMembers, keyof Cause.YieldableError> | "message"]: PropertyDescriptor
}
