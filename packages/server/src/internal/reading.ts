import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Refusal from "./refusal.js"

/**
 * How much of bodies is read at once. Where more comes, what has been read for the longest time gives way to it: so those who
 * send slowly are in nobody's way, however many they are.
 */
export interface Reading {
  /** Reads so many bytes, or is refused in the middle of it. */
  readonly within: <A>(bytes: number, read: Effect.Effect<A, Refusal.Refusal>) => Effect.Effect<A, Refusal.Refusal>
}

export const make = (maxBytes: number): Reading => {
  const oldestFirst = new Set<Reader>()
  let total = 0
  const leave = (reader: Reader): void => {
    if (oldestFirst.delete(reader)) total -= reader.bytes
  }
  const makeRoom = (): void => {
    for (const reader of oldestFirst) {
      if (total <= maxBytes || oldestFirst.size === 1) return
      leave(reader)
      Deferred.unsafeDone(reader.gaveWay, Effect.fail(Refusal.overloaded))
    }
  }
  return {
    within: (bytes, read) =>
      bytes <= negligible
        ? read
        : Effect.suspend(() => {
            const reader: Reader = { bytes, gaveWay: Deferred.unsafeMake<never, Refusal.Refusal>(FiberId.none) }
            oldestFirst.add(reader)
            total += bytes
            makeRoom()
            return Effect.ensuring(
              Effect.raceFirst(read, Deferred.await(reader.gaveWay)),
              Effect.sync(() => leave(reader))
            )
          })
  }
}

interface Reader {
  readonly bytes: number
  readonly gaveWay: Deferred.Deferred<never, Refusal.Refusal>
}

// A connection takes more by itself, and of those there is a limit.
const negligible = 1024
