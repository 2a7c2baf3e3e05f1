import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Bulk from "@effect-lro/core/Bulk"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Coalescing from "@effect-lro/core/Coalescing"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type * as OperationsError from "@effect-lro/core/OperationsError"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Poller from "@effect-lro/core/Poller"
import * as RateLimited from "@effect-lro/core/RateLimited"
import * as Retrying from "@effect-lro/core/Retrying"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import * as Telemetry from "@effect-lro/core/Telemetry"
import type * as WaitError from "@effect-lro/core/WaitError"
import { expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"

// These hold or do not when the tests are type-checked; running them shows nothing more.

/** Every error that a request can fail with, spelled out, so that a new or a lost one is noticed. */
type Request =
  | OperationsError.CallCancelled
  | OperationsError.Unknown
  | OperationsError.InvalidArgument
  | OperationsError.DeadlineExceeded
  | OperationsError.NotFound
  | OperationsError.AlreadyExists
  | OperationsError.PermissionDenied
  | OperationsError.ResourceExhausted
  | OperationsError.FailedPrecondition
  | OperationsError.Aborted
  | OperationsError.OutOfRange
  | OperationsError.Unimplemented
  | OperationsError.Internal
  | OperationsError.Unavailable
  | OperationsError.DataLoss
  | OperationsError.Unauthorized
  | OperationsError.TransportError
  | OperationsError.MalformedResponse
  | OperationsError.InvalidName

/** What is left of them for a caller who handles the three that a person can do something about. */
type Rest =
  | OperationsError.CallCancelled
  | OperationsError.Unknown
  | OperationsError.InvalidArgument
  | OperationsError.DeadlineExceeded
  | OperationsError.AlreadyExists
  | OperationsError.PermissionDenied
  | OperationsError.ResourceExhausted
  | OperationsError.FailedPrecondition
  | OperationsError.Aborted
  | OperationsError.OutOfRange
  | OperationsError.Internal
  | OperationsError.Unavailable
  | OperationsError.DataLoss
  | OperationsError.TransportError
  | OperationsError.MalformedResponse
  | OperationsError.InvalidName

type Wait = WaitError.Vanished | WaitError.StillRunning

const name = "projects/demo/operations/A"

const handled = {
  Unimplemented: () => Effect.succeed("it cannot be stopped" as const),
  NotFound: ({ missing }: OperationsError.NotFound) => Effect.succeed(missing),
  Unauthorized: ({ reason }: OperationsError.Unauthorized) => Effect.succeed(reason)
}

type Handled = "it cannot be stopped" | "operation" | "route" | "Refused" | "NoCredentials"

it("get fails with what a request can fail with, and nothing else", () => {
  expectTypeOf(Operations.get(name)).toEqualTypeOf<Effect.Effect<Operation.Operation, Request, Operations.Operations>>()
  expectTypeOf<OperationsError.OperationsError>().toEqualTypeOf<Request>()
})

it("cancel fails with what a request can fail with, and nothing else", () => {
  expectTypeOf(Operations.cancel(name)).toEqualTypeOf<Effect.Effect<void, Request, Operations.Operations>>()
})

it("delete, wait and list fail with what a request can fail with, and nothing else", () => {
  expectTypeOf(Operations.delete(name)).toEqualTypeOf<Effect.Effect<void, Request, Operations.Operations>>()
  expectTypeOf(Operations.wait(name)).toEqualTypeOf<
    Effect.Effect<Operation.Operation, Request, Operations.Operations>
  >()
  expectTypeOf(Operations.listPage({ name })).toEqualTypeOf<
    Effect.Effect<Operations.ListPage, Request, Operations.Operations>
  >()
  expectTypeOf(Operations.list({ name })).toEqualTypeOf<
    Stream.Stream<Operation.Operation, Request, Operations.Operations>
  >()
})

it("cancelAndConfirm fails with what a request can fail with, Vanished and StillRunning, and nothing else", () => {
  expectTypeOf(Cancellation.cancelAndConfirm(name)).toEqualTypeOf<
    Effect.Effect<Cancellation.Outcome, Request | Wait, Operations.Operations>
  >()
})

it("awaitDone fails with what a request can fail with, Vanished and StillRunning, and nothing else", () => {
  expectTypeOf(Poller.awaitDone(name)).toEqualTypeOf<
    Effect.Effect<Operation.Done, Request | Wait, Operations.Operations>
  >()
})

it("who handles Unimplemented, NotFound and Unauthorized is left with exactly the rest", () => {
  expectTypeOf(Effect.catchTags(Operations.get(name), handled)).toEqualTypeOf<
    Effect.Effect<Operation.Operation | Handled, Rest, Operations.Operations>
  >()
  expectTypeOf(Effect.catchTags(Operations.cancel(name), handled)).toEqualTypeOf<
    Effect.Effect<void | Handled, Rest, Operations.Operations>
  >()
  expectTypeOf(Effect.catchTags(Cancellation.cancelAndConfirm(name), handled)).toEqualTypeOf<
    Effect.Effect<Cancellation.Outcome | Handled, Rest | Wait, Operations.Operations>
  >()
})

it("who handles how a wait ends too is left with what a request can fail with", () => {
  const program = Effect.catchTags(Cancellation.cancelAndConfirm(name), {
    Vanished: ({ lastSeen }) => Effect.succeed(lastSeen),
    StillRunning: ({ lastSeen }) => Effect.succeed(lastSeen)
  })
  expectTypeOf<Effect.Effect.Error<typeof program>>().toEqualTypeOf<Request>()
})

it("a bulk fails as its source does, and each result holds what a wait can fail with", () => {
  expectTypeOf(Bulk.cancel([name])).toEqualTypeOf<
    Stream.Stream<Bulk.Result<Cancellation.Outcome>, never, Operations.Operations>
  >()
  expectTypeOf(Bulk.await(Bulk.running({ name }))).toEqualTypeOf<
    Stream.Stream<Bulk.Result<Operation.Done>, Request, Operations.Operations>
  >()
  expectTypeOf<Bulk.Result<Operation.Done>["result"]>().toEqualTypeOf<Either.Either<Operation.Done, Request | Wait>>()
  expectTypeOf(Bulk.summarize(Bulk.cancel([name]))).toEqualTypeOf<
    Effect.Effect<Bulk.Summary, never, Operations.Operations>
  >()
})

it("scoped fails with what its start fails with, and what a wait can fail with", () => {
  const start: Effect.Effect<Operation.Operation, "no start", "a requirement"> = Effect.fail("no start")
  expectTypeOf(Operations.scoped(start, { onInterrupt: "cancel" })).toEqualTypeOf<
    Effect.Effect<Operation.Done, "no start" | Request | Wait, "a requirement" | Operations.Operations>
  >()
})

it("a shared wait fails as a wait of its own, and needs the poller only", () => {
  expectTypeOf(SharedPoller.awaitDone(name)).toEqualTypeOf<
    Effect.Effect<Operation.Done, Request | Wait, SharedPoller.SharedPoller>
  >()
})

it("a wait that is written down fails with what the writing fails with besides", () => {
  const checkpoint = Checkpoint.make({ operation: name, intent: "cancel" })
  expectTypeOf(Checkpoint.resume(checkpoint, { save: () => Effect.fail("full" as const) })).toEqualTypeOf<
    Effect.Effect<Operation.Done, "full" | Request | Wait, Operations.Operations>
  >()
  expectTypeOf(Checkpoint.resume(checkpoint, { save: () => Effect.void })).toEqualTypeOf<
    Effect.Effect<Operation.Done, Request | Wait, Operations.Operations>
  >()
  expectTypeOf(Checkpoint.fromText("")).toEqualTypeOf<
    Either.Either<Checkpoint.Checkpoint, Checkpoint.MalformedCheckpoint>
  >()
})

it("a type of operation types the metadata and the response of every program that takes one", () => {
  const type = OperationType.make({ metadata: OperationType.anything, response: OperationType.empty })
  type Known = Operation.Done<OperationType.Message<AnyMessage.AnyMessage>, OperationType.Message<{}>>
  expectTypeOf(Poller.awaitDone(name, { type })).toEqualTypeOf<
    Effect.Effect<Known, Request | Wait, Operations.Operations>
  >()
  expectTypeOf(SharedPoller.awaitDone(name, { type })).toEqualTypeOf<
    Effect.Effect<Known, Request | Wait, SharedPoller.SharedPoller>
  >()
  expectTypeOf(
    Operations.scoped(Effect.succeed(Operation.running({ name })), { type, onInterrupt: "leave" })
  ).toEqualTypeOf<Effect.Effect<Known, Request | Wait, Operations.Operations>>()
  expectTypeOf(Cancellation.cancelAndConfirm(name, { type })).toEqualTypeOf<
    Effect.Effect<
      Cancellation.Outcome<OperationType.Message<AnyMessage.AnyMessage>, OperationType.Message<{}>>,
      Request | Wait,
      Operations.Operations
    >
  >()
})

it("a transformer neither adds nor takes away an error or a requirement", () => {
  type Transformer = Layer.Layer<Operations.Operations, never, Operations.Operations>
  expectTypeOf(Coalescing.layer()).toEqualTypeOf<Transformer>()
  expectTypeOf(RateLimited.layer({ limit: 1 })).toEqualTypeOf<Transformer>()
  expectTypeOf(Retrying.layer()).toEqualTypeOf<Transformer>()
  expectTypeOf(Telemetry.layerTraced).toEqualTypeOf<Transformer>()
  expectTypeOf(Telemetry.layerMeasured).toEqualTypeOf<Transformer>()
})

it("an outcome has exactly three tags, each with an operation that is done", () => {
  expectTypeOf<Cancellation.Outcome["_tag"]>().toEqualTypeOf<"Cancelled" | "CompletedAnyway" | "FailedAnyway">()
  expectTypeOf<Cancellation.Outcome["operation"]>().toEqualTypeOf<Operation.Done>()
  expectTypeOf<Cancellation.Cancelled["operation"]>().toEqualTypeOf<Operation.Cancelled>()
  expectTypeOf<Cancellation.FailedAnyway["operation"]>().toEqualTypeOf<Operation.Failed>()
  expectTypeOf<Cancellation.CompletedAnyway["operation"]>().toEqualTypeOf<
    Operation.Succeeded | Operation.DoneWithoutResult
  >()
})

it("an operation has exactly five tags", () => {
  expectTypeOf<Operation.Operation["_tag"]>().toEqualTypeOf<
    "Running" | "Succeeded" | "Failed" | "Cancelled" | "DoneWithoutResult"
  >()
})
