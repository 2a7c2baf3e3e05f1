import * as Authenticator from "@effect-lro/server/Authenticator"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { type Answer, serve, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"
const q = "projects/q/operations"
const names = [p, q].flatMap((parent) => [1, 2, 3, 4, 5].map((i) => `${parent}/${i}`))

const options: Partial<OperationsServer.Options> = {
  pageTokenKey: Redacted.make("a key that outlives the process"),
  authenticate: Authenticator.bearer({ alice: Redacted.make("a"), bob: Redacted.make("b") })
}

const start = (more: Partial<OperationsServer.Options> = {}) =>
  Effect.map(serve({ ...options, ...more }, FakeOperations.make(names)), ({ ask, fake }) => ({
    fake,
    list: (path: string, token = "a") => ask(`GET /v1/${path}`, { headers: { authorization: `Bearer ${token}` } })
  }))

const tokenOf = (answer: Answer): string => (answer.json as { nextPageToken: string }).nextPageToken

const idsOf = (answer: Answer): ReadonlyArray<string | undefined> =>
  (answer.json as { operations: ReadonlyArray<{ name: string }> }).operations.map(({ name }) => name.split("/").at(-1))

describe("Pages of any service", () => {
  it.effect("go on with another server that has the same key, so tokens outlive a restart", () =>
    Effect.gen(function* () {
      const first = yield* start()
      const token = tokenOf(yield* first.list(`${p}?pageSize=2`))
      const second = yield* start()
      assert.deepStrictEqual(idsOf(yield* second.list(`${p}?pageSize=2&pageToken=${token}`)), ["3", "4"])
      const third = yield* start({ pageTokenKey: Redacted.make("another key") })
      assert.strictEqual((yield* third.list(`${p}?pageSize=2&pageToken=${token}`)).status, 400)
    })
  )

  it.effect("show nothing of the service's own token, and the same place has the same token", () =>
    Effect.gen(function* () {
      const { list } = yield* start()
      const token = tokenOf(yield* list(`${p}?pageSize=2`))
      assert.match(token, /^[-\w]{30,}$/)
      assert.notStrictEqual(Buffer.from(token, "base64url").toString("latin1").slice(-1), "2")
      assert.strictEqual(tokenOf(yield* list(`${p}?pageSize=2`)), token)
      assert.notStrictEqual(tokenOf(yield* list(`${p}?pageSize=3`)), token)
    })
  )

  it.effect("may change their size in between", () =>
    Effect.gen(function* () {
      const { list } = yield* start()
      const token = tokenOf(yield* list(`${p}?pageSize=1`))
      assert.deepStrictEqual(idsOf(yield* list(`${p}?pageSize=4&pageToken=${token}`)), ["2", "3", "4", "5"])
    })
  )

  for (const [shown, path, bearer] of [
    ["another parent", `${q}?pageSize=2`, "a"],
    ["another filter", `${p}?pageSize=2&filter=done%3Dtrue`, "a"],
    ["another principal", `${p}?pageSize=2`, "b"]
  ] as const) {
    it.effect(`are not gone on with for ${shown}, and the service is not asked`, () =>
      Effect.gen(function* () {
        const { fake, list } = yield* start()
        const token = tokenOf(yield* list(`${p}?pageSize=2`))
        const answer = yield* list(`${path}&pageToken=${token}`, bearer)
        assert.deepStrictEqual([answer.status, statusOf(answer)], [400, "INVALID_ARGUMENT"])
        assert.include(answer.text, "INVALID_PAGE_TOKEN")
        assert.strictEqual(fake.asked.length, 1)
      })
    )
  }

  it.effect.prop(
    "are not gone on with by a token in which anything was changed",
    [FastCheck.nat(), FastCheck.integer({ min: 1, max: 63 })],
    ([place, by]) =>
      Effect.gen(function* () {
        const { fake, list } = yield* start()
        const token = tokenOf(yield* list(`${p}?pageSize=2`))
        const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const at = place % token.length
        const digit = digits[(digits.indexOf(token[at] ?? "") + by) % 64] ?? ""
        const answer = yield* list(`${p}?pageToken=${token.slice(0, at)}${digit}${token.slice(at + 1)}`)
        assert.deepStrictEqual([answer.status, statusOf(answer)], [400, "INVALID_ARGUMENT"])
        assert.strictEqual(fake.asked.length, 1)
      })
  )

  it.effect("are not gone on with by the service's own token, or by nonsense", () =>
    Effect.gen(function* () {
      const { fake, list } = yield* start()
      for (const token of ["2", "%00", "a".repeat(5000), "..", "%F0%9F%92%A9"]) {
        assert.strictEqual((yield* list(`${p}?pageToken=${token}`)).status, 400, token.slice(0, 10))
      }
      assert.deepStrictEqual(fake.asked, [])
    })
  )

  it.effect("have at most so many operations as the server says: what is larger is made smaller, not refused", () =>
    Effect.gen(function* () {
      const many = FakeOperations.make(Array.from({ length: 700 }, (_, i) => `${p}/${i}`))
      const { ask } = yield* serve({}, many)
      for (const [size, count] of [
        [500, 500],
        [501, 500],
        [2_147_483_647, 500],
        [0, 2],
        [7, 7]
      ] as const) {
        assert.strictEqual(idsOf(yield* ask(`GET /v1/${p}?pageSize=${size}`)).length, count, String(size))
      }
      assert.strictEqual(statusOf(yield* ask(`GET /v1/${p}?pageSize=-1`)), "INVALID_ARGUMENT")
      const small = yield* serve({ maxPageSize: 3 }, many)
      assert.strictEqual(idsOf(yield* small.ask(`GET /v1/${p}?pageSize=500`)).length, 3)
      const tiny = yield* serve({ maxPageSize: 1 }, many)
      // Also where a client asks for no number, and the service would give more.
      assert.strictEqual(idsOf(yield* tiny.ask(`GET /v1/${p}`)).length, 1)
    })
  )
})
