import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StoreBattery from "@effect-lro/host/StoreBattery"
import { describe, it } from "@effect/vitest"

describe("the store in memory passes the battery", () => {
  StoreBattery.register(it.effect, { layer: OperationStore.layerMemory })
})
