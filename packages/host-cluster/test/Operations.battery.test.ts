import * as Operations from "@effect-lro/core/Operations"
import * as ClusterConfig from "@effect-lro/host-cluster/ClusterConfig"
import * as ClusterStorage from "@effect-lro/host-cluster/ClusterStorage"
import * as HostCluster from "@effect-lro/host-cluster/HostCluster"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StatusError from "@effect-lro/host/StatusError"
import * as HostSubject from "@effect-lro/test-support/HostSubject"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import * as RunnerHealth from "@effect/cluster/RunnerHealth"
import * as Runners from "@effect/cluster/Runners"
import * as Sharding from "@effect/cluster/Sharding"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import { assert, describe, layer } from "@effect/vitest"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"

/** A definition cannot say, either, when it begins. */
const capabilities: Subject.Capabilities = { ...HostSubject.capabilities, pending: false }

/** What the battery orders cannot be stored, so that the payload is where to find it. */
class Bodies extends Context.Tag("Bodies")<
  Bodies,
  { readonly add: (behaviour: Subject.Behaviour) => number; readonly running: ReadonlySet<string> }
>() {}

const bodies = Layer.scoped(
  Bodies,
  Effect.gen(function* () {
    const host = yield* Host.Host
    const ordered: Array<Subject.Behaviour> = []
    const running = new Set<string>()
    yield* host.register({
      type: "battery",
      recovery: "rerun",
      maxAttempts: 10,
      restart: Schedule.stop,
      body: (payload, { name }) =>
        Effect.acquireUseRelease(
          Effect.sync(() => running.add(name)),
          () => {
            const behaviour = ordered[Number(payload)]
            return behaviour === undefined
              ? Effect.dieMessage("it was not ordered")
              : Effect.mapError(Effect.interruptible(HostSubject.body(behaviour)), StatusError.toStatus)
          },
          () => Effect.sync(() => running.delete(name))
        )
    })
    return { add: (behaviour) => ordered.push(behaviour) - 1, running }
  })
)

const cluster = Sharding.layer.pipe(
  // There is only this process.
  Layer.provide([Runners.layerNoop, RunnerHealth.layerNoop]),
  Layer.provide(ClusterStorage.layer),
  Layer.provide(ShardingConfig.layer(ClusterConfig.toShardingConfig({ host: "127.0.0.1", port: 1 })))
)

const host = HostCluster.layerConfig({ waitLimit: Config.succeed("55 seconds" as const) }).pipe(
  Layer.provide(cluster),
  // The last process that leaves a cluster warns of it.
  Layer.provide(Logger.minimumLogLevel(LogLevel.None)),
  Layer.provideMerge(SqlOperationStore.layer()),
  Layer.provide(Postgres.layer)
)

/** The subject of one case, whose operations no other case lists. */
const subject = (parent: string) =>
  Layer.effect(
    Subject.Subject,
    Effect.gen(function* () {
      const { add, running } = yield* Bodies
      const { start } = yield* Host.Host
      const { get } = yield* OperationStore.OperationStore
      const hasBegun = Effect.fn(function* (name: string) {
        const record = yield* get(name)
        return Option.exists(record, ({ state }) => state !== "PENDING")
      })
      return {
        parent,
        emptyParent: `${parent}-empty`,
        unknownName: `${parent}/operations/unknown`,
        unit: Duration.millis(50),
        start: (behaviour, options) =>
          Effect.gen(function* () {
            const { name } = yield* start({
              parent,
              name: options?.name,
              type: "battery",
              payload: add(behaviour),
              isSame: () => true
            })
            // It runs as soon as its message was read.
            yield* Effect.repeat(Effect.delay(hasBegun(name), "5 millis"), { until: (begun) => begun })
            return name
          }).pipe(Effect.orDie),
        isBodyRunning: (name) => Effect.sync(() => running.has(name))
      }
    })
  )

describe.concurrent("a cluster of one process over Postgres, against the battery", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  // One for all cases: it takes some seconds until a cluster is ready.
  layer(Layer.provideMerge(Layer.merge(bodies, HostOperations.layer), host), {
    timeout: "60 seconds",
    excludeTestServices: true
  })((it) => {
    const cases = Battery.cases.filter((each) => Battery.applies(each, capabilities))
    it.effect("runs what has a name that the cluster would not keep", () =>
      Effect.gen(function* () {
        const { start } = yield* Subject.Subject
        const name = yield* start(
          { _tag: "Succeeded" },
          { name: `projects/long/operations/${"é".repeat(100)}${"x".repeat(700)}` }
        )
        assert.strictEqual((yield* Operations.wait(name))._tag, "Succeeded")
      }).pipe(Effect.provide(subject("projects/long")))
    )

    for (const [index, { group, name, run }] of cases.entries()) {
      it.effect(`${group}: ${name}`, () => Effect.provide(run, subject(`projects/case-${index}`)), 60_000)
    }
  })
})
