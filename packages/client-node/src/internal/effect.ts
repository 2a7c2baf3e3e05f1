import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Answer } from "../NodeTransport.js"
import type { TransportFailure } from "../TransportFailure.js"
import type { Result } from "./exchange.js"

/**
 * An exchange that is abandoned when its fiber is interrupted, and what becomes of its end.
 *
 * `Effect.async` can be given the effect to run at an interruption too, and then costs three times as much.
 */
export const exchange = <A, E>(
  send: (callback: (result: Result) => void) => () => void,
  onSuccess: (answer: Answer) => Effect.Effect<A, E>,
  onFailure: (cause: Cause.Cause<TransportFailure>) => Effect.Effect<never, E>
): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) => {
    let abandon = nothing
    const sent = Effect.async<Answer, TransportFailure>((resume) => {
      abandon = send(resume)
    })
    return Effect.matchCauseEffect(restore(sent), {
      onSuccess,
      onFailure: (cause) => {
        abandon()
        return onFailure(cause)
      }
    })
  })

const nothing = () => {}
