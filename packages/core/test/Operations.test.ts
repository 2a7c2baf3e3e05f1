import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

const operation = (id: string) => Operation.running({ name: `projects/demo/operations/${id}` })

const paged = (pages: Record<string, Operations.ListPage>) => {
  const asked: Array<Operations.ListRequest> = []
  const unused = () => Effect.dieMessage("only pages are asked for")
  const service = Operations.make({
    get: unused,
    cancel: unused,
    delete: unused,
    wait: unused,
    listPage: (request) =>
      Effect.suspend(() => {
        asked.push(request)
        const page = pages[request.pageToken ?? ""]
        return page === undefined ? Effect.dieMessage("no such page") : Effect.succeed(page)
      })
  })
  return { service, asked }
}

const page = (ids: ReadonlyArray<string>, next?: string): Operations.ListPage => ({
  operations: ids.map(operation),
  nextPageToken: Option.fromNullable(next),
  unreachable: []
})

describe("Operations.list", () => {
  it.effect("goes on until there is no token, over pages that are empty, with the request otherwise unchanged", () =>
    Effect.gen(function* () {
      const { asked, service } = paged({ "": page(["a"], "1"), "1": page([], "2"), "2": page(["b", "c"]) })
      const seen = yield* Stream.runCollect(service.list({ name: "projects/demo", filter: "done:true", pageSize: 2 }))
      assert.deepStrictEqual(Chunk.toReadonlyArray(Chunk.map(seen, ({ name }) => name.slice(-1))), ["a", "b", "c"])
      assert.deepStrictEqual(
        asked.map(({ filter, pageSize, pageToken }) => [filter, pageSize, pageToken]),
        [
          ["done:true", 2, undefined],
          ["done:true", 2, "1"],
          ["done:true", 2, "2"]
        ]
      )
    })
  )

  it.effect("reads a page only when it is needed", () =>
    Effect.gen(function* () {
      const { asked, service } = paged({ "": page(["a", "b"], "1"), "1": page(["c"]) })
      yield* Stream.runDrain(Stream.take(service.list({ name: "projects/demo" }), 2))
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("fails where the server repeats the token, which would have no end", () =>
    Effect.gen(function* () {
      const { asked, service } = paged({ "": page(["a"], "1"), "1": page(["b"], "1") })
      const failure = yield* Effect.flip(Stream.runDrain(service.list({ name: "projects/demo" })))
      assert.strictEqual(failure._tag, "MalformedResponse")
      assert.strictEqual(asked.length, 2)
    })
  )

  it.effect("fails where the server goes round in a circle of tokens", () =>
    Effect.gen(function* () {
      const { asked, service } = paged({ "": page(["a"], "1"), "1": page(["b"], "2"), "2": page(["c"], "1") })
      const failure = yield* Effect.flip(Stream.runDrain(Stream.take(service.list({ name: "projects/demo" }), 10)))
      assert.strictEqual(failure._tag, "MalformedResponse")
      assert.strictEqual(asked.length, 3)
      const again = yield* Effect.flip(Stream.runDrain(Stream.take(service.list({ name: "projects/demo" }), 10)))
      assert.strictEqual(again._tag, "MalformedResponse")
      assert.strictEqual(asked.length, 6)
    })
  )
})
