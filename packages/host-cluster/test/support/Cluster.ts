import { join } from "node:path"
import * as Migrations from "@effect-lro/host-sql/Migrations"
import * as Files from "@effect-lro/test-support/Files"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as BlackHole from "../processes/BlackHole.js"
import * as MemberProcess from "../processes/MemberProcess.js"
import * as Witness from "../processes/Witness.js"

/** A process with a way of its own to the database. */
export interface Member extends MemberProcess.Member {
  readonly application: string
  readonly hole: BlackHole.BlackHole
}

/** One write of a record, as a trigger saw it. */
export interface Written {
  readonly name: string
  readonly state: string
  readonly fence: number
  readonly at: number
}

/**
 * A cluster, and what is to be seen of it: in the database by triggers, and in the file of the witnesses. None of it shares
 * code with what it watches.
 */
export const make = (options: {
  readonly leaseDuration: number
  /** A new one of the server of the test run by default. */
  readonly database?: Redacted.Redacted
}) =>
  Effect.gen(function* () {
    yield* Postgres.turn
    const database = options.database ?? (yield* Postgres.database)
    const url = new URL(Redacted.value(database))
    const sql = yield* PgClient.make({ url: database, maxConnections: 2 }).pipe(
      Effect.provide(Reactivity.layer),
      Effect.orDie
    )
    yield* Effect.orDie(Effect.provideService(Migrations.run, SqlClient.SqlClient, sql))
    yield* Effect.orDie(sql.unsafe(triggers))
    const program = yield* MemberProcess.program
    const witness = join(yield* Files.folder, "witness")
    const deaths = new Map<number, number>()
    let members = 0

    /** Starts one more process. */
    const start = Effect.gen(function* () {
      const hole = yield* BlackHole.make(Number(url.port))
      const way = new URL(url)
      way.port = String(hole.port)
      const application = `member-${++members}`
      const member = yield* MemberProcess.start(program, {
        database: way.href,
        application,
        witness,
        leaseDuration: options.leaseDuration,
        isVerbose: process.env["EFFECT_LRO_VERBOSE"] === "1"
      })
      const kill = Effect.tap(member.kill, (at) => Effect.sync(() => deaths.set(member.pid, at)))
      return { ...member, application, hole, kill } satisfies Member
    })

    const runs = Effect.sync(() => Witness.runs(Witness.read(witness), deaths))

    const history = Effect.orDie(sql<Written>`SELECT name, state, fence::int, at FROM history ORDER BY id`)

    /** The state of each record. */
    const states = Effect.map(
      Effect.orDie(
        sql<{ readonly name: string; readonly state: string }>`SELECT name, state FROM effect_lro_operations`
      ),
      (rows) => new Map(rows.map(({ name, state }) => [name, state]))
    )

    /** Waits until every shard belongs to one of so many processes, after which none moves by itself. */
    const settled = (processes: number) =>
      until(
        Effect.map(
          Effect.orDie(
            sql<{ readonly shards: number; readonly owners: number }>`
              SELECT count(*)::int AS shards, count(DISTINCT address)::int AS owners FROM cluster_locks`
          ),
          ([row]) => (row?.shards === 300 && row.owners === processes ? true : undefined)
        )
      )

    /** How many messages are kept for an operation, and how many of them are answered. */
    const messages = (name: string) =>
      Effect.map(
        Effect.orDie(
          sql<{ readonly all: number; readonly answered: number }>`
            SELECT count(*)::int AS "all", count(*) FILTER (WHERE processed)::int AS answered
            FROM cluster_messages WHERE entity_id = ${name}`
        ),
        ([row]) => row ?? { all: 0, answered: 0 }
      )

    /** What contradicts the promises, said of the operations that were acknowledged. */
    const contradictions = (acknowledged: Iterable<string>) =>
      Effect.gen(function* () {
        const found: Array<string> = []
        const ends = new Map<string, Written>()
        for (const written of yield* history) {
          const end = ends.get(written.name)
          if (end !== undefined)
            found.push(`${written.name} was ${end.state} and was written again as ${written.state}`)
          if (isTerminal(written.state)) ends.set(written.name, written)
        }
        for (const name of acknowledged) {
          if (!ends.has(name)) found.push(`${name} was acknowledged and has not ended`)
        }
        const all = yield* runs
        for (const [one, other] of Witness.overlaps(all)) {
          found.push(`two bodies of ${one.operation} ran at once, in ${one.pid} and ${other.pid}`)
        }
        for (const run of all) {
          const end = ends.get(run.operation)
          if (end?.state === "CANCELLED" && run.ended > end.at + 1) {
            found.push(`${run.operation} was CANCELLED while a body of it ran, or before one began`)
          }
        }
        return found
      })

    return { contradictions, database, history, messages, runs, settled, sql, start, states, witness }
  })

export type Cluster = Effect.Effect.Success<ReturnType<typeof make>>

/** Looks again and again until something is there. */
export const until = <A, E, R>(look: Effect.Effect<A | undefined, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(look, (found) =>
    found === undefined ? Effect.delay(until(look), "50 millis") : Effect.succeed(found)
  )

export const isTerminal = (state: string): boolean => ["SUCCEEDED", "FAILED", "CANCELLED"].includes(state)

const triggers = `
  CREATE TABLE history (
    id bigserial, name text, state text, fence bigint,
    at double precision DEFAULT extract(epoch FROM clock_timestamp()) * 1000
  );
  CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO history (name, state, fence) VALUES (NEW.name, NEW.state, NEW.fence);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_write AFTER INSERT OR UPDATE ON effect_lro_operations
    FOR EACH ROW EXECUTE FUNCTION note_write();
`
