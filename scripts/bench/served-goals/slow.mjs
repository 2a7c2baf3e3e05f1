import net from "node:net"
import { nameOf } from "../operation.mjs"

// How each begins, and for how long a server bears it. Who is not let in is answered at once, so the second is.
const kinds = [
  { begin: "GET / HTTP/1.1\r\nX-A: ", patience: 10_000 },
  {
    begin: [
      `POST /v1/${nameOf(0)}:cancel HTTP/1.1`,
      "Host: a",
      "Authorization: Bearer the-token-of-the-bench",
      "Content-Type: application/json",
      "Content-Length: 60000",
      "\r\n"
    ].join("\r\n"),
    patience: 15_000
  }
]

/**
 * Connections that hold on to a server, half of them in their headers, half in a body. Some are thrown out and come again all
 * the time, as when they had been there for long: their first lives are as far gone as can be, evenly.
 */
export const slowClients = async (port, count) => {
  const clients = Array.from({ length: count }, (_, index) => {
    const { begin, patience } = kinds[index % kinds.length]
    const open = () => {
      const socket = net.connect({ port, host: "127.0.0.1" })
      socket.on("error", () => {})
      socket.write(begin)
      return socket
    }
    const client = { socket: open(), until: performance.now() + (patience * (index + 1)) / count }
    client.drip = setInterval(() => {
      if (performance.now() >= client.until) client.socket.destroy()
      if (!client.socket.destroyed) return void client.socket.write(" ")
      client.socket = open()
      client.until = performance.now() + patience
    }, 500)
    return client
  })
  // They do not all come in the same moment as what is measured.
  await new Promise((resolve) => setTimeout(resolve, 500))
  return {
    held: () => clients.filter(({ socket }) => !socket.destroyed).length,
    stop: () => {
      for (const { drip, socket } of clients) {
        clearInterval(drip)
        socket.destroy()
      }
    }
  }
}
