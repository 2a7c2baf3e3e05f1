/**
 * An export as a step of a workflow: it is started once, however often the workflow is run again, and its end is waited for
 * without a process that has to live as long.
 *
 * The engine in memory forgets with its process. On `ClusterWorkflowEngine` over SQLite or Postgres, which are other layers
 * and the same workflow, the next process goes on where this one was killed.
 */
import * as Operations from "@effect-lro/core/Operations"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as RunOperation from "@effect-lro/workflow/RunOperation"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

const Export = RunOperation.make(OperationMetadata.operationType, {
  name: "Export",
  payload: { description: Schema.String },
  idempotencyKey: ({ description }) => description,
  onInterrupt: "cancelAndConfirm"
})

const ExportLive = Export.layer(({ description }, requestId) =>
  EarthEngine.exportImage({
    description,
    requestId,
    expression: { values: {} },
    fileExportOptions: { fileFormat: "GEO_TIFF", driveDestination: { folder: "exports" } }
  })
)

const program = Effect.gen(function* () {
  const done = yield* Export.workflow.execute({ description: "a map of the world" })
  yield* Console.log(`the workflow ends: ${done._tag}`)
  // The same key is the same execution, and so the same export.
  yield* Export.workflow.execute({ description: "a map of the world" })
  const exports = yield* Stream.runCount(Operations.list({ name: "projects/demo" }))
  yield* Console.log(`asked for twice, started ${exports === 1 ? "once" : `${exports} times`}`)
}).pipe(
  Effect.provide(
    ExportLive.pipe(
      Layer.provideMerge(WorkflowEngine.layerMemory),
      Layer.provideMerge(LocalEarthEngine.layer({ exportDuration: "300 millis" }))
    )
  )
)

NodeRuntime.runMain(program)
