import type * as OperationName from "@effect-lro/core/OperationName"
import * as Effect from "effect/Effect"
import type * as Job from "../Job.js"

/** A job, and what aborts its signal. */
export interface Controlled {
  readonly job: Job.Job
  readonly abort: () => void
}

export const make = (options: {
  readonly name: OperationName.OperationName
  readonly attempt: number
  readonly isCancelRequested: () => boolean
  readonly publish: Job.Job["updateWith"]
}): Controlled => {
  // Most bodies are interrupted and want no signal, and an AbortController is not cheap.
  let controller: AbortController | undefined
  let isAborted = false
  return {
    job: {
      name: options.name,
      attempt: options.attempt,
      isCancelRequested: Effect.sync(options.isCancelRequested),
      get abortSignal() {
        if (controller === undefined) {
          controller = new AbortController()
          if (isAborted) controller.abort()
        }
        return controller.signal
      },
      update: (metadata) => options.publish(() => metadata),
      updateWith: options.publish
    },
    abort: () => {
      isAborted = true
      controller?.abort()
    }
  }
}
