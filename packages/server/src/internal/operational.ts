import * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Router from "@effect-lro/rest/Router"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Prometheus from "../Prometheus.js"
import { Shutdown } from "../Shutdown.js"
import * as Answer from "./answer.js"
import type * as Endpoint from "./endpoint.js"
import * as Refusal from "./refusal.js"

export interface Settings {
  readonly ready: Effect.Effect<boolean>
  readonly readyTimeout: Duration.Duration
  readonly metrics: "public" | "authenticated" | "off"
}

/**
 * What those ask who keep the server running, and not its clients.
 */
export const routes = (settings: Settings): ReadonlyArray<Router.Route<Endpoint.Endpoint>> => [
  route("/healthz", "public", () => Effect.succeed({ status: "ok" })),
  route("/readyz", "public", () => ready(settings)),
  ...(settings.metrics === "off" ? [] : [route("/metrics", settings.metrics, metrics)])
]

const route = (
  path: string,
  access: Endpoint.Endpoint["access"],
  handle: Endpoint.Endpoint["handle"]
): Router.Route<Endpoint.Endpoint> => ({
  method: "GET",
  template: PathTemplate.unsafeParse(path),
  value: { label: path.slice(1), route: path, access, body: "ignored", interruptible: true, handle }
})

const ready = ({ ready, readyTimeout }: Settings): Endpoint.Outcome =>
  Effect.gen(function* () {
    const shutdown = yield* Shutdown
    if (yield* shutdown.isAnnounced) return yield* Effect.fail(Refusal.notReady("the server is about to stop"))
    // Disconnected, so that a check which does not let itself be interrupted is not waited for either.
    const isReady = yield* Effect.timeoutTo(Effect.disconnect(ready), {
      duration: readyTimeout,
      onSuccess: (isReady) => isReady,
      onTimeout: () => false
    })
    return isReady
      ? { status: "ready" }
      : yield* Effect.fail(Refusal.notReady("what the server depends on is not there"))
  })

const metrics = (): Endpoint.Outcome =>
  Effect.map(Metric.snapshot, (pairs) => new Answer.Verbatim(Prometheus.contentType, Prometheus.encode(pairs)))
