import * as Metric from "effect/Metric"
import * as ServerMetrics from "../ServerMetrics.js"

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

// Updated without an effect, since this is done for every request: a metric has no more to it than its numbers.
const ofRoute = (method: string, route: string): RequestMetrics => {
  const active = tag(ServerMetrics.activeRequests, method, route)
  const duration = tag(ServerMetrics.requestDuration, method, route)
  const requests = tag(ServerMetrics.requests, method, route)
  const byStatus = new Map<number, Metric.Metric.Counter<number>>()
  return {
    begin: () => active.unsafeModify(1, []),
    end: (status, seconds) => {
      active.unsafeModify(-1, [])
      duration.unsafeUpdate(seconds, [])
      const counter = byStatus.get(status) ?? Metric.tagged(requests, "http.response.status_code", String(status))
      byStatus.set(status, counter)
      counter.unsafeUpdate(1, [])
    }
  }
}

const tag = <Type, In, Out>(
  metric: Metric.Metric<Type, In, Out>,
  method: string,
  route: string
): Metric.Metric<Type, In, Out> =>
  metric.pipe(Metric.tagged("http.request.method", method), Metric.tagged("http.route", route))
