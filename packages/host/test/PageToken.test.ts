import * as PageToken from "@effect-lro/host/PageToken"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const listing = { parent: "projects/demo", filter: "" }
const position = { createTime: DateTime.unsafeMake(1_700_000_000_123), name: "projects/demo/operations/secret-name" }

const positions = FastCheck.record({
  createTime: FastCheck.integer({ min: 0, max: 253_402_300_799_999 }).map((millis) => DateTime.unsafeMake(millis)),
  name: FastCheck.string({ unit: "binary", maxLength: 300 })
})

describe("a page token", () => {
  it.effect.prop("is read back by who wrote it, and fits a URL", { position: positions }, ({ position }) =>
    Effect.gen(function* () {
      const tokens = yield* PageToken.make()
      const token = yield* tokens.encode(listing, position)
      assert.match(token, /^[A-Za-z0-9_-]+$/)
      assert.deepStrictEqual(yield* tokens.decode(listing, token), Option.some(position))
    })
  )

  it.effect("does not show what is in it", () =>
    Effect.gen(function* () {
      const tokens = yield* PageToken.make()
      const token = yield* tokens.encode(listing, position)
      const bytes = atob(token.replaceAll("-", "+").replaceAll("_", "/"))
      for (const secret of ["secret-name", "1700000000123", "projects"]) assert.notInclude(bytes, secret)
    })
  )

  it.effect("is the same for the same place, and another for another", () =>
    Effect.gen(function* () {
      const tokens = yield* PageToken.make()
      const token = yield* tokens.encode(listing, position)
      assert.strictEqual(yield* tokens.encode(listing, position), token)
      assert.notStrictEqual(yield* tokens.encode(listing, { ...position, name: "other" }), token)
      assert.notStrictEqual(yield* tokens.encode({ ...listing, filter: "x" }, position), token)
    })
  )

  it.effect("is of no use once any bit of it is changed, or a part is missing or added", () =>
    Effect.gen(function* () {
      const tokens = yield* PageToken.make()
      const token = yield* tokens.encode(listing, position)
      const bytes = Uint8Array.from(atob(token.replaceAll("-", "+").replaceAll("_", "/")), (_) => _.charCodeAt(0))
      const encode = (altered: Uint8Array) =>
        btoa(String.fromCharCode(...altered))
          .replaceAll("+", "-")
          .replaceAll("/", "_")
          .replaceAll("=", "")
      assert.strictEqual(encode(bytes), token)
      const forgeries = [
        ...Array.from({ length: bytes.length * 8 }, (_, bit) =>
          encode(bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)))
        ),
        ...Array.from({ length: bytes.length }, (_, length) => encode(bytes.slice(0, length))),
        encode(new Uint8Array([...bytes, 0])),
        `${token}=`,
        `${token} `,
        ` ${token}`,
        `${token}\n`,
        token.toLowerCase(),
        "x",
        "null",
        "A".repeat(100_000)
      ]
      for (const forgery of forgeries) {
        assert.isTrue(Option.isNone(yield* tokens.decode(listing, forgery)), forgery.slice(0, 100))
      }
    })
  )

  it.effect("is of no use for another list, or at another host", () =>
    Effect.gen(function* () {
      const tokens = yield* PageToken.make()
      const token = yield* tokens.encode(listing, position)
      for (const other of [
        { parent: "projects/other", filter: "" },
        { parent: "projects/demo", filter: "x" },
        { parent: "", filter: "projects/demo" },
        { parent: 'projects/demo","', filter: "" }
      ]) {
        assert.isTrue(Option.isNone(yield* tokens.decode(other, token)))
      }
      const stranger = yield* PageToken.make()
      assert.isTrue(Option.isNone(yield* stranger.decode(listing, token)))
    })
  )

  it.effect("outlives its host where both have the same key", () =>
    Effect.gen(function* () {
      const before = yield* PageToken.make(Redacted.make("a key"))
      const after = yield* PageToken.make(Redacted.make("a key"))
      const other = yield* PageToken.make(Redacted.make("another key"))
      const token = yield* before.encode(listing, position)
      assert.deepStrictEqual(yield* after.decode(listing, token), Option.some(position))
      assert.isTrue(Option.isNone(yield* other.decode(listing, token)))
    })
  )
})
