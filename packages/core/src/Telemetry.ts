/**
 * Transformers of `Operations` that trace and measure, by OpenTelemetry's names.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type * as Tracer from "effect/Tracer"
import * as Elapsed from "./internal/elapsed.js"
import * as Operations from "./Operations.js"
import type { Method } from "./OperationsError.js"

/**
 * How long requests take, in seconds: a histogram with the tags `rpc.method` and, for those that fail, `error.type` (the
 * tag of the error).
 *
 * @since 0.1.0
 * @category metrics
 */
export const requestDuration: Metric.Metric.Histogram<number> = Metric.histogram(
  "rpc.client.call.duration",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]),
  "how long requests of google.longrunning.Operations take, in seconds"
)

/**
 * How long it takes from a cancel to its confirmed outcome, in seconds: a histogram with the tag
 * `lro.cancel.outcome`. Fed by {@link cancelOutcome}.
 *
 * @since 0.1.0
 * @category metrics
 */
export const cancelDuration: Metric.Metric.Histogram<number> = Metric.histogram(
  "lro.cancel.duration",
  MetricBoundaries.fromIterable([0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]),
  "how long it takes from a cancel to its confirmed outcome, in seconds"
)

/**
 * How cancels end: a counter with the tag `lro.cancel.outcome`, which is `Cancelled`, `CompletedAnyway`, `FailedAnyway` or
 * the tag of the error. Fed by {@link cancelOutcome}.
 *
 * @since 0.1.0
 * @category metrics
 */
export const cancelOutcomes: Metric.Metric.Counter<number> = Metric.counter("lro.cancel.outcomes", {
  description: "how cancels end",
  incremental: true
})

/**
 * Gives each request a span `google.longrunning.Operations/GetOperation` (and so on) with the attributes `rpc.system`,
 * `rpc.service`, `rpc.method` and `lro.operation.name`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const traced = (operations: Operations.Provider): Operations.Service =>
  Operations.around(operations, (request, method, name) =>
    Effect.withSpan(request, `${service}/${rpcNames[method]}`, spanOptions(method, name))
  )

/**
 * Feeds {@link requestDuration} with each request.
 *
 * @since 0.1.0
 * @category constructors
 */
export const measured = (operations: Operations.Provider): Operations.Service =>
  Operations.around(operations, (request, method) => {
    const byMethod = Metric.tagged(requestDuration, "rpc.method", rpcNames[method])
    const taken = (since: number, metric: Metric.Metric.Histogram<number>) =>
      Effect.flatMap(Elapsed.now, (now) => Metric.update(metric, (now - since) / 1000))
    return Effect.flatMap(Elapsed.now, (since) =>
      Effect.tapBoth(request, {
        onFailure: (error) => taken(since, Metric.tagged(byMethod, "error.type", error._tag)),
        onSuccess: () => taken(since, byMethod)
      })
    )
  })

/**
 * Feeds {@link cancelDuration} and {@link cancelOutcomes} with the outcome of a `Cancellation.cancelAndConfirm`.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as Telemetry from "@effect-lro/core/Telemetry"
 *
 * export const program = Cancellation.cancelAndConfirm("projects/demo/operations/ABC").pipe(Telemetry.cancelOutcome)
 * ```
 */
export const cancelOutcome = <A extends { readonly _tag: string }, E extends { readonly _tag: string }, R>(
  cancelling: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Elapsed.now, (since) => {
    const count = ({ _tag }: A | E) =>
      Effect.flatMap(Elapsed.now, (now) =>
        Effect.zipRight(
          Metric.update(Metric.tagged(cancelDuration, "lro.cancel.outcome", _tag), (now - since) / 1000),
          Metric.update(Metric.tagged(cancelOutcomes, "lro.cancel.outcome", _tag), 1)
        )
      )
    return Effect.tapBoth(cancelling, { onFailure: count, onSuccess: count })
  })

/**
 * Traces the `Operations` below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerTraced: Layer.Layer<Operations.Operations, never, Operations.Operations> = Layer.effect(
  Operations.Operations,
  Effect.map(Operations.Operations, traced)
)

/**
 * Measures the `Operations` below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMeasured: Layer.Layer<Operations.Operations, never, Operations.Operations> = Layer.effect(
  Operations.Operations,
  Effect.map(Operations.Operations, measured)
)

const service = "google.longrunning.Operations"

const rpcNames: Record<Method, string> = {
  get: "GetOperation",
  list: "ListOperations",
  cancel: "CancelOperation",
  delete: "DeleteOperation",
  wait: "WaitOperation",
  start: "Start"
}

const spanOptions = (method: Method, name: string): Tracer.SpanOptions => ({
  kind: "client",
  captureStackTrace: false,
  attributes: {
    "rpc.system": "google.longrunning",
    "rpc.service": service,
    "rpc.method": rpcNames[method],
    "lro.operation.name": name
  }
})
