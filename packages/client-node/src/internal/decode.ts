import { type Buffer, constants } from "node:buffer"
import * as zlib from "node:zlib"
import * as Either from "effect/Either"
import { TransportFailure } from "../TransportFailure.js"
import * as Failure from "./failure.js"

type Result = Either.Either<Buffer, TransportFailure>

// More is no use to anyone, and each layer is another bomb.
const maxCodings = 2

// Up to here decompressing takes less time on this thread than handing it to another one, and even a bomb is over soon.
const syncBytes = 16 * 1024

interface Codec {
  readonly sync: (body: Buffer, options: zlib.ZlibOptions) => Buffer
  readonly async: (
    body: Buffer,
    options: zlib.ZlibOptions,
    callback: (error: Error | null, decoded: Buffer) => void
  ) => void
}

const gzip: Codec = { sync: zlib.gunzipSync, async: zlib.gunzip }
const brotli: Codec = { sync: zlib.brotliDecompressSync, async: zlib.brotliDecompress }
const inflate: Codec = { sync: zlib.inflateSync, async: zlib.inflate }
const inflateRaw: Codec = { sync: zlib.inflateRawSync, async: zlib.inflateRaw }

// Some servers send "deflate" without the zlib header that RFC 9110 asks for.
const deflate = (body: Buffer): Codec => ((body[0] ?? 0) % 16 === 8 ? inflate : inflateRaw)

const codecOf = (coding: string, body: Buffer): Codec | undefined => {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return gzip
    case "deflate":
      return deflate(body)
    case "br":
      return brotli
    default:
      return undefined
  }
}

const isTooLarge = (cause: Error): boolean => "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE"

const broken = (coding: string, cause: Error, maxBytes: number, status: number): TransportFailure =>
  isTooLarge(cause)
    ? Failure.make("TooLarge", `the answer has more than ${maxBytes} bytes when decompressed`, status)
    : new TransportFailure({ reason: "Encoding", description: `the answer is not ${coding}`, status, cause })

/** The codings of a Content-Encoding header that have to be undone, the last applied first. */
export const codings = (header: string): ReadonlyArray<string> =>
  header
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity")
    .toReversed()

/** Undoes what a Content-Encoding names. It calls back at once where that is cheap. */
export const decode = (
  body: Buffer,
  todo: ReadonlyArray<string>,
  options: { readonly maxBytes: number; readonly status: number },
  callback: (result: Result) => void
): void => {
  const [coding, ...rest] = todo
  if (coding === undefined) return callback(Either.right(body))
  const codec = todo.length > maxCodings ? undefined : codecOf(coding, body)
  if (codec === undefined) {
    const description = `the answer has an unknown encoding: ${todo.join(", ").slice(0, 100)}`
    return callback(Either.left(Failure.make("Encoding", description, options.status)))
  }
  // Where there is no limit, there is still that of a buffer, and more than that is an argument that zlib throws at.
  const settings: zlib.ZlibOptions = { maxOutputLength: Math.min(options.maxBytes, constants.MAX_LENGTH) }
  const done = (result: Result): void =>
    Either.isLeft(result) ? callback(result) : decode(result.right, rest, options, callback)
  const failed = (cause: Error) => broken(coding, cause, options.maxBytes, options.status)
  if (body.length <= syncBytes) {
    return done(
      Either.try({
        try: () => codec.sync(body, settings),
        catch: (cause) => failed(cause instanceof Error ? cause : new Error(String(cause)))
      })
    )
  }
  codec.async(body, settings, (cause, decoded) =>
    done(cause === null ? Either.right(decoded) : Either.left(failed(cause)))
  )
}
