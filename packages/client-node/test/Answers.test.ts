import { randomBytes } from "node:crypto"
import * as zlib from "node:zlib"
import * as NodeTransport from "@effect-lro/client-node/NodeTransport"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Loopback from "./fixtures/Loopback.js"

const MiB = 1024 * 1024

describe("answers of NodeTransport", () => {
  describe("that break off", () => {
    const head = "HTTP/1.1 200 OK\r\n"
    const cases: ReadonlyArray<{ readonly title: string; readonly bytes: string; readonly status?: number }> = [
      { title: "nothing at all", bytes: "" },
      { title: "half a status line", bytes: "HTTP/1.1 2" },
      { title: "half the headers", bytes: `${head}content-len` },
      { title: "what is no HTTP", bytes: "SSH-2.0-OpenSSH_9.2\r\n\r\n" },
      { title: "half the body", bytes: `${head}content-length: 100\r\n\r\n{"name":`, status: 200 },
      { title: "a chunk that never ends", bytes: `${head}transfer-encoding: chunked\r\n\r\n10\r\n{"na`, status: 200 },
      { title: "chunks without an end", bytes: `${head}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`, status: 200 }
    ]
    for (const reset of [false, true]) {
      for (const { bytes, status, title } of cases) {
        it.scoped(`are a lost connection: ${title}, then ${reset ? "a reset" : "the end"}`, () =>
          Effect.gen(function* () {
            const server = yield* Loopback.raw((socket) => {
              if (!reset) socket.end(bytes, "latin1")
              else if (bytes === "") socket.resetAndDestroy()
              else socket.write(bytes, "latin1", () => setImmediate(() => socket.resetAndDestroy()))
            })
            const transport = yield* NodeTransport.make()
            const failure = yield* Effect.flip(transport.request({ url: server.url }))
            assert.strictEqual(failure.reason, "Connection")
            if (!reset) assert.strictEqual(failure.status, status)
            assert.strictEqual(server.requests.length, 1)
          })
        )
      }
    }

    it.scoped("are a lost connection also where nobody listens", () =>
      Effect.gen(function* () {
        const url = yield* Effect.scoped(
          Effect.map(
            Loopback.make(() => {}),
            (server) => server.url
          )
        )
        const transport = yield* NodeTransport.make({ connections: 2 })
        const failures = yield* Effect.forEach(
          Array.from({ length: 50 }, () => url),
          (url) => Effect.flip(transport.request({ url })),
          { concurrency: "unbounded" }
        )
        assert.isTrue(failures.every((failure) => failure.reason === "Connection"))
      })
    )
  })

  describe("without a body", () => {
    it.scoped("are empty text, whatever their headers say of it", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) => {
          const status = request.method === "HEAD" ? 200 : Number(request.url?.slice(1))
          response.writeHead(status, { "content-encoding": "gzip" }).end()
        })
        const transport = yield* NodeTransport.make({ connections: 1 })
        for (const [method, status] of [
          ["HEAD", 200],
          ["GET", 204],
          ["GET", 304],
          ["GET", 200]
        ] as const) {
          const answer = yield* transport.request({ method, url: `${server.url}/${status}` })
          assert.strictEqual(answer.status, status)
          assert.strictEqual(answer.body, "")
        }
      })
    )

    it.scoped("may come after an interim one", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.raw((socket) => {
          socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nx-a: hint\r\n\r\n")
          socket.write("HTTP/1.1 200 OK\r\nx-b: 2\r\ncontent-length: 2\r\n\r\n{}")
        })
        const transport = yield* NodeTransport.make()
        const answer = yield* transport.request({ url: server.url })
        assert.deepStrictEqual([answer.status, answer.body, answer.headers["x-b"]], [200, "{}", "2"])
        assert.isUndefined(answer.headers["x-a"])
      })
    )
  })

  it.scoped("that redirect are answers, and nobody goes there", () =>
    Effect.gen(function* () {
      const elsewhere = yield* Loopback.make((_, response) => response.end("secret"))
      const server = yield* Loopback.make((request, response) => {
        response.writeHead(Number(request.url?.slice(1)), { location: elsewhere.url }).end()
      })
      const transport = yield* NodeTransport.make()
      for (const status of [301, 302, 303, 307, 308]) {
        const answer = yield* transport.request({ url: `${server.url}/${status}` })
        assert.strictEqual(answer.status, status)
        assert.strictEqual(answer.headers["location"], elsewhere.url)
      }
      assert.strictEqual(elsewhere.connections.total, 0)
    })
  )

  describe("that are compressed", () => {
    const text = JSON.stringify({ name: "operations/1", text: "äöü".repeat(500) })
    const encodings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
      identity: (bytes) => bytes,
      gzip: (bytes) => zlib.gzipSync(bytes),
      "X-GZip": (bytes) => zlib.gzipSync(bytes),
      deflate: (bytes) => zlib.deflateSync(bytes),
      br: (bytes) => zlib.brotliCompressSync(bytes),
      "deflate, gzip": (bytes) => zlib.gzipSync(zlib.deflateSync(bytes))
    }
    for (const [encoding, encode] of Object.entries(encodings)) {
      it.scoped(`are decompressed, small and large: ${encoding}`, () =>
        Effect.gen(function* () {
          const noise = Array.from({ length: 60_000 }, (_, index) => (index * 7919).toString(36)).join("")
          const bodies = [text, noise]
          const server = yield* Loopback.make((request, response) => {
            response.writeHead(200, { "content-encoding": encoding })
            response.end(encode(Buffer.from(bodies[Number(request.url?.slice(1))] ?? "")))
          })
          const transport = yield* NodeTransport.make()
          for (const [index, body] of bodies.entries()) {
            assert.strictEqual((yield* transport.request({ url: `${server.url}/${index}` })).body, body)
          }
          assert.strictEqual(server.requests[0]?.headers["accept-encoding"], "gzip, deflate, br")
        })
      )
    }

    it.scoped("by deflate may lack the header of zlib", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => {
          response.writeHead(200, { "content-encoding": "deflate" }).end(zlib.deflateRawSync(text))
        })
        const transport = yield* NodeTransport.make()
        assert.strictEqual((yield* transport.request({ url: server.url })).body, text)
      })
    )

    it.scoped("are asked for only where nobody has said otherwise", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) => response.end(request.headers["accept-encoding"]))
        const plain = yield* NodeTransport.make({ compression: false })
        assert.strictEqual((yield* plain.request({ url: server.url })).body, "")
        const transport = yield* NodeTransport.make()
        const headers = { "Accept-Encoding": "br" }
        assert.strictEqual((yield* transport.request({ url: server.url, headers })).body, "br")
      })
    )

    const broken: Readonly<Record<string, readonly [encoding: string, body: Buffer]>> = {
      "an unknown encoding": ["zstd", Buffer.from(text)],
      "no gzip": ["gzip", Buffer.from(text)],
      "half of it": ["gzip", zlib.gzipSync(text).subarray(0, 40)],
      "half of much": ["gzip", zlib.gzipSync(randomBytes(100_000)).subarray(0, 50_000)],
      "too many layers": ["gzip, gzip, gzip", zlib.gzipSync(zlib.gzipSync(zlib.gzipSync(text)))]
    }
    for (const [title, [encoding, body]] of Object.entries(broken)) {
      it.scoped(`are not answers when they are ${title}`, () =>
        Effect.gen(function* () {
          const server = yield* Loopback.make((_, response) => {
            response.writeHead(200, { "content-encoding": encoding }).end(body)
          })
          const transport = yield* NodeTransport.make({ connections: 1 })
          const failure = yield* Effect.flip(transport.request({ url: server.url }))
          assert.deepStrictEqual([failure.reason, failure.status], ["Encoding", 200])
        })
      )
    }
  })

  describe("that are too large", () => {
    const bombs: Readonly<Record<string, readonly [encoding: string, body: Buffer]>> = {
      "a small bomb": ["gzip", zlib.gzipSync(Buffer.alloc(2 * MiB))],
      "a large bomb": ["gzip", zlib.gzipSync(Buffer.alloc(64 * MiB))],
      "a bomb of brotli": ["br", zlib.brotliCompressSync(Buffer.alloc(64 * MiB))],
      "a bomb in a bomb": ["gzip, gzip", zlib.gzipSync(zlib.gzipSync(Buffer.alloc(64 * MiB)))],
      "plain bytes": ["identity", Buffer.alloc(2 * MiB)]
    }
    for (const [title, [encoding, body]] of Object.entries(bombs)) {
      it.scoped(`are given up: ${title}`, () =>
        Effect.gen(function* () {
          const server = yield* Loopback.make((_, response) => {
            response.writeHead(200, { "content-encoding": encoding }).end(body)
          })
          const transport = yield* NodeTransport.make({ maxBodyBytes: MiB })
          const failure = yield* Effect.flip(transport.request({ url: server.url }))
          assert.deepStrictEqual([failure.reason, failure.status], ["TooLarge", 200])
        })
      )
    }

    it.scoped("are read to the end where there is no limit, compressed ones too", () =>
      Effect.gen(function* () {
        const text = randomBytes(MiB).toString("hex")
        const server = yield* Loopback.make((request, response) => {
          const body = zlib.gzipSync(request.url === "/small" ? "small" : text)
          response.writeHead(200, { "content-encoding": "gzip" }).end(body)
        })
        const transport = yield* NodeTransport.make({ maxBodyBytes: Infinity })
        assert.strictEqual((yield* transport.request({ url: `${server.url}/small` })).body, "small")
        const large = yield* transport.request({ url: `${server.url}/large` })
        assert.isTrue(large.body === text)
      })
    )

    it.scoped("are read no further than the limit, and their connection is closed", () =>
      Effect.gen(function* () {
        let sent = 0
        const server = yield* Loopback.make((_, response) => {
          const more = () => {
            while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024
            sent += 64 * 1024
          }
          response.on("drain", more)
          more()
        })
        const transport = yield* NodeTransport.make({ maxBodyBytes: MiB })
        assert.strictEqual((yield* Effect.flip(transport.request({ url: server.url }))).reason, "TooLarge")
        yield* server.disconnected
        assert.isBelow(sent, 32 * MiB)
      })
    )

    it.scoped("are those of exactly one byte more than the limit", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) =>
          response.end("x".repeat(Number(request.url?.slice(1))))
        )
        const transport = yield* NodeTransport.make({ maxBodyBytes: 1000 })
        assert.strictEqual((yield* transport.request({ url: `${server.url}/1000` })).body.length, 1000)
        assert.strictEqual((yield* Effect.flip(transport.request({ url: `${server.url}/1001` }))).reason, "TooLarge")
      })
    )
  })

  describe("that take too long", () => {
    it.scoped("to begin are timeouts", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make(() => {})
        const transport = yield* NodeTransport.make({ headersTimeout: "1 second", requestTimeout: "1 minute" })
        const failure = yield* Effect.flip(transport.request({ url: server.url }))
        assert.deepStrictEqual([failure.reason, failure.status], ["Timeout", undefined])
        yield* server.disconnected
      })
    )

    it.scoped("to go on are timeouts", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => void response.write("{"))
        const transport = yield* NodeTransport.make({ bodyTimeout: "1 second", requestTimeout: "1 minute" })
        const failure = yield* Effect.flip(transport.request({ url: server.url }))
        assert.deepStrictEqual([failure.reason, failure.status], ["Timeout", 200])
        yield* server.disconnected
      })
    )

    it.scoped("in all are timeouts, even where something comes all the time", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((_, response) => {
          const timer = setInterval(() => response.write(" "), 5)
          response.on("close", () => clearInterval(timer))
        })
        const transport = yield* NodeTransport.make({ requestTimeout: "80 millis" })
        const failure = yield* Effect.flip(transport.request({ url: server.url }))
        assert.deepStrictEqual([failure.reason, failure.status], ["Timeout", 200])
        yield* server.disconnected
      })
    )

    it.scoped("because they wait for a connection are timeouts, and are never sent", () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make(() => {})
        const transport = yield* NodeTransport.make({ connections: 1 })
        const first = yield* Effect.fork(transport.request({ url: server.url }))
        yield* server.received(1)
        const failure = yield* Effect.flip(transport.request({ url: server.url, timeout: "30 millis" }))
        assert.strictEqual(failure.reason, "Timeout")
        yield* Fiber.interrupt(first)
        yield* server.disconnected
        assert.strictEqual(server.requests.length, 1)
      })
    )
  })

  it.scoped("are the same text wherever their bytes are cut", () =>
    Effect.gen(function* () {
      const encoders = [
        ["identity", (bytes: Buffer) => bytes],
        ["gzip", (bytes: Buffer) => zlib.gzipSync(bytes)],
        ["br", (bytes: Buffer) => zlib.brotliCompressSync(bytes)]
      ] as const
      let chunks: ReadonlyArray<Buffer> = []
      let encoding = "identity"
      const server = yield* Loopback.raw((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ntransfer-encoding: chunked\r\n\r\n`)
        for (const chunk of chunks) {
          socket.write(`${chunk.length.toString(16)}\r\n`)
          socket.write(chunk)
          socket.write("\r\n")
        }
        socket.write("0\r\n\r\n")
      })
      const transport = yield* NodeTransport.make()
      const property = FastCheck.asyncProperty(
        FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((it) => !it.startsWith("\uFEFF")),
        FastCheck.array(FastCheck.nat(120), { maxLength: 12 }),
        FastCheck.constantFrom(...encoders),
        async (text, cuts, [name, encode]) => {
          const bytes = encode(Buffer.from(text))
          const at = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length)])].toSorted((a, b) => a - b)
          encoding = name
          chunks = at.map((from, index) => bytes.subarray(from, at[index + 1] ?? bytes.length))
          const answer = await Effect.runPromise(transport.request({ url: server.url }))
          assert.strictEqual(answer.body, text)
        }
      )
      yield* Effect.promise(() => FastCheck.assert(property, { numRuns: 300 }))
    })
  )
})
