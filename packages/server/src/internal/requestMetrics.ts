import * as Metric from "effect/Metric"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as keys from "./metricKeys.js"

/**
 * The metrics of one route, with their tags.
 */
export interface RequestMetrics {
  readonly begin: () => void
  readonly end: (status: number, seconds: number) => void
}

/**
 * Gives the metrics of a route; a method that is none of HTTP's own is one of many.
 */
export const make = (): ((method: string, route: string) => RequestMetrics) => {
  const made = new Map<string, Map<string, RequestMetrics>>()
  return (sent, route) => {
    const method = methods.has(sent) ? sent : "_OTHER"
    const known = made.get(route)?.get(method)
    if (known !== undefined) return known
    const metrics = ofRoute(method, route)
    const ofMethods = made.get(route) ?? new Map<string, RequestMetrics>()
    made.set(route, ofMethods.set(method, metrics))
    return metrics
  }
}

const methods: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "TRACE"
])

// Updated without an effect, since this is done for every request, and by keys that have their tags already: a metric that is
// tagged looks for its numbers anew each time.
const ofRoute = (method: string, route: string): RequestMetrics => {
  const tags = [MetricLabel.make("http.request.method", method), MetricLabel.make("http.route", route)]
  const active = Metric.fromMetricKey(MetricKey.taggedWithLabels(keys.activeRequests, tags))
  const duration = Metric.fromMetricKey(MetricKey.taggedWithLabels(keys.requestDuration, tags))
  const byStatus = new Map<number, Metric.Metric.Counter<number>>()
  const requestsWith = (status: number): Metric.Metric.Counter<number> => {
    const label = MetricLabel.make("http.response.status_code", String(status))
    const requests = Metric.fromMetricKey(MetricKey.taggedWithLabels(keys.requests, [...tags, label]))
    byStatus.set(status, requests)
    return requests
  }
  return {
    begin: () => active.unsafeModify(1, []),
    end: (status, seconds) => {
      active.unsafeModify(-1, [])
      duration.unsafeUpdate(seconds, [])
      const requests = byStatus.get(status) ?? requestsWith(status)
      requests.unsafeUpdate(1, [])
    }
  }
}
