/**
 * What a server counts and measures, by OpenTelemetry's names. No label has anything in it that a client wrote: requests are
 * told apart by the template of their route, never by the name of an operation.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * Answered requests, and those that were given up (status 499): a counter with the tags `http.request.method`, `http.route`
 * and `http.response.status_code`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = Metric.counter("http.server.requests", {
  description: "requests by route and status of the answer",
  incremental: true
})

/**
 * How long it took to answer them, in seconds: a histogram with the tags `http.request.method` and `http.route`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requestDuration: Metric.Metric.Histogram<number> = Metric.histogram(
  "http.server.request.duration",
  MetricBoundaries.fromIterable([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]),
  "how long it takes to answer requests, in seconds"
)

/**
 * Requests that are being answered: a gauge with the tags `http.request.method` and `http.route`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const activeRequests: Metric.Metric.Gauge<number> = Metric.gauge("http.server.active_requests", {
  description: "requests that are being answered"
})
