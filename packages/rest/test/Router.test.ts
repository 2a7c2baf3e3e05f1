import * as PathTemplate from "@effect-lro/rest/PathTemplate"
import * as Router from "@effect-lro/rest/Router"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"

const routes = (...all: ReadonlyArray<readonly [method: string, template: string, value: string]>) =>
  all.map(([method, template, value]) => ({ method, template: PathTemplate.unsafeParse(template), value }))

const earthEngine = Either.getOrThrow(
  Router.make(
    routes(
      ["GET", "/v1/{name=projects/*/operations/**}", "get"],
      ["DELETE", "/v1/{name=projects/*/operations/**}", "delete"],
      ["POST", "/v1/{name=projects/*/operations/**}:cancel", "cancel"],
      ["POST", "/v1/{name=projects/*/operations/**}:wait", "wait"],
      ["GET", "/v1/{name=projects/*}/operations", "list"],
      ["POST", "/v1/{project=projects/*}/image:export", "export"]
    )
  )
)

const match = (method: string, path: string, router = earthEngine) =>
  Either.match(Router.match(router, { method, path }), {
    onLeft: (error) => (error._tag === "MethodNotAllowed" ? `${error._tag} ${error.allowed.join()}` : error._tag),
    onRight: ({ value, variables }) => `${value} ${Object.values(variables).join()}`
  })

describe("Router", () => {
  it.each([
    ["GET", "/v1/projects/p/operations", "list projects/p"],
    ["GET", "/v1/projects/p/operations/", "list projects/p"],
    ["GET", "/v1/projects/p/operations//", "list projects/p"],
    ["GET", "/v1/projects/p/operations?pageSize=1&x=/a:cancel", "list projects/p"],
    ["DELETE", "/v1/projects/p/operations", "delete projects/p/operations"],
    ["POST", "/v1/projects/p/operations:cancel", "cancel projects/p/operations"],
    ["GET", "/v1/projects/p/operations/a:cancel", "MethodNotAllowed POST"],
    ["GET", "/v1/projects/p/operations/a%3Acancel", "get projects/p/operations/a:cancel"],
    ["GET", "/v1/projects/p/operations/a:foo", "get projects/p/operations/a:foo"],
    ["POST", "/v1/projects/p/operations/a:b:cancel", "cancel projects/p/operations/a:b"],
    ["POST", "/v1/projects/p/operations/a:cancel:cancel", "cancel projects/p/operations/a:cancel"],
    ["POST", "/v1/projects/p/operations/a%3Acancel:cancel", "cancel projects/p/operations/a:cancel"],
    ["GET", "/v1/projects/example.com:p/operations/a", "get projects/example.com:p/operations/a"],
    ["GET", "/v1/projects/example.com%3Ap/operations/a", "get projects/example.com:p/operations/a"],
    ["GET", "/v1/projects/p:cancel/operations/a", "get projects/p:cancel/operations/a"],
    ["POST", "/v1/projects/p/operations/a", "MethodNotAllowed DELETE,GET"],
    ["POST", "/v1/projects/p/operations/a:cancel/", "MethodNotAllowed DELETE,GET"],
    ["GET", "/v1/projects/p/operations/a:cancel/", "get projects/p/operations/a:cancel"],
    ["GET", "/v1/projects/p/operations/x/y", "get projects/p/operations/x/y"],
    ["GET", "/v1/projects/p/operations/a%2Fb", "get projects/p/operations/a%2Fb"],
    ["GET", "/v1/projects/p%2Fq/operations/a", "get projects/p%2Fq/operations/a"],
    ["POST", "/v1/projects/p/image:export", "export projects/p"],
    ["POST", "/v1/projects/p/operations:export", "NoRoute"],
    ["GET", "/v2/projects/p/operations/a", "NoRoute"],
    ["GET", "/v1/projects/p", "NoRoute"],
    ["GET", "/", "NoRoute"],
    ["GET", "/V1/projects/p/operations/a", "NoRoute"],
    ["PUT", "/v1/projects/p/operations/a", "MethodNotAllowed DELETE,GET"],
    ["get", "/v1/projects/p/operations/a", "MethodNotAllowed DELETE,GET"],
    ["GET", "/v1//projects/p/operations/a", "MalformedPath"],
    ["GET", "//v1/projects/p/operations/a", "MalformedPath"],
    ["GET", "/v1/projects/p/operations/a//b", "MalformedPath"],
    ["POST", "/v1/projects/p/operations/:cancel", "MalformedPath"],
    ["GET", "/v1/projects/p/operations/../../q/operations/a", "MalformedPath"],
    ["GET", "/v1/projects/p/operations/%2e%2E", "MalformedPath"],
    ["POST", "/v1/projects/p/operations/..:cancel", "MalformedPath"],
    ["GET", "/v1/projects/p/operations/%", "MalformedPath"],
    ["GET", "/v1/projects/p/operations/%C3", "MalformedPath"],
    ["GET", "http://evil/v1/projects/p/operations/a", "MalformedPath"],
    ["OPTIONS", "*", "MalformedPath"],
    ["GET", "", "MalformedPath"]
  ])("%s %s is %s", (method, path, expected) => {
    assert.strictEqual(match(method, path), expected)
  })

  it("prefers a literal to *, and * to **", () => {
    const router = Either.getOrThrow(
      Router.make(
        routes(["GET", "/a/**", "multi"], ["GET", "/a/*", "one"], ["GET", "/a/b", "literal"], ["GET", "/**", "all"])
      )
    )
    assert.deepStrictEqual(
      ["/a/b", "/a/c", "/a/b/c", "/a", "/x", "/"].map((path) => match("GET", path, router).trim()),
      ["literal", "one", "multi", "multi", "all", "all"]
    )
  })

  it("goes back where a preferred branch leads nowhere", () => {
    const router = Either.getOrThrow(
      Router.make(routes(["GET", "/a/b/c", "literal"], ["GET", "/a/*/d", "one"], ["POST", "/a/b/d", "post"]))
    )
    assert.strictEqual(match("GET", "/a/b/d", router).trim(), "one")
    assert.strictEqual(match("DELETE", "/a/b/d", router), "MethodNotAllowed GET,POST")
  })

  it("prefers more literals behind ** to fewer", () => {
    const router = Either.getOrThrow(
      Router.make(
        routes(["GET", "/{name=a/**}", "get"], ["GET", "/{name=a/**}/x", "x"], ["GET", "/{name=a/**}/y/x", "yx"])
      )
    )
    assert.strictEqual(match("GET", "/a/b/y/x", router), "yx a/b")
    assert.strictEqual(match("GET", "/a/y/x", router), "yx a")
    assert.strictEqual(match("GET", "/a/b/x", router), "x a/b")
    assert.strictEqual(match("GET", "/a/x", router), "x a")
    assert.strictEqual(match("GET", "/a/b", router), "get a/b")
  })

  it("lets several parents be listed by one method", () => {
    const router = Either.getOrThrow(
      Router.make(
        routes(
          ["GET", "/v1/{name=projects/*/locations/*}/operations", "list"],
          ["GET", "/v1/{name=organizations/*/locations/*}/operations", "list"],
          ["GET", "/v1/{name=projects/*/locations/global/operations/*}", "get"]
        )
      )
    )
    assert.strictEqual(
      match("GET", "/v1/organizations/1/locations/eu/operations", router),
      "list organizations/1/locations/eu"
    )
    assert.strictEqual(match("GET", "/v1/projects/1/locations/eu/operations/a", router), "NoRoute")
  })

  it.each([
    ["GET", "/v1/{name=projects/*}", "/v1/projects/{project}"],
    ["POST", "/v1/{name=operations/**}:cancel", "/v1/operations/{name=**}:cancel"],
    ["GET", "/v1/{name=a/**}/x", "/v1/a/{name=**}/x"],
    ["GET", "/v1/x", "/v1/x"]
  ])("refuses a second %s of the shape of %s", (method, first, second) => {
    const result = Router.make(routes([method, first, "first"], [method, second, "second"]))
    assert.deepStrictEqual(Either.getOrNull(Either.flip(result)), new Router.DuplicateRoute({ method, first, second }))
    assert.isTrue(Either.isRight(Router.make(routes([method, first, "first"], ["PATCH", second, "second"]))))
  })

  it("leaves more escapes where it is told to", () => {
    const raw = { method: "GET", path: "/v1/projects/a%3Ab/operations/c" }
    const result = Router.match(earthEngine, raw, { decoding: "all-but-reserved" })
    assert.strictEqual(Either.getOrThrow(result).variables["name"], "projects/a%3Ab/operations/c")
  })

  it("never fails otherwise than by its errors, and never gives a name with a folder in it", () => {
    const piece = FastCheck.constantFrom(
      "v1",
      "projects",
      "p",
      "operations",
      "/",
      "/",
      ":",
      "cancel",
      "..",
      ".",
      "%2e",
      "%2F",
      "%",
      "?",
      "a"
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom("GET", "POST", "DELETE"),
        FastCheck.array(piece, { maxLength: 16 }),
        (method, pieces) => {
          const result = Router.match(earthEngine, { method, path: `/${pieces.join("")}` })
          if (Either.isLeft(result)) return
          for (const value of Object.values(result.right.variables)) {
            assert.notInclude(value.split("/"), "..")
            assert.notInclude(value.split("/"), "")
          }
        }
      ),
      { numRuns: 2000 }
    )
  })
})
