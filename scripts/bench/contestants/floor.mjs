// As little as can be done: sockets, requests written by hand, answers found by their length.
import net from "node:net"
import { nameOf } from "../operation.mjs"
import { concurrently } from "./concurrently.mjs"

const lengthPattern = /\r\nContent-Length: (\d+)\r\n/

const connect = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket))
    socket.on("error", reject)
  })

const lineOf = (socket) => {
  let read = ""
  let waiting
  socket.on("data", (chunk) => {
    read += chunk.latin1Slice(0, chunk.length)
    const end = read.indexOf("\r\n\r\n")
    if (end < 0) return
    const size = end + 4 + Number(lengthPattern.exec(read)[1])
    if (read.length < size) return
    const body = read.slice(end + 4, size)
    read = read.slice(size)
    waiting(body)
  })
  return (text) =>
    new Promise((resolve) => {
      waiting = resolve
      socket.write(text, "latin1")
    })
}

export const make = ({ ports }) => {
  const host = `Host: 127.0.0.1:${ports.http}\r\n`
  const free = []
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      while (free.length < concurrency) free.push(lineOf(await connect(ports.http)))
      let confirmed = 0
      await concurrently(from, to, concurrency, async (index) => {
        const name = nameOf(index)
        const ask = free.pop()
        await ask(
          `POST /v1/${name}:cancel HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
        )
        const operation = JSON.parse(await ask(`GET /v1/${name} HTTP/1.1\r\n${host}\r\n`))
        free.push(ask)
        if (operation.done && operation.error.code === 1) confirmed++
      })
      return { confirmed }
    }
  }
}
