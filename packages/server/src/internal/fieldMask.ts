import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/**
 * Which members of an answer are wanted: for each name the members below it, where an empty mask means all of them.
 */
export interface Mask extends ReadonlyMap<string, Mask> {}

/**
 * Reads a mask: paths separated by commas, with `.` or `/` between the names of a path and parentheses around what
 * several paths share, as in `operations(name,done),nextPageToken`; `*` is any name. None where it is not of that form.
 */
export const parse = (text: string): Option.Option<Mask> => {
  if (text.length > maxLength) return Option.none()
  const root: MutableMask = new Map()
  const groups: Array<MutableMask> = [root]
  let at: MutableMask | undefined = undefined
  let expected: "path" | "more" | "separator" = "path"
  for (const token of text.match(/[^,()]+|[,()]/g) ?? []) {
    if (token === ",") {
      if (expected === "path") return Option.none()
      expected = "path"
    } else if (token === "(") {
      if (expected !== "more" || at === undefined || groups.length > maxDepth) return Option.none()
      groups.push(at)
      expected = "path"
    } else if (token === ")") {
      if (expected === "path" || groups.length === 1) return Option.none()
      groups.pop()
      expected = "separator"
    } else {
      const group: MutableMask = groups.at(-1) ?? root
      at = expected === "path" ? descend(group, token.trim()) : undefined
      if (at === undefined) return Option.none()
      expected = "more"
    }
  }
  return groups.length === 1 && expected !== "path" ? Option.some(root) : Option.none()
}

/**
 * Leaves out what the mask does not name, through arrays as if they were not there. Undefined where nothing is left: what
 * has no members cannot have the ones that are wanted.
 */
export const apply = (mask: Mask, value: unknown): unknown => {
  if (mask.size === 0) return value
  if (Array.isArray(value)) return value.map((item: unknown) => apply(mask, item)).filter((item) => item !== undefined)
  if (!Predicate.isReadonlyRecord(value)) return undefined
  const any = mask.get("*")
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const below = mask.get(key) ?? any
      const left = below === undefined ? undefined : apply(below, member)
      return left === undefined ? [] : [[key, left]]
    })
  )
}

interface MutableMask extends Map<string, MutableMask> {}

const maxLength = 2048
const maxDepth = 16

const descend = (from: MutableMask, path: string): MutableMask | undefined => {
  let at = from
  for (const name of path.split(/[./]/)) {
    if (!/^(?:\*|[@\w-]+)$/.test(name)) return undefined
    const key = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const next: MutableMask = at.get(key) ?? new Map<string, MutableMask>()
    at.set(key, next)
    at = next
  }
  return at
}
