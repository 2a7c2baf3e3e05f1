import assert from "node:assert/strict"
import { test } from "node:test"
import { insert, render, resultOf } from "../bench/readme.mjs"

const result = {
  goals: {
    P1: { goal: "cheap: a | b", measured: "0.9 U", met: true },
    P2: { goal: "lean", measured: "2 U", met: false },
    P3: { goal: "beside others", measured: "nobody was there", met: null }
  },
  table: {
    cancel: {
      title: "Cancel 10",
      header: ["client", "CPU / U"],
      rows: [
        ["ours", "0.9", null],
        ["theirs", "it broke"]
      ]
    }
  },
  machine: { node: "v20.0.0", cores: 2, load: [0.5, 1.25] },
  isQuick: false
}

test("every goal is shown, those that are not met as such", () => {
  const text = render([result, { goals: { S1: { goal: "served", measured: "0.6", met: true } } }])
  assert.match(text, /^2 of 4 goals are met\. 2 cores, Node v20\.0\.0, load at most 1\.3\./)
  assert.ok(text.includes("| P1 | cheap: a \\| b | 0.9 U | met |"))
  assert.ok(text.includes("| P2 | lean | 2 U | **not met** |"))
  assert.ok(text.includes("| P3 | beside others | nobody was there | not judged |"))
  assert.ok(text.includes("| S1 | served | 0.6 | met |"))
  assert.ok(text.includes("| ours | 0.9 | – |"))
  assert.ok(text.includes("- theirs: it broke"), "a row of two cells is a note, not a number")
})

const served = {
  goals: {
    S1: { goal: "served", measured: "0.6", met: true },
    G10: { goal: "listed", measured: "memory 3 ms", met: true },
    G9: { goal: "found", measured: "memory 1 ms", met: false }
  },
  table: {
    requests: { title: "Requests", header: ["request", "connections", "ratio"], rows: [["get", 1, "0.60"]] },
    stored: { title: "10 stored", header: ["store", "get p50"], rows: [["postgres", "there is none"]] }
  }
}

test("client and server stand in one list of goals by their numbers, with the tables of both", () => {
  const text = render([result, served])
  const names = [...text.matchAll(/^\| ([A-Z]\d+) /gm)].map(([, name]) => name)
  assert.deepEqual(names, ["G9", "G10", "P1", "P2", "P3", "S1"])
  const titles = [...text.matchAll(/^(\S.*):$/gm)].map(([, title]) => title)
  assert.deepEqual(titles, ["Cancel 10", "Requests", "10 stored"])
  assert.ok(text.includes("- postgres: there is none"))
})

test("what was measured twice is told once, as it was the last time", () => {
  const again = {
    goals: { S1: { goal: "served", measured: "0.4", met: false } },
    table: { requests: { title: "Requests", header: ["request", "connections", "ratio"], rows: [["get", 1, "0.40"]] } }
  }
  const text = render([served, again])
  assert.match(text, /^1 of 3 goals are met\./)
  assert.ok(text.includes("| S1 | served | 0.4 | **not met** |"))
  assert.ok(!text.includes("0.6"))
  assert.equal(text.split("Requests:").length, 2)
})

test("a result is the last line of what a run prints, and not of a quick run", () => {
  assert.deepEqual(resultOf(`a table\n${JSON.stringify(result)}\n`), result)
  assert.throws(() => resultOf("a table\n"), /no JSON/)
  assert.throws(() => resultOf("3\n"), /no goals/)
  assert.throws(() => resultOf(JSON.stringify({ ...result, isQuick: true })), /quick/)
})

test("what stands between the markers is replaced, and nothing else", () => {
  const readme = "before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n"
  const once = insert(readme, "new")
  assert.equal(once, "before\n<!-- measured -->\n\nnew\n\n<!-- /measured -->\nafter\n")
  assert.equal(insert(once, "new"), once)
  assert.throws(() => insert("no markers", "new"), /there is no/)
})
