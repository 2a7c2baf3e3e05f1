import type { Buffer } from "node:buffer"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type { Dispatcher } from "undici"
import type { Answer } from "../NodeTransport.js"
import type { TransportFailure } from "../TransportFailure.js"
import { BufferedAnswer, valuesOf } from "./answer.js"
import type { Deadlines } from "./deadlines.js"
import * as Decode from "./decode.js"
import * as Failure from "./failure.js"

export type Result = Exit.Exit<Answer, TransportFailure>

/** Who is told how an exchange goes: the connection it is on. */
export interface Carrier {
  /** The answer is complete, and the connection good for another. */
  readonly finished: (exchange: Exchange) => void
  /** The exchange is over without an answer. `untouched` says that it was refused before the connection was used. */
  readonly broken: (exchange: Exchange, untouched: boolean) => void
}

/**
 * One request and its answer, as undici's handler: it collects the body and calls back exactly once, or never where it
 * was abandoned.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly request: Dispatcher.DispatchOptions
  /** Where it stands in the queue of those that wait for a connection. */
  before: Exchange | undefined
  after: Exchange | undefined
  queued = false
  carrier: Carrier | undefined
  /** Where it stands among those with the same time limit. */
  deadlines: Deadlines | undefined
  older: Exchange | undefined
  younger: Exchange | undefined
  lateAt = Infinity

  private readonly maxBodyBytes: number
  private readonly callback: (result: Result) => void
  private over = false
  private wasSent = false
  private status: number | undefined
  private rawHeaders: ReadonlyArray<Buffer> = []
  private first: Buffer | undefined
  private rest: Array<Buffer> | undefined
  private size = 0

  constructor(request: Dispatcher.DispatchOptions, maxBodyBytes: number, callback: (result: Result) => void) {
    this.request = request
    this.maxBodyBytes = maxBodyBytes
    this.callback = callback
  }

  get isOver(): boolean {
    return this.over
  }

  /** Fails the exchange after so much time, wherever it is then. */
  late(milliseconds: number): void {
    this.fail(Failure.make("Timeout", `no complete answer within ${milliseconds} ms`, this.status))
  }

  /** Ends it without calling back. */
  abandon(): void {
    if (this.over) return
    this.end()
    this.carrier?.broken(this, false)
  }

  fail(failure: TransportFailure): void {
    if (this.over) return
    this.end()
    this.carrier?.broken(this, !this.wasSent && failure.reason === "InvalidRequest")
    this.callback(Exit.fail(failure))
  }

  onConnect(abort: (cause?: Error) => void): void {
    if (this.over) abort()
    else this.wasSent = true
  }

  onHeaders(status: number, rawHeaders: Array<Buffer>): boolean {
    // Interim answers (103) are followed by the one that counts.
    if (status >= 200) {
      this.status = status
      this.rawHeaders = rawHeaders
    }
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.over) return true
    this.size += chunk.length
    if (this.size > this.maxBodyBytes) {
      this.fail(Failure.make("TooLarge", `the answer has more than ${this.maxBodyBytes} bytes`, this.status))
    } else if (this.first === undefined) {
      this.first = chunk
    } else {
      this.rest ??= [this.first]
      this.rest.push(chunk)
    }
    return true
  }

  onComplete(): void {
    if (this.over) return
    this.end()
    const status = this.status ?? 0
    const rawHeaders = this.rawHeaders
    const answer = new BufferedAnswer(
      status,
      rawHeaders,
      this.rest ?? (this.first === undefined ? none : [this.first]),
      this.size
    )
    this.carrier?.finished(this)
    const codings = this.size === 0 ? none : valuesOf(rawHeaders, "content-encoding")
    if (codings.length === 0) return this.callback(Exit.succeed(answer))
    Decode.decode(answer.bytes, Decode.codings(codings.join(",")), { maxBytes: this.maxBodyBytes, status }, (result) =>
      this.callback(
        Either.match(result, {
          onLeft: Exit.fail,
          onRight: (body) => Exit.succeed(new BufferedAnswer(status, rawHeaders, [body], body.length))
        })
      )
    )
  }

  onError(cause: Error): void {
    this.fail(Failure.fromCause(cause, this.status))
  }

  private end(): void {
    this.over = true
    this.deadlines?.remove(this)
  }
}

const none: ReadonlyArray<never> = []
