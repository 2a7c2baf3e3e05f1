import * as Effect from "effect/Effect"
import { caseOf } from "./bench.js"

const supported = { delete: "supported" } as const

const running = { _tag: "RunsUntilCancelled" } as const

export const deleting = [
  caseOf("delete", "a deleted operation is not found any more", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      yield* t.operations.delete(name)
      yield* t.refused(t.operations.get(name), "NotFound")
    })
  ),
  caseOf("delete", "a deleted operation is listed no more", { ...supported, list: "supported" }, (t) =>
    Effect.gen(function* () {
      const [kept, name] = [yield* t.started(running), yield* t.started(running)]
      yield* t.operations.delete(name)
      const names = (yield* t.everything({ name: t.subject.parent })).map((it) => it.name)
      yield* t.expect("the other one alone", names.includes(kept) && !names.includes(name), names)
    })
  ),
  caseOf("delete", "a second delete is not found", supported, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      yield* t.operations.delete(name)
      yield* t.refused(t.operations.delete(name), "NotFound")
    })
  ),
  caseOf("delete", "a delete of an unknown operation is not found", supported, (t) =>
    t.refused(t.operations.delete(t.subject.unknownName), "NotFound")
  ),
  caseOf("delete", "a cancel of a deleted operation is not found", { ...supported, cancel: "supported" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      yield* t.operations.delete(name)
      yield* t.refused(t.operations.cancel(name), "NotFound")
    })
  ),
  caseOf("delete", "it cancels nothing: running work goes on", { ...supported, bodyWitness: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.working(running)
      yield* t.operations.delete(name)
      yield* t.pause(3)
      yield* t.expect("a body that still runs", yield* t.isBodyRunning(name))
    })
  ),
  caseOf("delete", "where it is unimplemented it says so and the operation stays", { delete: "unimplemented" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded" })
      yield* t.refused(t.operations.delete(name), "Unimplemented")
      yield* t.staysAsItIs(name)
    })
  )
]
