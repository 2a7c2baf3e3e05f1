import { Readable } from "node:stream"
import type * as LimitedClient from "@effect-lro/client/LimitedClient"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
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
      callback(Exit.fail(Failure.make("InvalidRequest", "the URL is not an absolute one of http or https")))
      return nothing
    }
    const { origin, path } = target.value
    this.latestOrigin = origin
    const { body, headers = {}, method = "GET" } = request
    const parts = { method, path, headers: byTurns(headers), body: bodyOf(body) }
    return this.submit(origin, parts, this.limits(request), callback)
  }

  /** Sends to one origin. None where that is no origin. */
  sender(origin: string, bounds: Bounds): Option.Option<LimitedClient.Sender> {
    const limits = this.limits(bounds)
    return Option.map(
      Option.filter(Url.split(`${origin}/`), (target) => target.origin === origin),
      () =>
        ({ body = null, headers, method, path }, callback) =>
          this.submit(origin, { method, path, headers: headers.slice(), body }, limits, callback)
    )
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

  private limits({ maxBodyBytes = this.maxBodyBytes, timeout }: Bounds): Limits {
    const whole = timeout === undefined ? this.requestTimeout : toMillis(timeout)
    return {
      whole,
      // Undici makes new timers for each request where the two differ, and they stay with the collector for long.
      headers: unlessWithin(whole, this.settings.headersTimeout),
      body: unlessWithin(whole, this.settings.bodyTimeout),
      maxBodyBytes
    }
  }

  private submit(
    origin: string,
    { body, headers, method, path }: Parts,
    limits: Limits,
    callback: (result: Result) => void
  ): () => void {
    if (this.closed) {
      callback(Exit.fail(Failure.make("Connection", "the transport is closed")))
      return nothing
    }
    if (this.acceptEncoding !== undefined && !hasEncoding(headers)) headers.push(acceptEncoding, this.acceptEncoding)
    const options: Dispatcher.DispatchOptions = {
      method,
      path,
      headers,
      body,
      headersTimeout: limits.headers,
      bodyTimeout: limits.body,
      // Else undici looks at each answer's head for what else it could send, which is never more than one.
      blocking: false
    }
    const exchange = new Exchange(options, limits.maxBodyBytes, callback)
    if (limits.whole > 0) this.deadlinesAfter(limits.whole).add(exchange)
    this.connections(origin).submit(exchange)
    return () => exchange.abandon()
  }
}

/** What undici is given of a request. The headers are names and values by turns. */
interface Parts extends Pick<Dispatcher.DispatchOptions, "method" | "path"> {
  readonly headers: Array<string>
  readonly body: Body
}

type Body = NonNullable<Dispatcher.DispatchOptions["body"]> | null

type Bounds = Pick<Request, "maxBodyBytes" | "timeout">

/** Times are in milliseconds, 0 for none. */
interface Limits {
  readonly whole: number
  readonly headers: number
  readonly body: number
  readonly maxBodyBytes: number
}

const byTurns = (headers: Readonly<Record<string, string>>): Array<string> => {
  const all: Array<string> = []
  for (const name of Object.keys(headers)) all.push(name, headers[name] ?? "")
  return all
}

const hasEncoding = (headers: ReadonlyArray<string>): boolean => {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]
    if (name?.length === acceptEncoding.length && name.toLowerCase() === acceptEncoding) return true
  }
  return false
}

/** A limit for a part of an exchange; none where the one for the whole of it cannot be later. */
const unlessWithin = (whole: number, part: number): number => (whole > 0 && whole <= part ? 0 : part)

const bodyOf = (body: Request["body"]): Body => {
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
