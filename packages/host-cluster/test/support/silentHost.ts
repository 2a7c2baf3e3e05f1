import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as Executor from "@effect-lro/host/Executor"
import * as Host from "@effect-lro/host/Host"
import * as Runner from "@effect-lro/host/Runner"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"

/** A host that stores what it is asked for, and tells nobody: as if its process died in between. */
export const layer = (database: Redacted.Redacted) =>
  Host.layerWith().pipe(
    Layer.provide(
      Layer.succeed(Executor.Executor, {
        start: () => Effect.void,
        cancel: () => Effect.void,
        resume: () => Effect.void
      })
    ),
    Layer.provide(Runner.layer()),
    Layer.provide(SqlOperationStore.layer()),
    Layer.provide(PgClient.layer({ url: database, maxConnections: 2 }))
  )
