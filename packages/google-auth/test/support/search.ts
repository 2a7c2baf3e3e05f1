import { inspect } from "node:util"
import * as Cause from "effect/Cause"

/**
 * Where a secret can be found in a value: in what people print of it, and in every property that can be reached, hidden
 * ones and those of prototypes included.
 */
export const search = (value: unknown, secrets: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found: Array<string> = []
  const look = (at: string, text: string) => {
    for (const secret of secrets) if (text.includes(secret)) found.push(`${at}: ${secret}`)
  }
  look("inspect", inspect(value, { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity }))
  look("toString", String(value))
  look("toJSON", stringify(value))
  if (Cause.isCause(value)) look("pretty", Cause.pretty(value, { renderErrorCause: true }))
  const seen = new Set<unknown>()
  const walk = (at: string, value: unknown, depth: number) => {
    if (typeof value === "string") return look(at, value)
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return
    if (depth > 12) return
    seen.add(value)
    if (value instanceof Map || value instanceof Set) for (const it of value) walk(`${at}[]`, it, depth + 1)
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      walk(`${at}.${String(key)}`, descriptor?.get === undefined ? descriptor?.value : read(value, key), depth + 1)
    }
  }
  walk("value", value, 0)
  return found
}

const stringify = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch {
    return ""
  }
}

const read = (value: object, key: PropertyKey): unknown => {
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}
