import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StoreBattery from "@effect-lro/host/StoreBattery"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

describe("the store in memory passes the battery", () => {
  for (const { name, run } of StoreBattery.cases) {
    it.effect(name, () => Effect.provide(run, OperationStore.layerMemory))
  }
})
