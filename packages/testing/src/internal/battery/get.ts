import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"
import { caseOf } from "./bench.js"

export const status = Status.make({
  code: "RESOURCE_EXHAUSTED",
  message: "the disk is full",
  details: [ErrorDetails.errorInfo({ reason: "DISK_FULL", domain: "battery.test" })]
})

const response = AnyMessage.pack("google.protobuf.Struct", { answer: 42, nested: { list: [1, "two", null] } })

export const get = [
  caseOf("get", "a running operation is read as running, under its own name", {}, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "RunsUntilCancelled" })
      const operation = yield* t.operations.get(name)
      yield* t.tagged(operation, "Running")
      yield* t.same("the name", operation.name, name)
    })
  ),
  caseOf("get", "an operation that waits for its turn is read as running", { pending: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "RunsUntilCancelled", pending: t.units(200) })
      yield* t.tagged(yield* t.operations.get(name), "Running")
    })
  ),
  caseOf("get", "an operation that succeeds is seen to do so", {}, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "Completes", after: t.units(3) })
      const done = yield* t.tagged(yield* t.untilDone(name), "Succeeded")
      yield* t.same("the name", done.name, name)
    })
  ),
  caseOf("get", "a succeeded operation is read with its response as it was given", { ownResponses: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Succeeded", response })
      const done = yield* t.tagged(yield* t.operations.get(name), "Succeeded")
      yield* t.same("the response", done.response, response)
    })
  ),
  caseOf("get", "an operation that fails is seen to do so", { fails: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "Fails", after: t.units(3), status })
      yield* t.tagged(yield* t.untilDone(name), "Failed")
    })
  ),
  caseOf("get", "a failed operation is an answer, with its code, message and details", { fails: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "Failed", status })
      const done = yield* t.tagged(yield* t.operations.get(name), "Failed")
      yield* t.same("the error", done.error, status)
    })
  ),
  caseOf("get", "a cancelled operation stays readable, with code 1 and no response", { cancel: "supported" }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.cancelled
      const done = yield* t.tagged(yield* t.operations.get(name), "Cancelled")
      yield* t.same("the code", done.error.code, 1)
      yield* t.expect("no response", Operation.toWire(done).response === undefined, done)
    })
  ),
  caseOf("get", "an operation that is done without a result is no success", { doneWithoutResult: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.finished({ _tag: "DoneWithoutResult" })
      yield* t.tagged(yield* t.operations.get(name), "DoneWithoutResult")
    })
  ),
  caseOf("get", "an unknown operation is not found, and the route to it is", {}, (t) =>
    Effect.gen(function* () {
      const error = yield* t.refused(t.operations.get(t.subject.unknownName), "NotFound")
      yield* t.same("what is missing", error.missing, "operation")
    })
  ),
  caseOf("get", "a succeeded operation never changes afterwards", {}, (t) =>
    Effect.flatMap(t.finished({ _tag: "Succeeded" }), t.staysAsItIs)
  ),
  caseOf("get", "a failed operation never changes afterwards", { fails: true }, (t) =>
    Effect.flatMap(t.finished({ _tag: "Failed", status }), t.staysAsItIs)
  ),
  caseOf("get", "fifty looks at once all see it", {}, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started({ _tag: "RunsUntilCancelled" })
      const looks = yield* Effect.replicateEffect(t.operations.get(name), 50, { concurrency: "unbounded" })
      yield* t.expect("fifty running ones", looks.length === 50 && looks.every((it) => it._tag === "Running"), looks)
    })
  ),
  caseOf("get", "looks at different operations at the same time are not mixed up", {}, (t) =>
    Effect.gen(function* () {
      const names = yield* Effect.replicateEffect(t.started({ _tag: "RunsUntilCancelled" }), 10)
      const seen = yield* Effect.forEach([...names, ...names], t.operations.get, { concurrency: "unbounded" })
      yield* t.same(
        "the names",
        seen.map((it) => it.name),
        [...names, ...names]
      )
    })
  )
]
