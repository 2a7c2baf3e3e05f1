import * as net from "node:net"
import type { buildConnector } from "undici"
import Client from "undici/lib/dispatcher/client.js"
import type { Carrier, Exchange } from "./exchange.js"
import * as Failure from "./failure.js"
import { Queue } from "./queue.js"

export interface Settings {
  readonly connections: number
  readonly headersTimeout: number
  readonly bodyTimeout: number
  readonly keepAlive: number
  readonly connect: buildConnector.connector
}

/**
 * The connections to one origin, one request on each at a time.
 *
 * It stands in the place of undici's `Pool`, which lets more sockets than its limit be open while connections fail, opens
 * a new one after a request was aborted, keeps aborted requests in its queue, and searches all connections for a free one
 * at each request.
 */
export class Connections {
  readonly origin: string
  readonly settings: Settings
  private readonly open = new Set<Connection>()
  private readonly idle: Array<Connection> = []
  private readonly waiting = new Queue()
  private readonly emptied: (connections: Connections) => void

  constructor(origin: string, settings: Settings, emptied: (connections: Connections) => void) {
    this.origin = origin
    this.settings = settings
    this.emptied = emptied
  }

  get size(): number {
    return this.open.size
  }

  submit(exchange: Exchange): void {
    const free = this.idle.pop() ?? this.another()
    if (free === undefined) {
      exchange.carrier = this.queued
      this.waiting.push(exchange)
    } else if (!free.take(exchange)) {
      this.freed(free)
    }
  }

  /** Gives a connection that is free to whoever waits longest, or keeps it. */
  freed(connection: Connection): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (connection.take(next)) return
    }
    this.idle.push(connection)
  }

  /** Forgets a connection that is closed or about to be. */
  lost(connection: Connection): void {
    if (!this.open.delete(connection)) return
    const index = this.idle.indexOf(connection)
    if (index >= 0) this.idle.splice(index, 1)
    const next = this.waiting.shift()
    if (next !== undefined) this.submit(next)
    else if (this.open.size === 0) this.emptied(this)
  }

  /** Fails everything that waits or is under way, and closes all. */
  close(): Promise<unknown> {
    const closed = () => Failure.make("Connection", "the transport was closed")
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) next.fail(closed())
    return Promise.all(Array.from(this.open, (connection) => connection.close(closed())))
  }

  private another(): Connection | undefined {
    if (this.open.size >= this.settings.connections) return undefined
    const connection = new Connection(this)
    this.open.add(connection)
    return connection
  }

  private readonly queued: Carrier = {
    finished: () => {},
    broken: (exchange) => this.waiting.remove(exchange)
  }
}

class Connection implements Carrier {
  private readonly owner: Connections
  private readonly client: Client
  private current: Exchange | undefined
  private socket: net.Socket | undefined
  private taking = false

  constructor(owner: Connections) {
    const { bodyTimeout, connect, headersTimeout, keepAlive } = owner.settings
    // The connector returns the socket that it is connecting, though its type does not say so.
    const connector: (...args: Parameters<typeof connect>) => unknown = connect
    this.owner = owner
    this.client = new Client(owner.origin, {
      pipelining: 1,
      headersTimeout,
      bodyTimeout,
      keepAliveTimeout: keepAlive,
      connect: (options, callback) => {
        const socket = connector(options, callback)
        if (socket instanceof net.Socket) this.socket = socket
      }
    })
    this.client.on("disconnect", () => {
      if (this.current === undefined) void this.discard()
    })
  }

  /** Sends a request; says whether the connection is busy with it now. */
  take(exchange: Exchange): boolean {
    this.current = exchange
    exchange.carrier = this
    this.taking = true
    this.client.dispatch(exchange.request, exchange)
    this.taking = false
    return this.current === exchange
  }

  finished(): void {
    this.current = undefined
    this.owner.freed(this)
  }

  broken(_: Exchange, untouched: boolean): void {
    this.current = undefined
    if (!untouched) void this.discard()
    else if (!this.taking) this.owner.freed(this)
  }

  close(failure: ReturnType<typeof Failure.make>): Promise<unknown> {
    this.current?.fail(failure)
    return this.discard()
  }

  // Destroying the client leaves a socket alone that is not connected yet.
  private discard(): Promise<unknown> {
    const done = this.client.destroy()
    this.socket?.destroy(new Error("the connection was given up"))
    this.owner.lost(this)
    return done
  }
}
