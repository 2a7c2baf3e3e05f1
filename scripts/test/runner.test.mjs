import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { collectGoals } from "../internal/goals.mjs"
import { withLock } from "../internal/lock.mjs"
import { root } from "../internal/paths.mjs"
import { run, runNode } from "../internal/process.mjs"
import Results from "../internal/reporter.mjs"

const script = (name, ...args) => runNode(join(root, "scripts", name), args)

test("test.mjs ends with the closing line when it does not understand a flag", async () => {
  const result = await script("test.mjs", "--fast")
  assert.equal(result.code, 2)
  assert.equal(result.stdout.trimEnd().split("\n").at(-1), "0 passed, 1 failed")
  assert.match(result.output, /Not understood: --fast/)
})

for (const [name, arg] of [
  ["check.mjs", "nothing"],
  ["build.mjs", "--fast"],
  ["codegen.mjs", "--fast"],
  ["quickstart.mjs", "--fast"],
  ["release.mjs", "everything"]
]) {
  test(`${name} tells how it is used when it does not understand`, async () => {
    const result = await script(name, arg)
    assert.equal(result.code, 2)
    assert.equal(result.stdout, "")
    assert.match(result.output, /Usage: node scripts\//)
  })
}

const report = (modules, unhandled = []) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-lro-"))
  process.env.EFFECT_LRO_RESULTS = join(folder, "results.json")
  try {
    new Results().onTestRunEnd(modules, unhandled)
    return JSON.parse(readFileSync(process.env.EFFECT_LRO_RESULTS, "utf8"))
  } finally {
    delete process.env.EFFECT_LRO_RESULTS
    rmSync(folder, { recursive: true })
  }
}

const module = (tests, { errors = [], state = "passed", suites = [] } = {}) => ({
  moduleId: join(root, "A.test.ts"),
  children: { allTests: () => tests, allSuites: () => suites },
  errors: () => errors,
  state: () => state
})

const testCase = (fullName, result) => ({ fullName, result: () => result })

test("the reporter counts passed, failed and skipped tests, with names and reasons", () => {
  const result = report([
    module([
      testCase("a", { state: "passed" }),
      testCase("b", { state: "failed", errors: [new TypeError("no")] }),
      testCase("c", { state: "skipped", note: "needs a database" })
    ])
  ])
  assert.deepEqual(result, {
    passed: 1,
    failures: [{ file: "A.test.ts", name: "b", message: "TypeError: no" }],
    skips: [{ file: "A.test.ts", name: "c", reason: "needs a database" }]
  })
})

test("a file that does not load, a hook that fails and an unhandled error count as failures", () => {
  const error = new Error("no")
  const hook = module([testCase("a", { state: "passed" })], { suites: [{ errors: () => [error] }], state: "failed" })
  const result = report(
    [module([], { errors: [error], state: "failed" }), module([], { state: "failed" }), hook],
    [error]
  )
  assert.equal(result.passed, 1)
  assert.equal(result.failures.length, 4)
})

test("a program that cannot be started is one that failed", async () => {
  const result = await run(join(root, "no-such-program"), [])
  assert.equal(result.ok, false)
  assert.match(result.output, /no-such-program/)
})

test("a lock lets one body run at a time and is released by a failure", async () => {
  let inside = 0
  let most = 0
  const body = async () => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 20))
    inside--
    throw new Error("no")
  }
  const results = await Promise.allSettled([1, 2, 3].map(() => withLock("test", body)))
  assert.equal(most, 1)
  assert.deepEqual(
    results.map((_) => _.reason.message),
    ["no", "no", "no"]
  )
})

test("goals that tests print are collected in their order, across chunks, and nothing else is", () => {
  const goals = collectGoals()
  const line = (goal) => JSON.stringify({ goal, measured: "0 of 60", met: true })
  goals.read(`stdout | a test\n${line("G10")}\n{"goal":"G3"}\n{"goal": broken\n{"go`)
  goals.read(`al":"G2","measured":1,"met":false}\n${line("G1")}`)
  assert.deepEqual(goals.found(), [line("G1"), '{"goal":"G2","measured":1,"met":false}', line("G10")])
})
