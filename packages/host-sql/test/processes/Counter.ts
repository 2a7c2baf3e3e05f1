import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
/** Adds one to a number in a database so many times, by transactions that read it before they write it. */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"

const [filename = "", times = "0"] = process.argv.slice(2)

const add = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly value: number }>`SELECT value FROM counter`
  // Lets the other process come in between, if it can.
  yield* Effect.yieldNow()
  yield* sql`UPDATE counter SET value = ${(row?.value ?? 0) + 1}`
})

const program = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.sync(() => process.stdout.write("ready\n"))
  yield* Effect.async<void>((resume) => void process.stdin.once("data", () => resume(Effect.void)))
  yield* Effect.repeatN(sql.withTransaction(add), Number(times) - 1)
}).pipe(Effect.provide(SqliteClient.layer({ filename })))

await Effect.runPromise(program)
process.stdin.destroy()
