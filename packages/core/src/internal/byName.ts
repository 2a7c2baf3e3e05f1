/** What can be found by its name, alone or as one of a ring of those that share it. */
export interface Named<Self> {
  readonly name: string
  /** The next of the ring; itself where it is alone, nothing where it is in none. */
  alike: Self | undefined
}

/** Things by their names, of which several may be the same. It keeps one entry for each name and no collection for any. */
export class ByName<A extends Named<A>> {
  // The latest of each ring, after which its oldest comes, so that to take out the oldest is to take out the next.
  readonly #ones = new Map<string, A>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** One of those with this name. The others are alike. */
  get(name: string): A | undefined {
    return this.#ones.get(name)
  }

  add(item: A): void {
    const one = this.#ones.get(item.name)
    item.alike = one?.alike ?? item
    if (one !== undefined) one.alike = item
    this.#ones.set(item.name, item)
    this.#size += 1
  }

  remove(item: A): void {
    const next = item.alike
    if (next === undefined) return
    const latest = this.#ones.get(item.name)
    let before = latest ?? next
    while (before.alike !== undefined && before.alike !== item) before = before.alike
    before.alike = next
    item.alike = undefined
    this.#size -= 1
    if (next === item) this.#ones.delete(item.name)
    else if (latest === item) this.#ones.set(item.name, before)
  }

  filter(predicate: (item: A) => boolean): Array<A> {
    const found: Array<A> = []
    for (const one of this.#ones.values()) for (const item of ringOf(one)) if (predicate(item)) found.push(item)
    return found
  }
}

/** All that are alike, as they are now, itself at the end. */
export const ringOf = <A extends Named<A>>(one: A): ReadonlyArray<A> => {
  const ring: Array<A> = []
  for (let item = one.alike; item !== undefined && item !== one; item = item.alike) ring.push(item)
  ring.push(one)
  return ring
}
