// The measure of things: node:http and a Map, with the answers of the server that it is measured beside, learned from that
// server, and nothing else. Nobody is asked who they are.
import { randomUUID } from "node:crypto"
import http from "node:http"
import { bodyOf, connect } from "../load/connection.mjs"
import { requestsOf } from "../load/requests.mjs"
import { nameOf, project } from "../operation.mjs"

const prefix = `/v1/projects/${project}/`

const headers = { "content-type": "application/json; charset=UTF-8" }

const operations = new Map()
let page = { operations: [] }
let cancelled = "{}"
let started = []

/** What has to be known before requests of a kind are answered. */
const learn = {
  get: async (ask, { stored }) => {
    for (let i = 0; i < stored; i++) {
      const name = nameOf(i)
      operations.set(name, bodyOf((await ask(requestsOf("one", { name })())).read))
    }
  },
  /** Serialised again for each request. */
  list: async (ask, { query }) => {
    page = JSON.parse(bodyOf((await ask(requestsOf("list", { query })())).read))
  },
  cancel: async (ask) => {
    cancelled = bodyOf((await ask(requestsOf("cancel", { names: [nameOf(0)] })(0))).read)
  },
  /** As ours but for the name, which is as long. */
  start: async (ask) => {
    const body = bodyOf((await ask(requestsOf("start")())).read)
    const { name } = JSON.parse(body)
    started = body.split(name.slice(name.lastIndexOf("/") + 1))
  }
}

const send = (response, status, body) => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

const change = (request, response) => {
  let body = ""
  request.on("data", (chunk) => (body += chunk))
  request.on("end", () => {
    JSON.parse(body)
    if (request.url.endsWith(":cancel")) return send(response, 200, cancelled)
    const id = randomUUID()
    const answer = started.join(id)
    operations.set(`projects/${project}/operations/${id}`, answer)
    send(response, 200, answer)
  })
}

const answers = {
  usage: () => ({ cpu: process.cpuUsage() }),
  learn: async ({ kind, parameters, port }) => {
    const ask = await connect(port)
    await learn[kind](ask, parameters)
    ask.close()
  }
}

// Whoever measures may be stopped at any time.
process.once("disconnect", () => process.exit())

process.once("message", () => {
  const server = http.createServer((request, response) => {
    if (request.method === "POST") return change(request, response)
    if (request.url.startsWith(`${prefix}operations?`)) return send(response, 200, JSON.stringify(page))
    const body = operations.get(request.url.slice("/v1/".length))
    send(response, body === undefined ? 404 : 200, body ?? "{}")
  })
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }))
  process.on("message", async ({ id, type, ...parameters }) =>
    process.send({ id, report: await answers[type](parameters) })
  )
})
