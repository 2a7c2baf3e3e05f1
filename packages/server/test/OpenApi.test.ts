import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as OpenApi from "@effect-lro/server/OpenApi"
import * as Route from "@effect-lro/server/Route"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { serve } from "./fixtures/Ask.js"

interface Operation {
  readonly operationId: string
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string }>
}

const described = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  versions: ["v1", "v1beta"],
  ids: "multi-segment",
  batchPath: "batch",
  methods: ["get", "list", "cancel", "delete", "wait"],
  starts: [
    { id: "projects.image.export", template: "{project=projects/*}/image:export" },
    { id: "projects.table.export", template: "{project=projects/*}/table:export" }
  ]
})

const operationsOf = (document: unknown) =>
  Object.entries((document as { paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }).paths).flatMap(
    ([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation }))
  )

describe("openapi.json", () => {
  it.effect("is OpenAPI 3.1 of what is served, for everybody, and found where it was asked for", () =>
    Effect.gen(function* () {
      const [start] = described.starts
      const routes = start === undefined ? [] : Route.start(start, { handler: () => Effect.succeed({}) })
      const { ask } = yield* serve({
        service: described,
        routes,
        authenticate: () => Effect.die("nobody is asked")
      })
      const answer = yield* ask("GET /openapi.json", { headers: { host: "127.0.0.1:8080" } })
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepInclude(answer.json, { openapi: "3.1.0", servers: [{ url: "http://127.0.0.1:8080" }] })
      const flat = "projects/{projectsId}/operations/{operationsId}"
      const served = (version: string) => [
        ["GET", `/${version}/${flat}`],
        ["DELETE", `/${version}/${flat}`],
        ["GET", `/${version}/projects/{projectsId}/operations`],
        ["POST", `/${version}/${flat}:cancel`],
        ["POST", `/${version}/${flat}:wait`],
        ["POST", `/${version}/projects/{projectsId}/image:export`]
      ]
      assert.sameDeepMembers(
        operationsOf(answer.json).map(({ method, path }) => [method, path]),
        [...served("v1"), ...served("v1beta"), ["POST", "/batch"]]
      )
    })
  )

  it("has a parameter for each variable of a path, an id for each operation, and no reference to nothing", () => {
    const document = OpenApi.document(described)
    const operations = operationsOf(document)
    for (const { operation, path } of operations) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path")
      assert.deepStrictEqual(
        inPath.map(({ name }) => name),
        Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name),
        path
      )
    }
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.strictEqual(new Set(ids).size, ids.length)
    const schemas = Object.keys((document["components"] as { schemas: object }).schemas)
    const references = Array.from(JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g), ([, id]) => id)
    assert.sameMembers([...new Set(references)], schemas)
  })

  it.effect("leads to routes that are there: each path, filled in, is answered by its method", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      const document = (yield* ask("GET /openapi.json")).json
      for (const { method, path } of operationsOf(document)) {
        const { ask, fake } = yield* serve()
        yield* Deferred.succeed(fake.wake, undefined)
        const filled = path.replace("{projectsId}", "p").replace("{operationsId}", "a")
        assert.strictEqual((yield* ask(`PATCH ${filled}`)).status, 405, filled)
        assert.strictEqual((yield* ask(`${method} ${filled}`, { body: `{}` })).status, 200, `${method} ${filled}`)
      }
    })
  )
})
