import type * as OperationsError from "@effect-lro/core/OperationsError"
import * as Effect from "effect/Effect"
import * as HostileNames from "../../HostileNames.js"
import { type Bench, caseOf } from "./bench.js"

type Call = Effect.Effect<unknown, OperationsError.OperationsError>

const running = { _tag: "RunsUntilCancelled" } as const

const calls = (t: Bench, name: string): ReadonlyArray<Call> => [
  t.operations.get(name),
  t.operations.cancel(name),
  t.operations.delete(name),
  t.operations.wait(name, { timeout: t.units(1) })
]

const named = (t: Bench, id: string) => `${t.subject.parent}/operations/${id}`

const multiSegment = { ids: "multi-segment" } as const

const notFound = (t: Bench, ids: ReadonlyArray<HostileNames.Example>, call: (name: string) => Call) =>
  Effect.forEach(
    ids,
    (example) =>
      Effect.gen(function* () {
        const name = named(t, example.name)
        const error = yield* t.refused(call(name), "NotFound")
        yield* t.same("what is missing", error.missing, "operation")
        yield* t.same("the operation of the error", error.operation, name)
      }),
    { discard: true }
  )

const found = (t: Bench, ids: ReadonlyArray<HostileNames.Example>) =>
  Effect.forEach(
    ids,
    (example) =>
      Effect.gen(function* () {
        const name = yield* t.started(running, { name: named(t, example.name) })
        yield* t.same("the name", (yield* t.operations.get(name)).name, named(t, example.name))
      }),
    { discard: true }
  )

const hostile = HostileNames.hostile.map((example) => example.name)

export const names = [
  caseOf("names", "a hostile name is refused by every method", {}, (t) =>
    Effect.forEach(
      hostile,
      (name) => Effect.forEach(calls(t, name), (call) => t.refused(call, "InvalidName"), { discard: true }),
      { discard: true }
    )
  ),
  caseOf("names", "a hostile name sends nothing", { requestWitness: true }, (t) =>
    Effect.gen(function* () {
      const sent = yield* t.requestsOf(
        // The case above looks at how they fail.
        Effect.forEach(hostile, (name) => Effect.forEach(calls(t, name), Effect.ignore, { discard: true }), {
          discard: true
        })
      )
      yield* t.same("the requests", sent, [])
    })
  ),
  caseOf("names", "a refusal shows the name without its control characters, and not all of a long one", {}, (t) =>
    Effect.forEach(
      hostile,
      (name) =>
        Effect.gen(function* () {
          const { input } = yield* t.refused(t.operations.get(name), "InvalidName")
          yield* t.expect("at most 300 characters", input.length <= 300, input.length)
          yield* t.expect("no control character", input.search(/[\u0000-\u001f\u007f-\u009f]/) < 0, input)
        }),
      { discard: true }
    )
  ),
  caseOf("names", "an unusual id that is unknown is not found, under its own name", {}, (t) =>
    notFound(t, HostileNames.unusualIds, t.operations.get)
  ),
  caseOf(
    "names",
    "an unusual id that is unknown cannot be cancelled, under its own name",
    { cancel: "supported" },
    (t) => notFound(t, HostileNames.unusualIds, t.operations.cancel)
  ),
  caseOf("names", "an id of several segments that is unknown is not found, under its own name", multiSegment, (t) =>
    notFound(t, HostileNames.segmentedIds, t.operations.get)
  ),
  caseOf("names", "an id of several segments is an invalid name where ids have one", { ids: "single-segment" }, (t) =>
    Effect.forEach(
      HostileNames.segmentedIds,
      (example) => t.refused(t.operations.get(named(t, example.name)), "InvalidName"),
      { discard: true }
    )
  ),
  caseOf("names", "a project whose id is scoped to a domain is a parent like any other", {}, (t) =>
    Effect.forEach(
      HostileNames.unusualParents,
      (example) =>
        Effect.gen(function* () {
          const name = `${example.name}/operations/battery`
          const error = yield* t.refused(t.operations.get(name), "NotFound")
          yield* t.same("what is missing", error.missing, "operation")
          yield* t.same("the operation of the error", error.operation, name)
        }),
      { discard: true }
    )
  ),
  caseOf("names", "an operation with an unusual id is found under it", { ownNames: true }, (t) =>
    found(t, HostileNames.unusualIds)
  ),
  caseOf(
    "names",
    "an operation with an id of several segments is found under it",
    { ...multiSegment, ownNames: true },
    (t) => found(t, HostileNames.segmentedIds)
  ),
  caseOf(
    "names",
    "an operation with an unusual id is cancelled under it",
    { ownNames: true, cancel: "supported" },
    (t) =>
      Effect.forEach(
        HostileNames.unusualIds,
        (example) =>
          Effect.gen(function* () {
            const name = yield* t.started(running, { name: named(t, example.name) })
            yield* t.operations.cancel(name)
            yield* t.tagged(yield* t.untilDone(name), "Cancelled")
          }),
        { concurrency: "unbounded", discard: true }
      )
  ),
  caseOf("names", "an operation of a project scoped to a domain is found", { ownNames: true }, (t) =>
    Effect.forEach(
      HostileNames.unusualParents,
      (example) =>
        Effect.gen(function* () {
          const name = yield* t.started(running, { name: `${example.name}/operations/battery` })
          yield* t.same("the name", (yield* t.operations.get(name)).name, `${example.name}/operations/battery`)
        }),
      { discard: true }
    )
  ),
  caseOf("names", "names that differ in their encoding alone are different operations", { ownNames: true }, (t) =>
    Effect.forEach(
      ["a%2Fb", "a%2fb", "a%252Fb", "a:b", "a%3Ab", "c d", "c%20d", "c+d", "é", "e\u0301", "%C3%A9"],
      (id) =>
        Effect.gen(function* () {
          yield* t.refused(t.operations.get(named(t, `battery-${id}`)), "NotFound")
          yield* t.started(running, { name: named(t, `battery-${id}`) })
          yield* t.tagged(yield* t.operations.get(named(t, `battery-${id}`)), "Running")
        }),
      { discard: true }
    )
  ),
  caseOf("names", "reading an id that ends in :cancel cancels nothing", { ownNames: true }, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running, { name: named(t, "battery") })
      const verbal = yield* t.started(running, { name: named(t, "battery:cancel") })
      yield* t.same("the name", (yield* t.operations.get(verbal)).name, verbal)
      yield* t.pause(2)
      yield* t.tagged(yield* t.operations.get(name), "Running")
      yield* t.tagged(yield* t.operations.get(verbal), "Running")
    })
  )
]
