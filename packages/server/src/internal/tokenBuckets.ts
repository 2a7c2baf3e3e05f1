/**
 * A token bucket for each key. A key that nobody asked about for a while weighs nothing: a full bucket is the same as none.
 */
export interface TokenBuckets {
  /** Takes a token and answers 0, or takes none and answers in how many milliseconds there is one. */
  readonly take: (key: string, now: number) => number
  /** The same without taking it. */
  readonly look: (key: string, now: number) => number
  /** Takes a token that may not be there, as what has happened is to be counted: at most as many as there could be are owed. */
  readonly spend: (key: string, now: number) => void
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

  // Whenever one comes, two are looked at, so that there are never many more than those in use; and where those are too many,
  // who came first begins anew.
  const sweep = (now: number): void => {
    let looks = 0
    for (const [key, bucket] of buckets) {
      if (++looks > 2) return
      buckets.delete(key)
      refill(bucket, now)
      if (bucket.tokens < capacity && buckets.size < most - 1) buckets.set(key, bucket)
    }
  }

  const of = (key: string, now: number): Bucket => {
    const known = buckets.get(key)
    if (known !== undefined) {
      refill(known, now)
      return known
    }
    sweep(now)
    const bucket = { tokens: capacity, at: now }
    buckets.set(key, bucket)
    return bucket
  }

  const missing = (bucket: Bucket): number =>
    bucket.tokens < 1 ? Math.max(1, Math.ceil((1 - bucket.tokens) * interval)) : 0

  return {
    take: (key, now) => {
      const bucket = of(key, now)
      const wait = missing(bucket)
      if (wait === 0) bucket.tokens -= 1
      return wait
    },
    look: (key, now) => {
      const known = buckets.get(key)
      if (known === undefined) return 0
      refill(known, now)
      return missing(known)
    },
    spend: (key, now) => {
      const bucket = of(key, now)
      bucket.tokens = Math.max(-capacity, bucket.tokens - 1)
    },
    size: () => buckets.size
  }
}

/** How many are kept at most: some megabytes of them. */
const most = 100_000

interface Bucket {
  tokens: number
  at: number
}
