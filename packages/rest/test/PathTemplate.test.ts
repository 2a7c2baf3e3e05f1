import * as PathTemplate from "@effect-lro/rest/PathTemplate"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

const cancel = PathTemplate.unsafeParse("/v1/{name=projects/*/operations/**}:cancel")

const build = (template: string, variables: PathTemplate.Variables) =>
  Either.getOrNull(PathTemplate.build(variables)(PathTemplate.unsafeParse(template)))

const match = (template: string, path: string, decoding?: PathTemplate.Decoding) =>
  Either.map(PathTemplate.match(PathTemplate.unsafeParse(template), path, { decoding }), Option.getOrNull)

// A segment of a name that means no folder, with everything that a URL could trip over.
const segment = FastCheck.oneof(
  FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  FastCheck.string({
    unit: FastCheck.constantFrom(
      ..."ab%:/?#[]@!$&'()*+,;= .~^|\\\"<>é漢😀2FfE".split("").filter((char) => char !== "/")
    ),
    minLength: 1,
    maxLength: 8
  }),
  FastCheck.constantFrom("a:cancel", "%2F", "%2e%2e", "...", "a%2Fb", ":cancel", "operations", "projects", "%")
).filter((text) => text !== "." && text !== ".." && text !== "" && !text.includes("/") && text === text.toWellFormed())

const templates: ReadonlyArray<readonly [string, FastCheck.Arbitrary<string>]> = [
  ["/v1/{name=projects/*/operations/**}:cancel", named`projects/${1}/operations/${5}`],
  ["/v1/{name=projects/*/operations/**}", named`projects/${1}/operations/${5}`],
  ["/v1/{name=projects/*/locations/*/operations/*}", named`projects/${1}/locations/${1}/operations/${1}`],
  ["/v1beta/{name=operations/**}:wait", named`operations/${5}`],
  ["/v1/operations/{name=**}", FastCheck.array(segment, { maxLength: 4 }).map((all) => all.join("/"))],
  ["/v1/{name=operations/projects/**}/operations", named`operations/projects/${3}`],
  ["/v1/{name}", FastCheck.array(segment, { minLength: 1, maxLength: 3 }).map((all) => all.join("/"))],
  ["/v1/{name=*}:cancel", segment]
]

/** A name of literals and of up to so many segments in each place; where several may be, none may be. */
function named(literals: TemplateStringsArray, ...counts: ReadonlyArray<number>): FastCheck.Arbitrary<string> {
  return FastCheck.tuple(
    ...counts.map((count) => FastCheck.array(segment, { minLength: count === 1 ? 1 : 0, maxLength: count }))
  ).map((groups) =>
    literals.reduce((name, literal, index) => name + literal + (groups[index] ?? []).join("/"), "").replace(/\/$/, "")
  )
}

describe("PathTemplate", () => {
  describe("build", () => {
    it.each([
      ["projects/p/operations/ABC", "/v1/projects/p/operations/ABC:cancel"],
      ["projects/p/operations/a b", "/v1/projects/p/operations/a%20b:cancel"],
      ["projects/p/operations/a:cancel", "/v1/projects/p/operations/a%3Acancel:cancel"],
      ["projects/p/operations/x/y", "/v1/projects/p/operations/x/y:cancel"],
      ["projects/p/operations/50%", "/v1/projects/p/operations/50%25:cancel"],
      ["projects/example.com:p/operations/é", "/v1/projects/example.com%3Ap/operations/%C3%A9:cancel"],
      ["projects/p/operations/a?b#c", "/v1/projects/p/operations/a%3Fb%23c:cancel"],
      ["projects/p/operations/😀", "/v1/projects/p/operations/%F0%9F%98%80:cancel"],
      ["projects/p/operations/!'()*", "/v1/projects/p/operations/%21%27%28%29%2A:cancel"],
      ["projects/p/operations/-_.~", "/v1/projects/p/operations/-_.~:cancel"],
      ["projects/p/operations/a%2Fb", "/v1/projects/p/operations/a%252Fb:cancel"],
      ["projects/p/operations/@host+x", "/v1/projects/p/operations/%40host%2Bx:cancel"]
    ])("encodes %s by the bytes of UTF-8", (name, path) => {
      assert.deepStrictEqual(PathTemplate.build({ name })(cancel), Either.right(path))
    })

    it.each([
      ["projects/p/operations/.."],
      ["projects/p/operations/."],
      ["projects/../operations/a"],
      ["projects/p/operations//a"],
      ["projects/p/operations/a/"],
      ["/projects/p/operations/a"],
      ["projects//operations/a"],
      ["projects/p/operation/a"],
      ["projects/p/q/operations/a"],
      ["operations/a"],
      ["projects/p"],
      ["projects/p/operations/\ud800"],
      ["\udc00/p/operations/a"],
      [""]
    ])("refuses %j, which the template does not admit or which a URL parser would change", (name) => {
      const result = PathTemplate.build({ name })(cancel)
      assert.isTrue(Either.isLeft(result))
      assert.isFalse(PathTemplate.admits(cancel, "name", name))
    })

    it("encodes the slash in a variable of one segment only", () => {
      assert.strictEqual(build("/v1/{name}", { name: "a/b" }), "/v1/a%2Fb")
      assert.strictEqual(build("/v1/{name=*}", { name: "a/b" }), "/v1/a%2Fb")
      assert.strictEqual(build("/v1/{name=**}", { name: "a/b" }), "/v1/a/b")
      assert.strictEqual(build("/v1/{name=foo/*}", { name: "foo/b" }), "/v1/foo/b")
    })

    it("leaves no slash behind where ** matches nothing", () => {
      assert.strictEqual(build("/v1/operations/{name=**}", { name: "" }), "/v1/operations")
      assert.strictEqual(build("/v1/{name=operations/**}:cancel", { name: "operations" }), "/v1/operations:cancel")
    })

    it("takes values with nothing to encode by the same patterns as others", () => {
      const patterns = ["*", "**", "a/*", "a/**", "*/**", "a/**/b", "**/b", "$a/*", "a.b/**"]
      const values = [
        "",
        "a",
        "b",
        "x",
        "a/",
        "/a",
        "a//b",
        "a/x",
        "a/b",
        "x/b",
        "a/x/b",
        "a/x/y/b",
        "$a/x",
        "a.b/x",
        "a/x\n"
      ]
      const segment = "[^/]+"
      const admitted = (pattern: string, value: string) =>
        pattern === "*"
          ? value !== ""
          : new RegExp(
              `^/${pattern
                .replace(/[$.]/g, "\\$&")
                .replaceAll("/**", "(?:/R)*")
                .replace("**/", "(?:R/)*")
                .replace("**", "(?:R(?:/R)*)?")
                .replace(/(?<![)])\*/g, "R")
                .replaceAll("R", segment)}$`
            ).test(`/${value}`)
      for (const pattern of patterns) {
        const template = PathTemplate.unsafeParse(`/v1/{name=${pattern}}`)
        for (const value of values) {
          assert.strictEqual(
            PathTemplate.admits(template, "name", value),
            admitted(pattern, value),
            JSON.stringify([pattern, value])
          )
        }
      }
    })

    it("binds several variables, fields of messages among them", () => {
      const template = "/v1/projects/{project.id}/operations/{operation}"
      assert.strictEqual(build(template, { "project.id": "a:b", operation: "c" }), "/v1/projects/a%3Ab/operations/c")
    })

    it("tells which variable is missing", () => {
      const result = Either.flip(PathTemplate.build({ other: "x" })(cancel))
      assert.strictEqual(Either.getOrThrow(result).field, "name")
      assert.include(Either.getOrThrow(result).message, "name is missing")
    })

    it("refuses a wildcard that no variable binds", () => {
      assert.isNull(build("/v1/*/operations", {}))
    })
  })

  describe("match", () => {
    it.each(templates.map(([source, names]) => [source, names] as const))(
      "reads back from %s every name it was built from",
      (source, names) => {
        const template = PathTemplate.unsafeParse(source)
        FastCheck.assert(
          FastCheck.property(names, (name) => {
            FastCheck.pre(PathTemplate.admits(template, "name", name))
            const path = Either.getOrThrow(PathTemplate.build({ name })(template))
            assert.match(path, /^[-_.~0-9A-Za-z/:%]*$/)
            assert.deepStrictEqual(
              Either.map(PathTemplate.match(template, path), Option.getOrNull),
              Either.right({ name })
            )
            // What a client's URL parser makes of it is the same path.
            assert.strictEqual(new URL(`http://localhost${path}`).pathname, path)
          }),
          { numRuns: 300 }
        )
      }
    )

    it("decodes all but the slash in a variable of several segments", () => {
      const template = "/v1/{name=projects/*/operations/**}"
      assert.deepStrictEqual(
        match(template, "/v1/projects/a%3Ab/operations/c%2Fd%2fe%20%25"),
        Either.right({ name: "projects/a:b/operations/c%2Fd%2fe %" })
      )
    })

    it("decodes everything in a variable of one segment", () => {
      assert.deepStrictEqual(match("/v1/{name}", "/v1/a%2Fb%3A"), Either.right({ name: "a/b:" }))
      assert.deepStrictEqual(match("/v1/{name}", "/v1/a%2Fb", "all-but-reserved"), Either.right({ name: "a/b" }))
    })

    it("leaves the reserved characters encoded where the stack does so", () => {
      const reserved = "!#$&'()*+,/:;=?@[]"
      const raw = Array.from(reserved, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`).join("")
      assert.deepStrictEqual(
        match("/v1/{name=operations/*}", `/v1/operations/${raw}%20%25%C3%A9%7e`, "all-but-reserved"),
        Either.right({ name: `operations/${raw} %é~` })
      )
    })

    it("reads the raw paths a%2Fb and a%252Fb as the same name", () => {
      const expected = Either.right({ name: "operations/a%2Fb" })
      assert.deepStrictEqual(match("/v1/{name=operations/**}", "/v1/operations/a%2Fb"), expected)
      assert.deepStrictEqual(match("/v1/{name=operations/**}", "/v1/operations/a%252Fb"), expected)
    })

    it("takes a plus for a plus", () => {
      assert.deepStrictEqual(match("/v1/{name}", "/v1/a+b"), Either.right({ name: "a+b" }))
    })

    it.each([["%"], ["%2"], ["%zz"], ["%C3"], ["%FF"], ["%ED%A0%80"], ["a%C3%28"]])(
      "refuses the escape in %s",
      (segment) => {
        assert.isTrue(Either.isLeft(match("/v1/{name}", `/v1/${segment}`)))
        assert.isTrue(Either.isLeft(match("/v1/{name=**}", `/v1/${segment}/x`)))
        assert.isTrue(Either.isLeft(match("/v1/{name=**}", `/v1/${segment}%2F`, "all-but-reserved")))
      }
    )

    it.each([
      ["//v1/a"],
      ["/v1//a"],
      ["/v1/../a"],
      ["/v1/a/.."],
      ["/v1/."],
      ["/v1/%2e%2E/a"],
      ["/v1/.%2e"],
      ["v1/a"],
      ["*"]
    ])("refuses the path %s outright", (path) => {
      assert.isTrue(Either.isLeft(match("/v1/{name=**}", path)))
    })

    it.each([
      ["/v1/{name=operations/**}:cancel", "/v1/operations/a"],
      ["/v1/{name=operations/**}", "/v1/operation/a"],
      ["/v1/{name=operations/*}", "/v1/operations/a/b"],
      ["/v1/{name=operations/*}", "/v1/operations"],
      ["/v1/{name=projects/*}/operations", "/v1/projects/a"],
      ["/v1/{name=**}/operations", "/v1/a/operation"]
    ])("%s does not match %s", (template, path) => {
      assert.deepStrictEqual(match(template, path), Either.right(null))
    })

    it("counts literals behind ** from the end", () => {
      const template = "/v1/{name=operations/projects/**}/operations"
      assert.deepStrictEqual(
        match(template, "/v1/operations/projects/a/operations/b/operations"),
        Either.right({ name: "operations/projects/a/operations/b" })
      )
      assert.deepStrictEqual(
        match(template, "/v1/operations/projects/operations"),
        Either.right({ name: "operations/projects" })
      )
    })
  })

  describe("parse", () => {
    it.each([
      ["v1/{name}", "no slash before it"],
      ["", "nothing"],
      ["/", "an empty segment"],
      ["/v1/", "an empty segment at the end"],
      ["/v1//a", "an empty segment within"],
      ["/v1/{name=a/{b}}", "nested variables"],
      ["/v1/{name", "an open brace"],
      ["/v1/name}", "a closing brace"],
      ["/v1/{=a}", "no field"],
      ["/v1/{1a}", "no field path"],
      ["/v1/{name=}", "no pattern"],
      ["/v1/{name=a//b}", "an empty segment in a pattern"],
      ["/v1/x{name}", "a variable that is not the whole segment"],
      ["/v1/a:b:c", "two colons"],
      ["/v1/a:", "an empty verb"],
      ["/v1/a:b/c", "a verb before the end"],
      ["/v1/{name=**}/*", "a wildcard behind **"],
      ["/v1/{a=**}/{b=**}", "two **"],
      ["/v1/{a}/{a}", "a field twice"],
      ["/v1/a b", "a space"],
      ["/v1/é", "a literal that would have to be encoded"],
      ["/v1/..", "a literal that means a folder"],
      ["/v1/a?b", "a query"]
    ])("refuses %j: %s", (source) => {
      assert.isTrue(Either.isLeft(PathTemplate.parse(source)))
      assert.throws(() => PathTemplate.unsafeParse(source), "invalid path template")
    })

    it("takes {name} for {name=*}", () => {
      assert.deepStrictEqual(
        PathTemplate.unsafeParse("/v1/{name}").parts,
        PathTemplate.unsafeParse("/v1/{name=*}").parts
      )
    })

    it("knows the fields of its variables", () => {
      assert.deepStrictEqual(PathTemplate.fields(PathTemplate.unsafeParse("/v1/{a.b=x/*}/y/{c}:z")), ["a.b", "c"])
    })
  })
})
