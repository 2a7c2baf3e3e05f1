import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

// The tracer that is there when nobody has provided one. Its spans end nowhere and cost as much as a request's decoding.
const silent = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Gives an effect a span where a tracer is there to see it. */
export const traced = <A, E, R>(
  name: string,
  operation: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    fiber.currentTracer === silent
      ? effect
      : Effect.withSpan(effect, name, { captureStackTrace: false, attributes: { "lro.operation.name": operation } })
  )
