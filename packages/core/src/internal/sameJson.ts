import * as Predicate from "effect/Predicate"

/** Says whether two values are the same JSON, whatever the order of their members. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  }
  if (Array.isArray(a) || Array.isArray(b) || !Predicate.isReadonlyRecord(a) || !Predicate.isReadonlyRecord(b)) {
    return false
  }
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]))
}
