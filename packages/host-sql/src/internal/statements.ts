import type { EncodedStore, Row, RowPosition, RowVersion } from "@effect-lro/host/EncodedStore"
import * as State from "@effect-lro/host/State"
import * as Columns from "./columns.js"
import * as Condition from "./condition.js"
import * as Text from "./text.js"

export type Dialect = "sqlite" | "pg"

export interface Statement {
  readonly sql: string
  readonly parameters: ReadonlyArray<unknown>
}

type Request<Method extends "list" | "unfinished" | "purge"> = Parameters<EncodedStore[Method]>[0]

const table = "effect_lro_operations"

const selected = Columns.all.join(", ")

/** As the index has it, so that it is seen to be the same condition. */
const isUnfinished = "state IN ('PENDING', 'RUNNING', 'CANCELLING')"

/** The statements of a store in the words of a database. Each is one atomic step. */
export const make = (dialect: Dialect) => {
  const statement = (build: (bind: (value: unknown) => string) => string): Statement => {
    const parameters: Array<unknown> = []
    const sql = build((value) => {
      parameters.push(value)
      return dialect === "pg" ? `$${parameters.length}` : "?"
    })
    return { sql, parameters }
  }

  const isVersion = ({ fence, name, version }: RowVersion, bind: (value: unknown) => string): string =>
    `name = ${bind(Text.encode(name))} AND version = ${bind(version)} AND fence = ${bind(fence)}`

  const page = (
    { after, limit, parent }: Request<"list">,
    bind: (value: unknown) => string,
    state: State.State | undefined,
    condition: Condition.Condition
  ): string => {
    const conditions = [`parent = ${bind(Text.encode(parent))}`]
    if (state !== undefined) conditions.push(`state = '${state}'`)
    if (after !== undefined) conditions.push(isAfter(after, bind))
    conditions.push("delete_time IS NULL")
    if (typeof condition === "function") conditions.push(condition(bind))
    return `SELECT ${selected} FROM ${table} WHERE ${conditions.join(" AND ")} ${newestFirst(limit, bind)}`
  }

  return {
    insert: (row: Row): Statement =>
      statement((bind) => {
        const values = Columns.toValues(row)
        return `INSERT INTO ${table} (${selected}) VALUES (${Columns.all.map((column) => bind(values[column])).join(", ")})
          ON CONFLICT DO NOTHING RETURNING 1 AS done`
      }),

    byName: (name: string): Statement =>
      statement((bind) => `SELECT ${selected} FROM ${table} WHERE name = ${bind(Text.encode(name))}`),

    byRequest: (parent: string, requestId: string): Statement =>
      statement(
        (bind) => `SELECT ${selected} FROM ${table}
          WHERE parent = ${bind(Text.encode(parent))} AND request_id = ${bind(Text.encode(requestId))}
          AND request_id IS NOT NULL AND delete_time IS NULL`
      ),

    update: (expected: RowVersion, next: Row): Statement =>
      statement((bind) => {
        const values = Columns.toValues(next)
        const set = Columns.changing.map((column) => `${column} = ${bind(values[column])}`).join(", ")
        return `UPDATE ${table} SET ${set} WHERE ${isVersion(expected, bind)} RETURNING 1 AS done`
      }),

    delete: (expected: RowVersion): Statement =>
      statement((bind) => `DELETE FROM ${table} WHERE ${isVersion(expected, bind)} RETURNING 1 AS done`),

    /** None where no row can be meant. */
    list: (request: Request<"list">): Statement | undefined => {
      const { filter, limit } = request
      if (!Condition.dependsOnState(filter)) {
        const condition = Condition.fromFilter(filter, "PENDING")
        if (condition === false) return undefined
        return statement((bind) => page(request, bind, undefined, condition))
      }
      // The rows of each state stand in order in an index; so the page is put together of the first ones of each.
      const branches = State.all.flatMap((state) => {
        const condition = Condition.fromFilter(filter, state)
        return condition === false ? [] : [{ state, condition }]
      })
      if (branches.length === 0) return undefined
      return statement((bind) => {
        const selects = branches.map(
          ({ condition, state }) =>
            `SELECT * FROM (${page(request, bind, state, condition)}) AS ${state.toLowerCase()}_rows`
        )
        return selects.length === 1 ? selects.join("") : `${selects.join(" UNION ALL ")} ${newestFirst(limit, bind)}`
      })
    },

    unfinished: ({ after, limit, owner, state, type }: Request<"unfinished">): Statement =>
      statement((bind) => {
        const conditions = [isUnfinished, `state = '${state}'`]
        if (after !== undefined) {
          conditions.push(`(create_time, name) > (${bind(after.createTime)}, ${bind(Text.encode(after.name))})`)
        }
        if (type !== undefined) conditions.push(`type = ${bind(Text.encode(type))}`)
        if (owner !== undefined) conditions.push(`owner = ${bind(Text.encode(owner))}`)
        return `SELECT ${selected} FROM ${table} WHERE ${conditions.join(" AND ")}
          ORDER BY create_time, name LIMIT ${bind(limit)}`
      }),

    /** Two processes that purge at once do not wait for each other. */
    purge: ({ before, limit }: Request<"purge">): Statement =>
      statement(
        (bind) => `DELETE FROM ${table} WHERE name IN (
            SELECT name FROM ${table}
            WHERE purge_time IS NOT NULL AND purge_time <= ${bind(before)} AND NOT ${isUnfinished}
            ORDER BY purge_time LIMIT ${bind(limit)} ${dialect === "pg" ? "FOR UPDATE SKIP LOCKED" : ""}
          ) RETURNING name`
      ),

    counts: statement(() => `SELECT state, COUNT(*) AS count FROM ${table} WHERE ${isUnfinished} GROUP BY state`),

    versions: (names: ReadonlyArray<string>): Statement =>
      statement((bind) => {
        const encoded = names.map(Text.encode)
        return `SELECT name, version FROM ${table} WHERE name ${
          dialect === "pg"
            ? `= ANY(${bind(encoded)}::text[])`
            : `IN (SELECT value FROM json_each(${bind(JSON.stringify(encoded))}))`
        }`
      })
  }
}

const newestFirst = (limit: number, bind: (value: unknown) => string): string =>
  `ORDER BY create_time DESC, name LIMIT ${bind(limit)}`

/** The first part is what an index can begin at. */
const isAfter = ({ createTime, name }: RowPosition, bind: (value: unknown) => string): string =>
  `create_time <= ${bind(createTime)} AND (create_time < ${bind(createTime)} OR name > ${bind(Text.encode(name))})`
