import * as OperationName from "@effect-lro/core/OperationName"
import * as Router from "@effect-lro/rest/Router"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const everything = ServiceDescription.methods

const earthEngine = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  versions: ["v1", "v1alpha"],
  methods: everything,
  ids: "multi-segment",
  starts: [
    {
      id: "projects.image.export",
      template: "{project=projects/*}/image:export",
      metadataType: "google.earthengine.v1.OperationMetadata"
    }
  ]
})

const router = Either.getOrThrow(Router.make(ServiceDescription.routes(earthEngine)))

const request = (service: ServiceDescription.ServiceDescription, method: ServiceDescription.Method, name: string) =>
  Either.match(ServiceDescription.request(service, { method, name }), {
    onLeft: (error) => error._tag,
    onRight: ({ body, httpMethod, path }) => `${httpMethod} ${path}${body === "*" ? " *" : ""}`
  })

describe("ServiceDescription", () => {
  it.each<[string | undefined, Option.Option<string>]>([
    [undefined, Option.none()],
    ["batch", Option.some("batch")],
    ["/batch/compute/v1/", Option.some("batch/compute/v1")]
  ])("takes batches at %s", (batchPath, expected) => {
    assert.deepStrictEqual(ServiceDescription.project({ id: "x.googleapis.com", batchPath }).batchPath, expected)
  })

  it.each<[ServiceDescription.Method, string, string]>([
    ["get", "projects/p/operations/a", "GET /v1/projects/p/operations/a"],
    ["list", "projects/p", "GET /v1/projects/p/operations"],
    ["cancel", "projects/p/operations/a", "POST /v1/projects/p/operations/a:cancel *"],
    ["delete", "projects/p/operations/a", "DELETE /v1/projects/p/operations/a"],
    ["wait", "projects/p/operations/a", "POST /v1/projects/p/operations/a:wait *"],
    [
      "cancel",
      "projects/example.com:p/operations/a:cancel",
      "POST /v1/projects/example.com%3Ap/operations/a%3Acancel:cancel *"
    ],
    ["get", "projects/p/operations/x/y", "GET /v1/projects/p/operations/x/y"],
    ["get", "projects/p/operations", "InvalidName"],
    ["cancel", "projects/p/operations", "InvalidName"],
    ["get", "projects/p", "InvalidName"],
    ["get", "operations/a", "InvalidName"],
    ["get", "projects/p/operations/..", "InvalidName"],
    ["get", "projects/p/operations/%2e%2e", "InvalidName"],
    ["get", "projects/p/operations/a\r\nHost: evil", "InvalidName"],
    ["get", "projects/p/operations/\u0000", "InvalidName"],
    ["get", `projects/p/operations/${"a".repeat(100_000)}`, "InvalidName"],
    ["get", "", "InvalidName"],
    ["get", "https://evil/projects/p/operations/a", "InvalidName"],
    ["get", "@evil/projects/p/operations/a", "InvalidName"],
    ["list", "projects/p/operations", "InvalidName"],
    ["list", "", "InvalidName"]
  ])("%s of %j is %s for a service with projects", (method, name, expected) => {
    assert.strictEqual(request(earthEngine, method, name), expected)
  })

  it("names operations by location where a service is regional", () => {
    const run = ServiceDescription.regional({ id: "run.googleapis.com", versions: ["v2"] })
    const name = "projects/p/locations/l/operations/a"
    assert.strictEqual(request(run, "cancel", name), `POST /v2/${name}:cancel *`)
    assert.strictEqual(request(run, "list", "projects/p/locations/l"), "GET /v2/projects/p/locations/l/operations")
    assert.strictEqual(request(run, "get", `${name}/b`), "InvalidName")
    assert.strictEqual(request(run, "get", "projects/p/operations/a"), "InvalidName")
    assert.strictEqual(run.rootUrl, "https://run.googleapis.com")
  })

  it("names operations without a parent where a service is global", () => {
    const bigtable = ServiceDescription.global({ id: "bigtableadmin.googleapis.com", versions: ["v2"] })
    assert.strictEqual(request(bigtable, "get", "operations/a/b"), "GET /v2/operations/a/b")
    assert.strictEqual(request(bigtable, "get", "operations"), "InvalidName")
    assert.strictEqual(request(bigtable, "list", "operations"), "GET /v2/operations")
  })

  it("lists by the collection where a service wants that", () => {
    const spanner = ServiceDescription.project({ id: "spanner.googleapis.com", listStyle: "collection" })
    assert.strictEqual(request(spanner, "list", "projects/p/operations"), "GET /v1/projects/p/operations")
    assert.strictEqual(request(spanner, "list", "projects/p"), "InvalidName")
  })

  it("is Unimplemented, without anything to send, where the service does not offer the method", () => {
    const service = ServiceDescription.project({ id: "x.googleapis.com", methods: ["get"] })
    const error = Either.getOrThrow(
      Either.flip(ServiceDescription.request(service, { method: "cancel", name: "projects/p/operations/a" }))
    )
    assert.strictEqual(error._tag, "Unimplemented")
    assert.include(error.message, "x.googleapis.com does not offer cancel")
    assert.isFalse(ServiceDescription.supports(service, "cancel"))
    assert.isTrue(ServiceDescription.supports(service, "get"))
    assert.isFalse(ServiceDescription.supports(service, "get", "v2"))
    assert.isFalse(ServiceDescription.supports(ServiceDescription.project({ id: "y.googleapis.com" }), "wait"))
  })

  it("says so where it is the version that the service does not have", () => {
    const service = ServiceDescription.project({ id: "x.googleapis.com", versions: ["v1", "v1beta"] })
    const of = { method: "get", name: "projects/p/operations/a", version: "v2" } as const
    const error = Either.getOrThrow(Either.flip(ServiceDescription.request(service, of)))
    assert.strictEqual(error._tag, "Unimplemented")
    assert.include(error.message, "does not offer get in v2, which is none of its versions (v1, v1beta)")
  })

  it("speaks any of its versions", () => {
    const alpha = ServiceDescription.request(earthEngine, {
      method: "get",
      name: "projects/p/operations/a",
      version: "v1alpha"
    })
    assert.strictEqual(Either.getOrThrow(alpha).path, "/v1alpha/projects/p/operations/a")
  })

  it("takes the first binding that admits the name", () => {
    const service = ServiceDescription.unsafeMake({
      id: "x.googleapis.com",
      methods: {
        get: [
          { template: "{name=projects/*/locations/global/operations/*}" },
          { template: "{name=organizations/*/operations/*}" },
          { template: "admin/{name=projects/*/locations/*/operations/*}" }
        ],
        cancel: { template: "{name=organizations/*/operations/*}:cancel", httpMethod: "GET", body: "none" }
      }
    })
    assert.strictEqual(
      request(service, "get", "projects/p/locations/global/operations/a"),
      "GET /v1/projects/p/locations/global/operations/a"
    )
    assert.strictEqual(
      request(service, "get", "projects/p/locations/eu/operations/a"),
      "GET /v1/admin/projects/p/locations/eu/operations/a"
    )
    assert.strictEqual(request(service, "get", "organizations/1/operations/a"), "GET /v1/organizations/1/operations/a")
    assert.strictEqual(
      request(service, "cancel", "organizations/1/operations/a"),
      "GET /v1/organizations/1/operations/a:cancel"
    )
  })

  it.each<[string, ServiceDescription.MakeOptions, string]>([
    ["no template", { id: "x", methods: { get: { template: "{name" } } }, "InvalidTemplate"],
    ["no variable", { id: "x", methods: { get: { template: "operations" } } }, "InvalidTemplate"],
    ["another variable", { id: "x", methods: { get: { template: "{id=operations/*}" } } }, "InvalidTemplate"],
    [
      "a variable too many",
      { id: "x", methods: { get: { template: "{parent=projects/*}/{name=operations/*}" } } },
      "InvalidTemplate"
    ]
  ])("refuses %s", (_, options, tag) => {
    assert.strictEqual(Either.getOrThrow(Either.flip(ServiceDescription.make(options)))._tag, tag)
    assert.throws(() => ServiceDescription.unsafeMake(options))
  })

  it.each<[string, ServiceDescription.MakeOptions]>([
    [
      "a shape twice",
      { id: "x", methods: { get: [{ template: "{name=operations/*}" }, { template: "operations/{name=*}" }] } }
    ],
    [
      "a start method in the place of another method",
      {
        id: "x",
        methods: { cancel: { template: "{name=operations/*}:cancel" } },
        starts: [{ id: "y", template: "operations/{id}:cancel" }]
      }
    ]
  ])("leaves it to the router to find %s", (_, options) => {
    const router = Router.make(ServiceDescription.routes(ServiceDescription.unsafeMake(options)))
    assert.strictEqual(Either.getOrThrow(Either.flip(router))._tag, "DuplicateRoute")
  })

  it("routes what it requests to the same method and name, for every name", () => {
    const name = Arbitrary.make(OperationName.OperationName)
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom("get" as const, "cancel" as const, "delete" as const, "wait" as const),
        FastCheck.constantFrom("v1", "v1alpha"),
        FastCheck.tuple(name, FastCheck.string({ unit: "grapheme", maxLength: 20 })).map(([a, b]) => a + b),
        (method, version, name) => {
          const line = ServiceDescription.request(earthEngine, { method, version, name })
          FastCheck.pre(Either.isRight(line))
          if (Either.isLeft(line)) return
          const { httpMethod, path } = line.right
          const { value, variables } = Either.getOrThrow(Router.match(router, { method: httpMethod, path }))
          assert.strictEqual(value._tag === "Operations" ? value.method : value._tag, method)
          assert.strictEqual(value.version, version)
          assert.strictEqual(variables["name"], name)
          assert.isTrue(Either.isRight(ServiceDescription.checkName(earthEngine, { method, name, version })))
        }
      ),
      { numRuns: 500 }
    )
  })

  it("says of a routed name without an id that it is none", () => {
    const { variables } = Either.getOrThrow(
      Router.match(router, { method: "DELETE", path: "/v1/projects/p/operations" })
    )
    const name = variables["name"] ?? ""
    assert.strictEqual(name, "projects/p/operations")
    assert.isTrue(Either.isLeft(ServiceDescription.checkName(earthEngine, { method: "delete", name })))
    assert.isTrue(Either.isRight(ServiceDescription.checkName(earthEngine, { method: "list", name: "projects/p" })))
  })

  describe("start methods", () => {
    const start = (project: string, id = "projects.image.export") =>
      ServiceDescription.startRequest(earthEngine, { id, variables: { project } })

    it("are built and routed like the others", () => {
      const line = Either.getOrThrow(start("projects/example.com:p"))
      assert.deepStrictEqual(line, { httpMethod: "POST", body: "*", path: "/v1/projects/example.com%3Ap/image:export" })
      const { value, variables } = Either.getOrThrow(Router.match(router, { method: line.httpMethod, path: line.path }))
      assert.strictEqual(value._tag === "Start" ? value.start.id : value._tag, "projects.image.export")
      assert.deepStrictEqual(variables, { project: "projects/example.com:p" })
    })

    it("refuse variables that do not fit, and ids that are not known", () => {
      for (const result of [start("p"), start("projects/.."), start("projects/a/b"), start("projects/p", "nothing")]) {
        assert.strictEqual(Either.getOrThrow(Either.flip(result))._tag, "InvalidName")
      }
    })
  })

  it("lists a route for each method of each version", () => {
    const lines = ServiceDescription.routes(earthEngine).map(({ method, template }) => `${method} ${template.source}`)
    assert.strictEqual(lines.length, 12)
    assert.include(lines, "GET /v1alpha/{name=projects/*}/operations")
    assert.include(lines, "POST /v1/{project=projects/*}/image:export")
  })
})
