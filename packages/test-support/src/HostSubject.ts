/** A host that runs what the operations battery orders. */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Host from "@effect-lro/host/Host"
import type * as Job from "@effect-lro/host/Job"
import * as StatusError from "@effect-lro/host/StatusError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Subject from "@effect-lro/testing/Subject"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** The service that such a host is served as. */
export const service = ServiceDescription.project({
  id: "battery.example.com",
  ids: "multi-segment",
  methods: ["get", "list", "cancel", "delete", "wait"]
})

/** All but what a body cannot be, and what only a client that is witnessed can show. */
export const capabilities: Subject.Capabilities = {
  ...Subject.everything,
  doneWithoutResult: false,
  requestWitness: false,
  trouble: false
}

/** The body that behaves so. It always ends with a result; whoever shows the operation may leave it out. */
export const body = (
  behaviour: Subject.Behaviour
): Effect.Effect<AnyMessage.AnyMessage | void, StatusError.StatusError> => {
  switch (behaviour._tag) {
    case "RunsUntilCancelled":
      return Effect.onInterrupt(Effect.never, () => Effect.sleep(behaviour.cancelLatency ?? 0))
    case "Completes":
      return Effect.sleep(behaviour.after)
    case "Fails":
      return Effect.delay(Effect.fail(StatusError.make(behaviour.status)), behaviour.after)
    case "IgnoresCancel":
      return Effect.uninterruptible(Effect.sleep(behaviour.after))
    case "Succeeded":
      return Effect.succeed(behaviour.response)
    case "Failed":
      return Effect.fail(StatusError.make(behaviour.status))
    case "DoneWithoutResult":
      return Effect.void
  }
}

/** The host as a subject, whose bodies are witnessed. */
export const make = Effect.gen(function* () {
  const host = yield* Host.Host
  const bodies = new Set<string>()
  const witnessed =
    (behaviour: Subject.Behaviour) =>
    (job: Job.Job): ReturnType<typeof body> =>
      Effect.acquireUseRelease(
        Effect.sync(() => bodies.add(job.name)),
        () => body(behaviour),
        () => Effect.sync(() => bodies.delete(job.name))
      )
  return {
    parent: "projects/demo",
    emptyParent: "projects/empty",
    unknownName: "projects/demo/operations/unknown",
    unit: Duration.millis(20),
    start: (behaviour, options) =>
      host
        .submit({
          parent: "projects/demo",
          name: options?.name,
          body: witnessed(behaviour),
          startDelay: behaviour._tag === "RunsUntilCancelled" ? behaviour.pending : undefined
        })
        .pipe(
          Effect.map((operation) => operation.name),
          Effect.orDie
        ),
    isBodyRunning: (name) => Effect.sync(() => bodies.has(name))
  } satisfies Subject.Service
})
