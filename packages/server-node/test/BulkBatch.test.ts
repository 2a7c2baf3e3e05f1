import * as Batches from "@effect-lro/client/Batches"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Bulk from "@effect-lro/core/Bulk"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Goals from "@effect-lro/test-support/Goals"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"

const operations = Goals.isLong ? 10_000 : 2000

const service = ServiceDescription.project({ id: "batches.example.com", batchPath: "batch" })

const counting = (app: HttpApp.Default) => {
  const counts = { batches: 0, others: 0 }
  return {
    counts,
    app: Effect.tap(app, () =>
      Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => {
        if (url === "/batch") counts.batches++
        else counts.others++
      })
    )
  }
}

/** Cancels many operations of a host over a socket, and says what that took. */
const cancelAll = (options: { readonly cancelLatency: Duration.DurationInput }) =>
  Effect.gen(function* () {
    const host = yield* Host.Host
    const stopped = new Set<string>()
    const names = yield* Effect.forEach(
      Array.from({ length: operations }),
      () =>
        host.submit({
          parent: "projects/p",
          body: ({ name }) => Effect.onInterrupt(Effect.never, () => Effect.sync(() => stopped.add(name)))
        }),
      { concurrency: 64 }
    ).pipe(
      Effect.map((all) => all.map(({ name }) => name)),
      Effect.orDie
    )
    const { app, counts } = counting(
      yield* Effect.provideService(OperationsServer.make({ service }), Operations.Operations, host.operations)
    )
    const { url } = yield* NodeOperationsServer.make(app)
    const client = yield* RestOperations.make({ service, endpoint: url, batches: Batches.make() })
    const [took, results] = yield* Bulk.cancel(names, { timeout: "1 minute" }).pipe(
      Stream.runCollect,
      Effect.provideService(Operations.Operations, client),
      Effect.timed
    )
    const outcomes = new Map(
      Chunk.toReadonlyArray(results).map(({ name, result }) => [
        name,
        Either.match(result, { onLeft: ({ _tag }) => _tag, onRight: ({ _tag }) => _tag })
      ])
    )
    yield* Effect.log(
      `${operations} cancelled and confirmed by ${counts.batches} batches and ${counts.others} other requests in ${Duration.format(took)}`
    )
    return { names, outcomes, stopped, requests: counts.batches + counts.others, ...counts }
  }).pipe(Effect.provide([Host.layerMemory({ cancelLatency: options.cancelLatency }), FetchHttpClient.layer]))

describe("Bulk.cancel over batches and a socket", () => {
  it.scopedLive.each([0, 300])(
    "takes few requests for many operations that stop after %s ms",
    (cancelLatency) =>
      Effect.gen(function* () {
        const { names, outcomes, requests, stopped } = yield* cancelAll({ cancelLatency })
        assert.deepStrictEqual(outcomes, new Map(names.map((name) => [name, "Cancelled"])))
        assert.strictEqual(stopped.size, operations)
        assert.isAtMost(requests, (operations * 300) / 10_000)
      }),
    // The time of a slow machine with much else to do.
    60_000
  )
})
