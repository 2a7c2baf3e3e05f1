/** What is ordered: by the earliest time first. `at` is where it stands in the heap, -1 while it is in none. */
export interface Due {
  time: number
  at: number
}

/**
 * A binary heap whose members can be taken out and given another time. Effect's own queues and streams have no order by
 * time from which one can be removed.
 */
export class DueHeap<A extends Due> {
  readonly #items: Array<A> = []

  get first(): A | undefined {
    return this.#items[0]
  }

  /** Puts it where its time belongs; what has no time, `Infinity`, is taken out. */
  set(item: A, time: number): void {
    if (time === Infinity) return this.remove(item)
    item.time = time
    if (item.at < 0) {
      item.at = this.#items.length
      this.#items.push(item)
    }
    this.#up(item)
    this.#down(item)
  }

  remove(item: A): void {
    if (item.at < 0) return
    const last = this.#items.pop()
    const { at } = item
    item.at = -1
    if (last === undefined || last === item) return
    this.#put(last, at)
    this.#up(last)
    this.#down(last)
  }

  #put(item: A, at: number): void {
    this.#items[at] = item
    item.at = at
  }

  #up(item: A): void {
    while (item.at > 0) {
      const at = item.at
      const parent = this.#items[(at - 1) >> 1]
      if (parent === undefined || parent.time <= item.time) return
      this.#put(item, parent.at)
      this.#put(parent, at)
    }
  }

  #down(item: A): void {
    for (;;) {
      const at = item.at
      const left = this.#items[2 * at + 1]
      const right = this.#items[2 * at + 2]
      const child = right !== undefined && left !== undefined && right.time < left.time ? right : left
      if (child === undefined || child.time >= item.time) return
      this.#put(item, child.at)
      this.#put(child, at)
    }
  }
}
