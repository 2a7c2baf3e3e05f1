// What the stand-in server knows: which operations were cancelled and when they are done, what was asked, and which faults
// were played. It takes its own measurements, so that no contestant measures itself.
import { performance } from "node:perf_hooks"

/** A small generator of numbers, so that every contestant meets the same delays and faults. */
const generator = (seed) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let it = Math.imul(state ^ (state >>> 15), 1 | state)
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 32
  }
}

const never = Number.POSITIVE_INFINITY

const delays = {
  none: () => 0,
  never: () => never,
  uniform: ({ max, min }, at) => 1000 * (min + (max - min) * at),
  logUniform: ({ max, min }, at) => 1000 * min * (max / min) ** at
}

const quantile = (sorted, q) =>
  sorted.length === 0 ? undefined : sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]

export class State {
  sockets = { now: 0, most: 0, total: 0 }

  constructor() {
    this.reset({})
  }

  /** Begins a measurement. `plan`: `{ count, delay: { kind, min, max }, faults: { unavailable, rateLimited, reset, retryAfter } }`. */
  reset(plan) {
    this.plan = { count: 1e9, ...plan, delay: { kind: "none", ...plan.delay } }
    this.random = generator(plan.seed ?? 1)
    this.cancelledAt = new Map()
    this.doneAt = new Map()
    this.seenDone = new Map()
    this.mayComeBack = new Map()
    this.requests = { get: 0, cancel: 0, list: 0, batch: 0, other: 0 }
    this.parts = 0
    this.listed = 0
    this.faults = { unavailable: 0, rateLimited: 0, reset: 0 }
    this.retryAfterBroken = 0
    this.bytesOut = 0
    this.version = 0
    this.sockets = { now: this.sockets.now, most: this.sockets.now, total: this.sockets.now }
    this.startedAt = performance.now()
    this.cpu = process.cpuUsage()
  }

  has(index) {
    return Number.isInteger(index) && index >= 0 && index < this.plan.count
  }

  cancel(index) {
    if (this.cancelledAt.has(index)) return
    const now = performance.now()
    // The delay hangs on the number of the operation, not on the order in which a contestant cancels.
    const delay = delays[this.plan.delay.kind](this.plan.delay, generator(index + 1)())
    this.cancelledAt.set(index, now)
    this.doneAt.set(index, now + delay)
    this.version++
  }

  /** The state of an operation, which whoever asks is about to see. */
  look(index) {
    const doneAt = this.doneAt.get(index)
    if (doneAt === undefined) return "running"
    const now = performance.now()
    if (now < doneAt) return "cancelling"
    if (!this.seenDone.has(index)) this.seenDone.set(index, now)
    return "cancelled"
  }

  /** The fault that a request meets, if any: `"unavailable"`, `"rateLimited"` or `"reset"`. */
  fault(key) {
    const { faults } = this.plan
    if (faults === undefined) return undefined
    const now = performance.now()
    if (now < (this.mayComeBack.get(key) ?? 0)) this.retryAfterBroken++
    this.mayComeBack.delete(key)
    const at = this.random()
    let from = 0
    for (const kind of ["unavailable", "rateLimited", "reset"]) {
      from += faults[kind] ?? 0
      if (at < from) {
        this.faults[kind]++
        // Timers may be a little early.
        if (kind === "rateLimited") this.mayComeBack.set(key, now + 1000 * faults.retryAfter - 5)
        return kind
      }
    }
    return undefined
  }

  opened() {
    this.sockets.now++
    this.sockets.total++
    this.sockets.most = Math.max(this.sockets.most, this.sockets.now)
  }

  closed() {
    this.sockets.now--
  }

  report() {
    const lags = [...this.seenDone].map(([index, seen]) => seen - this.doneAt.get(index)).sort((a, b) => a - b)
    const cpu = process.cpuUsage(this.cpu)
    return {
      requests: this.requests,
      total: Object.values(this.requests).reduce((sum, it) => sum + it, 0),
      parts: this.parts,
      listed: this.listed,
      cancelled: this.cancelledAt.size,
      seenDone: this.seenDone.size,
      lag: { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99), max: lags.at(-1) },
      faults: this.faults,
      retryAfterBroken: this.retryAfterBroken,
      bytesOut: this.bytesOut,
      sockets: this.sockets,
      cpuMs: (cpu.user + cpu.system) / 1000,
      wallMs: performance.now() - this.startedAt
    }
  }
}
