import * as ClusterConfig from "@effect-lro/host-cluster/ClusterConfig"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

describe("the settings of a cluster", () => {
  it("renew a lease three times before it ends, by rows that a silent session does not keep", () => {
    const settings = ClusterConfig.toShardingConfig({ host: "10.0.0.7", port: 1, leaseDuration: "6 seconds" })
    assert.isTrue(settings.shardLockDisableAdvisory)
    assert.strictEqual(Duration.toSeconds(settings.shardLockExpiration ?? 0), 6)
    assert.strictEqual(Duration.toSeconds(settings.shardLockRefreshInterval ?? 0), 2)
  })

  it("listen where they are told to, and elsewhere say where they are reached", () => {
    const settings = ClusterConfig.toShardingConfig({ host: "10.0.0.7", port: 1, listenHost: "0.0.0.0" })
    assert.deepStrictEqual(
      Option.map(settings.runnerAddress ?? Option.none(), String),
      Option.some("RunnerAddress(10.0.0.7:1)")
    )
    assert.deepStrictEqual(
      Option.map(settings.runnerListenAddress ?? Option.none(), String),
      Option.some("RunnerAddress(0.0.0.0:1)")
    )
  })

  it.effect("come from configuration", () =>
    Effect.gen(function* () {
      const options = yield* Effect.withConfigProvider(
        ClusterConfig.config,
        ConfigProvider.fromMap(
          new Map([
            ["host", "10.0.0.7"],
            ["port", "34431"],
            ["leaseDuration", "20 seconds"]
          ])
        )
      )
      assert.strictEqual(options.port, 34_431)
      assert.deepStrictEqual(options.leaseDuration, Duration.seconds(20))
      assert.isUndefined(options.weight)
    })
  )
})
