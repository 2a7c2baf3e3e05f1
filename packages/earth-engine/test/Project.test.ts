import * as Project from "@effect-lro/earth-engine/Project"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"

describe("Project", () => {
  it.each([
    ["my-project", "my-project"],
    ["projects/my-project", "my-project"],
    [" my-project\n", "my-project"],
    ["example.com:my-project", "example.com:my-project"],
    ["123456789012", "123456789012"],
    ["demo", "demo"],
    ["earthengine-legacy", "earthengine-legacy"]
  ])("takes %j as %s", (input, expected) => {
    assert.deepStrictEqual(Either.map(Project.parse(input), String), Either.right(expected))
  })

  it.each([
    [""],
    ["projects/"],
    ["a/b"],
    ["projects/a/operations/b"],
    [".."],
    ["."],
    ["a b"],
    ["a\r\nb"],
    ["é"],
    ["a%2Fb"],
    ["a".repeat(129)]
  ])("refuses %j", (input) => {
    const result = Project.parse(input)
    assert.isTrue(Either.isLeft(result))
    if (Either.isLeft(result)) {
      assert.strictEqual(result.left._tag, "InvalidProject")
      assert.include(result.left.message, "invalid project")
      assert.isAtMost(result.left.input.length, 100)
    }
  })

  it.each<[string, boolean]>([
    ["my-project", true],
    ["example.com:my-project", true],
    ["a23456", true],
    ["a12345678901234567890123456789", true],
    ["a123456789012345678901234567890", false],
    ["demo", false],
    ["1project", false],
    ["my-project-", false],
    ["My-Project", false],
    ["my_project", false],
    ["localhost:my-project", false],
    ["123456789012", false]
  ])("says of %s whether it follows Cloud's rules for ids: %s", (text, expected) => {
    assert.strictEqual(Project.isId(text), expected)
  })

  it("knows project numbers", () => {
    assert.isTrue(Project.isNumber("764086051850"))
    assert.isFalse(Project.isNumber("0123456789"))
    assert.isFalse(Project.isNumber("my-project"))
  })
})
