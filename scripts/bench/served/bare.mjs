// The measure of things: node:http and a Map, with the same answers and nothing else. Nobody is asked who they are.
import http from "node:http"
import { jsonOf, nameOf, project } from "../operation.mjs"

const prefix = `/v1/projects/${project}/`

const headers = { "content-type": "application/json; charset=UTF-8" }

// Whoever measures may be stopped at any time.
process.once("disconnect", () => process.exit())

process.once("message", ({ stored }) => {
  const operations = new Map()
  for (let i = 0; i < stored; i++) operations.set(nameOf(i), jsonOf(i, "running"))
  const parsed = Array.from({ length: 100 }, (_, i) => JSON.parse(jsonOf(i, "running")))
  let started = 0
  const send = (response, status, body) => {
    response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
    response.end(body)
  }
  const page = (response) =>
    send(response, 200, JSON.stringify({ operations: parsed, nextPageToken: "0123456789".repeat(16) }))
  const change = (request, response) => {
    let body = ""
    request.on("data", (chunk) => (body += chunk))
    request.on("end", () => {
      JSON.parse(body)
      if (request.url.endsWith(":cancel")) return send(response, 200, "{}")
      const index = stored + started++
      operations.set(nameOf(index), jsonOf(index, "running"))
      send(response, 200, operations.get(nameOf(index)))
    })
  }
  const server = http.createServer((request, response) => {
    if (request.method === "POST") return change(request, response)
    if (request.url.startsWith(`${prefix}operations?`)) return page(response)
    const body = operations.get(request.url.slice("/v1/".length))
    send(response, body === undefined ? 404 : 200, body ?? "{}")
  })
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }))
  process.on("message", ({ id }) => process.send({ id, report: { cpu: process.cpuUsage() } }))
})
