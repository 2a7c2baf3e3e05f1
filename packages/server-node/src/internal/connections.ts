import type * as Http from "node:http"
import type * as Stream from "node:stream"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

/**
 * Which sockets are open, and which of them have requests that are being answered. `Http.Server` knows it too but does
 * not tell, and takes a connection that has sent nothing yet for a busy one.
 */
export interface Connections {
  /** Closes every socket: at once where nothing is being answered on it, else after that. */
  readonly finishAll: () => void
  /** Closes the socket of an answer whose client has not taken all of it in so many milliseconds. */
  readonly answerWithin: (response: Http.ServerResponse, millis: number) => void
  /** Closes one socket in the same way. */
  readonly finish: (socket: Stream.Duplex) => void
  /**
   * Whether bytes that are written to the socket now are the answer to the request that is coming in, and to no other.
   */
  readonly isReceiving: (socket: Stream.Duplex) => boolean
}

export const track = (server: Http.Server, run: Run, clock: Clock.Clock): Connections => {
  const lateAt = new Map<Http.ServerResponse, number>()
  let isLooking = false
  // As long as there are some, and by one fiber for all of them.
  const closeLate: Effect.Effect<void> = Effect.suspend(() => {
    const now = clock.unsafeCurrentTimeMillis()
    for (const [response, deadline] of lateAt) {
      if (now >= deadline) response.req.socket.destroy()
    }
    isLooking = lateAt.size > 0
    return isLooking ? Effect.delay(closeLate, lookEvery) : Effect.void
  })
  const sockets = new Map<Stream.Duplex, Socket>()
  let finishing = false

  server.on("connection", (socket: Stream.Duplex) => {
    sockets.set(socket, { answering: new Set(), last: finishing })
    socket.once("close", () => sockets.delete(socket))
  })

  // One function for all requests, since there are many.
  function onClose(this: Http.ServerResponse): void {
    lateAt.delete(this)
    const { socket } = this.req
    const state = sockets.get(socket)
    state?.answering.delete(this)
    if (state?.last === true && state.answering.size === 0) socket.destroySoon()
  }

  function onFinish(this: Http.ServerResponse): void {
    if (!this.req.complete) linger(this.req, run)
  }

  const onRequest = (request: Http.IncomingMessage, response: Http.ServerResponse): void => {
    const state = sockets.get(request.socket)
    if (state === undefined) return
    state.answering.add(response)
    if (state.last) response.setHeader("connection", "close")
    response.on("close", onClose)
    response.on("finish", onFinish)
  }
  server.prependListener("request", onRequest)
  // One with an expectation that cannot be met becomes no request; what follows it must not be answered either.
  server.prependListener("checkExpectation", onRequest)

  const finish = (socket: Stream.Duplex): void => {
    const state = sockets.get(socket)
    if (state === undefined || state.answering.size === 0) {
      socket.destroy()
      return
    }
    state.last = true
    for (const response of state.answering) {
      if (!response.headersSent) response.setHeader("connection", "close")
    }
  }

  return {
    answerWithin: (response, millis) => {
      if (response.destroyed) return
      lateAt.set(response, clock.unsafeCurrentTimeMillis() + millis)
      if (isLooking) return
      isLooking = true
      run(Effect.delay(closeLate, lookEvery))
    },
    finish,
    finishAll: () => {
      finishing = true
      for (const socket of sockets.keys()) finish(socket)
    },
    isReceiving: (socket) =>
      Array.from(sockets.get(socket)?.answering ?? []).every(
        (response) => !response.headersSent && !response.req.complete
      )
  }
}

const lookEvery = "1 second"

interface Socket {
  readonly answering: Set<Http.ServerResponse>
  /** Whether it is closed when nothing is being answered any more. */
  last: boolean
}

/** Starts what goes on beside the requests, until the server is closed. */
type Run = (effect: Effect.Effect<void>) => Fiber.RuntimeFiber<void>

// The answer is out and the request still comes in. Closing at once would reset the connection, and the client might
// never see the answer; reading on for ever would let it send without end.
const linger = (request: Http.IncomingMessage, run: Run): void => {
  const fiber = run(
    Effect.delay(
      Effect.sync(() => request.socket.destroy()),
      "2 seconds"
    )
  )
  const stop = () => fiber.unsafeInterruptAsFork(FiberId.none)
  request.once("end", stop)
  request.socket.once("close", stop)
}
