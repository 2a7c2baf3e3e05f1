import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Bench, caseOf } from "./bench.js"

const roundTrips = (t: Bench, error: OperationsError.OperationsError) =>
  Effect.gen(function* () {
    const encoded = yield* Schema.encode(OperationsError.OperationsError)(error)
    const parsed: unknown = yield* Schema.decode(Schema.parseJson())(JSON.stringify(encoded))
    const decoded = yield* Schema.decodeUnknown(OperationsError.OperationsError)(parsed)
    yield* t.same("the tag", decoded._tag, error._tag)
    yield* t.same("the message", decoded.message, error.message)
    yield* t.same("the encoded error", yield* Schema.encode(OperationsError.OperationsError)(decoded), encoded)
  }).pipe(
    Effect.catchTag("ParseError", (error) =>
      t.fail("an error that its schema can write and read", ParseResult.TreeFormatter.formatErrorSync(error))
    )
  )

export const errors = [
  caseOf("errors", "a refusal names the operation and the method, and carries the status", {}, (t) =>
    Effect.gen(function* () {
      const name = t.subject.unknownName
      const error = yield* t.refused(t.operations.get(name), "NotFound")
      yield* t.same("the operation", error.operation, name)
      yield* t.same("the method", error.method, "get")
      yield* t.same("the code", error.status.code, 5)
      yield* t.expect("a message that names it", error.message.includes(name), error.message)
    })
  ),
  caseOf("errors", "each method names itself in its errors", { cancel: "supported" }, (t) =>
    Effect.gen(function* () {
      const name = t.subject.unknownName
      const refused = yield* Effect.flip(t.operations.cancel(name)).pipe(
        Effect.catchAll(() => t.fail("a refusal", "success"))
      )
      yield* t.same("the method", refused._tag === "InvalidName" ? refused : refused.method, "cancel")
      const deleted = yield* Effect.flip(t.operations.delete(name)).pipe(
        Effect.catchAll(() => t.fail("a refusal", "success"))
      )
      yield* t.same("the method", deleted._tag === "InvalidName" ? deleted : deleted.method, "delete")
    })
  ),
  caseOf("errors", "an error of the list names its parent", { list: "supported" }, (t) =>
    Effect.gen(function* () {
      const error = yield* t.refused(t.operations.listPage({ name: t.subject.parent, pageSize: -1 }), "InvalidArgument")
      yield* t.same("the operation", error.operation, t.subject.parent)
      yield* t.same("the method", error.method, "list")
      yield* t.same("the code", error.status.code, 3)
    })
  ),
  caseOf("errors", "errors cross a process border through their schema", {}, (t) =>
    Effect.gen(function* () {
      yield* roundTrips(t, yield* t.refused(t.operations.get(t.subject.unknownName), "NotFound"))
      yield* roundTrips(t, yield* t.refused(t.operations.get("a//b"), "InvalidName"))
    })
  )
]
