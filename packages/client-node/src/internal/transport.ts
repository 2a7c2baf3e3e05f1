import { Readable } from "node:stream"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Dispatcher } from "undici"
import buildConnector from "undici/lib/core/connect.js"
import type { Options, Request } from "../NodeTransport.js"
import { Connections, type Settings } from "./connections.js"
import { Deadlines } from "./deadlines.js"
import { Exchange, type Result } from "./exchange.js"
import * as Failure from "./failure.js"
import * as Url from "./url.js"

export class Transport {
  private readonly settings: Settings
  private readonly maxBodyBytes: number
  private readonly requestTimeout: number
  private readonly acceptEncoding: string | undefined
  private readonly origins = new Map<string, Connections>()
  private readonly deadlines = new Map<number, Deadlines>()
  private latestOrigin: string | undefined
  private closed = false

  constructor(options: Options) {
    const milliseconds = (input: Duration.DurationInput | undefined, otherwise: number) =>
      input === undefined ? otherwise : toMillis(input)
    this.settings = {
      connections: Math.max(1, Math.floor(options.connections ?? 64)),
      headersTimeout: milliseconds(options.headersTimeout, 300_000),
      bodyTimeout: milliseconds(options.bodyTimeout, 30_000),
      keepAlive: Math.max(1, milliseconds(options.keepAlive, 30_000)),
      connect: buildConnector({ ...options.tls, timeout: milliseconds(options.connectTimeout, 10_000) })
    }
    this.maxBodyBytes = options.maxBodyBytes ?? 16 * 1024 * 1024
    this.requestTimeout = milliseconds(options.requestTimeout, 0)
    this.acceptEncoding = (options.compression ?? true) ? "gzip, deflate, br" : undefined
  }

  /** Sends a request and returns what abandons it. */
  send(request: Request, callback: (result: Result) => void): () => void {
    const target = Url.split(request.url, this.latestOrigin)
    if (Option.isNone(target)) {
      callback(Either.left(Failure.make("InvalidRequest", "the URL is not an absolute one of http or https")))
      return nothing
    }
    if (this.closed) {
      callback(Either.left(Failure.make("Connection", "the transport is closed")))
      return nothing
    }
    this.latestOrigin = target.value.origin
    const maxBodyBytes = request.maxBodyBytes ?? this.maxBodyBytes
    const timeout = request.timeout === undefined ? this.requestTimeout : toMillis(request.timeout)
    const exchange = new Exchange(this.dispatchOptions(request, target.value.path, timeout), maxBodyBytes, callback)
    if (timeout > 0) this.deadlinesAfter(timeout).add(exchange)
    this.connections(target.value.origin).submit(exchange)
    return () => exchange.abandon()
  }

  close(): Promise<unknown> {
    this.closed = true
    return Promise.all(Array.from(this.origins.values(), (connections) => connections.close()))
  }

  private deadlinesAfter(milliseconds: number): Deadlines {
    const known = this.deadlines.get(milliseconds)
    if (known !== undefined) return known
    const deadlines = new Deadlines(milliseconds)
    // Who asks with a limit of its own each time must not leave something behind each time.
    if (this.deadlines.size < mostLimits) this.deadlines.set(milliseconds, deadlines)
    return deadlines
  }

  private connections(origin: string): Connections {
    const known = this.origins.get(origin)
    if (known !== undefined) return known
    const connections = new Connections(origin, this.settings, () => this.origins.delete(origin))
    this.origins.set(origin, connections)
    return connections
  }

  private dispatchOptions(request: Request, path: string, timeout: number): Dispatcher.DispatchOptions {
    const { bodyTimeout, headersTimeout } = this.settings
    return {
      // Undici makes new timers for each request where the two differ, and they stay with the collector for long.
      headersTimeout: unlessWithin(timeout, headersTimeout),
      bodyTimeout: unlessWithin(timeout, bodyTimeout),
      path,
      method: request.method ?? "GET",
      headers: this.headers(request.headers ?? {}),
      body: bodyOf(request.body)
    }
  }

  private headers(given: Readonly<Record<string, string>>): Array<string> {
    const headers: Array<string> = []
    let isEncodingGiven = false
    for (const key of Object.keys(given)) {
      headers.push(key, given[key] ?? "")
      if (key.length === acceptEncoding.length && key.toLowerCase() === acceptEncoding) isEncodingGiven = true
    }
    if (!isEncodingGiven && this.acceptEncoding !== undefined) headers.push(acceptEncoding, this.acceptEncoding)
    return headers
  }
}

/** A limit for a part of an exchange; none where the one for the whole of it cannot be later. */
const unlessWithin = (whole: number, part: number): number => (whole > 0 && whole <= part ? 0 : part)

const bodyOf = (body: Request["body"]): NonNullable<Dispatcher.DispatchOptions["body"]> | null => {
  if (body === undefined) return null
  return typeof body === "object" && Symbol.asyncIterator in body ? Readable.from(body, { objectMode: false }) : body
}

const acceptEncoding = "accept-encoding"

const nothing = () => {}

const mostLimits = 64

// Timers take no more than this, and undici whole numbers only; 0 means no limit to both.
const longest = 2 ** 31 - 1

const toMillis = (input: Duration.DurationInput): number => {
  // Almost all are numbers, and to decode one would cost more than all that is done with it.
  const milliseconds = typeof input === "number" && input >= 0 ? input : Duration.toMillis(input)
  return milliseconds > longest ? 0 : Math.max(1, Math.ceil(milliseconds))
}
