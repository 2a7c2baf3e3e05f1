import net from "node:net"
import { nameOf } from "../operation.mjs"

// What a server bears at most.
const patience = 10_000

/**
 * Connections that hold on to a server, half of them in their headers, half in a body. Some are thrown out and come again all
 * the time, as when they had been there for long: their first lives are as far gone as can be, evenly.
 */
export const slowClients = async (port, count) => {
  const open = (index) => {
    const socket = net.connect({ port, host: "127.0.0.1" })
    socket.on("error", () => {})
    socket.write(
      index % 2 === 0
        ? "GET / HTTP/1.1\r\nX-A: "
        : `POST /v1/${nameOf(0)}:cancel HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n `
    )
    return socket
  }
  const clients = Array.from({ length: count }, (_, index) => {
    const client = { socket: open(index), until: performance.now() + (patience * (index + 1)) / count }
    client.drip = setInterval(() => {
      if (performance.now() >= client.until) client.socket.destroy()
      if (!client.socket.destroyed) return void client.socket.write(" ")
      client.socket = open(index)
      client.until = performance.now() + patience
    }, 500)
    return client
  })
  // They do not all come in the same moment as what is measured.
  await new Promise((resolve) => setTimeout(resolve, 500))
  return {
    held: () => clients.filter(({ socket }) => !socket.destroyed && !socket.connecting).length,
    stop: () => {
      for (const { drip, socket } of clients) {
        clearInterval(drip)
        socket.destroy()
      }
    }
  }
}
