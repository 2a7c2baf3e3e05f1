import * as Bulk from "@effect-lro/core/Bulk"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

const perParent = 50_000
const groups = 100
const doneAt = 20_000
const timeout = 30_000

/** Two parents, each with many operations: those of one are done in time, a page of the other hangs from some time on. */
const serving = () => {
  const lists = { fast: 0, slow: 0 }
  let gets = 0
  let hung = 0
  const read = (name: string, now: number): Operation.Operation =>
    name.startsWith("projects/fast/") && now >= doneAt
      ? Operation.succeeded({ name, response: {} })
      : Operation.running({ name })
  const operations = Operations.make({
    get: (name) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        gets += 1
        return read(name, now)
      }),
    listPage: ({ name: parent, pageSize = 500, pageToken = "0" }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const from = Number(pageToken)
        lists[parent === "projects/fast" ? "fast" : "slow"] += 1
        const hangs = parent === "projects/slow" && from === 1500 && now >= 12_000
        if (hangs) hung += 1
        const page: Operations.ListPage = {
          operations: Array.from({ length: pageSize }, (_, index) => read(`${parent}/operations/${from + index}`, now)),
          nextPageToken: from + pageSize < perParent ? Option.some(String(from + pageSize)) : Option.none(),
          unreachable: []
        }
        return hangs ? Effect.delay(Effect.succeed(page), "1 hour") : Effect.succeed(page)
      }),
    cancel: () => Effect.dieMessage("nothing is cancelled"),
    delete: () => Effect.dieMessage("nothing is deleted"),
    wait: () => Effect.dieMessage("nothing waits at the server")
  })
  return { operations, lists, gets: () => gets, hung: () => hung }
}

describe("100,000 waits", () => {
  it.effect(
    "share their looks, and one slow page delays nobody's deadline and no other's looks",
    () =>
      Effect.gen(function* () {
        const server = serving()
        // They begin at different times, so that each group has a deadline of its own.
        const group = (at: number) =>
          Chunk.makeBy((2 * perParent) / groups, (index) => {
            const id = (at * perParent) / groups + (index >> 1)
            return `projects/${index % 2 === 0 ? "fast" : "slow"}/operations/${id}`
          })
        const source = Stream.concatAll(
          Chunk.makeBy(groups, (at) =>
            Stream.fromEffect(Effect.as(Effect.sleep(at === 0 ? 0 : 100), group(at))).pipe(Stream.flattenChunks)
          )
        )
        const groupOf = (name: string) =>
          Math.floor(Number(name.slice(name.lastIndexOf("/") + 1)) / (perParent / groups))
        const ends = new Map<string, number>()
        let latest = 0
        let latestDone = 0
        let earliest = Infinity
        const fiber = yield* Bulk.await(source, {
          timeout,
          schedule: PollSchedule.capped({ initial: "4 seconds", max: "4 seconds" })
        }).pipe(
          Stream.runForEachChunk((results) =>
            Effect.map(Clock.currentTimeMillis, (now) => {
              for (const { name, result } of results) {
                const tag = `${name.split("/")[1]}: ${Either.merge(result)._tag}`
                ends.set(tag, (ends.get(tag) ?? 0) + 1)
                if (Either.isRight(result)) {
                  latestDone = Math.max(latestDone, now)
                  continue
                }
                const lag = now - (groupOf(name) * 100 + timeout)
                latest = Math.max(latest, lag)
                earliest = Math.min(earliest, lag)
              }
            })
          ),
          Effect.provideService(Operations.Operations, server.operations),
          Effect.fork
        )
        yield* TestClock.adjust("45 seconds")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(
          ends,
          new Map([
            ["fast: Succeeded", perParent],
            ["slow: StillRunning", perParent]
          ])
        )
        assert.isAtLeast(server.hung(), 1)
        assert.isTrue(earliest >= 0 && latest <= 10, `deadlines were late by ${earliest} to ${latest} ms`)
        assert.isAtMost(latestDone, doneAt + 4000 + 10)
        // A sweep has 100 pages, and there is one a second while they begin and one in four seconds after it.
        assert.isAtMost(server.lists.fast, 100 * 20)
        assert.strictEqual(server.gets(), 0)
      }),
    120_000
  )
})
