import net from "node:net"

const lengthPattern = /\r\ncontent-length: (\d+)\r\n/i

/** A connection that is kept: a function that sends a request and answers its status and body, one at a time. */
export const connect = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true })
    let chunks = []
    let size = 0
    let wanted = -1
    let waiting
    socket.on("data", (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      if (wanted < 0) {
        const read = chunks.length === 1 ? chunk : Buffer.concat(chunks)
        const end = read.indexOf("\r\n\r\n")
        if (end < 0) return
        const length = lengthPattern.exec(read.latin1Slice(0, end + 4))
        wanted = end + 4 + Number(length?.[1] ?? 0)
      }
      if (size < wanted) return
      const read = chunks.length === 1 ? chunk : Buffer.concat(chunks)
      chunks = []
      size = 0
      wanted = -1
      const answer = waiting
      waiting = undefined
      answer?.resolve({ status: Number(read.latin1Slice(9, 12)), read })
    })
    const ask = (bytes) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(bytes, "latin1")
      })
    ask.close = () => socket.destroy()
    ask.socket = socket
    socket.once("connect", () => resolve(ask))
    socket.on("error", (error) => {
      reject(error)
      waiting?.reject(error)
    })
    socket.on("close", () => waiting?.reject(new Error("the server closed the connection")))
  })

/** The body of an answer as text. */
export const bodyOf = (read) => read.toString("utf8", read.indexOf("\r\n\r\n") + 4)
