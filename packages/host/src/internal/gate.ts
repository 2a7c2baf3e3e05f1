import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

/**
 * Admits so many at once, strictly in the order in which they came: a place that becomes free is handed to the first who
 * waits, so that nobody who comes later can take it. (`Effect.Semaphore` lets a newcomer overtake.)
 */
export interface Gate {
  /** Queues up. Who entered must leave. */
  readonly enter: Effect.Effect<Ticket>
  /** Gives back the place, or leaves the queue. */
  readonly leave: (ticket: Ticket) => Effect.Effect<void>
}

export interface Ticket {
  /** Done when it is this one's turn. */
  readonly granted: Deferred.Deferred<void>
}

export const make = (places: number): Effect.Effect<Gate> =>
  Effect.sync(() => {
    let taken = 0
    const queue = new Set<Ticket>()
    return {
      enter: Effect.map(Deferred.make<void>(), (granted) => {
        const ticket: Ticket = { granted }
        if (taken < places) {
          taken++
          Deferred.unsafeDone(granted, Effect.void)
        } else {
          queue.add(ticket)
        }
        return ticket
      }),
      leave: (ticket) =>
        Effect.sync(() => {
          if (queue.delete(ticket)) return
          for (const next of queue) {
            queue.delete(next)
            Deferred.unsafeDone(next.granted, Effect.void)
            return
          }
          taken--
        })
    }
  })
