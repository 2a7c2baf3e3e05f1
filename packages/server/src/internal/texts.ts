import * as Constant from "@effect-lro/core/Constant"
import type * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import * as Option from "effect/Option"

/**
 * The JSON of an operation, and whether it is known to be ASCII, so that nobody needs to count its bytes.
 */
export interface Text {
  readonly text: string
  readonly isAscii: boolean
}

export interface Texts {
  (operation: Operation.Operation): Text
}

/**
 * Writes operations, and keeps the texts of those that are constant, up to so many bytes in all. What was asked for again
 * since it was looked at last is kept longer.
 */
export const make = (maxBytes: number): Texts => {
  const entries = new WeakMap<Operation.Operation, Entry>()
  // Entries, not operations: one that nobody else has any more is not held by its text.
  let queue: Array<Entry> = []
  let head = 0
  let bytes = 0

  const keep = (operation: Operation.Operation, entry: Entry, text: Text): void => {
    entry.bytes = bytesOf(text)
    // One must not drive out all others.
    if (entry.bytes > maxBytes / 8) return
    entry.text = text
    entry.isUsed = false
    entries.set(operation, entry)
    queue.push(entry)
    bytes += entry.bytes
    while (bytes > maxBytes) {
      const oldest = queue[head++]
      if (oldest === undefined) break
      if (oldest.isUsed) {
        oldest.isUsed = false
        queue.push(oldest)
      } else {
        oldest.text = undefined
        bytes -= oldest.bytes
      }
    }
    if (head > 1024 && head > queue.length / 2) {
      queue = queue.slice(head)
      head = 0
    }
  }

  return (operation) => {
    const entry = entries.get(operation)
    if (entry?.text !== undefined) {
      entry.isUsed = true
      return entry.text
    }
    const written = textOf(operation)
    if (entry === undefined && !Constant.isMarked(operation)) return { text: written, isAscii: false }
    const text = { text: written, isAscii: isAscii(written) }
    keep(operation, entry ?? { text: undefined, bytes: 0, isUsed: false }, text)
    return text
  }
}

interface Entry {
  text: Text | undefined
  bytes: number
  isUsed: boolean
}

/**
 * The text of an operation, without the object that it would be on the wire.
 */
export const textOf = (operation: Operation.Operation): string => {
  let text = operation.name === "" ? "" : `"name":${JSON.stringify(operation.name)}`
  if (Option.isSome(operation.metadata)) text += member(text, "metadata", operation.metadata.value)
  if (operation._tag !== "Running") {
    text += `${text === "" ? "" : ","}"done":true`
    if (operation._tag === "Succeeded") text += member(text, "response", operation.response)
    else if (operation._tag !== "DoneWithoutResult") text += member(text, "error", Status.toWire(operation.error))
  }
  return `{${text}}`
}

const member = (before: string, name: string, value: object): string =>
  `${before === "" ? "" : ","}"${name}":${JSON.stringify(value)}`

export const isAscii = (text: string): boolean => ascii.test(text)

const ascii = /^[\u0000-\u007f]*$/

// What is not ASCII may take two bytes a character, and what is kept of each beside its text weighs something, too.
const bytesOf = ({ isAscii, text }: Text): number => (isAscii ? text.length : 2 * text.length) + 256
