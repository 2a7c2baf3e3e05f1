import * as Operation from "@effect-lro/core/Operation"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { serve } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const operation = Arbitrary.make(Schema.typeSchema(Operation.Operation))

describe("What is written without the object that it would be", () => {
  it.effect.prop(
    "is what JSON.stringify makes of that object, for an operation and for a page",
    [FastCheck.array(operation, { maxLength: 4 })],
    ([operations]) =>
      Effect.gen(function* () {
        const named = operations.map((it, index): Operation.Operation => ({ ...it, name: `${p}/${index}` }))
        const fake = FakeOperations.make()
        for (const it of named) fake.store.set(it.name, it)
        const { ask } = yield* serve({}, fake)
        for (const it of named) {
          assert.strictEqual((yield* ask(`GET /v1/${it.name}`)).text, JSON.stringify(Operation.toWire(it)))
        }
        const wire = named.length === 0 ? {} : { operations: named.map(Operation.toWire) }
        assert.strictEqual((yield* ask(`GET /v1/${p}?pageSize=100`)).text, JSON.stringify(wire))
      })
  )
})
