/** What is ordered: `at` is where it stands in the heap, -1 while it is in none. */
export interface Due {
  at: number
}

/**
 * A binary heap, the earliest time first, whose members can be taken out and given another time. Effect's own queues and
 * streams have no order by time from which one can be removed.
 */
export class DueHeap<A extends Due> {
  readonly #items: Array<A> = []
  // Beside the items, since numbers that are together are compared without a look at each item.
  readonly #times: Array<number> = []

  get first(): A | undefined {
    return this.#items[0]
  }

  /** The time of the first, `Infinity` where there is none. */
  get firstTime(): number {
    return this.#times[0] ?? Infinity
  }

  /** Puts it where its time belongs; what has no time, `Infinity`, is taken out. */
  set(item: A, time: number): void {
    if (time === Infinity) return this.remove(item)
    if (item.at < 0) {
      item.at = this.#items.length
      this.#items.push(item)
      this.#times.push(time)
      this.#up(item, time)
    } else {
      this.#move(item, item.at, time)
    }
  }

  remove(item: A): void {
    if (item.at < 0) return
    const last = this.#items.pop()
    const time = this.#times.pop()
    const { at } = item
    item.at = -1
    if (last === undefined || time === undefined || last === item) return
    this.#move(last, at, time)
  }

  /** Takes out all whose time is not after this, mostly the earliest first. */
  takeUntil(time: number): Array<A> {
    const taken: Array<A> = []
    // Where many are due, to put all others in order anew costs less than to take them out one by one; and those that were
    // put in for the same time come out in the order in which they came in.
    if (this.#items.length < 64 || this.#countUntil(time, this.#items.length >> 4) <= this.#items.length >> 4) {
      for (let first = this.first; first !== undefined && this.firstTime <= time; first = this.first) {
        this.remove(first)
        taken.push(first)
      }
      return taken
    }
    let kept = 0
    for (const [at, item] of this.#items.entries()) {
      const itemTime = this.#times[at] ?? Infinity
      if (itemTime <= time) {
        item.at = -1
        taken.push(item)
      } else {
        this.#put(item, kept, itemTime)
        kept += 1
      }
    }
    this.#items.length = kept
    this.#times.length = kept
    for (let at = (kept >> 1) - 1; at >= 0; at--) {
      const item = this.#items[at]
      if (item !== undefined) this.#down(item, this.#times[at] ?? Infinity)
    }
    return taken
  }

  /** How many there are until then; no more than one over `most`, since those are together at the top. */
  #countUntil(time: number, most: number): number {
    let count = 0
    const next = [0]
    for (let at = next.pop(); at !== undefined && count <= most; at = next.pop()) {
      if ((this.#times[at] ?? Infinity) > time) continue
      count += 1
      next.push(2 * at + 1, 2 * at + 2)
    }
    return count
  }

  /** Puts it there, with that time, and from there to where it belongs. */
  #move(item: A, at: number, time: number): void {
    this.#put(item, at, time)
    this.#up(item, time)
    this.#down(item, time)
  }

  #put(item: A, at: number, time: number): void {
    this.#items[at] = item
    this.#times[at] = time
    item.at = at
  }

  #up(item: A, time: number): void {
    let at = item.at
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.#items[above]
      const parentTime = this.#times[above]
      if (parent === undefined || parentTime === undefined || parentTime <= time) break
      this.#put(parent, at, parentTime)
      at = above
    }
    if (at !== item.at) this.#put(item, at, time)
  }

  #down(item: A, time: number): void {
    let at = item.at
    for (;;) {
      const left = 2 * at + 1
      const leftTime = this.#times[left] ?? Infinity
      const rightTime = this.#times[left + 1] ?? Infinity
      const below = rightTime < leftTime ? left + 1 : left
      const childTime = Math.min(leftTime, rightTime)
      const child = this.#items[below]
      if (child === undefined || childTime >= time) break
      this.#put(child, at, childTime)
      at = below
    }
    if (at !== item.at) this.#put(item, at, time)
  }
}
