import * as StoreBattery from "@effect-lro/host/StoreBattery"
import * as Postgres from "@effect-lro/test-support/Postgres"
import { describe, it, layer } from "@effect/vitest"
import * as Stores from "./support/stores.js"

describe("a store in SQLite", () => {
  StoreBattery.register(it.effect, { layer: Stores.sqlite })
})

describe("a store in Postgres", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  // One for all cases: each of them puts up with what others have left.
  layer(Stores.postgres, { timeout: "30 seconds" })((it) => {
    for (const { name, run } of StoreBattery.cases) it.effect(name, () => run)
  })
})
