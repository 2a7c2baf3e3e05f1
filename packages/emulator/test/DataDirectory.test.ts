import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operations from "@effect-lro/core/Operations"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as DataDirectory from "@effect-lro/emulator/DataDirectory"
import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
import { OperationStore } from "@effect-lro/host/OperationStore"
import * as InMemory from "@effect-lro/server/InMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-lro-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** One life of an emulator in the directory. */
const life =
  (directory: string, options?: EmulatorApp.Options) =>
  <A, E>(program: Effect.Effect<A, E, Operations.Operations | EarthEngine.EarthEngine>) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { pageTokenKey, store } = yield* DataDirectory.open(directory)
        const app = yield* Effect.provideService(
          EmulatorApp.makeWith({ exportDuration: "1 hour", pageTokenKey, ...options }),
          OperationStore,
          store
        )
        const layer = EarthEngine.layer({ project: "demo", endpoint: "http://emulator" }).pipe(
          Layer.provide(InMemory.layerHttpClient(app))
        )
        return yield* Effect.provide(program, layer)
      })
    )

const start = EarthEngine.exportImage({ expression: { values: {} }, description: "kept" })

const metadataOf = (name: string) =>
  Effect.map(Operations.get(name), (operation) => Option.getOrThrow(OperationMetadata.fromOperation(operation)))

describe("An emulator with a data directory", () => {
  it.scopedLive("knows its tasks after a restart: what was running begins anew, what was over is as it was", () =>
    Effect.gen(function* () {
      const directory = join(yield* folder, "made", "when", "it", "is", "needed")
      const [cancelled, running, pending] = yield* life(directory, { maxRunning: 1 })(
        Effect.gen(function* () {
          const first = yield* start
          assert.strictEqual((yield* Cancellation.cancelAndConfirm(first.name))._tag, "Cancelled")
          const second = yield* start
          yield* Effect.repeat(metadataOf(second.name), { until: ({ state }) => state === "RUNNING" })
          return [yield* Operations.get(first.name), second.name, (yield* start).name] as const
        })
      )
      yield* life(directory)(
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* Operations.get(cancelled.name), cancelled)
          const again = yield* Effect.repeat(metadataOf(running), { until: ({ state }) => state === "RUNNING" })
          assert.strictEqual(again.attempt, 2)
          assert.strictEqual(again.description, "kept")
          assert.strictEqual(again.type, "EXPORT_IMAGE")
          const first = yield* Effect.repeat(metadataOf(pending), { until: ({ state }) => state === "RUNNING" })
          assert.strictEqual(first.attempt, 1)
          assert.strictEqual((yield* Cancellation.cancelAndConfirm(running))._tag, "Cancelled")
        })
      )
      yield* life(directory)(
        Effect.gen(function* () {
          assert.strictEqual((yield* Operations.get(running))._tag, "Cancelled")
          assert.strictEqual((yield* Operations.get(cancelled.name))._tag, "Cancelled")
        })
      )
    })
  )

  it.scopedLive("goes on with the page tokens of its earlier life", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const request = { name: "projects/demo", pageSize: 1 }
      const page = yield* life(directory)(Effect.zipRight(Effect.zip(start, start), Operations.listPage(request)))
      const pageToken = Option.getOrThrow(page.nextPageToken)
      const next = yield* life(directory)(Operations.listPage({ ...request, pageToken }))
      assert.strictEqual(next.operations.length, 1)
      assert.notStrictEqual(next.operations[0]?.name, page.operations[0]?.name)
    })
  )

  it.scopedLive("keeps its key where only its owner can read it, and out of the database", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const { pageTokenKey } = yield* Effect.scoped(DataDirectory.open(directory))
      const file = join(directory, "page-token.key")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.strictEqual(readFileSync(file, "utf8").trim(), Redacted.value(pageTokenKey))
      assert.notInclude(readFileSync(join(directory, "operations.db"), "latin1"), Redacted.value(pageTokenKey))
      assert.notInclude(inspect(pageTokenKey), Redacted.value(pageTokenKey))
    })
  )

  it.scopedLive("refuses a directory that another emulator has, and takes it once that has ended", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* DataDirectory.open(directory)
          const error = yield* Effect.flip(Effect.scoped(DataDirectory.open(directory)))
          assert.strictEqual(error.reason, "InUse")
          assert.include(error.message, directory)
        })
      )
      yield* Effect.scoped(DataDirectory.open(directory))
    })
  )

  it.scopedLive(
    "says of a directory that is none, and of a database that is none, that it is of no use, and leaves it alone",
    () =>
      Effect.gen(function* () {
        const parent = yield* folder
        const file = join(parent, "file")
        writeFileSync(file, "text")
        const access = yield* Effect.flip(Effect.scoped(DataDirectory.open(file)))
        assert.strictEqual(access.reason, "AccessDenied")
        const directory = join(parent, "directory")
        yield* Effect.scoped(DataDirectory.open(directory))
        const database = join(directory, "operations.db")
        rmSync(database)
        writeFileSync(database, "This is no database.".repeat(1000))
        const unreadable = yield* Effect.flip(Effect.scoped(DataDirectory.open(directory)))
        assert.strictEqual(unreadable.reason, "Unreadable")
        assert.include(readFileSync(database, "utf8"), "This is no database.")
        assert.strictEqual(readFileSync(file, "utf8"), "text")
        assert.isFalse(existsSync(join(file, "operations.db")))
      })
  )
})
