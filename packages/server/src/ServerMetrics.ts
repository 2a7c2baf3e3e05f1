/**
 * What a server counts and measures, by OpenTelemetry's names. No label has anything in it that a client wrote: requests are
 * told apart by the template of their route, never by the name of an operation.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as keys from "./internal/metricKeys.js"

/**
 * Answered requests, and those that were given up (status 499): a counter with the tags `http.request.method`, `http.route`
 * and `http.response.status_code`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = Metric.fromMetricKey(keys.requests)

/**
 * How long it took to answer them, in seconds: a histogram with the tags `http.request.method` and `http.route`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requestDuration: Metric.Metric.Histogram<number> = Metric.fromMetricKey(keys.requestDuration)

/**
 * Requests that are being answered: a gauge with the tags `http.request.method` and `http.route`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const activeRequests: Metric.Metric.Gauge<number> = Metric.fromMetricKey(keys.activeRequests)
