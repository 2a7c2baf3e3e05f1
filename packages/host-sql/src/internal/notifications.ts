import { StoreError } from "@effect-lro/host/OperationStore"
import type { PgClient } from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Run } from "./sqlStore.js"
import * as storeError from "./storeError.js"

/** What processes tell each other of what they write, over Postgres. All of it are hints. */
export interface Notifications {
  readonly tell: (names: ReadonlyArray<string>) => Effect.Effect<void>
  /** The names that other processes tell of. */
  readonly changes: Stream.Stream<string, StoreError>
}

const channel = "effect_lro_operations"

/**
 * Telling is a statement of its own and not a part of the one that writes: commits that notify wait for each other in all of
 * the database, and what is written at the same time is told at once.
 */
export const make = (sql: PgClient, run: Run): Effect.Effect<Notifications, never, Scope.Scope> =>
  Effect.gen(function* () {
    const origin = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
    const outbox = yield* Queue.unbounded<string>()

    const notify = (names: Iterable<string>): Effect.Effect<void> => {
      const payloads = [...new Set(names)].map((name) => `${origin}:${name}`)
      return run(
        "notify",
        Effect.mapError(
          sql`SELECT pg_notify(${channel}, payload) FROM unnest(${payloads}::text[]) AS payload`,
          storeError.fromSqlError("pg", "notify")
        )
      ).pipe(
        Effect.asVoid,
        // Whoever waits in another process looks by itself before long. Nobody would empty the outbox if this died.
        Effect.catchAllCause((cause) => Effect.logDebug("changes could not be told to other processes", cause))
      )
    }

    yield* Queue.takeBetween(outbox, 1, batch).pipe(
      Effect.flatMap(notify),
      Effect.forever,
      Effect.interruptible,
      Effect.forkScoped
    )
    // Nobody says that a connection that only listens is dead, so it is made to hear itself.
    yield* notify([""]).pipe(Effect.delay(heartbeat), Effect.forever, Effect.interruptible, Effect.forkScoped)

    return {
      tell: (names) => Effect.asVoid(Queue.offerAll(outbox, names)),
      changes: sql.listen(channel).pipe(
        Stream.mapError(storeError.fromSqlError("pg", "listen")),
        Stream.timeoutFail(
          () => new StoreError({ reason: "Unavailable", operation: "listen", cause: undefined }),
          silence
        ),
        Stream.filter((payload) => !payload.startsWith(`${origin}:`)),
        Stream.map((payload) => payload.slice(payload.indexOf(":") + 1)),
        Stream.filter((name) => name !== ""),
        // A connection that is lost dies when it is given back.
        Stream.catchAllCause((cause) =>
          Stream.fail(new StoreError({ reason: "Unavailable", operation: "listen", cause }))
        )
      )
    }
  })

const batch = 500

const heartbeat = "2 seconds"

const silence = "7 seconds"
