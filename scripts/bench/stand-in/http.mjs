// HTTP/1.1 by hand, no more of it than the contestants speak: so that it is they who are slow.
import net from "node:net"
import { indexOf, jsonOf, project } from "../operation.mjs"
import { answerBatch } from "./batch.mjs"

const head = (status, length, more = "") =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=UTF-8\r\nVary: Origin, X-Origin, Referer\r\nServer: ESF\r\nCache-Control: private\r\nX-Content-Type-Options: nosniff\r\n${more}Content-Length: ${length}\r\n\r\n`

const answer = (status, body, more) => head(status, body.length, more) + body

const errorBody = (code, status, message) => JSON.stringify({ error: { code, message, status } })

const emptyAnswer = answer("200 OK", "{}\n")
const notFound = answer("404 Not Found", errorBody(404, "NOT_FOUND", "Requested entity was not found."))
const unavailable = answer(
  "503 Service Unavailable",
  errorBody(503, "UNAVAILABLE", "The service is currently unavailable.")
)
const rateLimited = (seconds) =>
  answer(
    "429 Too Many Requests",
    errorBody(429, "RESOURCE_EXHAUSTED", "Quota exceeded."),
    `Retry-After: ${seconds}\r\n`
  )

const operations = `projects/${project}/operations`
const root = "/v1/"

const pages = new Map()
let pagesVersion = -1

const page = (state, query) => {
  const params = new URLSearchParams(query)
  const size = Math.min(500, Number(params.get("pageSize")) || 500)
  const from = Number(params.get("pageToken") ?? 0)
  const isSlim = params.has("fields")
  const to = Math.min(state.plan.count, from + size)
  state.listed += to - from
  // Pages change with every cancel and with time after one; before the first they are always the same.
  const isLast = to === state.plan.count
  const key = `${from} ${to} ${isLast} ${isSlim}`
  if (state.version !== pagesVersion) pages.clear()
  pagesVersion = state.version
  const known = state.version === 0 ? pages.get(key) : undefined
  if (known !== undefined) return known
  const items = []
  for (let index = from; index < to; index++) items.push(jsonOf(index, state.look(index), isSlim))
  const next = isLast ? "" : `,"nextPageToken":"${to}"`
  const text = answer("200 OK", `{"operations":[${items.join(",")}]${next}}`)
  pages.set(key, text)
  return text
}

/** Answers one request; `undefined` cuts the connection. */
const respond = (state, method, target, headers, body) => {
  const mark = target.indexOf("?")
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? "" : target.slice(mark + 1)
  if (path.startsWith("/batch")) {
    state.requests.batch++
    return answerBatch(headers, body, (part) => {
      state.parts++
      return respondPart(state, part.method, part.target)
    })
  }
  const kind = kindOf(method, path)
  state.requests[kind]++
  const fault = kind === "other" ? undefined : state.fault(`${kind} ${path}`)
  if (fault === "reset") return undefined
  if (fault === "unavailable") return unavailable
  if (fault === "rateLimited") return rateLimited(state.plan.faults.retryAfter)
  return act(state, kind, path, query)
}

const respondPart = (state, method, target) => {
  const mark = target.indexOf("?")
  const path = mark < 0 ? target : target.slice(0, mark)
  return act(state, kindOf(method, path), path, mark < 0 ? "" : target.slice(mark + 1))
}

const kindOf = (method, path) => {
  if (method === "GET") {
    if (path.startsWith(operations, root.length))
      return path.length === root.length + operations.length ? "list" : "get"
    return "other"
  }
  return method === "POST" && path.endsWith(":cancel") ? "cancel" : "other"
}

const act = (state, kind, path, query) => {
  if (kind === "list") return page(state, query)
  // What Earth Engine's client asks for before anything else.
  if (kind === "other") return path.endsWith("/algorithms") ? answer("200 OK", `{"algorithms":[]}`) : notFound
  const index = indexOf(kind === "get" ? path.slice(root.length) : path.slice(root.length, -":cancel".length))
  if (!state.has(index)) return notFound
  if (kind === "get") return answer("200 OK", jsonOf(index, state.look(index)))
  state.cancel(index)
  return emptyAnswer
}

const lengthPattern = /\r\ncontent-length: *(\d+)/i
const chunkedPattern = /\r\ntransfer-encoding: *chunked/i

/** The length of a body in what has been read, or -1 while it is not complete. */
const bodyLength = (headers, text, from) => {
  if (headers.startsWith("GET ")) return 0
  const length = lengthPattern.exec(headers)
  if (length !== null) return text.length - from >= Number(length[1]) ? Number(length[1]) : -1
  if (!chunkedPattern.test(headers)) return 0
  const end = text.indexOf("0\r\n\r\n", from)
  return end < 0 ? -1 : end + 5 - from
}

const unchunk = (text) => {
  let body = ""
  for (let at = 0; ;) {
    const end = text.indexOf("\r\n", at)
    const size = Number.parseInt(text.slice(at, end), 16)
    if (!(size > 0)) return body
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}

/** Listens on a free port of the loopback. */
export const listen = (state) => {
  const server = net.createServer({ noDelay: true }, (socket) => {
    let read = ""
    state.opened()
    socket.on("close", () => state.closed())
    socket.on("error", () => {})
    socket.on("data", (chunk) => {
      read += chunk.latin1Slice(0, chunk.length)
      let out = ""
      for (;;) {
        const end = read.indexOf("\r\n\r\n")
        if (end < 0) break
        const headers = read.slice(0, end)
        const length = bodyLength(headers, read, end + 4)
        if (length < 0) break
        const raw = read.slice(end + 4, end + 4 + length)
        read = read.slice(end + 4 + length)
        const space = headers.indexOf(" ")
        const target = headers.slice(space + 1, headers.indexOf(" ", space + 1))
        const isChunked = length > 0 && chunkedPattern.test(headers)
        const text = respond(state, headers.slice(0, space), target, headers, isChunked ? unchunk(raw) : raw)
        if (text === undefined) {
          socket.resetAndDestroy()
          return
        }
        out += text
      }
      if (out !== "") {
        state.bytesOut += out.length
        socket.write(out, "latin1")
      }
    })
  })
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", 4096, () => resolve({ port: server.address().port, close: () => server.close() }))
  })
}
