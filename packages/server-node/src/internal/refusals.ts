import type * as Http from "node:http"
import type * as Stream from "node:stream"
import type * as Code from "@effect-lro/core/Code"
import * as Predicate from "effect/Predicate"
import type * as Connections from "./connections.js"

/**
 * Answers, in Google's error envelope, what never becomes a request to the app: broken HTTP, headers that are too large
 * or too slow, expectations and tunnels.
 */
export const install = (server: Http.Server, connections: Connections.Connections): void => {
  server.on("clientError", (error: Error, socket: Stream.Duplex) => {
    const code = Predicate.hasProperty(error, "code") ? String(error.code) : ""
    if (code === "ECONNRESET" || !socket.writable) socket.destroy()
    // In the middle of an answer, or before one that is still to come, a refusal would be taken for a part of it.
    else if (connections.isReceiving(socket)) end(socket, refusals[code] ?? malformed)
    else connections.finish(socket)
  })
  server.on("connect", (_: Http.IncomingMessage, socket: Stream.Duplex) => end(socket, noTunnel))
  server.on("checkExpectation", (_: Http.IncomingMessage, response: Http.ServerResponse) => {
    const body = envelope(noExpectation)
    response.writeHead(noExpectation.http, { "content-type": contentType, "content-length": String(body.length) })
    response.end(body)
  })
}

interface Refusal {
  readonly http: number
  readonly reason: string
  readonly code: Code.Code
  readonly message: string
}

const contentType = "application/json; charset=UTF-8"

const malformed: Refusal = {
  http: 400,
  reason: "Bad Request",
  code: "INVALID_ARGUMENT",
  message: "the request is not well-formed HTTP"
}

const noTunnel: Refusal = {
  http: 405,
  reason: "Method Not Allowed",
  code: "UNIMPLEMENTED",
  message: "CONNECT is not supported"
}

const noExpectation: Refusal = {
  http: 417,
  reason: "Expectation Failed",
  code: "INVALID_ARGUMENT",
  message: "the only expectation that is supported is 100-continue"
}

const refusals: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    http: 408,
    reason: "Request Timeout",
    code: "DEADLINE_EXCEEDED",
    message: "the request did not arrive in time"
  },
  HPE_HEADER_OVERFLOW: {
    http: 431,
    reason: "Request Header Fields Too Large",
    code: "RESOURCE_EXHAUSTED",
    message: "the request line and headers are too large"
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    http: 413,
    reason: "Payload Too Large",
    code: "RESOURCE_EXHAUSTED",
    message: "the chunk extensions of the body are too large"
  }
}

// All messages here are ASCII, so characters are bytes.
const envelope = ({ code, http, message }: Refusal): string =>
  JSON.stringify({ error: { code: http, message, status: code } })

const end = (socket: Stream.Duplex, refusal: Refusal): void => {
  const body = envelope(refusal)
  socket.end(
    [
      `HTTP/1.1 ${refusal.http} ${refusal.reason}`,
      `Content-Type: ${contentType}`,
      `Content-Length: ${body.length}`,
      ...(refusal.http === 405 ? ["Allow: GET, HEAD, POST, DELETE"] : []),
      "Connection: close",
      "",
      body
    ].join("\r\n")
  )
}
