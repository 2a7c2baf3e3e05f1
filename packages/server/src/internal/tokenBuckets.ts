/**
 * A token bucket for each key. A key that nobody asked about for a while weighs nothing: a full bucket is the same as none.
 */
export interface TokenBuckets {
  /** Takes a token and answers 0, or takes none and answers in how many milliseconds there is one. */
  readonly take: (key: string, now: number) => number
  /** How many buckets are kept. */
  readonly size: () => number
}

/**
 * `capacity` at once, and one more every `interval` milliseconds.
 */
export const make = (options: { readonly capacity: number; readonly interval: number }): TokenBuckets => {
  const { capacity, interval } = options
  const buckets = new Map<string, Bucket>()

  const refill = (bucket: Bucket, now: number): void => {
    // A clock that was set back gives nothing, and takes nothing away.
    const gained = Math.max(0, now - bucket.at) / interval
    bucket.tokens = Math.min(capacity, bucket.tokens + gained)
    bucket.at = now
  }

  // Whenever one comes, two are looked at, so that there are never many more than those in use.
  const sweep = (now: number): void => {
    let looks = 0
    for (const [key, bucket] of buckets) {
      if (++looks > 2) return
      buckets.delete(key)
      refill(bucket, now)
      if (bucket.tokens < capacity) buckets.set(key, bucket)
    }
  }

  return {
    take: (key, now) => {
      const known = buckets.get(key)
      if (known === undefined) sweep(now)
      else refill(known, now)
      const bucket = known ?? { tokens: capacity, at: now }
      if (known === undefined) buckets.set(key, bucket)
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) * interval))
      bucket.tokens -= 1
      return 0
    },
    size: () => buckets.size
  }
}

interface Bucket {
  tokens: number
  at: number
}
