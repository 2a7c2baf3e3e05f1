/**
 * What a host measures.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * How many attempts were started: a counter with the tag `lro.operation.type`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const started: Metric.Metric.Counter<number> = Metric.counter("lro.host.started", {
  description: "how many attempts at operations were started",
  incremental: true
})

/**
 * How many operations have ended: a counter with the tags `lro.operation.type` and `lro.operation.state`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const ended: Metric.Metric.Counter<number> = Metric.counter("lro.host.ended", {
  description: "how many operations have ended",
  incremental: true
})

/**
 * How many bodies run in this process.
 *
 * @since 0.1.0
 * @category metrics
 */
export const running: Metric.Metric.Gauge<number> = Metric.gauge("lro.host.running", {
  description: "how many bodies of operations run in this process"
})

/**
 * How long it takes from a cancel request, as it reaches the process that runs a body, until the body has stopped, in
 * seconds: a histogram.
 *
 * @since 0.1.0
 * @category metrics
 */
export const stopDuration: Metric.Metric.Histogram<number> = Metric.histogram(
  "lro.host.stop.duration",
  MetricBoundaries.fromIterable([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600]),
  "how long bodies take to stop once they were asked to, in seconds"
)

/**
 * How many bodies were still running when `cancelGrace` had passed since they were asked to stop: a counter to raise an
 * alarm by.
 *
 * @since 0.1.0
 * @category metrics
 */
export const overdue: Metric.Metric.Counter<number> = Metric.counter("lro.host.overdue", {
  description: "how many bodies did not stop within the grace",
  incremental: true
})
