/**
 * How the processes of a cluster find each other, and how long the word of one that is not heard of any more counts.
 *
 * @since 0.1.0
 */
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import type * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * One process of the cluster. All processes of a cluster have to agree on `leaseDuration`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The name or address at which the other processes reach this one. */
  readonly host: string
  /** The port at which they do, and at which this process listens. */
  readonly port: number
  /** The address to listen on. `host` by default. */
  readonly listenHost?: string | undefined
  /**
   * How long a process may go without renewing its leases before another takes over what it ran, measured by the clock of the
   * database. 9 seconds by default.
   *
   * Leases are renewed every third of it. A process that could not renew for two thirds of it stops its bodies, which leaves
   * them the last third to do so.
   */
  readonly leaseDuration?: Duration.DurationInput | undefined
  /**
   * How long what runs may go on to its own end before it is handed over, when this process shuts down or another one joins.
   * Meanwhile nobody starts new work of the same shard. 2 seconds by default.
   */
  readonly drainTimeout?: Duration.DurationInput | undefined
  /** How often messages are looked for of whose arrival nobody has told. 500 milliseconds by default. */
  readonly messagePollInterval?: Duration.DurationInput | undefined
  /** The share of the operations that this process takes, in relation to others. 1 by default. */
  readonly weight?: number | undefined
}

/**
 * The same, from configuration: `host`, `port`, and optionally `listenHost`, `leaseDuration`, `drainTimeout`,
 * `messagePollInterval` and `weight`.
 *
 * @since 0.1.0
 * @category configs
 */
export const config: Config.Config<Options> = Config.all({
  host: Config.string("host").pipe(
    Config.withDescription("The name or address at which the other processes reach this one.")
  ),
  port: Config.port("port").pipe(Config.withDescription("The port at which the other processes reach this one.")),
  listenHost: optional(Config.string("listenHost")),
  leaseDuration: optional(Config.duration("leaseDuration")),
  drainTimeout: optional(Config.duration("drainTimeout")),
  messagePollInterval: optional(Config.duration("messagePollInterval")),
  weight: optional(Config.integer("weight"))
})

/**
 * The same, from environment variables: `HOST`, `PORT`, and optionally `LISTEN_HOST`, `LEASE_DURATION`, `DRAIN_TIMEOUT`,
 * `MESSAGE_POLL_INTERVAL` and `WEIGHT`.
 *
 * @since 0.1.0
 * @category configs
 */
export const fromEnv: Effect.Effect<Options, ConfigError> = Effect.withConfigProvider(
  config,
  ConfigProvider.constantCase(ConfigProvider.fromEnv())
)

/**
 * The settings of `@effect/cluster` that come of it, to be given to its layers.
 *
 * Leases are rows, not advisory locks: a session of a process that has silently vanished is kept by Postgres for as long as
 * TCP allows, and with it every lock that it holds.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toShardingConfig = (options: Options): Partial<ShardingConfig.ShardingConfig["Type"]> => {
  const leaseDuration = Duration.decode(options.leaseDuration ?? "9 seconds")
  return {
    runnerAddress: Option.some(RunnerAddress.make(options.host, options.port)),
    runnerListenAddress: Option.some(RunnerAddress.make(options.listenHost ?? options.host, options.port)),
    runnerShardWeight: options.weight ?? 1,
    shardLockDisableAdvisory: true,
    shardLockExpiration: leaseDuration,
    shardLockRefreshInterval: Duration.times(leaseDuration, 1 / 3),
    refreshAssignmentsInterval: "1 second",
    entityTerminationTimeout: options.drainTimeout ?? "2 seconds",
    entityMaxIdleTime: "10 seconds",
    entityMessagePollInterval: options.messagePollInterval ?? "500 millis",
    entityReplyPollInterval: "100 millis"
  }
}

function optional<A>(setting: Config.Config<A>): Config.Config<A | undefined> {
  return Config.map(Config.option(setting), Option.getOrUndefined)
}
