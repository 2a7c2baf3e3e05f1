import * as Filter from "@effect-lro/core/Filter"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as State from "@effect-lro/host/State"
import * as Option from "effect/Option"
import type { Columns } from "./columns.js"
import * as Text from "./text.js"

/** Keeps a value for a statement, and answers what stands for it there. */
export type Bind = (value: string | number) => string

/** True or false for every row, or SQL that is one of both, and never NULL, for each. */
export type Condition = boolean | ((bind: Bind) => string)

/**
 * What a filter asks of rows in one state, as far as a database can answer it: whatever the filter accepts, the condition
 * does. The state is not asked of the database, so that each can be looked for where its rows stand together.
 */
export const fromFilter = (filter: Filter.Filter, state: State.State): Condition => translate(filter, state, true)

/** Says whether the condition may be another one for another state. */
export const dependsOnState = (filter: Filter.Filter): boolean => {
  switch (filter._tag) {
    case "And":
    case "Or":
      return filter.operands.some(dependsOnState)
    case "Not":
      return dependsOnState(filter.operand)
    case "Restriction":
      return filter.path.length === 1 && (filter.path[0] === "state" || filter.path[0] === "done")
    case "Literal":
      return false
  }
}

/** `wider` says what to take for what the database cannot answer: true where too many rows do no harm. */
const translate = (filter: Filter.Filter, state: State.State, wider: boolean): Condition => {
  switch (filter._tag) {
    case "And":
      return join(
        filter.operands.map((operand) => translate(operand, state, wider)),
        true
      )
    case "Or":
      return join(
        filter.operands.map((operand) => translate(operand, state, wider)),
        false
      )
    case "Not":
      return not(translate(filter.operand, state, !wider))
    case "Restriction":
      return restriction(filter, state) ?? wider
    case "Literal":
      return wider
  }
}

/** `neutral` is true for AND and false for OR. */
const join = (conditions: ReadonlyArray<Condition>, neutral: boolean): Condition => {
  if (conditions.includes(!neutral)) return !neutral
  const parts = conditions.filter((condition) => typeof condition === "function")
  if (parts.length === 0) return neutral
  return (bind) => `(${parts.map((part) => part(bind)).join(neutral ? " AND " : " OR ")})`
}

const not = (condition: Condition): Condition =>
  typeof condition === "boolean" ? !condition : (bind) => `NOT ${condition(bind)}`

/** Undefined where only the test of the filter itself can tell. */
const restriction = (filter: Filter.Restriction, state: State.State): Condition | undefined => {
  if (filter.path.length !== 1) return undefined
  const field = Filter.fieldOf(filter)
  const isSet = filter.operator === ":" && filter.value.text === "*" && !filter.value.isQuoted
  switch (field) {
    case "state":
      return isSet || equality(filter, filter.value.text === state)
    case "done":
      return isSet ? State.isTerminal(state) : equality(filter, String(State.isTerminal(state)) === filter.value.text)
    case "type":
      if (isSet) return () => "(COALESCE(type, '') <> '')"
      return filter.operator === ":" ? undefined : typeEquals(filter)
  }
  const column = times.get(field)
  if (column === undefined) return undefined
  return isSet ? () => `(${column} IS NOT NULL)` : timeCompares(column, filter)
}

const equality = (filter: Filter.Restriction, isEqual: boolean): boolean | undefined => {
  switch (filter.operator) {
    case "=":
    case ":":
      return isEqual
    case "!=":
      return !isEqual
    default:
      return undefined
  }
}

const typeEquals = (filter: Filter.Restriction): Condition | undefined => {
  const { text } = filter.value
  const operator = equality(filter, true)
  // With a star at an end it is a pattern.
  if (operator === undefined || text.startsWith("*") || text.endsWith("*")) return undefined
  return (bind) => `(COALESCE(type, '') ${operator ? "=" : "<>"} ${bind(Text.encode(text))})`
}

const times: ReadonlyMap<string, keyof Columns> = new Map([
  ["createTime", "create_time"],
  ["startTime", "start_time"],
  ["updateTime", "update_time"],
  ["endTime", "end_time"],
  ["cancelRequestTime", "cancel_request_time"],
  ["deadline", "deadline"],
  ["purgeTime", "purge_time"]
])

/** Rows have whole milliseconds, filters nanoseconds. A time that is not there compares as false. */
const timeCompares = (column: keyof Columns, filter: Filter.Restriction): Condition | undefined =>
  Option.match(ProtoJson.parseTimestamp(filter.value.text), {
    onNone: () => undefined,
    onSome: ({ nanos, seconds }) => {
      const floor = seconds * 1000 + Math.floor(nanos / 1_000_000)
      const isWhole = nanos % 1_000_000 === 0
      const ceiling = isWhole ? floor : floor + 1
      const compares =
        (operator: string, bound: number): Condition =>
        (bind) =>
          `(${column} IS NOT NULL AND ${column} ${operator} ${bind(bound)})`
      switch (filter.operator) {
        case "<":
          return compares("<", ceiling)
        case "<=":
          return compares("<=", floor)
        case ">":
          return compares(">", floor)
        case ">=":
          return compares(">=", ceiling)
        case "=":
        case ":":
          return isWhole && compares("=", floor)
        case "!=":
          return isWhole ? compares("<>", floor) : () => `(${column} IS NOT NULL)`
      }
    }
  })
