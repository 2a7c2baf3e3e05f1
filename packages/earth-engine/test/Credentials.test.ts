import { readFileSync } from "node:fs"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as EarthEngineService from "@effect-lro/earth-engine/EarthEngineService"
import * as Explanation from "@effect-lro/earth-engine/Explanation"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as Scopes from "@effect-lro/google-auth/Scopes"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"

const document = readFileSync(new URL("../../../docs/credentials.md", import.meta.url), "utf8")

/** The rows of the table under a heading, as cells without backticks. */
const rows = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const [, section = ""] = document.split(`## ${heading}\n`)
  const [table = ""] = section.split("\n## ")
  return table
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.replaceAll("`", "").trim())
    )
}

const name = "projects/demo/operations/ABC"

/** A client that answers these, one after the other, and remembers who asked. */
const answering = (answers: ReadonlyArray<readonly [status: number, body: unknown]>) => {
  const sent: Array<string | undefined> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      const [status, body] = answers[Math.min(sent.length, answers.length - 1)] ?? assert.fail()
      sent.push(request.headers["authorization"])
      return HttpClientResponse.fromWeb(request, Response.json(body, { status }))
    })
  )
  return { sent, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

const refused = (status: number, code: string, reason?: string) =>
  [
    status,
    {
      error: {
        code: status,
        status: code,
        message: "no",
        details:
          reason === undefined
            ? []
            : [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", domain: "googleapis.com", reason }]
      }
    }
  ] as const

describe("docs/credentials.md: Scopes", () => {
  const table = rows("Scopes")

  it("has a row for every method", () => {
    assert.sameMembers(
      table.map(([method]) => method),
      [...ServiceDescription.methods]
    )
  })

  for (const [method = "", scopes = "", permission = ""] of table) {
    it.effect(`${method} takes ${scopes}`, () =>
      Effect.gen(function* () {
        const full = scopes.split(", ").map((scope) => `https://www.googleapis.com/auth/${scope}`)
        assert.sameMembers([...EarthEngineService.description.scopes], full)
        // What tokens are asked for by default is one of them.
        assert.isTrue(Scopes.default.every((scope) => full.includes(scope)))
        const { layer } = answering([refused(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")])
        const error = yield* Effect.flip(call[method] ?? assert.fail(method)).pipe(
          Effect.provide(EarthEngine.layer({ project: "demo", token: Redacted.make("t") }).pipe(Layer.provide(layer)))
        )
        assert.strictEqual(error._tag, "PermissionDenied")
        for (const scope of full) assert.include(error.message, scope)
      })
    )

    it.effect(`${method} needs ${permission}`, () =>
      Effect.gen(function* () {
        const { layer } = answering([refused(403, "PERMISSION_DENIED")])
        const error = yield* Effect.flip(call[method] ?? assert.fail(method)).pipe(
          Effect.provide(EarthEngine.layer({ project: "demo", token: Redacted.make("t") }).pipe(Layer.provide(layer)))
        )
        assert.include(Explanation.explain(error), ` ${permission} `)
      })
    )
  }
})

const call: Record<string, ReturnType<typeof Operations.cancel>> = {
  get: Effect.asVoid(Operations.get(name)),
  list: Effect.asVoid(Operations.listPage({ name: "projects/demo" })),
  wait: Effect.asVoid(Operations.wait(name)),
  cancel: Operations.cancel(name),
  delete: Operations.delete(name)
}

describe("docs/credentials.md: When the server refuses a token", () => {
  const ok = [200, {}] as const
  const cases: Record<string, { readonly answers: Parameters<typeof answering>[0]; readonly tokens: number }> = {
    "401, then 200": { answers: [refused(401, "UNAUTHENTICATED"), ok], tokens: 9 },
    "401, and 401 again": { answers: [refused(401, "UNAUTHENTICATED")], tokens: 9 },
    "401, and there is no other token": { answers: [refused(401, "UNAUTHENTICATED")], tokens: 1 },
    "403": { answers: [refused(403, "PERMISSION_DENIED")], tokens: 9 },
    "403, because the token lacks a scope": {
      answers: [refused(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")],
      tokens: 9
    }
  }
  const table = rows("When the server refuses a token")

  it("has a row for every case", () => {
    assert.sameMembers(
      table.map(([what]) => what),
      Object.keys(cases)
    )
  })

  for (const [what = "", requests, tokens, outcome] of table) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const { answers, tokens: available } = cases[what] ?? assert.fail(what)
        const { layer, sent } = answering(answers)
        let fetched = 0
        const token = yield* AccessToken.make({
          description: "the test",
          fetch: Effect.sync(() => ({
            value: Redacted.make(`t${Math.min(++fetched, available)}`),
            expiresAt: Option.none()
          })),
          quotaProject: Effect.succeedNone
        })
        const result = yield* Effect.either(Operations.cancel(name)).pipe(
          Effect.provide(EarthEngine.layer({ project: "demo", token }).pipe(Layer.provide(layer)))
        )
        assert.strictEqual(Either.isRight(result) ? "Success" : result.left._tag, outcome)
        assert.strictEqual(String(sent.length), requests)
        assert.strictEqual(String(fetched), tokens)
        assert.deepStrictEqual(new Set(sent).size, sent.length)
      })
    )
  }
})

describe("a poll of three hours", () => {
  const minute = 60_000

  it.effect.each<[string, number, number, number]>([
    ["as they are said to, sees no refusal", 60, 0, 4],
    ["sooner than they are said to, has one renewal and one repetition for each", 50, 3, 4]
  ])("whose tokens expire %s", ([_, lifetime, expectedRefusals, expectedTokens]) =>
    Effect.gen(function* () {
      const issued: Array<number> = []
      const token = yield* AccessToken.make({
        description: "the test",
        fetch: Effect.map(Clock.currentTimeMillis, (now) => ({
          value: Redacted.make(`t${issued.push(now)}`),
          expiresAt: Option.some(now + 60 * minute)
        })),
        quotaProject: Effect.succeedNone
      })
      let requests = 0
      const refusals: Array<string> = []
      const client = HttpClient.make((request) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          requests++
          const authorization = request.headers["authorization"] ?? ""
          const since = issued[Number(authorization.replace("Bearer t", "")) - 1] ?? -Infinity
          const isGood = now < since + lifetime * minute
          if (!isGood) refusals.push(authorization)
          const [status, body] = isGood
            ? [200, now < 180 * minute ? { name } : { name, done: true, response: {} }]
            : refused(401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED")
          return HttpClientResponse.fromWeb(request, Response.json(body, { status }))
        })
      )
      const polling = yield* Poller.awaitDone(name, { schedule: Schedule.spaced("1 minute") }).pipe(
        Effect.provide(
          EarthEngine.layer({ project: "demo", token }).pipe(
            Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
          )
        ),
        Effect.fork
      )
      for (let at = 0; at <= 181; at++) {
        yield* TestClock.adjust("1 minute")
        // Answers take a turn of Node's own loop.
        yield* Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
      }
      assert.strictEqual((yield* Fiber.join(polling))._tag, "Succeeded")
      assert.strictEqual(refusals.length, expectedRefusals)
      assert.strictEqual(new Set(refusals).size, expectedRefusals)
      assert.strictEqual(issued.length, expectedTokens)
      assert.isAtMost(requests, 182 + expectedRefusals)
    })
  )
})

describe("EarthEngine.layer without a token", () => {
  const machine = Layer.merge(
    FileSystem.layerNoop({}),
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["METADATA_SERVER_DETECTION", "none"]])))
  )

  it.effect("asks the machine for credentials, and without them sends nothing", () =>
    Effect.gen(function* () {
      for (const endpoint of [undefined, EarthEngineService.highVolumeEndpoint]) {
        const { layer, sent } = answering([[200, {}]])
        const error = yield* Effect.flip(Operations.cancel(name)).pipe(
          Effect.provide(EarthEngine.layer({ project: "demo", endpoint }).pipe(Layer.provide([layer, machine]))),
          Effect.provide(machine)
        )
        assert.deepInclude(error, { _tag: "Unauthorized", reason: "NoCredentials", operation: name, method: "cancel" })
        assert.include(error.message, "GOOGLE_APPLICATION_CREDENTIALS: it is not set")
        assert.include(error.message, "gcloud auth application-default login")
        assert.deepStrictEqual(sent, [])
      }
    })
  )

  it.effect.each([
    "http://127.0.0.1:8085",
    "http://earthengine.googleapis.com",
    "https://earthengine.googleapis.com.evil.example",
    "https://evilgoogleapis.com"
  ])("gives none to %s", (endpoint) =>
    Effect.gen(function* () {
      const { layer, sent } = answering([[200, {}]])
      yield* Operations.cancel(name).pipe(
        Effect.provide(EarthEngine.layer({ project: "demo", endpoint }).pipe(Layer.provide(layer)))
      )
      assert.deepStrictEqual(sent, [undefined])
    })
  )
})
