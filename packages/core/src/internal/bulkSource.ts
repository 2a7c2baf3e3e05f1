import * as Cause from "effect/Cause"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Bulk from "../Bulk.js"
import type { Detached } from "./detached.js"

/** The next names, so many at most. None where no more are there just now, or at all; who asked is told which. */
export interface Take {
  (most: number): ReadonlyArray<string>
}

export interface On<in E> {
  /** There is more to take. */
  readonly more: () => void
  /** There is nothing more to come. */
  readonly end: (exit: Exit.Exit<void, E>) => void
  /** Nor after a defect. */
  readonly die: (cause: Cause.Cause<never>) => void
}

/** Stands before what asks it in a scope, so that a stream ends after those who pull on it. */
export const make = <E, R>(
  source: Bulk.Source<E, R>
): Effect.Effect<(detached: Detached, on: On<E>) => Take, never, R | Scope.Scope> => {
  // A string is an iterable of strings to the compiler, and one name to whoever passes it.
  if (typeof source === "string") return make([source])
  if (Symbol.iterator in source) return Effect.succeed((_, on) => fromIterable(source, on))
  return Effect.zipWith(
    Stream.toPull(source),
    Effect.context<R>(),
    (pull, context) => (detached, on) => fromPull(Effect.provide(pull, context), detached, on)
  )
}

const fromIterable = <E>(source: Iterable<string>, on: On<E>): Take => {
  const iterator = Either.try({ try: () => source[Symbol.iterator](), catch: (defect) => defect })
  return (most) => {
    const taken = Either.flatMap(iterator, (names) =>
      Either.try({ try: () => takeFrom(names, most), catch: (defect) => defect })
    )
    if (Either.isLeft(taken)) {
      on.die(Cause.die(taken.left))
      return []
    }
    if (taken.right.length === 0) on.end(Exit.void)
    return taken.right
  }
}

const fromPull = <E>(
  pull: Effect.Effect<Chunk.Chunk<string>, Option.Option<E>>,
  detached: Detached,
  on: On<E>
): Take => {
  let names: Iterator<string> | undefined
  let isIdle = true
  const pulled = (exit: Exit.Exit<Chunk.Chunk<string>, Option.Option<E>>) => {
    if (Exit.isSuccess(exit)) {
      names = exit.value[Symbol.iterator]()
      isIdle = true
      return on.more()
    }
    Either.match(Cause.failureOrCause(exit.cause), {
      onLeft: (end) => on.end(Option.match(end, { onNone: () => Exit.void, onSome: Exit.fail })),
      onRight: on.die
    })
  }
  return (most) => {
    for (;;) {
      const taken = names === undefined ? [] : takeFrom(names, most)
      if (taken.length > 0 || !isIdle) return taken
      isIdle = false
      detached.run(pull, pulled)
    }
  }
}

const takeFrom = (names: Iterator<string>, most: number): ReadonlyArray<string> => {
  const taken: Array<string> = []
  while (taken.length < most) {
    const item = names.next()
    if (item.done === true) break
    taken.push(item.value)
  }
  return taken
}
