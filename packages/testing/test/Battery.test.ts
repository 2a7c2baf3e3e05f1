import { readFile } from "node:fs/promises"
import * as Battery from "@effect-lro/testing/Battery"
import type { BatteryFailure } from "@effect-lro/testing/BatteryFailure"
import * as ScriptedSubject from "@effect-lro/testing/ScriptedSubject"
import * as Subject from "@effect-lro/testing/Subject"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const virtual: Battery.It<BatteryFailure> = (name, test) => it.live(name, () => VirtualTime.run(test()))

describe("the battery against TestOperations", () => {
  Battery.register(virtual, { layer: ScriptedSubject.layer(), capabilities: Subject.everything })
})

describe("the battery against TestOperations that support little", () => {
  Battery.register(virtual, {
    layer: ScriptedSubject.layer({
      cancelOfDone: "FAILED_PRECONDITION",
      unimplemented: ["cancel", "delete", "list", "wait"]
    }),
    capabilities: {
      ...Subject.everything,
      cancel: "unimplemented",
      delete: "unimplemented",
      list: "unimplemented",
      wait: "unimplemented"
    }
  })
})

for (const cancelOfDone of ["FAILED_PRECONDITION", "NOT_FOUND"] as const) {
  describe(`the battery against TestOperations that answer a cancel of what is over with ${cancelOfDone}`, () => {
    Battery.register(virtual, {
      layer: ScriptedSubject.layer({ cancelOfDone }),
      capabilities: { ...Subject.everything, cancelOfDone: "refused" }
    })
  })
}

describe("the battery on a machine so slow that work is over before anybody looks at it", () => {
  const late = Layer.map(ScriptedSubject.layer(), (context) => {
    const subject = Context.get(context, Subject.Subject)
    const start: Subject.Service["start"] = (behaviour, options) =>
      Effect.tap(subject.start(behaviour, options), () => Effect.sleep(Duration.times(subject.unit, 10)))
    return Context.add(context, Subject.Subject, { ...subject, start })
  })
  Battery.register(virtual, { layer: late, capabilities: Subject.everything })
})

describe("the list of cases", () => {
  it.effect("is told in the README as it is", () =>
    Effect.gen(function* () {
      const readme = yield* Effect.promise(() => readFile(new URL("../README.md", import.meta.url), "utf8"))
      const [, told = ""] = readme.split("## The cases\n")
      const listed = [...told.matchAll(/^(### |- )(.*)$/gm)].map(([, mark, text]) => `${mark}${text}`)
      const groups = [...new Set(Battery.cases.map((each) => each.group))]
      const expected = groups.flatMap((group) => [
        `### ${group}`,
        ...Battery.cases.filter((each) => each.group === group).map((each) => `- ${each.name}`)
      ])
      assert.deepStrictEqual(listed, expected)
    })
  )

  it("has no name twice", () => {
    const names = Battery.cases.map((each) => each.name)
    assert.deepStrictEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      []
    )
  })

  it("has a case for every state of every capability that some provider lacks", () => {
    const required = new Set(
      Battery.cases.flatMap((each) => Object.entries(each.requires).map(([key, value]) => `${key}: ${String(value)}`))
    )
    for (const method of ["cancel", "delete", "list", "wait"]) {
      assert.isTrue(required.has(`${method}: supported`) && required.has(`${method}: unimplemented`), method)
    }
    for (const key of Object.keys(Subject.everything)) {
      assert.isTrue(
        [...required].some((requirement) => requirement.startsWith(`${key}: `)),
        key
      )
    }
  })
})
