import * as Coalescing from "@effect-lro/core/Coalescing"
import type { Operations } from "@effect-lro/core/Operations"
import * as RateLimited from "@effect-lro/core/RateLimited"
import * as Retrying from "@effect-lro/core/Retrying"
import * as Telemetry from "@effect-lro/core/Telemetry"
import * as Battery from "@effect-lro/testing/Battery"
import * as ScriptedSubject from "@effect-lro/testing/ScriptedSubject"
import * as Subject from "@effect-lro/testing/Subject"
import { describe, it } from "@effect/vitest"
import * as Layer from "effect/Layer"

// What transforms `Operations` provides them, and so behaves as every provider does.
const transformers: ReadonlyArray<
  readonly [what: string, layer: Layer.Layer<Operations, never, Operations>, differs: Partial<Subject.Capabilities>]
> = [
  // It hides the trouble that it is made for.
  ["retried", Retrying.layer(), { trouble: false }],
  // Its requests are others than those it was asked for, and are made also where the call is interrupted.
  ["coalesced", Coalescing.layer({ window: "1 millis" }), { requestWitness: false, trouble: false }],
  ["rate limited", RateLimited.layer({ limit: 10_000, interval: "1 second" }), {}],
  ["traced and measured", Layer.provide(Telemetry.layerTraced, Telemetry.layerMeasured), {}]
]

for (const [what, layer, differs] of transformers) {
  describe.concurrent(`the battery against operations that are ${what}`, () => {
    Battery.register(it.live, {
      layer: Layer.provideMerge(layer, ScriptedSubject.layer()),
      capabilities: { ...Subject.everything, ...differs }
    })
  })
}
