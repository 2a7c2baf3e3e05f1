/**
 * A process with a workflow engine that runs exports, as a user would write it: `Worker.mjs ENGINE DATABASE URL [PORT]`. On its
 * standard input it is told what to run, what to interrupt, and when to end; on its standard output it says what became of it.
 */
import { createInterface } from "node:readline"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as RunOperation from "@effect-lro/workflow/RunOperation"
import * as ClusterWorkflowEngine from "@effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import type * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SingleRunner from "@effect/cluster/SingleRunner"
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

const [kind = "", database = "", url = "", port = "0"] = process.argv.slice(2)

const print = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

const Export = RunOperation.make(OperationMetadata.operationType, {
  name: "Export",
  payload: { description: Schema.String },
  idempotencyKey: ({ description }) => description,
  onInterrupt: "cancelAndConfirm",
  schedule: Schedule.spaced("200 millis"),
  longestStretch: "700 millis"
})

const Exports = Export.layer(({ description }, requestId) =>
  EarthEngine.exportImage({ expression: { values: {} }, description, requestId })
)

const Remote = EarthEngine.layer({
  project: "demo",
  endpoint: url,
  // So that the other side can tell which process it is that asks.
  transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-process", String(process.pid)))
}).pipe(Layer.provide(FetchHttpClient.layer))

const shardingConfig: Partial<ShardingConfig.ShardingConfig["Type"]> = {
  entityMessagePollInterval: "150 millis",
  entityReplyPollInterval: "100 millis",
  refreshAssignmentsInterval: "500 millis",
  shardLockExpiration: "6 seconds",
  shardLockRefreshInterval: "1 second",
  shardsPerGroup: 20
}

const address = RunnerAddress.make("127.0.0.1", Number(port))

const Sharding =
  kind === "postgres"
    ? NodeClusterSocket.layer({
        storage: "sql",
        shardingConfig: { ...shardingConfig, runnerAddress: Option.some(address) }
      }).pipe(Layer.provide(PgClient.layer({ url: Redacted.make(database) })))
    : SingleRunner.layer({ shardingConfig }).pipe(Layer.provide(SqliteClient.layer({ filename: database })))

const Engine = ClusterWorkflowEngine.layer.pipe(Layer.provide(Sharding))

const tell = (description: string, exit: Exit.Exit<{ readonly _tag: string }, RunOperation.Failure>) => {
  if (Exit.isSuccess(exit)) return print(`ended ${description} ${exit.value._tag}`)
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  const confirmed = failure?._tag === "Interrupted" ? Option.getOrUndefined(failure.confirmed)?._tag : undefined
  return print(`ended ${description} ${failure?._tag ?? Cause.pretty(exit.cause)} ${confirmed ?? ""}`)
}

/** Starts it, or finds it started, and says how it ended. */
const run = (description: string) =>
  Effect.gen(function* () {
    const executionId = yield* Export.workflow.execute({ description }, { discard: true })
    yield* print(`runs ${description}`)
    for (;;) {
      const result = yield* Export.workflow.poll(executionId)
      if (result?._tag === "Complete") return yield* tell(description, result.exit)
      yield* Effect.sleep("200 millis")
    }
  })

const interrupt = (description: string) =>
  Effect.gen(function* () {
    yield* Export.workflow.interrupt(yield* Export.workflow.executionId({ description }))
    yield* print(`interrupted ${description}`)
  })

const main = Effect.gen(function* () {
  const runFork = Runtime.runFork(yield* Effect.runtime<WorkflowEngine.WorkflowEngine>())
  yield* print("ready")
  yield* Effect.async<void>((resume) => {
    createInterface({ input: process.stdin }).on("line", (line) => {
      const [verb, description = ""] = line.split(" ")
      if (verb === "end") resume(Effect.void)
      else runFork(verb === "run" ? run(description) : interrupt(description))
    })
  })
})

Effect.runPromise(
  main.pipe(
    Effect.provide(Exports.pipe(Layer.provideMerge(Engine), Layer.provide(Remote))),
    Logger.withMinimumLogLevel(LogLevel.Warning)
  )
).then(
  () => process.exit(0),
  (cause: unknown) => {
    console.error(cause)
    process.exit(1)
  }
)
