import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Output from "../src/Output.js"

const stream = (options: { readonly isTTY?: boolean; readonly columns?: number } = {}) => {
  const texts: Array<string> = []
  return {
    ...options,
    texts,
    write: (text: string, done: () => void) => {
      texts.push(text)
      done()
    }
  }
}

const withOutput = <A>(
  streams: { readonly stdout: Output.Stream; readonly stderr: Output.Stream },
  env: Readonly<Record<string, string>>,
  use: (output: Output.Output["Type"]) => Effect.Effect<A>
) =>
  Effect.flatMap(Output.Output, use).pipe(
    Effect.provide(Output.layer(streams)),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
  )

describe("Output", () => {
  it.effect("blots the token out of everything, also where JSON has escaped it", () =>
    Effect.gen(function* () {
      const stdout = stream()
      const stderr = stream()
      const token = `ya29.can"ary\\`
      yield* withOutput({ stdout, stderr }, { LRO_TOKEN: ` ${token} ` }, (output) =>
        Effect.zipRight(
          output.stdout.write(JSON.stringify({ echo: `Bearer ${token}` })),
          output.stderr.write(`you sent ${token}`)
        )
      )
      assert.deepStrictEqual(stdout.texts, [`{"echo":"Bearer <redacted>"}`])
      assert.deepStrictEqual(stderr.texts, ["you sent <redacted>"])
    })
  )

  it.effect("leaves text alone where the token is empty or too short to be one", () =>
    Effect.gen(function* () {
      for (const token of ["", "a"]) {
        const stdout = stream()
        yield* withOutput({ stdout, stderr: stream() }, { LRO_TOKEN: token }, (_) => _.stdout.write("a banana"))
        assert.deepStrictEqual(stdout.texts, ["a banana"])
      }
    })
  )

  it.effect("decides on colours for each stream by itself", () =>
    Effect.gen(function* () {
      const streams = { stdout: stream(), stderr: stream({ isTTY: true }) }
      const colours = (env: Readonly<Record<string, string>>) =>
        withOutput(streams, env, (_) => Effect.succeed([_.stdout.style.hasColours, _.stderr.style.hasColours]))
      assert.deepStrictEqual(yield* colours({}), [false, true])
      assert.deepStrictEqual(yield* colours({ NO_COLOR: "1" }), [false, false])
      assert.deepStrictEqual(yield* colours({ FORCE_COLOR: "1" }), [true, true])
      assert.deepStrictEqual(yield* colours({ TERM: "dumb" }), [false, false])
    })
  )

  it.effect("takes 80 columns where a terminal does not know its own", () =>
    Effect.gen(function* () {
      const columns = (options: { readonly columns?: number }) =>
        withOutput({ stdout: stream(), stderr: stream(options) }, {}, (_) => _.stderr.columns)
      assert.strictEqual(yield* columns({}), 80)
      assert.strictEqual(yield* columns({ columns: 0 }), 80)
      assert.strictEqual(yield* columns({ columns: 132 }), 132)
    })
  )

  it.effect("writes no line over on a dumb terminal", () =>
    Effect.gen(function* () {
      const terminal = stream({ isTTY: true })
      const streams = { stdout: terminal, stderr: terminal }
      assert.isTrue(yield* withOutput(streams, { TERM: "xterm" }, (_) => Effect.succeed(_.stderr.isTerminal)))
      assert.isFalse(yield* withOutput(streams, { TERM: "dumb" }, (_) => Effect.succeed(_.stderr.isTerminal)))
    })
  )
})
