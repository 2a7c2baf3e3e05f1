import * as SealedToken from "@effect-lro/core/SealedToken"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const secret = Redacted.make("a secret of any length")

const make = (purpose = "test") => SealedToken.make({ purpose, secret })

const text = FastCheck.string({ unit: "grapheme", maxLength: 100 })

describe("SealedToken", () => {
  it.effect.prop(
    "opens what was sealed, also by another process with the same secret",
    [text, text],
    ([bound, plain]) =>
      Effect.gen(function* () {
        const token = yield* (yield* make()).seal(["list", bound], plain)
        assert.match(token, /^[-\w]+$/)
        assert.deepStrictEqual(yield* (yield* make()).open(["list", bound], token), Option.some(plain))
      })
  )

  it.effect.prop(
    "opens nothing that was altered in one place",
    [text, FastCheck.nat(), FastCheck.integer({ min: 1, max: 63 })],
    ([plain, place, by]) =>
      Effect.gen(function* () {
        const { open, seal } = yield* make()
        const token = yield* seal(["list"], plain)
        const at = place % token.length
        const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const digit = digits[(digits.indexOf(token[at] ?? "") + by) % 64] ?? ""
        const altered = token.slice(0, at) + digit + token.slice(at + 1)
        assert.deepStrictEqual(yield* open(["list"], altered), Option.none())
      })
  )

  it.effect("opens nothing of another binding, purpose or secret, and no nonsense", () =>
    Effect.gen(function* () {
      const { open, seal } = yield* make()
      const token = yield* seal(["a", "b"], "7")
      // The parts of a binding do not run into each other.
      for (const binding of [["ab"], ["a", "b", ""], ["a"], ["a", "c"], []]) {
        assert.deepStrictEqual(yield* open(binding, token), Option.none(), JSON.stringify(binding))
      }
      const others = [make("other"), SealedToken.make({ purpose: "test", secret: Redacted.make("another") })]
      for (const other of others) {
        assert.deepStrictEqual(yield* (yield* other).open(["a", "b"], token), Option.none())
      }
      assert.deepStrictEqual(
        yield* (yield* SealedToken.make({ purpose: "test" })).open(["a", "b"], token),
        Option.none()
      )
      for (const nonsense of ["", "x", "7", "====", "a b", "é", `${token}=`, "A".repeat(20_000)]) {
        assert.deepStrictEqual(yield* open(["a", "b"], nonsense), Option.none(), nonsense.slice(0, 10))
      }
    })
  )

  it.effect("gives the same text the same token, and shows nothing of it", () =>
    Effect.gen(function* () {
      const { seal } = yield* make()
      const token = yield* seal(["list"], "a readable position")
      assert.strictEqual(token, yield* seal(["list"], "a readable position"))
      assert.notInclude(Buffer.from(token, "base64url").toString("latin1"), "position")
    })
  )
})
