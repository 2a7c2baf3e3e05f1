import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Discovery from "@effect-lro/server/Discovery"
import * as Route from "@effect-lro/server/Route"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { serve, service } from "./fixtures/Ask.js"

interface Method {
  readonly id: string
  readonly path: string
  readonly flatPath: string
  readonly httpMethod: string
  readonly parameters: Readonly<Record<string, { readonly pattern?: string; readonly location: string }>>
  readonly request?: { readonly $ref: string }
  readonly response: { readonly $ref: string }
}

interface Resource {
  readonly methods: Readonly<Record<string, Method>>
  readonly resources: Readonly<Record<string, Resource>>
}

const described = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  versions: ["v1", "v1beta"],
  ids: "multi-segment",
  methods: ["get", "list", "cancel", "delete", "wait"],
  starts: [
    { id: "projects.image.export", template: "{project=projects/*}/image:export" },
    { id: "projects.table.export", template: "{project=projects/*}/table:export" }
  ]
})

const resourcesOf = (document: unknown) => (document as { resources: Readonly<Record<string, Resource>> }).resources

describe("Discovery", () => {
  it.effect("is served to everybody, with the methods of the protocol's table", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ authenticate: () => Effect.die("nobody is asked") })
      const answer = yield* ask("GET /$discovery/rest?version=v1&prettyPrint=false")
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepInclude(answer.json, { id: "earthengine:v1", servicePath: "", fullyEncodeReservedExpansion: true })
      const methods = resourcesOf(answer.json)["projects"]?.resources["operations"]?.methods ?? {}
      const flat = "v1/projects/{projectsId}/operations/{operationsId}"
      assert.deepStrictEqual(
        Object.values(methods).map(({ flatPath, httpMethod, id, path }) => [id, httpMethod, path, flatPath]),
        [
          ["earthengine.projects.operations.get", "GET", "v1/{+name}", flat],
          [
            "earthengine.projects.operations.list",
            "GET",
            "v1/{+name}/operations",
            "v1/projects/{projectsId}/operations"
          ],
          ["earthengine.projects.operations.cancel", "POST", "v1/{+name}:cancel", `${flat}:cancel`],
          ["earthengine.projects.operations.delete", "DELETE", "v1/{+name}", flat],
          ["earthengine.projects.operations.wait", "POST", "v1/{+name}:wait", `${flat}:wait`]
        ]
      )
      assert.strictEqual(methods["cancel"]?.parameters["name"]?.pattern, "^projects/[^/]+/operations/.+$")
      assert.strictEqual(methods["list"]?.parameters["name"]?.pattern, "^projects/[^/]+$")
      assert.deepStrictEqual(methods["cancel"]?.request, { $ref: "CancelOperationRequest" })
      assert.deepStrictEqual(methods["cancel"]?.response, { $ref: "Empty" })
      assert.strictEqual(methods["list"]?.parameters["pageSize"]?.location, "query")
    })
  )

  it.effect("names the host that it was asked under, or else the service's own", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      const rootUrl = (headers: Readonly<Record<string, string>>) =>
        Effect.map(ask("GET /$discovery/rest", { headers }), ({ json }) => (json as { rootUrl: string }).rootUrl)
      assert.strictEqual(yield* rootUrl({}), "https://earthengine.googleapis.com/")
      assert.strictEqual(yield* rootUrl({ "x-forwarded-proto": "https" }), "https://earthengine.googleapis.com/")
    })
  )

  it.effect("describes the start methods that are served, and no others", () =>
    Effect.gen(function* () {
      const routes = described.starts
        .filter(({ id }) => id === "projects.image.export")
        .flatMap((method) => Route.start(method, { handler: () => Effect.succeed({}) }))
      const { ask } = yield* serve({ service: described, routes })
      const { json } = yield* ask("GET /$discovery/rest?version=v1beta")
      const projects = resourcesOf(json)["projects"]
      assert.deepInclude(projects?.resources["image"]?.methods["export"], {
        id: "earthengine.projects.image.export",
        path: "v1beta/{+project}/image:export",
        flatPath: "v1beta/projects/{projectsId}/image:export",
        httpMethod: "POST",
        response: { $ref: "Operation" }
      })
      assert.isUndefined(projects?.resources["table"])
    })
  )

  it.effect("refuses a version that there is not", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve()
      assert.strictEqual((yield* ask("GET /$discovery/rest?version=v9")).status, 400)
    })
  )

  it.effect("is not served where it is switched off", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ discovery: false })
      assert.strictEqual((yield* ask("GET /$discovery/rest")).status, 404)
    })
  )

  for (const [shown, description, ids] of [
    [
      "regional",
      ServiceDescription.regional({ id: "run.googleapis.com", versions: ["v2"] }),
      "projects.locations.operations"
    ],
    ["global", ServiceDescription.global({ id: "operations.example.com" }), "operations"]
  ] as const) {
    it(`follows the collections of a ${shown} service`, () => {
      const document = Option.getOrThrow(Discovery.document(description))
      let at: Resource | undefined = { methods: {}, resources: resourcesOf(document) }
      for (const part of ids.split(".")) at = at?.resources[part]
      assert.sameMembers(Object.keys(at?.methods ?? {}), ["get", "list", "cancel", "delete"])
    })
  }

  it("only refers to messages that it has", () => {
    for (const version of service.versions) {
      const document = Option.getOrThrow(Discovery.document(described, { version }))
      const refs = JSON.stringify(document).match(/"\$ref":"\w+"/g) ?? []
      const known = Object.keys(document["schemas"] as object)
      for (const ref of refs) assert.include(known, ref.slice(8, -1))
    }
  })
})
