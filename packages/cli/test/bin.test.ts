import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { name, onlyObject } from "./support/memory.js"
import { canary, type Ended, lro, started } from "./support/process.js"
import { envelope, json, type Respond, stub } from "./support/stub.js"

const timeout = 30_000

const metadata = (state: string) => ({
  "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
  state,
  description: "demo",
  type: "EXPORT_IMAGE",
  createTime: "2025-01-01T00:00:00.123456789Z"
})

const running = { name, metadata: metadata("RUNNING") }
const cancelled = { name, metadata: metadata("CANCELLED"), done: true, error: { code: 1, message: "cancelled" } }

const keepsSecrets = (ended: Ended) => {
  assert.notInclude(ended.stdout, canary)
  assert.notInclude(ended.stderr, canary)
}

const errorOf = (ended: Ended) => Object(onlyObject(ended.stdout)["error"])

interface Fault {
  readonly behaviour: string
  readonly respond: Respond
  readonly code: number
  readonly error: Readonly<Record<string, unknown>>
  readonly requests: number
}

const faults: ReadonlyArray<Fault> = [
  {
    behaviour: "vanishes after its cancel",
    respond: ({ method }, response) =>
      method === "POST"
        ? json(response, 200, {})
        : json(response, 404, envelope(404, "NOT_FOUND", "no such operation")),
    code: 9,
    error: { _tag: "Vanished", status: "NOT_FOUND", httpStatus: 404, cancelAccepted: true },
    requests: 2
  },
  {
    behaviour: "needs another token, and echoes this one",
    respond: (_, response) =>
      json(
        response,
        401,
        envelope(401, "UNAUTHENTICATED", `the token ${canary} has expired`, [{ "@type": "x", t: canary }])
      ),
    code: 8,
    error: { _tag: "Unauthorized", status: "UNAUTHENTICATED", httpStatus: 401 },
    requests: 1
  },
  {
    behaviour: "is not the caller's",
    respond: (_, response) => json(response, 403, envelope(403, "PERMISSION_DENIED", "you may not")),
    code: 8,
    error: { _tag: "PermissionDenied", status: "PERMISSION_DENIED", httpStatus: 403 },
    requests: 1
  },
  {
    behaviour: "cannot be cancelled",
    respond: (_, response) => json(response, 501, envelope(501, "UNIMPLEMENTED", "not here")),
    code: 6,
    error: { _tag: "Unimplemented", status: "UNIMPLEMENTED", httpStatus: 501 },
    requests: 1
  },
  {
    behaviour: "is not known",
    respond: (_, response) => json(response, 404, envelope(404, "NOT_FOUND", "no such operation")),
    code: 7,
    error: { _tag: "NotFound", missing: "operation", httpStatus: 404 },
    requests: 2
  },
  {
    behaviour: "is looked for on a web page",
    respond: (_, response) => {
      response.writeHead(404, { "content-type": "text/html; charset=UTF-8" }).end("<!DOCTYPE html><title>404</title>")
    },
    code: 7,
    error: { _tag: "NotFound", missing: "route", httpStatus: 404 },
    requests: 1
  },
  {
    behaviour: "is answered for with HTML and 200",
    respond: (_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(`<html>${canary}</html>`)
    },
    code: 1,
    error: { _tag: "MalformedResponse", httpStatus: 200 },
    // The request may have been accepted, so there is a look, and its answer is none either.
    requests: 2
  },
  {
    behaviour: "is said to be elsewhere",
    respond: (_, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end()
    },
    code: 1,
    error: { _tag: "TransportError", reason: "Redirect" },
    requests: 1
  }
]

describe("the program", () => {
  it.live(
    "starts, shows its version and its help, and has no colours in a pipe",
    () =>
      Effect.gen(function* () {
        const version = yield* lro(["--version"])
        assert.match(version.stdout, /^\d+\.\d+\.\d+\S*\n$/)
        assert.strictEqual(version.code, 0)
        const help = yield* lro(["--help"])
        assert.notInclude(help.stdout, "\u001b")
        const coloured = yield* lro(["--help"], { env: { FORCE_COLOR: "1" } })
        assert.include(coloured.stdout, "\u001b[1m")
        const wrong = yield* lro(["frobnicate", "--json"])
        assert.strictEqual(errorOf(wrong)["_tag"], "UsageError")
        assert.strictEqual(wrong.code, 2)
        const missing = yield* lro(["cancel"])
        assert.strictEqual(missing.stdout, "")
        assert.strictEqual(missing.stderr.split("\n").length, 3)
        assert.strictEqual(missing.code, 2)
      }),
    120_000
  )

  it.scopedLive(
    "cancels over a socket with the token, whatever the order of its options",
    () =>
      Effect.gen(function* () {
        const server = yield* stub(({ method, count }, response) =>
          json(response, 200, method === "POST" ? {} : count === 0 ? running : cancelled)
        )
        const ended = yield* lro(["--json", "cancel", name, "--endpoint", server.url])
        keepsSecrets(ended)
        assert.strictEqual(ended.stderr, "")
        assert.deepStrictEqual(onlyObject(ended.stdout), { name, outcome: "Cancelled", operation: cancelled })
        assert.strictEqual(ended.code, 0)
        assert.deepStrictEqual(server.seen, [
          { method: "POST", path: `/v1/${name}:cancel`, authorization: `Bearer ${canary}` },
          { method: "GET", path: `/v1/${name}`, authorization: `Bearer ${canary}` },
          { method: "GET", path: `/v1/${name}`, authorization: `Bearer ${canary}` }
        ])
      }),
    timeout
  )

  for (const { behaviour, code, error, requests, respond } of faults) {
    it.scopedLive(
      `ends with ${code} and one object where the operation ${behaviour}`,
      () =>
        Effect.gen(function* () {
          const server = yield* stub(respond)
          const ended = yield* lro(["cancel", name, "--endpoint", server.url, "--json"])
          keepsSecrets(ended)
          assert.strictEqual(ended.stderr, "")
          const told = errorOf(ended)
          for (const [member, value] of Object.entries(error)) assert.deepStrictEqual(told[member], value, member)
          assert.strictEqual(ended.code, code)
          assert.strictEqual(server.seen.length, requests)
        }),
      timeout
    )
  }

  it.live(
    "ends with 1 where nobody listens, within the deadline",
    () =>
      Effect.gen(function* () {
        const { url } = yield* Effect.scoped(stub(() => undefined))
        const before = performance.now()
        const ended = yield* lro(["cancel", name, "--endpoint", url, "--timeout", "1s", "--json"])
        keepsSecrets(ended)
        assert.strictEqual(errorOf(ended)["_tag"], "TransportError")
        assert.strictEqual(ended.code, 1)
        assert.isBelow(performance.now() - before, 8000)
      }),
    timeout
  )

  it.scopedLive(
    "ends with 1 where somebody listens and never answers, within the deadline",
    () =>
      Effect.gen(function* () {
        const server = yield* stub(() => undefined)
        const ended = yield* lro(["cancel", name, "--endpoint", server.url, "--timeout", "1s", "--json"])
        assert.strictEqual(errorOf(ended)["_tag"], "TransportError")
        assert.strictEqual(ended.code, 1)
      }),
    timeout
  )

  it.live(
    "ends with 1 and says why where its output cannot be written",
    () =>
      Effect.gen(function* () {
        const ended = yield* lro(["--help"], { stdout: "/dev/full" })
        assert.include(ended.stderr, "error: the output cannot be written: ENOSPC")
        assert.strictEqual(ended.code, 1)
      }),
    timeout
  )

  it.scopedLive(
    "sends nothing for a hostile name",
    () =>
      Effect.gen(function* () {
        const server = yield* stub((_, response) => json(response, 200, {}))
        for (const hostile of ["projects/demo/operations/..", "projects/demo/operations/%2e%2E/x", "a//b", "a\nb/c"]) {
          const ended = yield* lro(["cancel", hostile, "--endpoint", server.url, "--json"])
          assert.strictEqual(onlyObject(ended.stdout)["name"], hostile)
          assert.strictEqual(errorOf(ended)["_tag"], "InvalidName")
          assert.strictEqual(ended.code, 2)
        }
        assert.deepStrictEqual(server.seen, [])
      }),
    timeout
  )

  it.scopedLive(
    "goes without an Authorization header where there is no token",
    () =>
      Effect.gen(function* () {
        const server = yield* stub((_, response) => json(response, 200, running))
        const ended = yield* lro(["get", name, "--endpoint", server.url, "--json"], { env: { LRO_TOKEN: "" } })
        assert.deepStrictEqual(onlyObject(ended.stdout), { name, operation: running })
        assert.strictEqual(server.seen[0]?.authorization, undefined)
      }),
    timeout
  )

  it.scopedLive(
    "gives what it finds on the machine to Google alone, and says what stands in the way",
    () =>
      Effect.gen(function* () {
        const tokens = yield* stub((_, response) => json(response, 400, { error: "invalid_grant" }))
        const server = yield* stub((_, response) => json(response, 200, running))
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "lro-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true }))
        )
        const file = join(folder, "key.json")
        const user = { client_id: "a", client_secret: canary, refresh_token: canary, token_uri: tokens.url }
        writeFileSync(file, JSON.stringify({ type: "authorized_user", ...user }))
        const env = { LRO_TOKEN: "", HOME: folder, EE_CONFIG_FILE: "", GOOGLE_APPLICATION_CREDENTIALS: file }

        const elsewhere = yield* lro(["get", name, "--endpoint", server.url, "--json"], { env })
        assert.strictEqual(elsewhere.code, 0)
        assert.strictEqual(server.seen[0]?.authorization, undefined)
        assert.strictEqual(tokens.seen.length, 0)

        // Nothing leaves for Google, because there is no token.
        const ended = yield* lro(["cancel", name, "--json"], { env })
        assert.strictEqual(ended.code, 8)
        assert.strictEqual(tokens.seen.length, 1)
        const error = errorOf(ended)
        assert.deepInclude(error, { _tag: "Unauthorized", reason: "NoCredentials" })
        assert.include(error["message"], `${tokens.url}/ answered 400: invalid_grant`)
        assert.include(error["message"], "gcloud auth application-default login")
        assert.notInclude(ended.stdout + ended.stderr, canary)
      }),
    timeout
  )

  it.scopedLive(
    "ends at once on SIGINT during a wait, and sends nothing more",
    () =>
      Effect.gen(function* () {
        const server = yield* stub((_, response) => json(response, 200, running))
        const waiting = yield* started(["wait", name, "--endpoint", server.url])
        yield* waiting.until(/RUNNING/, "stderr")
        const before = performance.now()
        yield* waiting.kill("SIGINT")
        const ended = yield* waiting.ended
        assert.isBelow(performance.now() - before, 2000)
        assert.strictEqual(ended.code, 130)
        assert.include(ended.stderr, `lro wait ${name} --endpoint ${server.url}`)
        const count = server.seen.length
        yield* Effect.sleep("700 millis")
        assert.strictEqual(server.seen.length, count)
      }),
    timeout
  )

  it.scopedLive(
    "ends quietly where nobody reads its output any more",
    () =>
      Effect.gen(function* () {
        const server = yield* stub((_, response) =>
          json(response, 200, {
            operations: Array.from({ length: 200 }, () => running),
            nextPageToken: String(performance.now())
          })
        )
        const listing = yield* started(["list", "demo", "--endpoint", server.url, "--json"])
        yield* listing.until(/\n/)
        listing.child.stdout?.destroy()
        const ended = yield* listing.ended
        assert.strictEqual(ended.code, 141)
        assert.strictEqual(ended.stderr, "")
      }),
    timeout
  )
})
