import * as Filter from "@effect-lro/core/Filter"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Page from "../src/internal/page.js"
import { host, settled } from "./support/host.js"

const parent = "projects/demo"

const id = (name: string) => name.slice(name.lastIndexOf("/") + 1)

/** Submits operations with the ids 000, 001, … a second apart. */
const submitAll = (count: number, under: string = parent) =>
  Effect.forEach(
    Array.from({ length: count }, (_, i) => String(i).padStart(3, "0")),
    (digits) =>
      Effect.zipRight(
        Host.submit({ parent: under, name: `${under}/operations/${digits}`, body: () => Effect.void }),
        TestClock.adjust("1 second")
      )
  )

const pages = (request: Operations.ListRequest) =>
  Effect.gen(function* () {
    const read: Array<ReadonlyArray<string>> = []
    let pageToken: string | undefined
    do {
      const page: Operations.ListPage = yield* Operations.listPage({ ...request, pageToken })
      read.push(page.operations.map(({ name }) => id(name)))
      pageToken = Option.getOrUndefined(page.nextPageToken)
    } while (pageToken !== undefined)
    return read
  })

describe("a list", () => {
  it.effect("has the newest first, in pages of the size that was asked for", () =>
    Effect.gen(function* () {
      yield* submitAll(7)
      assert.deepStrictEqual(yield* pages({ name: parent, pageSize: 3 }), [
        ["006", "005", "004"],
        ["003", "002", "001"],
        ["000"]
      ])
      assert.deepStrictEqual(
        (yield* pages({ name: parent, pageSize: 7 })).map((_) => _.length),
        [7],
        "a full page that is the last has no token"
      )
      const all = yield* Stream.runCollect(Operations.list({ name: parent, pageSize: 2 }))
      assert.strictEqual(Chunk.size(all), 7)
    }).pipe(host())
  )

  it.effect("has a hundred on a page by default, and five hundred at most", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 501 }), () => Host.submit({ parent, body: () => Effect.void }))
      const sizes = (pageSize?: number) =>
        Effect.map(pages({ name: parent, pageSize }), (_) => _.map((page) => page.length))
      assert.deepStrictEqual(yield* sizes(), [100, 100, 100, 100, 100, 1])
      assert.deepStrictEqual(yield* sizes(0), [100, 100, 100, 100, 100, 1])
      assert.deepStrictEqual(yield* sizes(500), [500, 1])
      assert.deepStrictEqual(yield* sizes(2_000_000_000), [500, 1])
    }).pipe(host())
  )

  it.effect("may change its page size from page to page", () =>
    Effect.gen(function* () {
      yield* submitAll(5)
      const first = yield* Operations.listPage({ name: parent, pageSize: 2 })
      const pageToken = Option.getOrUndefined(first.nextPageToken)
      const second = yield* Operations.listPage({ name: parent, pageSize: 500, pageToken })
      assert.deepStrictEqual(
        second.operations.map(({ name }) => id(name)),
        ["002", "001", "000"]
      )
      assert.isTrue(Option.isNone(second.nextPageToken))
    }).pipe(host())
  )

  it.effect("skips and repeats none of those that stay, whatever comes and goes between pages", () =>
    Effect.gen(function* () {
      yield* submitAll(9)
      const first = yield* Operations.listPage({ name: parent, pageSize: 3 })
      yield* Operations.delete(`${parent}/operations/006`)
      yield* Operations.delete(`${parent}/operations/005`)
      yield* Host.submit({ parent, name: `${parent}/operations/new`, body: () => Effect.void })
      const rest = yield* Operations.listPage({
        name: parent,
        pageToken: Option.getOrUndefined(first.nextPageToken)
      })
      assert.deepStrictEqual(
        rest.operations.map(({ name }) => id(name)),
        ["004", "003", "002", "001", "000"]
      )
    }).pipe(host())
  )

  it.effect("of a parent that nobody knows is empty", () =>
    Effect.gen(function* () {
      yield* submitAll(1)
      for (const name of ["projects/demon", "projects", "projects/demo/operations", "", "operations"]) {
        const page = yield* Operations.listPage({ name })
        assert.deepStrictEqual(page, { operations: [], nextPageToken: Option.none(), unreachable: [] })
      }
    }).pipe(host())
  )

  it.effect("of operations without a parent is had by an empty name, or by that of the collection", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.void })
      assert.match(name, /^operations\/[A-Z2-7]{24}$/)
      for (const list of ["", "operations"]) {
        const page = yield* Operations.listPage({ name: list })
        assert.deepStrictEqual(
          page.operations.map((_) => _.name),
          [name]
        )
      }
    }).pipe(host())
  )

  it.effect("refuses what it cannot do", () =>
    Effect.gen(function* () {
      yield* submitAll(3)
      yield* submitAll(3, "projects/other")
      const page = yield* Operations.listPage({ name: parent, pageSize: 1 })
      const pageToken = Option.getOrThrow(page.nextPageToken)
      const cases: ReadonlyArray<readonly [Operations.ListRequest, string]> = [
        [{ name: parent, pageSize: -1 }, "InvalidArgument"],
        [{ name: parent, pageSize: 1.5 }, "InvalidArgument"],
        [{ name: parent, pageSize: Number.NaN }, "InvalidArgument"],
        [{ name: parent, pageToken: "nonsense" }, "InvalidArgument"],
        [{ name: "projects/other", pageToken }, "InvalidArgument"],
        [{ name: parent, pageToken: `${pageToken}A` }, "InvalidArgument"],
        [{ name: parent, filter: "done = maybe" }, "InvalidArgument"],
        [{ name: parent, returnPartialSuccess: true }, "Unimplemented"],
        [{ name: "projects/../other" }, "InvalidName"],
        [{ name: "projects/demo/" }, "InvalidName"],
        [{ name: "a\r\nb" }, "InvalidName"]
      ]
      for (const [request, tag] of cases) {
        const error = yield* Effect.flip(Operations.listPage(request))
        assert.strictEqual(error._tag, tag, JSON.stringify(request))
      }
      assert.strictEqual((yield* Operations.listPage({ name: parent, filter: "" })).operations.length, 3)
      assert.strictEqual((yield* Operations.listPage({ name: parent, pageToken: "" })).operations.length, 3)
    }).pipe(host())
  )

  it.effect("leaves out what was deleted while it runs", () =>
    Effect.gen(function* () {
      const shown = yield* Host.submit({ parent, body: () => Effect.never })
      const hidden = yield* Host.submit({ parent, body: () => Effect.never })
      yield* settled
      yield* Operations.delete(hidden.name)
      const page = yield* Operations.listPage({ name: parent })
      assert.deepStrictEqual(
        page.operations.map((_) => _.name),
        [shown.name]
      )
    }).pipe(host())
  )
})

/** What is published of one of many. */
const of = (name: string) => ({ "@type": "type.googleapis.com/example.v1.Metadata", i: Number(id(name)) })

describe("a filtered list", () => {
  const fill = Effect.forEach(Array.from({ length: 30 }), (_, i) =>
    Effect.zipRight(
      Host.submit({
        parent,
        name: `${parent}/operations/${String(i).padStart(3, "0")}`,
        metadata: { i, isOdd: i % 2 === 1 },
        body: () => (i < 20 ? Effect.void : Effect.never)
      }),
      TestClock.adjust("1 second")
    )
  )

  const list = (filter: string, pageSize: number) =>
    Effect.map(Stream.runCollect(Operations.list({ name: parent, filter, pageSize })), (all) =>
      Chunk.toReadonlyArray(all).map(({ name }) => id(name))
    )

  it.effect("has what the metadata that is shown for it says, be it stored or made when it is read", () =>
    Effect.gen(function* () {
      yield* fill
      for (const pageSize of [1, 3, 100]) {
        const running = yield* list("metadata.state = RUNNING AND metadata.published.isOdd = true", pageSize)
        assert.deepStrictEqual(running, ["029", "027", "025", "023", "021"])
      }
    }).pipe(host())
  )

  it.effect("has what was published, where nothing else is shown", () =>
    Effect.gen(function* () {
      yield* fill
      const even = yield* list("done = true metadata.is_odd = false metadata.i > 12", 2)
      assert.deepStrictEqual(even, ["018", "016", "014"])
    }).pipe(Effect.provide(HostOperations.layerMemory()))
  )

  for (const [shown, filter, describe] of [
    [
      "is described when it is read",
      "done = false metadata.i = 0",
      ({ name }: OperationRecord.OperationRecord) => of(name)
    ],
    ["was published", "metadata.i = 0", undefined],
    ["no column tells", 'name = "*/operations/0000"', undefined],
    ["is a pattern", 'done = false type = "*first"', undefined]
  ] as const) {
    it.effect(`may have short pages before its last, and never looks through everything for one: what ${shown}`, () =>
      Effect.gen(function* () {
        const store = yield* OperationStore.OperationStore
        let read = 0
        const counting: OperationStore.Service = {
          ...store,
          list: (request) => Effect.tap(store.list(request), (found) => Effect.sync(() => (read += found.length)))
        }
        for (let i = 0; i < 2500; i++) {
          const name = Either.getOrThrow(OperationName.validate(`${parent}/operations/${String(i).padStart(4, "0")}`))
          const createTime = DateTime.unsafeMake(i)
          const metadata = of(name)
          yield* store.create(
            OperationRecord.make({ name, parent, createTime, metadata, type: i === 0 ? "the first" : "another" })
          )
        }
        const parsed = Either.getOrThrow(Filter.parse(filter))
        let after: Option.Option<OperationStore.Position> = Option.none()
        const pages: Array<number> = []
        do {
          const before = read
          const page = yield* Page.read(counting, { parent, filter: parsed, size: 10, after }, describe)
          assert.isAtMost(read - before, 1020)
          pages.push(page.records.length)
          after = page.next
        } while (Option.isSome(after))
        assert.deepStrictEqual(pages, [0, 0, 1])
      }).pipe(Effect.provide(Layer.fresh(OperationStore.layerMemory)))
    )
  }

  it.effect("asks a store for no more than a page where columns tell all of it", () =>
    Effect.gen(function* () {
      const store = yield* OperationStore.OperationStore
      const limits: Array<number> = []
      const noting: OperationStore.Service = {
        ...store,
        list: (request) => {
          limits.push(request.limit)
          return store.list(request)
        }
      }
      for (const filter of ["", "done = false", 'state != RUNNING type = "x" create_time > "2020-01-01T00:00:00Z"']) {
        const parsed = Either.getOrThrow(Filter.parse(filter))
        yield* Page.read(noting, { parent, filter: parsed, size: 10, after: Option.none() }, undefined)
      }
      assert.deepStrictEqual(limits, [11, 11, 11])
    }).pipe(Effect.provide(Layer.fresh(OperationStore.layerMemory)))
  )

  it.effect("refuses a filter it cannot use, and says where", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Operations.listPage({ name: parent, filter: "done = true AND colour = red" }))
      assert.strictEqual(error._tag, "InvalidArgument")
      assert.include(error.message, "at 16: there is no field colour")
    }).pipe(host())
  )
})
