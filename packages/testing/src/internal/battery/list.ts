import * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Bench, caseOf } from "./bench.js"

const list = { list: "supported" } as const

const running = { _tag: "RunsUntilCancelled" } as const

const several = (t: Bench) => Effect.replicateEffect(t.started(running), 5)

const namesOf = (operations: ReadonlyArray<Operation.Operation>) => operations.map((it) => it.name)

// A subject may hold more than the case has started.
const only = (names: ReadonlyArray<string>, operations: ReadonlyArray<Operation.Operation>) =>
  namesOf(operations).filter((name) => names.includes(name))

const sorted = (names: ReadonlyArray<string>) => [...names].sort()

const firstToken = (t: Bench, request: Operations.ListRequest) =>
  Effect.flatMap(t.operations.listPage(request), (page) =>
    Option.match(page.nextPageToken, {
      onNone: () => t.fail("a token for the next page", page),
      onSome: Effect.succeed
    })
  )

export const listing = [
  caseOf("list", "an operation that was started is listed", list, (t) =>
    Effect.gen(function* () {
      const name = yield* t.started(running)
      const all = yield* t.everything({ name: t.subject.parent })
      yield* t.expect(`${name} to be listed`, namesOf(all).includes(name), namesOf(all))
    })
  ),
  caseOf("list", "a parent without operations has one empty page and no token", list, (t) =>
    Effect.gen(function* () {
      yield* t.started(running)
      const page = yield* t.operations.listPage({ name: t.subject.emptyParent })
      yield* t.same("the operations", page.operations, [])
      yield* t.expect("no token", Option.isNone(page.nextPageToken), page)
    })
  ),
  caseOf("list", "pages of one show every operation exactly once", list, (t) =>
    Effect.gen(function* () {
      const names = yield* several(t)
      const all = yield* t.everything({ name: t.subject.parent, pageSize: 1 })
      yield* t.same("the names", sorted(only(names, all)), sorted(names))
    })
  ),
  caseOf("list", "the order does not depend on the page size", list, (t) =>
    Effect.gen(function* () {
      const names = yield* several(t)
      const whole = yield* t.everything({ name: t.subject.parent })
      for (const pageSize of [1, 2, 3]) {
        const all = yield* t.everything({ name: t.subject.parent, pageSize })
        yield* t.same(`the order with pages of ${pageSize}`, only(names, all), only(names, whole))
      }
    })
  ),
  caseOf("list", "a page holds no more than was asked for", list, (t) =>
    Effect.gen(function* () {
      yield* several(t)
      const page = yield* t.operations.listPage({ name: t.subject.parent, pageSize: 2 })
      yield* t.expect("two operations at most", page.operations.length <= 2, namesOf(page.operations))
      yield* t.expect("a token for the rest", Option.isSome(page.nextPageToken), page)
    })
  ),
  caseOf("list", "a listed operation is what a look at it sees", list, (t) =>
    Effect.gen(function* () {
      const names = [yield* t.started(running), yield* t.finished({ _tag: "Succeeded" })]
      const all = yield* t.everything({ name: t.subject.parent })
      for (const name of names) {
        const listed = all.find((it) => it.name === name)
        const seen = yield* t.operations.get(name)
        yield* t.same(`the listed ${name}`, listed?._tag, seen._tag)
        if (Operation.isDone(seen)) yield* t.same(`the listed ${name}`, listed, seen)
      }
    })
  ),
  caseOf("list", "the list is read lazily, a page when it is needed", { ...list, requestWitness: true }, (t) =>
    Effect.gen(function* () {
      yield* several(t)
      const one = Stream.runHead(t.operations.list({ name: t.subject.parent, pageSize: 1 }))
      yield* t.same("the requests", yield* t.requestsOf(one), ["list"])
    })
  ),
  caseOf("list", "what starts between two pages repeats and hides nothing", list, (t) =>
    Effect.gen(function* () {
      const names = yield* several(t)
      const request = { name: t.subject.parent, pageSize: 2 }
      const first = yield* t.operations.listPage(request)
      yield* several(t)
      const rest = yield* Option.match(first.nextPageToken, {
        onNone: () => Effect.succeed([]),
        onSome: (pageToken) => t.everything({ ...request, pageToken })
      })
      yield* t.same("the names", sorted(only(names, [...first.operations, ...rest])), sorted(names))
    })
  ),
  caseOf("list", "what is deleted between two pages hides nothing else", { ...list, delete: "supported" }, (t) =>
    Effect.gen(function* () {
      const names = yield* several(t)
      const first = yield* t.operations.listPage({ name: t.subject.parent, pageSize: 2 })
      const [shown] = only(names, first.operations)
      if (shown !== undefined) yield* t.operations.delete(shown)
      const rest = yield* Option.match(first.nextPageToken, {
        onNone: () => Effect.succeed([]),
        onSome: (pageToken) => t.everything({ name: t.subject.parent, pageSize: 2, pageToken })
      })
      yield* t.same("the names", sorted(only(names, [...first.operations, ...rest])), sorted(names))
    })
  ),
  caseOf("list", "the page size may change from page to page", list, (t) =>
    Effect.gen(function* () {
      const names = yield* several(t)
      const pageToken = yield* firstToken(t, { name: t.subject.parent, pageSize: 1 })
      const first = yield* t.operations.listPage({ name: t.subject.parent, pageSize: 1 })
      const rest = yield* t.everything({ name: t.subject.parent, pageSize: 3, pageToken })
      yield* t.same("the names", sorted(only(names, [...first.operations, ...rest])), sorted(names))
    })
  ),
  caseOf("list", "a page size of zero or a huge one is the server's own affair", list, (t) =>
    Effect.gen(function* () {
      const names = yield* several(t)
      for (const pageSize of [0, 2_147_483_647]) {
        const all = yield* t.everything({ name: t.subject.parent, pageSize })
        yield* t.same("the names", sorted(only(names, all)), sorted(names))
      }
    })
  ),
  caseOf("list", "a negative page size is an invalid argument", list, (t) =>
    t.refused(t.operations.listPage({ name: t.subject.parent, pageSize: -1 }), "InvalidArgument")
  ),
  caseOf("list", "a token that nobody gave is an invalid argument", list, (t) =>
    Effect.forEach(
      ["forged", "AAAA", "0", "../..", "é"],
      (pageToken) => t.refused(t.operations.listPage({ name: t.subject.parent, pageToken }), "InvalidArgument"),
      { discard: true }
    )
  ),
  caseOf("list", "a token that was tampered with is an invalid argument", list, (t) =>
    Effect.gen(function* () {
      yield* several(t)
      const token = yield* firstToken(t, { name: t.subject.parent, pageSize: 1 })
      const middle = Math.floor(token.length / 2)
      const flipped = token.slice(0, middle) + (token[middle] === "x" ? "y" : "x") + token.slice(middle + 1)
      for (const pageToken of [flipped, `${token}x`, token.slice(0, -2)]) {
        yield* t.refused(t.operations.listPage({ name: t.subject.parent, pageToken }), "InvalidArgument")
      }
    })
  ),
  caseOf("list", "a token is good for the request it came from alone", list, (t) =>
    Effect.gen(function* () {
      yield* several(t)
      const pageToken = yield* firstToken(t, { name: t.subject.parent, pageSize: 1 })
      yield* t.refused(t.operations.listPage({ name: t.subject.emptyParent, pageToken }), "InvalidArgument")
    })
  ),
  caseOf("list", "where there is no list, it is unimplemented", { list: "unimplemented" }, (t) =>
    t.refused(t.operations.listPage({ name: t.subject.parent }), "Unimplemented")
  )
]
