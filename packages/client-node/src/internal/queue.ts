import type { Exchange } from "./exchange.js"

/** First in, first out, and anyone in it can leave at once without a trace. */
export class Queue {
  private head: Exchange | undefined
  private tail: Exchange | undefined

  push(exchange: Exchange): void {
    const last = this.tail
    exchange.queued = true
    exchange.before = last
    this.tail = exchange
    if (last === undefined) this.head = exchange
    else last.after = exchange
  }

  shift(): Exchange | undefined {
    const first = this.head
    if (first !== undefined) this.remove(first)
    return first
  }

  remove(exchange: Exchange): void {
    if (!exchange.queued) return
    const { after, before } = exchange
    if (before === undefined) this.head = after
    else before.after = after
    if (after === undefined) this.tail = before
    else after.before = before
    exchange.before = undefined
    exchange.after = undefined
    exchange.queued = false
  }
}
