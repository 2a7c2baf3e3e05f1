import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import type { Operations } from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as OperationType from "@effect-lro/core/OperationType"
import type { WaitError } from "@effect-lro/core/WaitError"
import type { Interrupted } from "@effect-lro/workflow/Interrupted"
import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
import * as RunOperation from "@effect-lro/workflow/RunOperation"
import { expectTypeOf, it } from "@effect/vitest"
import type { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

// These hold or do not when the tests are type-checked; running them shows nothing more.

class Images extends Context.Tag("Images")<Images, { readonly latest: Effect.Effect<string> }>() {}

const Export = OperationType.make({
  metadata: OperationType.anything,
  response: OperationType.message({ typeName: "demo.v1.Exported", schema: Schema.Struct({ uri: Schema.String }) })
})

type Known = Operation.Done<
  OperationType.Message<AnyMessage.AnyMessage>,
  OperationType.Message<{ readonly uri: string }>
>

const ExportImage = RunOperation.make(Export, {
  name: "ExportImage",
  payload: { image: Schema.String, scale: Schema.NumberFromString },
  idempotencyKey: ({ image, scale }) => {
    expectTypeOf(image).toEqualTypeOf<string>()
    expectTypeOf(scale).toEqualTypeOf<number>()
    return `${image}/${scale}`
  },
  onInterrupt: "cancel"
})

const running = Effect.succeed(Operation.running({ name: "projects/demo/operations/ABC" }))

it("RunOperation is typed by its payload, its operation and what it takes to start it", () => {
  expectTypeOf(ExportImage.workflow.name).toEqualTypeOf<"ExportImage">()
  expectTypeOf(ExportImage.workflow.execute({ image: "elevation", scale: 30 })).toEqualTypeOf<
    Effect.Effect<Known, OperationsError | WaitError | Interrupted, WorkflowEngine>
  >()
  // @ts-expect-error a payload of another shape
  void ExportImage.workflow.execute({ image: "elevation", scale: "30" })
  // @ts-expect-error a payload that lacks something
  void ExportImage.workflow.execute({ image: "elevation" })
  expectTypeOf(ExportImage.layer(() => running)).toEqualTypeOf<Layer.Layer<never, never, Operations | WorkflowEngine>>()
  expectTypeOf(
    ExportImage.layer(({ image, scale }, requestId) => {
      expectTypeOf(image).toEqualTypeOf<string>()
      expectTypeOf(scale).toEqualTypeOf<number>()
      expectTypeOf(requestId).toEqualTypeOf<string>()
      return Effect.zipRight(Images, running)
    })
  ).toEqualTypeOf<Layer.Layer<never, never, Images | Operations | WorkflowEngine>>()
  // @ts-expect-error what starts must answer with an operation
  ExportImage.layer(() => Effect.succeed("projects/demo/operations/ABC"))
  // @ts-expect-error there is no default for what becomes of the operation
  RunOperation.make(Export, { name: "ExportImage", payload: {}, idempotencyKey: () => "" })
})

it("steps are typed by the operation, and say what they fail with", () => {
  type InWorkflow = Operations | WorkflowEngine | WorkflowInstance
  const operation = "projects/demo/operations/ABC"
  expectTypeOf(RemoteOperation.start({ name: "export", request: () => running })).toEqualTypeOf<
    Effect.Effect<Operation.Operation, OperationsError, WorkflowEngine | WorkflowInstance>
  >()
  expectTypeOf(RemoteOperation.awaitDone({ name: "export", operation })).toEqualTypeOf<
    Effect.Effect<Operation.Done, OperationsError | WaitError, InWorkflow>
  >()
  expectTypeOf(RemoteOperation.awaitDone({ name: "export", operation, type: Export })).toEqualTypeOf<
    Effect.Effect<Known, OperationsError | WaitError, InWorkflow>
  >()
  expectTypeOf(
    RemoteOperation.scoped({
      name: "export",
      request: () => Effect.zipRight(Images, running),
      onInterrupt: "leave",
      type: Export
    })
  ).toEqualTypeOf<Effect.Effect<Known, OperationsError | WaitError | Interrupted, Images | InWorkflow>>()
  expectTypeOf(
    RemoteOperation.cancelAndConfirm({ name: "export", operation, type: Export }).pipe(
      Effect.map((outcome) => outcome.operation)
    )
  ).toEqualTypeOf<Effect.Effect<Known, OperationsError | WaitError, InWorkflow>>()
})
