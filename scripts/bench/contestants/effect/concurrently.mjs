import * as Effect from "effect/Effect"

/** Runs `work` for the numbers from `from` to before `to` in so many fibers, as the other contestants do in promises. */
export const concurrently = (from, to, limit, work) => {
  let next = from
  const worker = Effect.suspend(() => (next < to ? Effect.flatMap(work(next++), () => worker) : Effect.void))
  const workers = Array.from({ length: Math.min(limit, to - from) }, () => worker)
  return Effect.all(workers, { concurrency: "unbounded", discard: true })
}
