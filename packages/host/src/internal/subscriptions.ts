import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as OperationRecord from "../OperationRecord.js"
import type { StoreError } from "../OperationStore.js"

type State = Option.Option<OperationRecord.OperationRecord>

/** Who wants to know of which names, told by this process at once and of other processes by looking. */
export interface Subscriptions {
  readonly subscribe: (name: string) => Effect.Effect<Queue.Dequeue<State>, never, Scope.Scope>
  /** What this process has written. */
  readonly tell: (name: string, state: State) => Effect.Effect<void>
}

interface Topic {
  readonly queues: Set<Queue.Queue<State>>
  /** The newest version that was told; -1 where nothing was told yet, 0 once it was removed. */
  told: number
}

export const make = (options: {
  readonly get: (name: string) => Effect.Effect<State, StoreError>
  readonly versions: (
    names: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly version: number }>, StoreError>
  readonly pollInterval: Duration.DurationInput | undefined
  readonly changes: Stream.Stream<string, StoreError> | undefined
}): Effect.Effect<Subscriptions, never, Scope.Scope> =>
  Effect.gen(function* () {
    const topics = new Map<string, Topic>()

    const tell = (name: string, state: State): Effect.Effect<void> =>
      Effect.suspend(() => {
        const topic = topics.get(name)
        if (topic === undefined) return Effect.void
        const version = versionOf(state)
        // A look may come back after a newer write has been told.
        if (version !== 0 && version <= topic.told) return Effect.void
        if (version === 0 && topic.told === 0) return Effect.void
        topic.told = version
        return Effect.forEach([...topic.queues], (queue) => Queue.offer(queue, state), { discard: true })
      })

    const look = (name: string): Effect.Effect<void, StoreError> =>
      Effect.flatMap(options.get(name), (state) => tell(name, state)).pipe(
        // One that cannot be read must not keep those behind it from being told.
        Effect.catchIf(
          ({ reason }) => reason === "Broken",
          (error) => Effect.logDebug("somebody waits for an operation that cannot be read", error)
        )
      )

    const lookAtAll = Effect.gen(function* () {
      const names = [...topics.keys()]
      if (names.length === 0) return
      const versions = new Map((yield* options.versions(names)).map(({ name, version }) => [name, version]))
      const changed = names.filter((name) => {
        const told = topics.get(name)?.told ?? 0
        const version = versions.get(name)
        // A record that was never seen and is not there has not changed.
        return version === undefined ? told > 0 : version > told
      })
      yield* Effect.forEach(changed, look, { discard: true })
    })

    if (options.pollInterval !== undefined) {
      yield* lookAtAll.pipe(
        // The next look finds what this one did not, also where this one died.
        Effect.catchAllCause((cause) => Effect.logDebug("changes of other processes could not be looked for", cause)),
        Effect.schedule(Schedule.spaced(options.pollInterval)),
        Effect.forkScoped
      )
    }
    if (options.changes !== undefined) {
      yield* options.changes.pipe(
        Stream.filter((name) => topics.has(name)),
        Stream.runForEach(look),
        Effect.sandbox,
        Effect.tapError((cause) => Effect.logDebug("the store does not tell of changes for the moment", cause)),
        Effect.retry(Schedule.spaced(pause)),
        // It ends only where the store stops telling; the poll goes on.
        Effect.ignore,
        Effect.forkScoped
      )
    }

    return {
      tell,
      subscribe: (name) =>
        Effect.acquireRelease(
          Effect.tap(Queue.sliding<State>(1), (queue) => {
            const topic = topics.get(name) ?? { queues: new Set(), told: -1 }
            topics.set(name, topic)
            topic.queues.add(queue)
            return Effect.void
          }),
          (queue) =>
            Effect.suspend(() => {
              const topic = topics.get(name)
              topic?.queues.delete(queue)
              if (topic?.queues.size === 0) topics.delete(name)
              return Queue.shutdown(queue)
            })
        )
    }
  })

const versionOf = (state: State): number => Option.match(state, { onNone: () => 0, onSome: ({ version }) => version })

const pause = Duration.seconds(1)
