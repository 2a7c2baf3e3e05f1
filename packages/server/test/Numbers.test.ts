import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { serve } from "./fixtures/Ask.js"

type Options = Partial<OperationsServer.Options>

describe("A number among the options", () => {
  const wrong: ReadonlyArray<readonly [string, Options]> = [
    ["limits.rate.limit has to be 1 or more, and is 0.5", { limits: { rate: { limit: 0.5 } } }],
    ["limits.rate.limit has to be 1 or more, and is NaN", { limits: { rate: { limit: NaN } } }],
    ["limits.rate.interval (in milliseconds) has to be", { limits: { rate: { limit: 1, interval: 0 } } }],
    ["limits.failedAuthentication.limit has to be 1", { limits: { failedAuthentication: { limit: -1 } } }],
    ["limits.trustedProxies has to be 0 or more, and is -1", { limits: { trustedProxies: -1 } }],
    ["limits.maxActive has to be 1 or more, and is 0", { limits: { maxActive: 0 } }],
    ["limits.maxActivePerPrincipal has to be", { limits: { maxActivePerPrincipal: NaN } }],
    ["limits.maxWaiting has to be 0 or more", { limits: { maxWaiting: -1 } }],
    ["limits.maxReading has to be", { limits: { maxReading: 0 } }],
    ["limits.maxReadsPerSecond has to be", { limits: { maxReadsPerSecond: 0.1 } }],
    ["batch.maxParts has to be", { batch: { maxParts: 0 } }],
    ["batch.concurrency has to be", { batch: { concurrency: NaN } }],
    ["maxPageSize has to be 1 or more, and is 0", { maxPageSize: 0 }],
    ["maxBodyBytes has to be 0 or more, and is -1", { maxBodyBytes: -1 }],
    ["maxKeptBytes has to be 0 or more, and is NaN", { maxKeptBytes: NaN }],
    [
      "maxBodyBytes of POST /v1/x has to be",
      { routes: [{ method: "POST", template: "/v1/x", maxBodyBytes: NaN, handler: () => Effect.succeed({}) }] }
    ]
  ]
  for (const [message, options] of wrong) {
    it.effect(`is told about where it makes no sense: ${message}`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(serve(options))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.include(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), `the option ${message}`)
      })
    )
  }

  it.effect("may be infinite where no limit is meant", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({
        maxPageSize: Infinity,
        maxBodyBytes: Infinity,
        batch: { concurrency: Infinity, maxParts: Infinity },
        limits: { maxActive: Infinity, maxWaiting: Infinity, maxReading: Infinity, maxReadsPerSecond: Infinity }
      })
      assert.strictEqual((yield* ask("GET /v1/projects/p/operations/a")).status, 200)
    })
  )
})
