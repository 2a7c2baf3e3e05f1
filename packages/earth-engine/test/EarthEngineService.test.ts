import * as EarthEngineService from "@effect-lro/earth-engine/EarthEngineService"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Router from "@effect-lro/rest/Router"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

const service = EarthEngineService.description

describe("EarthEngineService", () => {
  it.each<[ServiceDescription.Method, string, string]>([
    ["get", "projects/demo/operations/ABC", "GET /v1/projects/demo/operations/ABC"],
    ["delete", "projects/demo/operations/ABC", "DELETE /v1/projects/demo/operations/ABC"],
    ["cancel", "projects/demo/operations/ABC", "POST /v1/projects/demo/operations/ABC:cancel"],
    ["wait", "projects/demo/operations/ABC", "POST /v1/projects/demo/operations/ABC:wait"],
    ["list", "projects/demo", "GET /v1/projects/demo/operations"],
    ["cancel", "projects/p/operations/a b", "POST /v1/projects/p/operations/a%20b:cancel"],
    ["cancel", "projects/p/operations/a:cancel", "POST /v1/projects/p/operations/a%3Acancel:cancel"],
    ["cancel", "projects/p/operations/x/y", "POST /v1/projects/p/operations/x/y:cancel"],
    ["cancel", "projects/p/operations/50%", "POST /v1/projects/p/operations/50%25:cancel"],
    ["cancel", "projects/p/operations/a?b#c", "POST /v1/projects/p/operations/a%3Fb%23c:cancel"],
    ["cancel", "projects/example.com:p/operations/é", "POST /v1/projects/example.com%3Ap/operations/%C3%A9:cancel"]
  ])("asks for %s of %s with %s", (method, name, expected) => {
    const request = ServiceDescription.request(service, { method, name })
    assert.deepStrictEqual(
      Either.map(request, ({ httpMethod, path }) => `${httpMethod} ${path}`),
      Either.right(expected)
    )
  })

  it.each<[ServiceDescription.Method, string]>([
    ["cancel", "projects/p/operations/.."],
    ["cancel", "projects/p/operations/%2e%2E"],
    ["cancel", "projects/p/operations"],
    ["get", "projects/p/operations/"],
    ["get", "operations/ABC"],
    ["get", "projects/p/locations/l/operations/ABC"],
    ["get", "projects/p//operations/ABC"],
    ["list", "projects/p/operations"],
    ["list", "projects"]
  ])("does not ask for %s of %s", (method, name) => {
    const request = ServiceDescription.request(service, { method, name })
    assert.strictEqual(Either.isLeft(request) ? request.left._tag : "built", "InvalidName")
  })

  it("speaks v1 unless it is told otherwise, and routes all versions", () => {
    assert.strictEqual(service.versions[0], "v1")
    const router = Either.getOrThrow(Router.make(ServiceDescription.routes(service)))
    for (const version of ["v1", "v1beta", "v1alpha"]) {
      for (const method of ServiceDescription.methods) {
        const request = Either.getOrThrow(
          ServiceDescription.request(service, {
            method,
            version,
            name: method === "list" ? "projects/p" : "projects/p/operations/a"
          })
        )
        const found = Either.getOrThrow(Router.match(router, { method: request.httpMethod, path: request.path }))
        assert.strictEqual(found.value.version, version)
        assert.strictEqual(found.value._tag === "Operations" ? found.value.method : "", method)
      }
    }
  })

  it.each(StartMethod.all.map((method) => [method.path, method] as const))("starts with %s", (path, method) => {
    const request = ServiceDescription.startRequest(service, {
      id: EarthEngineService.startMethodId(method),
      variables: { project: "projects/example.com:p" }
    })
    assert.deepStrictEqual(
      request,
      Either.right({ httpMethod: "POST" as const, body: "*" as const, path: `/v1/projects/example.com%3Ap/${path}` })
    )
  })

  it("lists by pages of 500, as Earth Engine's own clients do", () => {
    assert.deepStrictEqual(service.pageSize, Option.some(500))
    assert.deepStrictEqual(service.batchPath, Option.some("batch"))
  })
})
