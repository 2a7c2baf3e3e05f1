// The two methods of google.longrunning.Operations that are asked for, on bare HTTP/2 with messages written by hand.
import http2 from "node:http2"
import { indexOf, metadataOf, nameOf } from "../operation.mjs"

const varint = (value) => {
  const bytes = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}

const field = (number, wireType, ...parts) => Buffer.concat([varint(number * 8 + wireType), ...parts])
const bytesField = (number, bytes) => field(number, 2, varint(bytes.length), bytes)
const textField = (number, text) => bytesField(number, Buffer.from(text))

// The metadata is a message of the same weight, not of the same type: nobody decodes it.
const anyOf = (state) =>
  Buffer.concat([
    textField(1, "type.googleapis.com/google.earthengine.v1.OperationMetadata"),
    bytesField(2, Buffer.from(metadataOf(state).slice(0, 900)))
  ])

const error = Buffer.concat([field(1, 0, varint(1)), textField(2, "Cancelled.")])

const tails = {
  running: bytesField(2, anyOf("RUNNING")),
  cancelling: bytesField(2, anyOf("CANCELLING")),
  cancelled: Buffer.concat([bytesField(2, anyOf("CANCELLED")), field(3, 0, varint(1)), bytesField(4, error)])
}

const frame = (message) => {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}

const empty = frame(Buffer.alloc(0))

const operation = (index, state) => frame(Buffer.concat([textField(1, nameOf(index)), tails[state]]))

// Both requests have nothing but a short name in field 1.
const nameIn = (message) => message.toString("latin1", 5 + 2)

/** Listens on a free port of the loopback. */
export const listen = (state) => {
  const server = http2.createServer({ settings: { maxConcurrentStreams: 1_000_000 } })
  server.on("session", (session) => {
    state.opened()
    session.on("close", () => state.closed())
  })
  server.on("stream", (stream, headers) => {
    let read
    stream.on("data", (chunk) => {
      read = read === undefined ? chunk : Buffer.concat([read, chunk])
    })
    stream.on("error", () => {})
    stream.on("end", () => {
      // A client that is killed ends streams on which it has said nothing yet.
      if (read === undefined) return
      const kind = headers[":path"].endsWith("/CancelOperation") ? "cancel" : "get"
      const index = indexOf(nameIn(read))
      state.requests[kind]++
      const fault = state.fault(`${kind} ${index}`)
      if (fault === "reset") return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
      const status = fault === "unavailable" ? 14 : fault === "rateLimited" ? 8 : state.has(index) ? 0 : 5
      const start = { ":status": 200, "content-type": "application/grpc+proto" }
      if (status !== 0)
        return stream.respond({ ...start, "grpc-status": status, "grpc-message": "no" }, { endStream: true })
      if (kind === "cancel") state.cancel(index)
      stream.respond(start, { waitForTrailers: true })
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
      stream.end(kind === "cancel" ? empty : operation(index, state.look(index)))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ port: server.address().port, close: () => server.close() }))
  })
}
