import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as Emulator from "@effect-lro/emulator/Emulator"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Answer, assertShape, type Request, send, sendHead } from "./fixtures/wire.js"

const ask = (line: string, more: Partial<Request> = {}): Effect.Effect<Answer, never, Emulator.Emulator> =>
  Effect.flatMap(Emulator.Emulator, ({ url }) => {
    const [method = "", path = ""] = line.split(" ")
    return Effect.tap(send(url, { method, path, ...more }), (answer) => Effect.sync(() => assertShape(answer)))
  })

const json = { "content-type": "application/json" }

const post = (path: string, body: unknown) => ask(`POST ${path}`, { body: JSON.stringify(body), headers: json })

const nameOf = (answer: Answer): string => {
  assert.strictEqual(answer.status, 200, JSON.stringify(answer.json))
  return String(answer.json["name"])
}

/** Starts an export. */
const start = (project = "demo", body: object = {}) =>
  Effect.map(post(`/v1/projects/${project}/image:export`, { expression: { values: {} }, ...body }), nameOf)

const statusOf = (answer: Answer): string => {
  const error = answer.json["error"]
  return typeof error === "object" && error !== null && "status" in error ? String(error.status) : "OK"
}

const metadataOf = (answer: Answer): Readonly<Record<string, unknown>> => {
  const metadata = answer.json["metadata"]
  assert.isTrue(typeof metadata === "object" && metadata !== null)
  return metadata as Readonly<Record<string, unknown>>
}

const stateOf = (answer: Answer): unknown => metadataOf(answer)["state"]

const eventually = (name: string, state: string) =>
  ask(`GET /v1/${name}`).pipe(
    Effect.tap((answer) => (stateOf(answer) === state ? Effect.void : Effect.sleep("5 millis"))),
    Effect.repeat({ until: (answer) => stateOf(answer) === state }),
    Effect.timeout("5 seconds"),
    Effect.orDie
  )

const emulator = Emulator.layer({
  exportDuration: Duration.infinity,
  delete: "supported",
  simulate: ({ body }) => (body.description === "short" ? { duration: 0 } : {})
})

layer(emulator, { excludeTestServices: true })("the routes of the emulator", (it) => {
  const p = "/v1/projects/p/operations"

  it.effect.each<{
    readonly line: string
    readonly headers?: Readonly<Record<string, string>>
    readonly expected: readonly [number, string]
    /** Whether it is the operation that is missing, or the route. */
    readonly missing?: "operation" | "route"
  }>([
    { line: `GET ${p}`, expected: [200, "OK"] },
    { line: `GET ${p}/`, expected: [200, "OK"] },
    { line: `GET ${p}?pageSize=500`, expected: [200, "OK"] },
    { line: `GET ${p}?page_size=500&alt=json&prettyPrint=false&key=k`, expected: [200, "OK"] },
    { line: `GET ${p}?$alt=json%3Benum-encoding=int&$prettyPrint=0`, expected: [200, "OK"] },
    { line: `GET ${p}?pageSize=-1`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `GET ${p}?pageToken=nonsense`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `GET ${p}?unheardOf=1`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `GET ${p}?returnPartialSuccess=true`, expected: [501, "UNIMPLEMENTED"] },
    { line: `DELETE ${p}`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `DELETE ${p}/`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}:wait`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `GET ${p}/a`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `GET ${p}/a/`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `GET ${p}/a:cancel`, expected: [405, "UNIMPLEMENTED"] },
    { line: `GET ${p}/a%3Acancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `GET ${p}/a:foo`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a:b:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a%3Ab:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a%2Fb:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a/b:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/%C3%A9:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a:wait`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `DELETE ${p}/a`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `GET /v1/projects/example.com:p/operations/a`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST /v1/projects/example.com:p/operations/a:cancel`, expected: [404, "NOT_FOUND"], missing: "operation" },
    { line: `POST ${p}/a`, expected: [405, "UNIMPLEMENTED"] },
    { line: `PUT ${p}/a`, expected: [405, "UNIMPLEMENTED"] },
    {
      line: `POST ${p}/a`,
      headers: { "x-http-method-override": "DELETE" },
      expected: [404, "NOT_FOUND"],
      missing: "operation"
    },
    {
      line: `POST ${p}/a`,
      headers: { "x-http-method-override": "GET" },
      expected: [404, "NOT_FOUND"],
      missing: "operation"
    },
    { line: `GET /v2/projects/p/operations/a`, expected: [404, "NOT_FOUND"], missing: "route" },
    { line: `GET /`, expected: [404, "NOT_FOUND"], missing: "route" },
    { line: `GET /v1/projects/p`, expected: [404, "NOT_FOUND"], missing: "route" },
    { line: `POST /v1/projects/p/image:delete`, expected: [404, "NOT_FOUND"], missing: "route" },
    { line: `POST ${p}/..:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/../a:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/%2e%2e:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/%252e%252e:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}//a:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/%00:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/%0d%0a:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/%zz:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `POST ${p}/${"n".repeat(2000)}:cancel`, expected: [400, "INVALID_ARGUMENT"] },
    { line: `GET /v1/projects/p/algorithms`, expected: [200, "OK"] },
    { line: `GET /v1beta/projects/p/operations`, expected: [200, "OK"] },
    { line: `GET /v1alpha/projects/p/algorithms?prettyPrint=false`, expected: [200, "OK"] },
    { line: `GET /v1/projects/p/image:export`, expected: [405, "UNIMPLEMENTED"] }
  ])("answer $line $headers with $expected.0 $expected.1", ({ expected, headers, line, missing }) =>
    Effect.gen(function* () {
      const answer = yield* ask(line, { headers })
      assert.deepStrictEqual([answer.status, statusOf(answer)], [...expected])
      if (missing !== undefined) {
        const isRoute = JSON.stringify(answer.json).includes("ROUTE_NOT_FOUND")
        assert.strictEqual(isRoute ? "route" : "operation", missing)
      }
    })
  )

  it.effect("answer an empty list and an empty catalogue with what Earth Engine's clients expect", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* ask("GET /v1/projects/nobody/operations")).json, {})
      assert.deepStrictEqual((yield* ask("GET /v1/projects/nobody/algorithms")).json, { algorithms: [] })
    })
  )
})

layer(emulator, { excludeTestServices: true })("cancel", (it) => {
  it.effect.each<[string, Partial<Request>]>([
    ["an empty body", {}],
    ["an empty body and a JSON content type", { headers: json }],
    ["{}", { body: "{}", headers: json }],
    ["{} with a charset", { body: "{}", headers: { "content-type": "application/json; charset=utf-8" } }],
    ["{} without a content type", { body: "{}" }],
    ["a name that is the path's", { body: '{"name": "else"}', headers: json }],
    ["white space", { body: " \n", headers: json }]
  ])("is accepted with %s, and the task stops", ([_, more]) =>
    Effect.gen(function* () {
      const name = yield* start()
      const answer = yield* ask(`POST /v1/${name}:cancel`, more)
      assert.deepStrictEqual([answer.status, answer.json], [200, {}])
      const done = yield* eventually(name, "CANCELLED")
      assert.isTrue(done.json["done"])
      assert.strictEqual((done.json["error"] as { readonly code: number }).code, 1)
    })
  )

  it.effect("is accepted without any body at all", () =>
    Effect.gen(function* () {
      const name = yield* start()
      const { url } = yield* Emulator.Emulator
      const answer = yield* sendHead(url, `POST /v1/${name}:cancel`)
      assertShape(answer)
      assert.deepStrictEqual([answer.status, answer.json], [200, {}])
      yield* eventually(name, "CANCELLED")
    })
  )

  it.effect.each<[string, string, string]>([
    ["an array", "[]", "INVALID_ARGUMENT"],
    ["no JSON", "{", "INVALID_ARGUMENT"],
    ["a field that is unknown", '{"force": true}', "INVALID_ARGUMENT"]
  ])("is refused with %s, and the task goes on", ([_, body, expected]) =>
    Effect.gen(function* () {
      const name = yield* start()
      assert.strictEqual(statusOf(yield* ask(`POST /v1/${name}:cancel`, { body, headers: json })), expected)
      assert.notInclude(["CANCELLING", "CANCELLED"], stateOf(yield* ask(`GET /v1/${name}`)))
    })
  )

  it.effect("answers the same to the second time, and changes nothing any more", () =>
    Effect.gen(function* () {
      const name = yield* start()
      yield* ask(`POST /v1/${name}:cancel`)
      const first = yield* eventually(name, "CANCELLED")
      const again = yield* ask(`POST /v1/${name}:cancel`, { body: "{}", headers: json })
      assert.deepStrictEqual([again.status, again.json], [200, {}])
      assert.deepStrictEqual((yield* ask(`GET /v1/${name}`)).json, first.json)
    })
  )

  it.effect("of a task that has succeeded is accepted and changes nothing", () =>
    Effect.gen(function* () {
      const name = yield* start("demo", { description: "short" })
      const before = yield* eventually(name, "SUCCEEDED")
      const answer = yield* ask(`POST /v1/${name}:cancel`)
      assert.deepStrictEqual([answer.status, answer.json], [200, {}])
      assert.deepStrictEqual((yield* ask(`GET /v1/${name}`)).json, before.json)
    })
  )

  it.effect("of one that nobody knows is NOT_FOUND", () =>
    Effect.gen(function* () {
      const answer = yield* ask("POST /v1/projects/demo/operations/NOBODYKNOWSTHISONE234567:cancel", {
        body: "{}",
        headers: json
      })
      assert.deepStrictEqual([answer.status, statusOf(answer)], [404, "NOT_FOUND"])
    })
  )

  it.effect("does not reach another project's task, or one by a part of its name", () =>
    Effect.gen(function* () {
      const name = yield* start()
      const id = name.slice(name.lastIndexOf("/") + 1)
      for (const other of [
        `projects/other/operations/${id}`,
        `projects/demo/operations/${id.toLowerCase()}`,
        `projects/demo/operations/${id.slice(1)}`,
        `projects/demo/operations/x/${id}`
      ]) {
        assert.strictEqual((yield* ask(`POST /v1/${other}:cancel`)).status, 404, other)
      }
      assert.notInclude(["CANCELLING", "CANCELLED"], stateOf(yield* ask(`GET /v1/${name}`)))
    })
  )

  it.effect.each([
    ["as it is", "example.com:p"],
    ["percent-encoded", "example.com%3Ap"]
  ])("knows a project of a domain, its colon written %s", ([_, project]) =>
    Effect.gen(function* () {
      const name = yield* start(project)
      assert.match(name, /^projects\/example\.com:p\/operations\/[A-Z0-9]{24}$/)
      const id = name.slice(name.lastIndexOf("/") + 1)
      const answer = yield* ask(`POST /v1/projects/${project}/operations/${id}:cancel`)
      assert.deepStrictEqual([answer.status, answer.json], [200, {}])
      assert.strictEqual((yield* eventually(name, "CANCELLED")).json["name"], name)
      const list = yield* ask("GET /v1/projects/example.com:p/operations")
      assert.include(JSON.stringify(list.json), name)
    })
  )
})

layer(emulator, { excludeTestServices: true })("start", (it) => {
  it.effect.each([
    ["image:export", "EXPORT_IMAGE"],
    ["table:export", "EXPORT_FEATURES"],
    ["video:export", "EXPORT_VIDEO"],
    ["map:export", "EXPORT_TILES"],
    ["videoMap:export", "EXPORT_VIDEO_MAP"],
    ["classifier:export", "EXPORT_CLASSIFIER"],
    ["image:import", "INGEST_IMAGE"],
    ["table:import", "INGEST_TABLE"]
  ])("with %s answers a pending operation of type %s", ([path, type]) =>
    Effect.gen(function* () {
      const answer = yield* post(`/v1/projects/demo/${path}`, { description: "a task" })
      assert.match(nameOf(answer), /^projects\/demo\/operations\/[A-Z0-9]{24}$/)
      assert.notProperty(answer.json, "done")
      const { createTime, updateTime, ...metadata } = metadataOf(answer)
      assert.deepStrictEqual(metadata, {
        "@type": OperationMetadata.typeUrl,
        state: "PENDING",
        description: "a task",
        priority: 100,
        type
      })
      assert.match(String(createTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/)
      assert.strictEqual(updateTime, createTime)
    })
  )

  it.effect("with a request id that was used answers the same operation, in that project only", () =>
    Effect.gen(function* () {
      const body = { requestId: "start-1" }
      const first = yield* start("demo", body)
      assert.strictEqual(yield* start("demo", body), first)
      assert.notStrictEqual(yield* start("other", body), first)
      assert.notStrictEqual(yield* start("demo", { requestId: "start-2" }), first)
      yield* ask(`POST /v1/${first}:cancel`)
      yield* eventually(first, "CANCELLED")
      const late = yield* post("/v1/projects/demo/image:export", body)
      assert.strictEqual(nameOf(late), first)
      assert.strictEqual(stateOf(late), "CANCELLED")
    })
  )

  it.effect("a hundred times at once with one request id starts one", () =>
    Effect.gen(function* () {
      const names = yield* Effect.all(
        Array.from({ length: 100 }, () => start("crowd", { requestId: "same" })),
        { concurrency: 20 }
      )
      assert.strictEqual(new Set(names).size, 1)
    })
  )

  it.effect("with members that nobody knows is refused, each of them named", () =>
    Effect.gen(function* () {
      const answer = yield* post("/v1/projects/refused/image:export", { expression: {}, colour: "red", size: 1 })
      assert.deepStrictEqual([answer.status, statusOf(answer)], [400, "INVALID_ARGUMENT"])
      const { details } = answer.json["error"] as { readonly details: ReadonlyArray<Readonly<Record<string, unknown>>> }
      const badRequest = details.find((detail) => detail["@type"] === "type.googleapis.com/google.rpc.BadRequest")
      assert.deepStrictEqual(
        (badRequest?.["fieldViolations"] as ReadonlyArray<{ readonly field: string }> | undefined)?.map(
          (violation) => violation.field
        ),
        ["colour", "size"]
      )
      assert.deepStrictEqual((yield* ask("GET /v1/projects/refused/operations")).json, {})
    })
  )

  it.effect.each<[string, string]>([
    ["a priority out of range", '{"priority": 10000}'],
    ["a workload tag of another form", '{"workloadTag": "A"}'],
    ["a body that is no JSON", "{"],
    ["a body that is an array", "[]"],
    ["a body that is a string", '"{}"']
  ])("with %s is refused", ([_, body]) =>
    Effect.gen(function* () {
      const answer = yield* ask("POST /v1/projects/demo/image:export", { body, headers: json })
      assert.deepStrictEqual([answer.status, statusOf(answer)], [400, "INVALID_ARGUMENT"])
    })
  )

  it.effect.each([["%2e%2e"], ["a%00"], ["%ff"]])("in the project %s is refused", ([project]) =>
    Effect.gen(function* () {
      const answer = yield* post(`/v1/projects/${project}/image:export`, {})
      assert.deepStrictEqual([answer.status, statusOf(answer)], [400, "INVALID_ARGUMENT"])
    })
  )

  it.effect("takes a request of megabytes, as Earth Engine does", () =>
    Effect.gen(function* () {
      const values = { a: { constantValue: "x".repeat(3_000_000) } }
      assert.match(yield* start("demo", { expression: { values } }), /operations/)
    })
  )
})

describe("the modes of the emulator", () => {
  it.live("that does not support cancel and delete says UNIMPLEMENTED to all names, and changes nothing", () =>
    Effect.gen(function* () {
      const name = yield* start()
      for (const line of [
        `POST /v1/${name}:cancel`,
        `DELETE /v1/${name}`,
        "POST /v1/projects/p/operations/none:cancel",
        "DELETE /v1/projects/p/operations/none"
      ]) {
        const answer = yield* ask(line)
        assert.deepStrictEqual([answer.status, statusOf(answer)], [501, "UNIMPLEMENTED"], line)
      }
      assert.strictEqual((yield* ask("POST /v1/projects/p/operations:cancel")).status, 400)
      assert.strictEqual(stateOf(yield* ask(`GET /v1/${name}`)), "RUNNING")
    }).pipe(Effect.provide(Emulator.layer({ cancel: "unimplemented", exportDuration: Duration.infinity })))
  )

  it.live("that ignores cancel accepts it, shows CANCELLING, and the work runs to its end", () =>
    Effect.gen(function* () {
      const name = yield* start()
      yield* eventually(name, "RUNNING")
      const answer = yield* ask(`POST /v1/${name}:cancel`, { body: "{}", headers: json })
      assert.deepStrictEqual([answer.status, answer.json], [200, {}])
      const cancelling = yield* ask(`GET /v1/${name}`)
      assert.strictEqual(stateOf(cancelling), "CANCELLING")
      assert.notProperty(cancelling.json, "done")
      const done = yield* eventually(name, "SUCCEEDED")
      assert.isTrue(done.json["done"])
      assert.deepStrictEqual(done.json["response"], { "@type": "type.googleapis.com/google.protobuf.Empty" })
      assert.notProperty(done.json, "error")
    }).pipe(Effect.provide(Emulator.layer({ cancel: "ignored", exportDuration: "500 millis" })))
  )

  it.live("with a latency shows CANCELLING for so long, whether the task was running or pending", () =>
    Effect.gen(function* () {
      const running = yield* start("demo", { description: "running" })
      yield* eventually(running, "RUNNING")
      const pending = yield* start("demo", { description: "pending" })
      for (const name of [running, pending]) {
        const begin = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        yield* ask(`POST /v1/${name}:cancel`)
        const cancelling = yield* ask(`GET /v1/${name}`)
        assert.strictEqual(stateOf(cancelling), "CANCELLING")
        assert.notProperty(cancelling.json, "done")
        yield* eventually(name, "CANCELLED")
        const end = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        assert.isAtLeast(end - begin, 290)
      }
    }).pipe(
      Effect.provide(
        Emulator.layer({
          cancelLatency: "300 millis",
          exportDuration: Duration.infinity,
          simulate: ({ body }) => (body.description === "pending" ? { startDelay: "1 hour" } : {})
        })
      )
    )
  )

  it.live("that is strict refuses to cancel what is over", () =>
    Effect.gen(function* () {
      const name = yield* start()
      yield* eventually(name, "SUCCEEDED")
      const answer = yield* ask(`POST /v1/${name}:cancel`)
      assert.deepStrictEqual([answer.status, statusOf(answer)], [400, "FAILED_PRECONDITION"])
    }).pipe(Effect.provide(Emulator.layer({ cancelDone: "strict", exportDuration: 0 })))
  )
})

describe("Emulator", () => {
  it.live("is reached at its url, on a port of its own, and frees it at its end", () =>
    Effect.gen(function* () {
      const { port, url } = yield* Effect.scoped(
        Effect.gen(function* () {
          const one = yield* Emulator.make()
          const other = yield* Emulator.make()
          assert.notStrictEqual(one.port, other.port)
          assert.strictEqual(one.url, `http://127.0.0.1:${one.port}`)
          assertShape(yield* send(one.url, { method: "GET", path: "/v1/projects/p/operations" }))
          return one
        })
      )
      const again = yield* Effect.scoped(Emulator.make({ port }))
      assert.strictEqual(again.url, url)
    })
  )

  it.live("says why it cannot have a port", () =>
    Effect.gen(function* () {
      const { port } = yield* Emulator.make()
      const error = yield* Effect.flip(Emulator.make({ port }))
      assert.strictEqual(error.reason, "AddressInUse")
    }).pipe(Effect.scoped)
  )

  it.live("ends at once while tasks run and clients wait", () =>
    Effect.gen(function* () {
      const begin = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      const waiting = yield* Effect.gen(function* () {
        const { url } = yield* Emulator.make({
          exportDuration: Duration.infinity,
          simulate: ({ body }) => ({ honoursCancel: body.description !== "stubborn" })
        })
        const started = yield* Effect.forEach(["meek", "stubborn"], (description) =>
          send(url, {
            method: "POST",
            path: "/v1/projects/p/image:export",
            body: JSON.stringify({ description }),
            headers: json
          })
        )
        for (const answer of started) {
          yield* send(url, { method: "POST", path: `/v1/${nameOf(answer)}:cancel` })
        }
        const other = yield* send(url, { method: "POST", path: "/v1/projects/p/image:export" })
        const fiber = yield* Effect.forkDaemon(send(url, { method: "POST", path: `/v1/${nameOf(other)}:wait` }))
        yield* Effect.sleep("100 millis")
        return fiber
      }).pipe(Effect.scoped)
      const answer = yield* waiting
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.json, "done")
      const end = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      assert.isBelow(end - begin, 1500)
    })
  )

  it.live("asks for a token where it is told to, before anything else", () =>
    Effect.gen(function* () {
      const { url } = yield* Emulator.make({ requireToken: true })
      const get = (path: string, authorization?: string) =>
        Effect.tap(
          send(url, { method: "GET", path, headers: authorization === undefined ? {} : { authorization } }),
          (answer) => Effect.sync(() => assertShape(answer))
        )
      for (const path of ["/v1/projects/p/operations", "/v1/projects/p/operations/a", "/nowhere", "/v1//"]) {
        const answer = yield* get(path)
        assert.deepStrictEqual([answer.status, statusOf(answer)], [401, "UNAUTHENTICATED"], path)
      }
      assert.strictEqual((yield* get("/v1/projects/p/operations", "Basic abc")).status, 401)
      assert.strictEqual((yield* get("/v1/projects/p/operations", "Bearer anything")).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("takes any token by default", () =>
    Effect.gen(function* () {
      const { url } = yield* Emulator.make()
      for (const authorization of ["Bearer anything", "Bearer", "nonsense"]) {
        const answer = yield* send(url, {
          method: "GET",
          path: "/v1/projects/p/operations",
          headers: { authorization }
        })
        assert.strictEqual(answer.status, 200)
      }
    }).pipe(Effect.scoped)
  )
})
