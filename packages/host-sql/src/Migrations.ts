/**
 * The tables of the store, made and brought up to date in steps.
 *
 * @since 0.1.0
 */
import * as Migrator from "@effect/sql/Migrator"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as migrations from "./internal/migrations.js"

/**
 * The steps, for a migrator of your own.
 *
 * @since 0.1.0
 * @category constants
 */
export const loader: Migrator.Loader = migrations.loader

/**
 * Takes the steps that were not taken yet, and answers which. What stands in `effect_lro_migrations` was taken. Several
 * processes may do it at the same time.
 *
 * @since 0.1.0
 * @category programs
 */
export const run: Effect.Effect<
  ReadonlyArray<readonly [id: number, name: string]>,
  Migrator.MigrationError | SqlError,
  SqlClient
> = Migrator.make({})({ loader, table: "effect_lro_migrations" }).pipe(
  // Two processes that find no table both make it, and one of them is told that it is there.
  Effect.retry({ times: 2 })
)
