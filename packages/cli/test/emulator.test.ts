import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { onlyObject } from "./support/memory.js"
import { canary, lro, started } from "./support/process.js"

const timeout = 30_000

interface Emulator {
  readonly url: string
  readonly pid: number
  readonly port: number
}

const emulator = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const process = yield* started(["emulator", "--port", "0", "--json", ...args])
    const line = yield* process.until(/^.*\n/)
    const { pid, port, url }: Emulator = JSON.parse(line)
    return { process, pid, port, url }
  })

const startExport = (url: string, body: unknown = { expression: { values: {} }, description: "demo" }) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/v1/projects/demo/image:export`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body)
    })
    const operation: { readonly name: string } = await response.json()
    return operation.name
  })

const getRaw = (url: string, name: string) =>
  Effect.promise(async (): Promise<unknown> => (await fetch(`${url}/v1/${name}`)).json())

/** Whether somebody listens. */
const isOpen = (port: number) =>
  Effect.async<boolean>((resume) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** Cancels with `--json` and returns the one object and the exit code. */
const cancel = (url: string, name: string, ...args: ReadonlyArray<string>) =>
  Effect.map(lro(["cancel", name, "--endpoint", url, "--json", ...args]), (ended) => {
    assert.strictEqual(ended.stderr, "")
    assert.notInclude(ended.stdout, canary)
    const object = onlyObject(ended.stdout)
    assert.strictEqual(object["name"], name)
    return { object, error: Object(object["error"]), code: ended.code }
  })

describe("lro cancel against the emulator", () => {
  it.scopedLive(
    "knows that a running, a pending and a finished operation stopped, and an unknown one did not",
    () =>
      Effect.gen(function* () {
        const { url } = yield* emulator("--export-duration", "60s", "--cancel-latency", "300ms", "--max-running", "1")
        const first = yield* startExport(url)
        const second = yield* startExport(url)
        for (const name of [second, first, first]) {
          const { code, object } = yield* cancel(url, name)
          assert.strictEqual(object["outcome"], "Cancelled")
          assert.strictEqual(Object(object["operation"])["error"].code, 1)
          assert.deepStrictEqual(object["operation"], yield* getRaw(url, name))
          assert.strictEqual(code, 0)
        }
        const unknown = yield* cancel(url, "projects/demo/operations/NOBODY")
        assert.strictEqual(unknown.error["_tag"], "NotFound")
        assert.strictEqual(unknown.error["missing"], "operation")
        assert.strictEqual(unknown.code, 7)
      }),
    timeout
  )

  it.scopedLive(
    "knows that the work completed before, or although it was asked to stop",
    () =>
      Effect.gen(function* () {
        const { url } = yield* emulator("--export-duration", "700ms", "--cancel", "ignored")
        const name = yield* startExport(url)
        for (const _ of ["running", "finished"]) {
          const { code, object } = yield* cancel(url, name)
          assert.strictEqual(object["outcome"], "CompletedAnyway")
          assert.strictEqual(Object(object["operation"])["done"], true)
          assert.strictEqual(code, 3)
        }
      }),
    timeout
  )

  it.scopedLive(
    "tells what it has seen when the deadline passes",
    () =>
      Effect.gen(function* () {
        const { url } = yield* emulator("--cancel", "ignored")
        const { code, error } = yield* cancel(url, yield* startExport(url), "--timeout", "2s")
        assert.strictEqual(error["_tag"], "StillRunning")
        assert.strictEqual(error["cancelAccepted"], true)
        assert.strictEqual(error["lastSeen"].metadata.state, "CANCELLING")
        assert.strictEqual(code, 5)
      }),
    timeout
  )

  it.scopedLive(
    "ends with 6 where the service cannot cancel, and the operation runs on",
    () =>
      Effect.gen(function* () {
        const { url } = yield* emulator("--cancel", "unimplemented")
        const name = yield* startExport(url)
        const { code, error } = yield* cancel(url, name)
        assert.strictEqual(error["_tag"], "Unimplemented")
        assert.strictEqual(error["status"], "UNIMPLEMENTED")
        assert.strictEqual(error["httpStatus"], 501)
        assert.strictEqual(code, 6)
        const got = yield* lro(["get", name, "--endpoint", url, "--json"])
        assert.strictEqual(Object(onlyObject(got.stdout)["operation"])["done"], undefined)
        assert.strictEqual(got.code, 0)
      }),
    timeout
  )
})

describe("the other commands against the emulator", () => {
  it.scopedLive(
    "wait to the end, list and delete",
    () =>
      Effect.gen(function* () {
        const { url } = yield* emulator("--export-duration", "700ms", "--delete", "supported")
        const name = yield* startExport(url)
        const waited = yield* lro(["wait", name, "--endpoint", url, "--json", "--poll-interval", "200ms"])
        assert.strictEqual(onlyObject(waited.stdout)["outcome"], "Succeeded")
        assert.strictEqual(waited.code, 0)
        const id = name.replace(/^.*\//, "")
        const listed = yield* lro(["list", "--project", "demo", "--endpoint", url, "--json"])
        assert.strictEqual(onlyObject(listed.stdout)["name"], name)
        const removed = yield* lro(["delete", id, "--project", "demo", "--endpoint", url, "--json"])
        assert.deepStrictEqual(onlyObject(removed.stdout), { name, deleted: true })
        const gone = yield* lro(["get", name, "--endpoint", url, "--json"])
        assert.strictEqual(gone.code, 7)
      }),
    timeout
  )
})

describe("lro emulator", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it.scopedLive(
      `ends with 0 on ${signal}, at once, with work and a wait under way, and frees the port`,
      () =>
        Effect.gen(function* () {
          const { pid, port, process, url } = yield* emulator("--cancel", "ignored")
          assert.strictEqual(pid, process.pid)
          const name = yield* startExport(url)
          const wait = fetch(`${url}/v1/${name}:wait`, { method: "POST" }).then((_) => _.text())
          yield* Effect.sleep("100 millis")
          const before = performance.now()
          yield* process.kill(signal)
          const ended = yield* process.ended
          assert.strictEqual(ended.code, 0)
          assert.isBelow(performance.now() - before, 5000)
          assert.isFalse(yield* isOpen(port))
          assert.strictEqual(ended.stdout.split("\n").length, 2)
          assert.strictEqual(ended.stderr, "")
          yield* Effect.promise(() => wait.catch(() => "cut off"))
        }),
      timeout
    )
  }

  it.scopedLive(
    "leaves nothing behind on SIGKILL",
    () =>
      Effect.gen(function* () {
        const { port, process } = yield* emulator()
        assert.isTrue(yield* isOpen(port))
        yield* process.kill("SIGKILL")
        assert.strictEqual((yield* process.ended).signal, "SIGKILL")
        assert.isFalse(yield* isOpen(port))
      }),
    timeout
  )

  it.scopedLive(
    "still knows its exports after SIGKILL where it has a data directory, each in a state that is true",
    () =>
      Effect.gen(function* () {
        const directory = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-lro-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true }))
        )
        const args = ["--data", directory, "--export-duration", "1h"]
        const first = yield* emulator(...args, "--cancel-latency", "1h")
        const cancelling = yield* startExport(first.url)
        const running = yield* startExport(first.url)
        yield* Effect.promise(() => fetch(`${first.url}/v1/${cancelling}:cancel`, { method: "POST" }))
        const stateOf = (url: string, name: string) =>
          Effect.map(getRaw(url, name), (operation): unknown => Object(operation)["metadata"].state)
        assert.strictEqual(yield* stateOf(first.url, cancelling), "CANCELLING")
        assert.strictEqual(yield* stateOf(first.url, running), "RUNNING")
        const second = yield* lro(["emulator", "--port", "0", "--json", "--data", directory])
        assert.include(Object(onlyObject(second.stdout)["error"])["hint"], "another directory")
        assert.strictEqual(second.code, 1)
        yield* first.process.kill("SIGKILL")
        yield* first.process.ended
        const { url } = yield* emulator(...args)
        // Nothing of it runs any more, and it was asked to stop: it is CANCELLED.
        yield* Effect.repeat(stateOf(url, cancelling), { until: (state) => state === "CANCELLED" })
        assert.strictEqual(Object(yield* getRaw(url, cancelling))["error"].code, 1)
        // The other works again, by another attempt.
        yield* Effect.repeat(stateOf(url, running), { until: (state) => state === "RUNNING" })
        assert.strictEqual(Object(yield* getRaw(url, running))["metadata"].attempt, 2)
        const cancelled = yield* cancel(url, running)
        assert.strictEqual(cancelled.object["outcome"], "Cancelled")
      }),
    timeout
  )

  it.scopedLive(
    "shows people where it is, how to go on, and what it is asked, without queries and without tokens",
    () =>
      Effect.gen(function* () {
        const process = yield* started(["emulator", "--port", "0"])
        const url = yield* process.until(/http:\/\/127\.0\.0\.1:\d+/)
        assert.include(process.written(), "image:export")
        yield* Effect.promise(async () => {
          await fetch(`${url}/v1/projects/demo/operations?pageSize=2&access_token=${canary}`)
          await fetch(`${url}/nowhere`)
        })
        yield* process.until(/404 GET \/nowhere/, "stderr")
        yield* process.kill("SIGINT")
        const ended = yield* process.ended
        assert.strictEqual(ended.stderr, "200 GET /v1/projects/demo/operations\n404 GET /nowhere\n")
        assert.strictEqual(ended.code, 0)
      }),
    timeout
  )

  it.scopedLive(
    "says what to do where the port is taken",
    () =>
      Effect.gen(function* () {
        const { port } = yield* emulator()
        const ended = yield* lro(["emulator", "--port", String(port), "--json"])
        const error = Object(onlyObject(ended.stdout)["error"])
        assert.strictEqual(error["_tag"], "ListenError")
        assert.include(error["hint"], "--port 0")
        assert.strictEqual(ended.code, 1)
      }),
    timeout
  )
})
