import type { Operations } from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** What a process sees of the store, until it is gone: then nothing it asks for ever happens. */
const connect = (store: OperationStore.Service) => {
  let isGone = false
  const through = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => (isGone ? Effect.never : effect))
  const view: OperationStore.Service = {
    create: (record) => through(store.create(record)),
    get: (name) => through(store.get(name)),
    compareAndSet: (expected, next) => through(store.compareAndSet(expected, next)),
    delete: (expected) => through(store.delete(expected)),
    list: (request) => through(store.list(request)),
    unfinished: (request) => through(store.unfinished(request)),
    purge: (request) => through(store.purge(request)),
    counts: through(store.counts),
    subscribe: store.subscribe
  }
  return {
    view,
    cut: Effect.sync(() => {
      isGone = true
    })
  }
}

export interface Process {
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Operations | Host.Host>>
  /** SIGKILL: nothing of it is written any more, and its bodies stop. */
  readonly crash: Effect.Effect<void>
  /** SIGTERM. */
  readonly stop: Effect.Effect<void>
}

/** Starts a process with a host over the store, and with what `services` adds to it. */
export const start = (
  store: OperationStore.Service,
  services: Layer.Layer<never, never, Host.Host> = Layer.empty,
  options: Host.Options = {}
): Effect.Effect<Process> =>
  Effect.gen(function* () {
    const { cut, view } = connect(store)
    const scope = yield* Scope.make()
    const layer = Layer.mergeAll(HostOperations.layer, services).pipe(
      Layer.provideMerge(Host.layer(options)),
      Layer.provide(Layer.succeed(OperationStore.OperationStore, view))
    )
    const context: Context.Context<Operations | Host.Host> = yield* Layer.buildWithScope(layer, scope)
    return {
      run: Effect.provide(context),
      crash: Effect.zipRight(cut, Effect.forkDaemon(Scope.close(scope, Exit.void))),
      stop: Scope.close(scope, Exit.void)
    }
  })
