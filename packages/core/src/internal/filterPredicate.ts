import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Filter from "../Filter.js"
import * as ProtoJson from "../ProtoJson.js"
import type { Problem } from "./filterParser.js"

type Test = (resource: Filter.Resource) => boolean
/** A test of what a path leads to; `isDefault` says that it leads to a scalar that is not there. */
type LeafTest = (leaf: unknown, isDefault: boolean) => boolean
type Compiled<A> = Either.Either<A, Problem>

export const compile = (filter: Filter.Filter, fields: Filter.Fields): Compiled<Test> => {
  switch (filter._tag) {
    case "And":
      return Either.map(all(filter.operands, fields), (tests) => (resource) => tests.every((test) => test(resource)))
    case "Or":
      return Either.map(all(filter.operands, fields), (tests) => (resource) => tests.some((test) => test(resource)))
    case "Not":
      return Either.map(compile(filter.operand, fields), (test) => (resource) => !test(resource))
    case "Literal": {
      const word = filter.value.text.toLowerCase()
      return Either.right((resource) => mentions(resource, word))
    }
    case "Restriction":
      return restriction(filter, fields)
  }
}

const all = (filters: ReadonlyArray<Filter.Filter>, fields: Filter.Fields): Compiled<ReadonlyArray<Test>> =>
  Either.all(filters.map((filter) => compile(filter, fields)))

const restriction = (filter: Filter.Restriction, fields: Filter.Fields): Compiled<Test> =>
  Either.gen(function* () {
    const { field, path } = yield* resolve(filter, fields)
    const test = yield* leafTest(filter, field)
    const segments = path.map(spellings)
    return (resource) => follow(resource, segments, 0, filter.operator === ":", test)
  })

interface Resolved {
  /** In the spelling of the fields, as far as they are known. */
  readonly path: ReadonlyArray<string>
  readonly field: Filter.Field
}

const resolve = (filter: Filter.Restriction, fields: Filter.Fields): Compiled<Resolved> => {
  let field: Filter.Field = { _tag: "message", fields }
  const path: Array<string> = []
  for (const segment of filter.path) {
    if (field._tag === "json") {
      path.push(segment)
      continue
    }
    const members: Filter.Fields = field._tag === "message" ? field.fields : {}
    const name: string | undefined = spellings(segment).find((it) => Object.hasOwn(members, it))
    const member = name === undefined ? undefined : members[name]
    if (name === undefined || member === undefined) {
      return fail(filter, "UnknownField", `there is no field ${filter.path.join(".")}`)
    }
    path.push(name)
    field = member
  }
  return Either.right({ path, field })
}

/** Both ProtoJSON's names and the proto's are understood. */
const spellings = (name: string): ReadonlyArray<string> => {
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return [name, camelCase(name), snake]
}

/** The name in ProtoJSON of a field that may have been written as in the proto. */
export const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Each segment of the path in all its spellings. */
const follow = (
  value: unknown,
  path: ReadonlyArray<ReadonlyArray<string>>,
  index: number,
  isHas: boolean,
  test: LeafTest
): boolean => {
  const segment = path[index]
  if (segment === undefined) return test(value, false)
  // "Has" looks into each element of a list; other operators do not go through lists.
  if (Array.isArray(value)) return isHas && value.some((element) => follow(element, path, index, isHas, test))
  if (!Predicate.isReadonlyRecord(value)) return false
  const name = segment.find((it) => Object.hasOwn(value, it))
  const member = name === undefined ? undefined : value[name]
  const isLast = index === path.length - 1
  if (member === undefined || member === null) return isLast && test(undefined, true)
  return follow(member, path, index + 1, isHas, test)
}

const leafTest = (filter: Filter.Restriction, field: Filter.Field): Compiled<LeafTest> => {
  const { operator, value } = filter
  if (operator === ":" && value.text === "*" && !value.isQuoted) return Either.right((leaf) => isSet(leaf))
  switch (field._tag) {
    case "message":
      return operator === ":"
        ? Either.right(hasMember(value.text))
        : fail(filter, "WrongValue", `${filter.path.join(".")} is a message, which only ":" looks into`)
    case "json":
      return Either.right(jsonTest(operator, value))
    case "text":
      return Either.right(orDefault("", textTest(operator, value)))
    case "enum":
      if (!isEquality(operator)) return fail(filter, "WrongValue", `${filter.path.join(".")} has no order`)
      return field.values.includes(value.text)
        ? Either.right(equality(operator, (leaf) => leaf === value.text))
        : fail(filter, "WrongValue", `${filter.path.join(".")} is one of ${field.values.join(", ")}`)
    case "flag":
      if (!isEquality(operator)) return fail(filter, "WrongValue", `${filter.path.join(".")} has no order`)
      return value.text === "true" || value.text === "false"
        ? Either.right(
            orDefault(
              false,
              equality(operator, (leaf) => String(leaf) === value.text)
            )
          )
        : fail(filter, "WrongValue", `${filter.path.join(".")} is true or false`)
    case "number":
      return Option.match(toNumber(value.text), {
        onNone: () => fail(filter, "WrongValue", `${filter.path.join(".")} is a number`),
        onSome: (number) =>
          Either.right(orDefault(0, (leaf) => typeof leaf === "number" && ordered(operator, leaf - number)))
      })
    case "time":
      return Option.match(ProtoJson.parseTimestamp(value.text), {
        onNone: () => fail(filter, "WrongValue", `${filter.path.join(".")} is a time, such as "2026-01-31T12:00:00Z"`),
        onSome: (time) =>
          Either.right((leaf) =>
            typeof leaf === "string"
              ? Option.exists(ProtoJson.parseTimestamp(leaf), (other) => ordered(operator, distance(other, time)))
              : false
          )
      })
  }
}

const isEquality = (operator: Filter.Operator): boolean => operator === "=" || operator === "!=" || operator === ":"

const equality =
  (operator: Filter.Operator, test: (leaf: unknown) => boolean): LeafTest =>
  (leaf, isDefault) =>
    isDefault && leaf === undefined ? false : test(leaf) !== (operator === "!=")

/** An absent scalar is its default. */
const orDefault =
  (value: unknown, test: LeafTest): LeafTest =>
  (leaf, isDefault) =>
    test(isDefault ? value : leaf, false)

const ordered = (operator: Filter.Operator, difference: number): boolean => {
  switch (operator) {
    case "=":
    case ":":
      return difference === 0
    case "!=":
      return difference !== 0
    case "<":
      return difference < 0
    case "<=":
      return difference <= 0
    case ">":
      return difference > 0
    case ">=":
      return difference >= 0
  }
}

const textTest = (operator: Filter.Operator, value: Filter.Value): LeafTest => {
  const { text } = value
  if (operator === ":") {
    const part = text.toLowerCase()
    return (leaf) => typeof leaf === "string" && leaf.toLowerCase().includes(part)
  }
  if (operator === "=" || operator === "!=") {
    return equality(operator, (leaf) => typeof leaf === "string" && resembles(leaf, text))
  }
  return (leaf) => typeof leaf === "string" && ordered(operator, compareText(leaf, text))
}

/** With `*` at either end for anything. */
const resembles = (text: string, pattern: string): boolean => {
  const open = pattern.startsWith("*")
  const close = pattern.length > 1 && pattern.endsWith("*")
  const core = pattern.slice(open ? 1 : 0, close ? -1 : undefined)
  if (open && close) return text.includes(core)
  if (open) return text.endsWith(core)
  return close ? text.startsWith(core) : text === pattern
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What JSON is there decides how it compares: times and spans stand in it as text, and so do large numbers. */
const jsonTest = (operator: Filter.Operator, value: Filter.Value): LeafTest => {
  const number = Option.getOrUndefined(toNumber(value.text))
  const time = Option.getOrUndefined(ProtoJson.parseTimestamp(value.text))
  const span = Option.getOrUndefined(ProtoJson.parseDuration(value.text))
  const text = textTest(operator, value)
  const hasValue = hasMember(value.text)
  const scalar = (leaf: unknown): boolean => {
    if (typeof leaf === "number") return number !== undefined && ordered(operator, leaf - number)
    if (typeof leaf === "boolean") return isEquality(operator) && ordered(operator, String(leaf) === value.text ? 0 : 1)
    if (typeof leaf !== "string") return false
    if (operator === "=" || operator === "!=" || operator === ":") {
      const same = time === undefined ? Option.none() : ProtoJson.parseTimestamp(leaf)
      if (time !== undefined && Option.isSome(same)) return ordered(operator, distance(same.value, time))
      return text(leaf, false)
    }
    if (time !== undefined) {
      return Option.exists(ProtoJson.parseTimestamp(leaf), (other) => ordered(operator, distance(other, time)))
    }
    if (span !== undefined) {
      return Option.exists(ProtoJson.parseDuration(leaf), (other) => ordered(operator, distance(other, span)))
    }
    if (number !== undefined) return Option.exists(toNumber(leaf), (other) => ordered(operator, other - number))
    return text(leaf, false)
  }
  return (leaf, isDefault) => {
    if (isDefault) return absentTest(operator, value, number)
    if (Array.isArray(leaf)) return operator === ":" && leaf.some(scalar)
    if (Predicate.isReadonlyRecord(leaf)) return operator === ":" && hasValue(leaf)
    return scalar(leaf)
  }
}

/** Of JSON that is not there the type is not known: it equals whatever default the value may be. */
const absentTest = (operator: Filter.Operator, value: Filter.Value, number: number | undefined): boolean => {
  const isDefault = value.text === "" || value.text === "false" || number === 0
  if (operator === "=") return isDefault
  return operator === "!=" && !isDefault
}

const distance = (
  a: { readonly seconds: number; readonly nanos: number },
  b: { readonly seconds: number; readonly nanos: number }
): number => (a.seconds === b.seconds ? a.nanos - b.nanos : a.seconds - b.seconds)

const toNumber = (text: string): Option.Option<number> => {
  const number = Number(text)
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(number)
    ? Option.some(number)
    : Option.none()
}

/** Says whether a value is there and is not the default of its kind. */
const isSet = (leaf: unknown): boolean => {
  if (leaf === undefined || leaf === null || leaf === "" || leaf === 0 || leaf === false) return false
  return Array.isArray(leaf) ? leaf.length > 0 : true
}

const hasMember = (name: string): ((leaf: unknown) => boolean) => {
  const names = spellings(name)
  return (leaf) => Predicate.isReadonlyRecord(leaf) && names.some((it) => leaf[it] !== undefined && leaf[it] !== null)
}

const mentions = (value: unknown, word: string): boolean => {
  if (typeof value === "string") return value.toLowerCase().includes(word)
  if (typeof value === "number" || typeof value === "boolean") return String(value).includes(word)
  if (Array.isArray(value)) return value.some((element) => mentions(element, word))
  return Predicate.isReadonlyRecord(value) && Object.values(value).some((member) => mentions(member, word))
}

const fail = (
  filter: Filter.Restriction,
  reason: "UnknownField" | "WrongValue",
  problem: string
): Either.Either<never, Problem> => Either.left({ reason, position: filter.position, problem })
