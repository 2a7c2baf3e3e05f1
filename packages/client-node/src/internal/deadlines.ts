import { performance } from "node:perf_hooks"
import type { Exchange } from "./exchange.js"

/**
 * Fails exchanges that are not over after so many milliseconds. Since all have the same time, the oldest is always the first
 * to be late, and one timer serves them all. It is there only while they are, so it keeps no process alive.
 */
export class Deadlines {
  private readonly milliseconds: number
  private oldest: Exchange | undefined
  private latest: Exchange | undefined
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds
  }

  add(exchange: Exchange): void {
    exchange.deadlines = this
    exchange.lateAt = now() + this.milliseconds
    exchange.older = this.latest
    if (this.latest === undefined) this.oldest = exchange
    else this.latest.younger = exchange
    this.latest = exchange
    this.timer ??= this.start(this.milliseconds)
  }

  remove(exchange: Exchange): void {
    const { older, younger } = exchange
    if (older === undefined) this.oldest = younger
    else older.younger = younger
    if (younger === undefined) this.latest = older
    else younger.older = older
    exchange.older = undefined
    exchange.younger = undefined
    exchange.deadlines = undefined
    if (this.oldest !== undefined || this.timer === undefined) return
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private start(milliseconds: number): ReturnType<typeof setTimeout> {
    // rule-exception(clock): a socket keeps real time, as undici's own timeouts do
    return setTimeout(() => this.tick(), milliseconds)
  }

  private tick(): void {
    this.timer = undefined
    for (let exchange = this.oldest; exchange !== undefined; exchange = this.oldest) {
      // Timers may be early by less than they can count.
      const left = exchange.lateAt - now()
      if (left >= 1) {
        this.timer = this.start(left)
        return
      }
      exchange.late(this.milliseconds)
    }
  }
}

// rule-exception(clock): a socket keeps real time, as undici's own timeouts do
const now = (): number => performance.now()
