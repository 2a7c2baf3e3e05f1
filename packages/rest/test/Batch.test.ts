import * as Batch from "@effect-lro/rest/Batch"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const get: Batch.Request = { id: "a", method: "GET", path: "/v1/projects/p/operations/a", headers: {}, body: "" }

const answer: Batch.Response = {
  id: "a",
  status: 200,
  headers: { "content-type": "application/json; charset=UTF-8" },
  body: `{"name":"projects/p/operations/a"}`
}

const lines = (...all: ReadonlyArray<string>): string => all.join("\r\n")

const reasonOf = (result: Either.Either<unknown, Batch.InvalidBatch>): string =>
  Either.match(result, { onLeft: ({ reason }) => reason, onRight: () => "none" })

const boundaryOf = ({ contentType }: Batch.Message): string => {
  const start = "multipart/mixed; boundary="
  assert.isTrue(contentType.startsWith(start))
  return contentType.slice(start.length)
}

// Bodies that look like framing: line ends of both kinds, delimiters with the boundaries that are written, header lines.
const body = FastCheck.oneof(
  FastCheck.string({ unit: "grapheme" }),
  FastCheck.array(
    FastCheck.constantFrom(
      "\r\n",
      "\n",
      "\r",
      "--",
      "batch_effect-lro",
      "--batch_effect-lro",
      "\r\n--batch_effect-lro--\r\n",
      "\n--batch_effect-lro_000000000",
      "batch_effect-lro_000000001",
      "Content-ID: <response-a>",
      "HTTP/1.1 200 OK",
      "GET / HTTP/1.1",
      "{}",
      "é\u{1f30d}\u2028",
      "\u0000"
    )
  ).map((parts) => parts.join(""))
)

const token = FastCheck.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/)

const value = FastCheck.string({ unit: "grapheme", maxLength: 30 }).map((text) =>
  text.replace(/[\u0000-\u001f\u007f]/g, "").trim()
)

const headers = FastCheck.array(FastCheck.tuple(token, value), { maxLength: 4 }).map((all) =>
  Object.fromEntries(all.filter(([name]) => name !== "content-type"))
)

const id = FastCheck.oneof(
  FastCheck.constantFrom("projects/p/operations/A", "a + 1", "response-a", "batch_effect-lro", "__proto__"),
  FastCheck.string({ unit: "grapheme", minLength: 1 })
)
  .map((text) => text.replace(/[<>\u0000-\u001f\u007f]/g, "").trim())
  .filter((text) => text !== "")

const request = FastCheck.record<Batch.Request>({
  id,
  method: FastCheck.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE"),
  path: FastCheck.stringMatching(/^\/(?:[a-zA-Z0-9_.~:@%?&=;,+$-][a-zA-Z0-9_.~:@%?&=;,+$/-]{0,60})?$/),
  headers,
  body
})

const response = FastCheck.record<Batch.Response>({
  id,
  status: FastCheck.integer({ min: 100, max: 599 }),
  headers,
  body
})

describe("Batch", () => {
  describe("requests", () => {
    it("are written as Google documents it, with CRLF throughout", () => {
      const cancel: Batch.Request = {
        id: "b",
        method: "POST",
        path: "/v1/projects/p/operations/b:cancel",
        headers: { "content-type": "application/json" },
        body: "{}"
      }
      const message = Either.getOrThrow(Batch.encodeRequests([get, cancel]))
      assert.strictEqual(message.contentType, "multipart/mixed; boundary=batch_effect-lro")
      assert.strictEqual(
        message.body,
        lines(
          "--batch_effect-lro",
          "Content-Type: application/http",
          "Content-Transfer-Encoding: binary",
          "MIME-Version: 1.0",
          "Content-ID: <a>",
          "",
          "GET /v1/projects/p/operations/a HTTP/1.1",
          "",
          "",
          "--batch_effect-lro",
          "Content-Type: application/http",
          "Content-Transfer-Encoding: binary",
          "MIME-Version: 1.0",
          "Content-ID: <b>",
          "",
          "POST /v1/projects/p/operations/b:cancel HTTP/1.1",
          "content-type: application/json",
          "",
          "{}",
          "--batch_effect-lro--",
          ""
        )
      )
    })

    it("are read back as they were written, whatever is in them", () => {
      FastCheck.assert(
        FastCheck.property(FastCheck.array(request, { minLength: 1, maxLength: 8 }), (requests) => {
          const message = Either.getOrThrow(Batch.encodeRequests(requests))
          assert.deepStrictEqual(Batch.decodeRequests(message), Either.right(requests))
        }),
        { numRuns: 500 }
      )
    })

    it("are read as Earth Engine's JavaScript client writes them", () => {
      const part = (name: string) => [
        "--batch_EARTHENGINE_batch",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "MIME-Version: 1.0",
        `Content-ID: <${name}>`,
        "",
        `GET /v1/${name} HTTP/1.1`,
        "Content-Type: application/json; charset=utf-8",
        "Authorization: Bearer secret",
        "",
        ""
      ]
      const names = ["projects/p/operations/A", "projects/p/operations/B"]
      const read = Batch.decodeRequests({
        contentType: "multipart/mixed; boundary=batch_EARTHENGINE_batch",
        body: lines(...names.flatMap(part), "--batch_EARTHENGINE_batch--", "")
      })
      assert.deepStrictEqual(
        read,
        Either.right(
          names.map((name): Batch.Request => ({
            id: name,
            method: "GET",
            path: `/v1/${name}`,
            headers: { "content-type": "application/json; charset=utf-8", authorization: "Bearer secret" },
            body: ""
          }))
        )
      )
    })

    it("are read with bare line ends, a quoted boundary, a preamble, an epilogue and no HTTP version", () => {
      const read = Batch.decodeRequests({
        contentType: `Multipart/Mixed; charset=x; Boundary="a \\"b"`,
        body: `preamble\n--a "b \t\ncontent-type: application/http\n\nGET /v1/x\n\n--a "b--\nepilogue --a "b`
      })
      assert.deepStrictEqual(read, Either.right([{ ...get, id: "0", path: "/v1/x" }]))
    })

    const framed = (inner: string, part = "Content-Type: application/http\r\nContent-ID: <a>"): Batch.Message => ({
      contentType: "multipart/mixed; boundary=b",
      body: `--b\r\n${part}\r\n\r\n${inner}\r\n--b--`
    })

    it.each<readonly [string, Batch.Message, Batch.InvalidBatch["reason"]]>([
      ["another content type", { contentType: "application/json", body: "{}" }, "ContentType"],
      ["form data", { ...framed("GET /x"), contentType: "multipart/form-data; boundary=b" }, "ContentType"],
      ["no boundary", { ...framed("GET /x"), contentType: "multipart/mixed" }, "ContentType"],
      ["an empty boundary", { ...framed("GET /x"), contentType: `multipart/mixed; boundary=""` }, "ContentType"],
      [
        "an endless boundary",
        { ...framed(""), contentType: `multipart/mixed; boundary=${"b".repeat(201)}` },
        "ContentType"
      ],
      ["no delimiter", { ...framed("GET /x"), contentType: "multipart/mixed; boundary=c" }, "Framing"],
      ["no body", { ...framed(""), body: "" }, "Framing"],
      ["no part", { ...framed(""), body: "--b--" }, "Framing"],
      ["no closing delimiter", { ...framed(""), body: framed("GET /x").body.replace("--b--", "--b") }, "Framing"],
      ["an empty part", { ...framed(""), body: "--b\r\n--b--" }, "Part"],
      ["a part of another type", framed("GET /x", "Content-Type: text/plain"), "Part"],
      [
        "a part in base64",
        framed("GET /x", "Content-Type: application/http\r\nContent-Transfer-Encoding: base64"),
        "Part"
      ],
      ["a part whose header is none", framed("GET /x", "Content-Type: application/http\r\nnonsense"), "Part"],
      ["an empty Content-ID", framed("GET /x", "Content-Type: application/http\r\nContent-ID: <>"), "Part"],
      ["a Content-ID that ends early", framed("GET /x", "Content-Type: application/http\r\nContent-ID: <a>b>"), "Part"],
      ["no request", framed(""), "Part"],
      ["a method that is none", framed("get /x"), "Part"],
      ["a method of another kind", framed("CONNECT /x"), "Part"],
      ["another protocol", framed("GET /x SPDY/3"), "Part"],
      ["a folded header", framed("GET /x HTTP/1.1\r\nx: a\r\n b"), "Part"],
      ["a header with a control character", framed("GET /x HTTP/1.1\r\nx: a\u0000"), "Part"],
      ["an absolute URL", framed("GET http://169.254.169.254/x HTTP/1.1"), "Path"],
      ["an absolute URL of a file", framed("GET file:///etc/passwd HTTP/1.1"), "Path"],
      ["another host", framed("GET //evil.example/x HTTP/1.1"), "Path"],
      ["another host by a backslash", framed("GET /\\evil.example/x HTTP/1.1"), "Path"],
      ["a user before a host", framed("GET @evil.example/x HTTP/1.1"), "Path"],
      ["a host and a port", framed("POST evil.example:80 HTTP/1.1"), "Path"],
      ["an asterisk", framed("GET * HTTP/1.1"), "Path"],
      ["a fragment", framed("GET /x#y HTTP/1.1"), "Path"],
      ["a path that is not ASCII", framed("GET /é HTTP/1.1"), "Path"],
      ["a batch as a part", framed("x", "Content-Type: multipart/mixed; boundary=c"), "Nested"],
      ["a batch as a request", framed("POST /batch HTTP/1.1\r\nContent-Type: Multipart/mixed; boundary=c"), "Nested"]
    ])("are refused with %s", (_, message, reason) => {
      assert.strictEqual(reasonOf(Batch.decodeRequests(message)), reason)
    })

    it("are read up to the limit and refused beyond it", () => {
      const batchOf = (count: number) =>
        Either.getOrThrow(Batch.encodeRequests(Array.from({ length: count }, () => get)))
      assert.strictEqual(Either.getOrThrow(Batch.decodeRequests(batchOf(100))).length, 100)
      assert.strictEqual(reasonOf(Batch.decodeRequests(batchOf(101))), "TooManyParts")
      assert.strictEqual(reasonOf(Batch.decodeRequests(batchOf(10_000))), "TooManyParts")
      assert.strictEqual(reasonOf(Batch.decodeRequests(batchOf(3), { maxParts: 2 })), "TooManyParts")
      assert.strictEqual(Either.getOrThrow(Batch.decodeRequests(batchOf(500), { maxParts: 500 })).length, 500)
    })

    it.each<readonly [string, Partial<Batch.Request>, Batch.InvalidBatch["reason"]]>([
      ["a line end in the path", { path: "/x HTTP/1.1\r\nx: y" }, "Path"],
      ["a space in the path", { path: "/x y" }, "Path"],
      ["no path", { path: "" }, "Path"],
      ["another host", { path: "https://evil.example/" }, "Path"],
      ["a host for a path", { path: "//evil.example/" }, "Path"],
      ["a line end in a header", { headers: { x: "a\r\nauthorization: b" } }, "Part"],
      ["a header name that is none", { headers: { "x y": "a" } }, "Part"],
      ["an id that ends early", { id: "a>b" }, "Part"],
      ["an id with a line end", { id: "a\nb" }, "Part"],
      ["no id", { id: "" }, "Part"]
    ])("are not written with %s", (_, change, reason) => {
      const written = Batch.encodeRequests([get, { ...get, ...change }])
      assert.strictEqual(reasonOf(written), reason)
      assert.strictEqual(Either.getOrThrow(Either.flip(written)).part, 1)
    })

    it("never make the reader throw", () => {
      const noise = FastCheck.array(
        FastCheck.oneof(
          FastCheck.constantFrom("\r\n", "\n", "--b", "--b--", " ", ":", "GET /x HTTP/1.1", "content-id: <a>"),
          FastCheck.constantFrom("Content-Type: application/http", "HTTP/1.1 200 OK", "\u0000", "\ud800"),
          FastCheck.string({ unit: "binary" })
        )
      ).map((parts) => parts.join(""))
      const contentType = FastCheck.oneof(
        FastCheck.constantFrom("multipart/mixed; boundary=b", `multipart/mixed; boundary="b`, "multipart/mixed;;;"),
        FastCheck.string({ unit: "binary" })
      )
      let read = 0
      FastCheck.assert(
        FastCheck.property(contentType, noise, (contentType, body) => {
          read += Either.isRight(Batch.decodeRequests({ contentType, body })) ? 1 : 0
          read += Either.isRight(Batch.decodeResponses({ contentType, body }, ["a", "b"])) ? 1 : 0
        }),
        { numRuns: 2000 }
      )
      assert.isAbove(read, 0)
    })
  })

  describe("answers", () => {
    it("are read back as they were written, whatever is in them", () => {
      FastCheck.assert(
        FastCheck.property(FastCheck.array(response, { maxLength: 8 }), (responses) => {
          const message = Either.getOrThrow(Batch.encodeResponses(responses))
          const ids = responses.map(({ id }) => id)
          assert.deepStrictEqual(Batch.decodeResponses(message, ids), Either.right(responses.map(Either.right)))
        }),
        { numRuns: 500 }
      )
    })

    it("are written as Earth Engine's JavaScript client reads them", () => {
      FastCheck.assert(
        FastCheck.property(FastCheck.array(response, { minLength: 1, maxLength: 8 }), (responses) => {
          const message = Either.getOrThrow(Batch.encodeResponses(responses))
          assert.deepStrictEqual(
            readStrictly(message),
            responses.map(({ body, id, status }) => ({ id, status, body: `${body}\r\n` }))
          )
        }),
        { numRuns: 500 }
      )
    })

    it("have a boundary that no part has, and none that is quoted", () => {
      const taken = "batch_effect-lro batch_effect-lro_000000000 batch_effect-lro_000000002"
      const boundary = boundaryOf(Either.getOrThrow(Batch.encodeResponses([{ ...answer, body: taken }])))
      assert.strictEqual(boundary, "batch_effect-lro_000000001")
      assert.isAtMost(boundary.length, 70)
      const inHeader = Batch.encodeResponses([{ ...answer, headers: { x: "batch_effect-lro" } }])
      assert.notStrictEqual(boundaryOf(Either.getOrThrow(inHeader)), "batch_effect-lro")
    })

    it("are found by their id in any order, with loose framing", () => {
      const message: Batch.Message = {
        contentType: `multipart/mixed; boundary="x'y"; charset=UTF-8`,
        body: [
          "This is a preamble.",
          "--x'y  ",
          "content-id:   response-b",
          "",
          "HTTP/2 404",
          "content-type: text/html",
          "this is no header",
          "",
          "<h1>no</h1>",
          "--x'yz is no delimiter",
          "--x'y",
          "Content-Type: application/http",
          "CONTENT-ID: <a>",
          "",
          "HTTP/1.1 200 OK",
          "",
          "{}",
          "--x'y--",
          "This is an epilogue."
        ].join("\n")
      }
      assert.deepStrictEqual(
        Batch.decodeResponses(message, ["a", "b"]),
        Either.right([
          Either.right({ id: "a", status: 200, headers: {}, body: "{}" }),
          Either.right({
            id: "b",
            status: 404,
            headers: { "content-type": "text/html" },
            body: "<h1>no</h1>\n--x'yz is no delimiter"
          })
        ])
      )
    })

    it("to requests of the same id are told apart by their order", () => {
      const twice = [answer, { ...answer, status: 404 }]
      const message = Either.getOrThrow(Batch.encodeResponses(twice))
      assert.deepStrictEqual(Batch.decodeResponses(message, ["a", "a"]), Either.right(twice.map(Either.right)))
    })

    it("that are missing, cut off or senseless are errors of their own and of no other", () => {
      const missing = (id: string, reason: Batch.MissingAnswer["reason"]) =>
        Either.left(new Batch.MissingAnswer({ id, reason }))
      const message = Either.getOrThrow(Batch.encodeResponses([answer, { ...answer, id: "b" }, { ...answer, id: "c" }]))
      const cut = message.body.replace("<response-b>\r\n\r\nHTTP/1.1 200", "<response-b>\r\n\r\n<html>").slice(0, -30)
      assert.deepStrictEqual(
        Batch.decodeResponses({ ...message, body: cut }, ["c", "d", "b", "a"]),
        Either.right([missing("c", "Absent"), missing("d", "Absent"), missing("b", "Malformed"), Either.right(answer)])
      )
      assert.deepStrictEqual(
        Batch.decodeResponses({ ...message, body: "<html>" }, ["a"]),
        Either.right([missing("a", "Absent")])
      )
      assert.strictEqual(
        reasonOf(Batch.decodeResponses({ contentType: "text/html", body: message.body }, ["a"])),
        "ContentType"
      )
    })

    it.each<readonly [string, Partial<Batch.Response>]>([
      ["a line end in a header", { headers: { "retry-after": "1\r\nx: y" } }],
      ["an id that ends early", { id: "a>" }],
      ["a status that is none", { status: 20 }],
      ["a status that is no whole number", { status: 200.5 }]
    ])("are not written with %s", (_, change) => {
      assert.strictEqual(reasonOf(Batch.encodeResponses([{ ...answer, ...change }])), "Part")
    })
  })

  it("says what is wrong, and where", () => {
    const error = Either.getOrThrow(Either.flip(Batch.encodeRequests([get, { ...get, path: "x" }])))
    assert.strictEqual(error.message, "invalid batch: part 1: it is not for a path of this host")
    const whole = Either.getOrThrow(Either.flip(Batch.decodeRequests({ contentType: "", body: "" })))
    assert.strictEqual(whole.message, "invalid batch: it is not multipart/mixed with a boundary")
    assert.match(new Batch.MissingAnswer({ id: "a", reason: "Absent" }).message, /without an answer/)
  })
})

/** The rules of Earth Engine's JavaScript client: exact separators, and a boundary that is the end of the content type. */
const readStrictly = ({ body, contentType }: Batch.Message): ReadonlyArray<unknown> =>
  body.split(`--${contentType.split("; boundary=")[1]}`).flatMap((part) => {
    const [about = "", inner = "", ...rest] = part.split("\r\n\r\n")
    if (rest.length === 0) return []
    const id = Option.fromNullable(/\r\nContent-ID: <response-([^>]*)>/.exec(about)?.[1])
    const status = Option.fromNullable(/^HTTP\S*\s(\d+)\s/.exec(inner)?.[1])
    return [{ id: Option.getOrThrow(id), status: Number(Option.getOrThrow(status)), body: rest.join("\r\n\r\n") }]
  })
