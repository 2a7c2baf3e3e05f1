/**
 * Filters of lists as AIP-160 has them: text, its meaning as a value, and the test it stands for.
 *
 * It is a subset: no functions, no indexes, 2,048 characters and 32 levels at most. `OR` binds tighter than `AND`.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as parser from "./internal/filterParser.js"
import * as predicate from "./internal/filterPredicate.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/core/Filter/FilterError"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/core/Filter/FilterError"

/**
 * What a filter asks for. `And` of nothing is true of everything; `And` and `Or` are never directly in themselves.
 *
 * @since 0.1.0
 * @category models
 */
export type Filter = And | Or | Not | Restriction | Literal

/**
 * True where all operands are.
 *
 * @since 0.1.0
 * @category models
 */
export interface And {
  readonly _tag: "And"
  readonly operands: ReadonlyArray<Filter>
}

/**
 * True where one operand is; it has two at least.
 *
 * @since 0.1.0
 * @category models
 */
export interface Or {
  readonly _tag: "Or"
  readonly operands: ReadonlyArray<Filter>
}

/**
 * True where its operand is not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Not {
  readonly _tag: "Not"
  readonly operand: Filter
}

/**
 * Compares a field with a value: `metadata.rows > 10`. `f = (a OR b)` becomes `f = a OR f = b`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restriction {
  readonly _tag: "Restriction"
  readonly path: ReadonlyArray<string>
  readonly operator: Operator
  readonly value: Value
  /** Where it begins in the text, from 0. */
  readonly position: number
}

/**
 * Looks for a word anywhere: true where any text of the resource contains it, whatever its case.
 *
 * @since 0.1.0
 * @category models
 */
export interface Literal {
  readonly _tag: "Literal"
  readonly value: Value
  /** Where it begins in the text, from 0. */
  readonly position: number
}

/**
 * `:` is "has": it finds a part of a text, an element of a list, a member of a message; `field:*` is true where the field
 * says something.
 *
 * @since 0.1.0
 * @category models
 */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"

/**
 * A value as it was written. Only text in quotes is text for sure; `true` without them is also a truth value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Value {
  readonly text: string
  readonly isQuoted: boolean
}

/**
 * What kind of field a path leads to. `json` is whatever JSON is there, down to every depth.
 *
 * @since 0.1.0
 * @category models
 */
export type Field =
  | { readonly _tag: "text" | "flag" | "number" | "time" | "json" }
  | { readonly _tag: "enum"; readonly values: ReadonlyArray<string> }
  | { readonly _tag: "message"; readonly fields: Fields }

/**
 * The fields that may be filtered by, by their names in camelCase; snake_case is understood as well.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fields {
  readonly [name: string]: Field
}

/**
 * A resource in the form that filters look at: ProtoJSON, absent fields undefined or null.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resource {
  readonly [name: string]: unknown
}

/**
 * A filter that cannot be used, which is INVALID_ARGUMENT to who sent it: it is no filter (`Syntax`), it uses what is not
 * supported (`Unsupported`), names a field that does not exist (`UnknownField`), compares it with what it cannot be
 * (`WrongValue`), or is too long or too deep (`TooComplex`).
 *
 * @since 0.1.0
 * @category errors
 */
export class FilterError extends Schema.TaggedError<FilterError>("@effect-lro/core/Filter/FilterError")("FilterError", {
  reason: Schema.Literal("Syntax", "Unsupported", "UnknownField", "WrongValue", "TooComplex"),
  /** Where in the text, from 0. */
  position: Schema.Number,
  problem: Schema.String
}) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return `invalid filter, at ${this.position}: ${this.problem}`
  }
}

/**
 * Says whether a value is the error of a filter.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isFilterError = (u: unknown): u is FilterError => Predicate.hasProperty(u, TypeId)

/**
 * The longest text that is read as a filter, in characters.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxLength = parser.maxLength

/**
 * How deep parentheses and negations may be nested.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxDepth = parser.maxDepth

/**
 * The filter of everything, which is what an empty text means.
 *
 * @since 0.1.0
 * @category constants
 */
export const everything: Filter = { _tag: "And", operands: [] }

/**
 * All of the filters at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const and = (operands: ReadonlyArray<Filter>): Filter => parser.and(operands)

/**
 * Reads a filter.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as Filter from "@effect-lro/core/Filter"
 * import * as Either from "effect/Either"
 *
 * const filter = Filter.parse('done = false AND metadata.state = "RUNNING" OR metadata.state = "PENDING"')
 *
 * console.log(Either.isRight(filter)) // true
 * ```
 */
export const parse = (text: string): Either.Either<Filter, FilterError> =>
  Either.mapLeft(parser.parse(text), (problem) => new FilterError(problem))

/**
 * Writes a filter so that it reads as the same again.
 *
 * @since 0.1.0
 * @category conversions
 */
export const print = (filter: Filter): string => parser.print(filter)

/**
 * Makes the test that a filter stands for, over resources with these fields. Fails where it names others, or compares one
 * with what it cannot be.
 *
 * An absent message on the way makes a restriction false, `!=` as well (AIP-160); an absent scalar at its end is its default.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as Filter from "@effect-lro/core/Filter"
 * import * as Either from "effect/Either"
 *
 * const test = Filter.parse("metadata.rows > 10").pipe(
 *   Either.flatMap((filter) => Filter.compile(filter, { metadata: { _tag: "json" } })),
 *   Either.getOrThrow
 * )
 *
 * console.log(test({ metadata: { rows: 12 } })) // true
 * ```
 */
export const compile = (filter: Filter, fields: Fields): Either.Either<(resource: Resource) => boolean, FilterError> =>
  Either.mapLeft(predicate.compile(filter, fields), (problem) => new FilterError(problem))

/**
 * The field that a restriction begins with, by its name in {@link Fields}, however it is written in the filter.
 *
 * @since 0.1.0
 * @category getters
 */
export const fieldOf = ({ path }: Restriction): string => predicate.camelCase(path[0] ?? "")

/**
 * What a filter asks for at least of the fields that `knows` says yes to: whatever the filter accepts, this accepts. It is
 * what may be left to a store that knows only some of the fields.
 *
 * @since 0.1.0
 * @category combinators
 */
export const project = (filter: Filter, knows: (restriction: Restriction) => boolean): Filter => {
  const isKnown = (part: Filter): boolean => {
    switch (part._tag) {
      case "And":
      case "Or":
        return part.operands.every(isKnown)
      case "Not":
        return isKnown(part.operand)
      case "Restriction":
        return knows(part)
      case "Literal":
        return false
    }
  }
  return and((filter._tag === "And" ? filter.operands : [filter]).filter(isKnown))
}
