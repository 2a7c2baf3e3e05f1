/** Holds the lock of a database until it is killed. */
import * as SqliteLock from "@effect-lro/host-sql/SqliteLock"
import * as Effect from "effect/Effect"

const [filename = ""] = process.argv.slice(2)

const program = SqliteLock.acquire({ filename }).pipe(
  Effect.zipRight(Effect.sync(() => process.stdout.write("held\n"))),
  Effect.zipRight(Effect.never)
)

await Effect.runPromise(Effect.scoped(program))
