import * as Options from "@effect/cli/Options"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Arguments from "../src/Arguments.js"
import * as Commands from "../src/Commands.js"

const commands: Arguments.Commands = {
  get: [Options.boolean("json"), Options.text("endpoint")],
  emulator: [Options.boolean("json"), Options.text("port")]
}

const read = (...args: ReadonlyArray<string>) => Arguments.read(commands, args)

const error = (...args: ReadonlyArray<string>) => Either.getOrThrow(Either.flip(read(...args)))

const canonical = ["get", "--endpoint", "URL", "--json", "true", "--", "NAME"]

describe("Arguments", () => {
  const orders: ReadonlyArray<ReadonlyArray<string>> = [
    ["get", "NAME", "--endpoint", "URL", "--json"],
    ["get", "--endpoint", "URL", "--json", "NAME"],
    ["get", "--endpoint=URL", "NAME", "--json"],
    ["--endpoint", "URL", "get", "--json", "NAME"],
    ["--endpoint", "URL", "--json", "get", "NAME"],
    ["get", "--endpoint", "URL", "--json", "--", "NAME"],
    ["get", "--endpoint", "OLD", "NAME", "--endpoint", "URL", "--json", "--json"]
  ]
  for (const args of orders) {
    it(`understands lro ${args.join(" ")}`, () => {
      const request = Either.getOrThrow(read(...args))
      assert.deepStrictEqual(request, { _tag: "Run", command: "get", args: canonical })
    })
  }

  it("takes everything behind -- for a name", () => {
    assert.deepStrictEqual(Either.getOrThrow(read("get", "--", "--json", "-x")), {
      _tag: "Run",
      command: "get",
      args: ["get", "--", "--json", "-x"]
    })
  })

  it("keeps a value that looks like something else", () => {
    for (const value of ["get", "true", "a=b", "", "-1"]) {
      assert.deepStrictEqual(Either.getOrThrow(read("get", `--endpoint=${value}`, "NAME")), {
        _tag: "Run",
        command: "get",
        args: ["get", "--endpoint", value, "--", "NAME"]
      })
    }
  })

  it("knows help, version and completions", () => {
    assert.deepStrictEqual(Either.getOrThrow(read("--help")), { _tag: "Help", command: undefined })
    assert.deepStrictEqual(Either.getOrThrow(read("get", "NAME", "-h")), { _tag: "Help", command: "get" })
    assert.deepStrictEqual(Either.getOrThrow(read("help", "get")), { _tag: "Help", command: "get" })
    assert.deepStrictEqual(Either.getOrThrow(read("--version")), { _tag: "Version" })
    assert.deepStrictEqual(Either.getOrThrow(read("--completions", "zsh")), { _tag: "Completions", shell: "zsh" })
    assert.deepStrictEqual(Either.getOrThrow(read()), { _tag: "Nothing" })
    assert.deepStrictEqual(Either.getOrThrow(read("--json")), { _tag: "Nothing" })
  })

  const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string, string]> = [
    [["gte", "NAME"], `there is no command "gte"`, "Did you mean lro get?"],
    [["frobnicate"], `there is no command "frobnicate"`, "The commands are get, emulator"],
    [["get", "--endpiont", "URL"], "there is no option --endpiont", "Did you mean --endpoint?"],
    [["get", "-x"], "there is no option -x", "behind --"],
    [["get", "--frobnicate"], "there is no option --frobnicate", "lro --help"],
    [["get", "NAME", "--port", "1"], "--port is not an option of lro get", "lro get --help"],
    [["get", "NAME", "--endpoint"], "--endpoint needs a value", "--endpoint=VALUE"],
    [["get", "--endpoint", "--json"], "--endpoint needs a value", "--endpoint=VALUE"],
    [["get", "--endpoint", "--", "NAME"], "--endpoint needs a value", "--endpoint=VALUE"],
    [["get", "--json=maybe"], "--json takes no value", "alone"],
    [["--completions", "tcsh"], `there are no completions for "tcsh"`, "bash, fish, zsh"]
  ]
  for (const [args, message, hint] of wrong) {
    it(`refuses lro ${args.join(" ")} and says what to do`, () => {
      assert.strictEqual(error(...args).message, message)
      assert.include(error(...args).hint, hint)
    })
  }

  it("sees that JSON is wanted where the rest makes no sense", () => {
    assert.isTrue(Arguments.wantsJson(["frobnicate", "--json"]))
    assert.isTrue(Arguments.wantsJson(["--json=true"]))
    assert.isFalse(Arguments.wantsJson(["--json", "--json=false"]))
    assert.isFalse(Arguments.wantsJson(["get", "--", "--json"]))
  })

  it("finds the same names and options in any order", () => {
    const option = FastCheck.constantFrom(["--json"], ["--endpoint", "URL"], ["--endpoint=URL"])
    const word = FastCheck.stringMatching(/^[a-z/%:.]{1,8}$/).map((_) => [_])
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.oneof(option, word)), (parts) => {
        const names = parts.filter(([first = ""]) => !first.startsWith("--")).flat()
        const request = Either.getOrThrow(read("get", ...parts.flat()))
        assert.strictEqual(request._tag, "Run")
        if (request._tag !== "Run") return
        assert.deepStrictEqual(request.args.slice(request.args.indexOf("--") + 1), names)
      })
    )
  })

  it("never throws, whatever it reads", () => {
    FastCheck.assert(FastCheck.property(FastCheck.array(FastCheck.string()), (args) => Either.isEither(read(...args))))
  })

  it("is given the same kind of value under the same name by every command", () => {
    const kinds = new Map<string, boolean>()
    for (const option of Object.values(Commands.options).flat()) {
      const name = JSON.stringify(Options.getIdentifier(option))
      const isFlag = Options.isBool(option)
      assert.strictEqual(kinds.get(name) ?? isFlag, isFlag, name)
      kinds.set(name, isFlag)
    }
  })
})
