// Chai compares by enumerable keys, and what differs in their number by what it iterates over. An Option iterates over what
// `yield*` wants of it, so that any Some was deeply equal to None; of errors it reads the message alone. Both would make
// assertions that cannot fail.
import { chai } from "vitest"

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const tagOf = (value: object): unknown => ("_tag" in value ? value._tag : undefined)

/** Null where the default is right. */
const comparator = (actual: unknown, expected: unknown): boolean | null => {
  if (!isObject(actual) || !isObject(expected)) return null
  if (tagOf(actual) !== tagOf(expected)) return false
  if (actual instanceof Error && expected instanceof Error) {
    const isTold = actual.name === expected.name && actual.message === expected.message
    return isTold && eql(Object.fromEntries(Object.entries(actual)), Object.fromEntries(Object.entries(expected)))
  }
  return null
}

const eql = (actual: unknown, expected: unknown): boolean => chai.util.eql(actual, expected, { comparator })

chai.config.deepEqual = eql
