import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import type * as Runner from "../Runner.js"

/** The kinds of operations that a runner knows, by type. */
export interface Definitions {
  readonly register: (definition: Runner.Definition) => Effect.Effect<void, never, Scope.Scope>
  readonly await: (type: string) => Effect.Effect<Runner.Definition>
}

export const make = (): Definitions => {
  const known = new Map<string, Deferred.Deferred<Runner.Definition>>()

  const slot = (type: string): Deferred.Deferred<Runner.Definition> => {
    const present = known.get(type)
    if (present !== undefined) return present
    const made = Deferred.unsafeMake<Runner.Definition>(FiberId.none)
    known.set(type, made)
    return made
  }

  return {
    register: (definition) =>
      Effect.acquireRelease(
        Effect.flatMap(Deferred.succeed(slot(definition.type), definition), (isFirst) =>
          isFirst ? Effect.void : Effect.dieMessage(`there are two definitions of operations ${definition.type}`)
        ),
        () => Effect.sync(() => known.delete(definition.type))
      ),
    await: (type) =>
      Effect.suspend(() => {
        const definition = slot(type)
        return Effect.zipRight(
          Effect.unlessEffect(
            Effect.logWarning(`no definition of operations ${type} is registered; they wait for it`),
            Deferred.isDone(definition)
          ),
          Deferred.await(definition)
        )
      })
  }
}
