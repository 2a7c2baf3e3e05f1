import type * as Http from "node:http"
import type * as Net from "node:net"
import type * as Stream from "node:stream"

/**
 * Which sockets are open, and which of them have requests that are being answered. `Http.Server` knows it too but does
 * not tell, and takes a connection that has sent nothing yet for a busy one.
 */
export interface Connections {
  /** No socket is kept alive after its current request any more, and those without one are closed now. */
  readonly drain: () => void
  /**
   * Whether bytes that are written to the socket now are the answer to the request that is coming in, and to no other.
   */
  readonly isReceiving: (socket: Stream.Duplex) => boolean
}

export const track = (server: Http.Server, lingerMillis: number): Connections => {
  const pending = new Map<Stream.Duplex, Set<Http.ServerResponse>>()
  let draining = false

  server.on("connection", (socket: Net.Socket) => {
    pending.set(socket, new Set())
    socket.once("close", () => pending.delete(socket))
  })

  server.prependListener("request", (request: Http.IncomingMessage, response: Http.ServerResponse) => {
    const { socket } = request
    const responses = pending.get(socket)
    responses?.add(response)
    if (draining) response.setHeader("connection", "close")
    response.once("close", () => {
      responses?.delete(response)
      if (draining && responses?.size === 0) socket.destroySoon()
    })
    response.once("finish", () => {
      if (!request.complete) linger(request, lingerMillis)
    })
  })

  return {
    drain: () => {
      draining = true
      for (const [socket, responses] of pending) {
        if (responses.size === 0) socket.destroy()
        for (const response of responses) {
          if (!response.headersSent) response.setHeader("connection", "close")
        }
      }
    },
    isReceiving: (socket) => {
      const responses = Array.from(pending.get(socket) ?? [])
      return responses.every((response) => !response.headersSent && !response.req.complete)
    }
  }
}

// The answer is out and the request still comes in. Closing at once would reset the connection, and the client might
// never see the answer; reading on for ever would let it send without end.
const linger = (request: Http.IncomingMessage, millis: number): void => {
  const timer = setTimeout(() => request.socket.destroy(), millis)
  timer.unref()
  const stop = () => clearTimeout(timer)
  request.once("end", stop)
  request.socket.once("close", stop)
}
