import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as Host from "@effect-lro/host/Host"
import * as StatusError from "@effect-lro/host/StatusError"
import { newFile } from "@effect-lro/test-support/Files"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"

const canary = "canary-7f3a91"

const planted = "planted-55d0c2"

class Token extends Context.Tag("Token")<Token, Redacted.Redacted>() {}

const bodies = [
  Effect.asVoid(Token),
  Effect.die(new Error(`refused: ${canary}`)),
  // What a body fails with is told, and so it is kept.
  Effect.fail(StatusError.make({ code: "PERMISSION_DENIED", message: planted })),
  Effect.ensuring(Effect.never, Effect.die(new Error(`not cleaned up: ${canary}`)))
]

describe("the files of a database", () => {
  it.scopedLive("have what an operation says, and nothing of what its body knew", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const files = () =>
        readdirSync(dirname(filename))
          .map((file) => readFileSync(join(dirname(filename), file), "latin1"))
          .join("")
      yield* Effect.gen(function* () {
        for (const body of bodies) {
          const { name } = yield* Host.submit({ body: () => body })
          yield* Effect.sleep("20 millis")
          yield* Operations.cancel(name)
          assert.notStrictEqual((yield* Operations.wait(name))._tag, "Running")
        }
        // The write-ahead log too, as a process that is killed would leave it.
        assert.include(files(), planted)
        assert.notInclude(files(), canary)
      }).pipe(
        Effect.provide(HostSql.layerSqlite({ filename })),
        Effect.provideService(Token, Redacted.make(canary)),
        Effect.provide(Logger.remove(Logger.defaultLogger))
      )
      assert.include(files(), planted)
      assert.notInclude(files(), canary)
    })
  )
})

describe("a database that cannot be reached", () => {
  it.effect("is told without the password in its URL", () =>
    Effect.gen(function* () {
      const url = Redacted.make(`postgres://user:${canary}@127.0.0.1:1/database`)
      const exit = yield* Effect.exit(Effect.provide(Effect.void, HostSql.layerPostgres({ url })))
      if (Exit.isSuccess(exit)) return assert.fail("there is nothing at this port")
      assert.notInclude(Cause.pretty(exit.cause) + Inspectable.toStringUnknown(exit) + String(exit), canary)
    })
  )
})
