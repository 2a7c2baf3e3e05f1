import * as Credentials from "@effect-lro/client/Credentials"
import { Unauthorized } from "@effect-lro/core/OperationsError"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { json, name, operationsOver, recorded } from "./support/service.js"

const token = Redacted.make("canary")

describe("Credentials", () => {
  it.effect("go to the endpoint's origin and to no other", () =>
    Effect.gen(function* () {
      const { client, sent } = recorded(() => json({}))
      const withToken = Credentials.bearer(token)("https://a.example")(client)
      const urls = [
        "https://a.example/v1",
        "https://a.example:8443/v1",
        "http://a.example/v1",
        "https://a.example.evil/v1",
        "https://a.example@evil/v1",
        "https://b.example/?x=https://a.example/"
      ]
      for (const url of urls) yield* withToken.get(url)
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["authorization"]),
        ["Bearer canary", undefined, undefined, undefined, undefined, undefined]
      )
    })
  )

  it.effect("are not taken along by a transformation that follows redirects", () =>
    Effect.gen(function* () {
      const { client, sent } = recorded(({ url }) =>
        url.startsWith("https://earthengine")
          ? new Response(null, { status: 302, headers: { location: "https://evil.example/" } })
          : json({ name })
      )
      const operations = yield* operationsOver(client, {
        credentials: Credentials.bearer(token),
        transformClient: HttpClient.followRedirects()
      })
      yield* operations.get(name)
      assert.deepStrictEqual(
        sent.map(({ headers, url }) => [new URL(url).host, headers["authorization"]]),
        [
          ["earthengine.googleapis.com", "Bearer canary"],
          ["evil.example", undefined]
        ]
      )
    })
  )

  it.effect("are asked for at every request", () =>
    Effect.gen(function* () {
      let asked = 0
      const { client, sent } = recorded(() => json({ name }))
      const operations = yield* operationsOver(client, {
        credentials: Credentials.bearer(Effect.sync(() => Redacted.make(`t${++asked}`)))
      })
      yield* operations.get(name)
      yield* operations.cancel(name)
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["authorization"]),
        ["Bearer t1", "Bearer t2"]
      )
    })
  )

  it.effect("that are missing fail the request that they are for, and nothing is sent", () =>
    Effect.gen(function* () {
      const sources = [
        Effect.fail(Credentials.missing("log in first")),
        Redacted.make(""),
        Redacted.make("canary\r\nX: y"),
        Redacted.make("canary é")
      ]
      for (const source of sources) {
        const { client, sent } = recorded(() => json({ name }))
        const operations = yield* operationsOver(client, { credentials: Credentials.bearer(source) })
        const error = yield* Effect.flip(operations.cancel(name))
        assert.instanceOf(error, Unauthorized)
        assert.deepInclude(error, { method: "cancel", operation: name, reason: "NoCredentials" })
        assert.notInclude(JSON.stringify(error) + error.message, "canary")
        assert.deepStrictEqual(sent, [])
      }
    })
  )
})
