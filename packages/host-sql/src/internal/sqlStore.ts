import type * as EncodedStore from "@effect-lro/host/EncodedStore"
import type { StoreError } from "@effect-lro/host/OperationStore"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Columns from "./columns.js"
import * as Statements from "./statements.js"
import * as storeError from "./storeError.js"
import * as Text from "./text.js"

/** Runs a statement so as its database needs it. */
export type Run = <A>(operation: string, statement: Effect.Effect<A, StoreError>) => Effect.Effect<A, StoreError>

export const make = (options: {
  readonly sql: SqlClient.SqlClient
  readonly dialect: Statements.Dialect
  readonly run: Run
  /** What was just written, for whom it may concern in other processes. */
  readonly tell: (names: ReadonlyArray<string>) => Effect.Effect<void>
}): EncodedStore.EncodedStore => {
  const { dialect, run, sql, tell } = options
  const statements = Statements.make(dialect)

  const execute = <A extends object>(
    operation: string,
    { parameters, sql: text }: Statements.Statement
  ): Effect.Effect<ReadonlyArray<A>, StoreError> =>
    run(operation, Effect.mapError(sql.unsafe<A>(text, parameters), storeError.fromSqlError(dialect, operation)))

  const one = (operation: string, statement: Statements.Statement) =>
    Effect.map(execute<Columns.Columns>(operation, statement), ([columns]) =>
      Option.map(Option.fromNullable(columns), Columns.toRow)
    )

  const many = (operation: string, statement: Statements.Statement) =>
    Effect.map(execute<Columns.Columns>(operation, statement), (rows) => rows.map(Columns.toRow))

  /** Says whether a row was written. */
  const write = (operation: string, name: string, statement: Statements.Statement) =>
    execute(operation, statement).pipe(
      Effect.map((rows) => rows.length > 0),
      Effect.tap((written) => (written ? tell([name]) : Effect.void))
    )

  return {
    create: (row) =>
      Effect.gen(function* () {
        // What was in the way may be gone before it is looked at, and then the way is free.
        while (true) {
          if (yield* write(`create ${row.name}`, row.name, statements.insert(row))) return Option.none()
          if (row.requestId !== null) {
            const same = yield* one(`create ${row.name}`, statements.byRequest(row.parent, row.requestId))
            if (Option.isSome(same)) return Option.some({ by: "requestId", row: same.value })
          }
          const homonym = yield* one(`create ${row.name}`, statements.byName(row.name))
          if (Option.isSome(homonym)) return Option.some({ by: "name", row: homonym.value })
        }
      }),

    get: (name) => one(`get ${name}`, statements.byName(name)),

    compareAndSet: (expected, next) => write(`write ${next.name}`, next.name, statements.update(expected, next)),

    delete: (expected) => write(`delete ${expected.name}`, expected.name, statements.delete(expected)),

    list: (request) => {
      const statement = statements.list(request)
      return statement === undefined ? Effect.succeed([]) : many(`list ${request.parent}`, statement)
    },

    unfinished: (request) => many("unfinished", statements.unfinished(request)),

    purge: (request) =>
      execute<Pick<Columns.Columns, "name">>("purge", statements.purge(request)).pipe(
        Effect.map((rows) => rows.map(({ name }) => Text.decode(name))),
        Effect.tap(tell)
      ),

    counts: Effect.map(
      execute<{ readonly state: string; readonly count: number | string }>("counts", statements.counts),
      (rows) => {
        const counts = { PENDING: 0, RUNNING: 0, CANCELLING: 0 }
        for (const { count, state } of rows) {
          if (state === "PENDING" || state === "RUNNING" || state === "CANCELLING") counts[state] = Number(count)
        }
        return counts
      }
    ),

    versions: (names) =>
      Effect.map(execute<Pick<Columns.Columns, "name" | "version">>("versions", statements.versions(names)), (rows) =>
        rows.map(({ name, version }) => ({ name: Text.decode(name), version: Number(version) }))
      )
  }
}
