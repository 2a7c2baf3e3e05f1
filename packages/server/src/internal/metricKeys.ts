import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"

export const requests = MetricKey.counter("http.server.requests", {
  description: "requests by route and status of the answer",
  incremental: true
})

export const requestDuration = MetricKey.histogram(
  "http.server.request.duration",
  MetricBoundaries.fromIterable([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]),
  "how long it takes to answer requests, in seconds"
)

export const activeRequests = MetricKey.gauge("http.server.active_requests", {
  description: "requests that are being answered"
})
