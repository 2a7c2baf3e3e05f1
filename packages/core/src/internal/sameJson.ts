import * as Predicate from "effect/Predicate"

/**
 * How deep is looked. ProtoJSON ends at a hundred levels, and what a server nests thousands deep would overflow the stack of
 * whoever follows it.
 */
export const deepest = 200

/** Says whether two values are the same JSON, whatever the order of their members; of what is nested too deep, that it is not. */
export const sameJson = (a: unknown, b: unknown, depth = 0): boolean => {
  if (Object.is(a, b)) return true
  if (depth > deepest) return false
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index], depth + 1))
  }
  if (Array.isArray(a) || Array.isArray(b) || !Predicate.isReadonlyRecord(a) || !Predicate.isReadonlyRecord(b)) {
    return false
  }
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key], depth + 1))
}
