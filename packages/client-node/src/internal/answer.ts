import { Buffer } from "node:buffer"
import * as Headers from "@effect/platform/Headers"
import type { Answer } from "../NodeTransport.js"

/** An answer whose text and headers are made when somebody asks for them. */
export class BufferedAnswer implements Answer {
  readonly status: number
  private readonly rawHeaders: ReadonlyArray<Buffer>
  private chunks: ReadonlyArray<Buffer>
  private readonly size: number
  private cachedBody: string | undefined
  private cachedHeaders: Headers.Headers | undefined

  /** `size` is that of all chunks together. */
  constructor(status: number, rawHeaders: ReadonlyArray<Buffer>, chunks: ReadonlyArray<Buffer>, size: number) {
    this.status = status
    this.rawHeaders = rawHeaders
    this.chunks = chunks
    this.size = size
  }

  get bytes(): Buffer {
    const [first = nothing] = this.chunks
    if (this.chunks.length <= 1) return first
    const bytes = Buffer.concat(this.chunks, this.size)
    this.chunks = [bytes]
    return bytes
  }

  get body(): string {
    return (this.cachedBody ??= this.chunks.length <= 1 ? textOf(this.bytes) : joined(this.chunks, this.size))
  }

  get headers(): Headers.Headers {
    return (this.cachedHeaders ??= headersOf(this.rawHeaders))
  }

  get setCookies(): ReadonlyArray<string> {
    return valuesOf(this.rawHeaders, "set-cookie")
  }
}

const nothing = Buffer.alloc(0)

// Memory outside of the heap is what the collector of garbage is called for most; so what is only read as text is put
// together in a place that is used again.
const longestJoined = 4 * 1024 * 1024
let place = nothing

const joined = (chunks: ReadonlyArray<Buffer>, size: number): string => {
  if (size > longestJoined) return textOf(Buffer.concat(chunks, size))
  if (place.length < size) place = Buffer.allocUnsafeSlow(Math.min(longestJoined, 2 * size))
  let at = 0
  for (const chunk of chunks) at += chunk.copy(place, at)
  return textOf(place.subarray(0, at))
}

// The byte order mark is no part of the text, and JSON.parse does not take it.
const textOf = (bytes: Buffer): string =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.toString("utf8", 3) : bytes.toString()

const headersOf = (raw: ReadonlyArray<Buffer>): Headers.Headers => {
  const record: Record<string, string> = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const key = raw[index]?.toString("latin1").toLowerCase() ?? ""
    const value = raw[index + 1]?.toString("latin1") ?? ""
    const before = Object.hasOwn(record, key) ? record[key] : undefined
    if (before === undefined && key !== "__proto__") record[key] = value
    else if (before !== undefined) record[key] = `${before}, ${value}`
  }
  return Headers.unsafeFromRecord(record)
}

/** All values of one header, without a look at the others. `name` is lower case. */
export const valuesOf = (raw: ReadonlyArray<Buffer>, name: string): ReadonlyArray<string> => {
  let found: Array<string> | undefined
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const key = raw[index]
    if (key === undefined || key.length !== name.length) continue
    if (key.toString("latin1").toLowerCase() !== name) continue
    found ??= []
    found.push(raw[index + 1]?.toString("latin1") ?? "")
  }
  return found ?? none
}

const none: ReadonlyArray<string> = []
