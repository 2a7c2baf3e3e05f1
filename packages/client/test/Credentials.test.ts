import * as Credentials from "@effect-lro/client/Credentials"
import { Unauthorized } from "@effect-lro/core/OperationsError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { json, name, operationsOver, recorded } from "./support/service.js"

const token = Redacted.make("canary")

/** The tokens t1, t2, …: the next one whenever the present one was refused. */
const renewable = () => {
  let count = 1
  const current = Effect.sync(() => Redacted.make(`t${count}`))
  return {
    get: current,
    renew: () => Effect.suspend(() => (count++, current)),
    renewals: () => count - 1
  }
}

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

  it.effect.each<[string, ReadonlyArray<number>, ReadonlyArray<string>, string]>([
    ["200", [200], ["t1"], "Right"],
    ["401 and 200", [401, 200], ["t1", "t2"], "Right"],
    ["401 again and again", [401, 401, 401, 401], ["t1", "t2"], "Unauthorized"],
    ["401 and 403", [401, 403], ["t1", "t2"], "PermissionDenied"],
    ["403", [403, 200], ["t1"], "PermissionDenied"],
    ["503", [503, 200], ["t1"], "Unavailable"]
  ])("that can be renewed are, once, where the server answers %s", ([_, answers, expected, outcome]) =>
    Effect.gen(function* () {
      for (const transform of [(client: HttpClient.HttpClient) => client, HttpClient.filterStatusOk]) {
        const source = renewable()
        let index = 0
        const { client, sent } = recorded(() => json({ name }, { status: answers[index++] ?? 500 }))
        const operations = yield* operationsOver(transform(client), { credentials: Credentials.bearer(source) })
        const result = yield* Effect.either(operations.cancel(name))
        assert.strictEqual(result._tag === "Right" ? "Right" : result.left._tag, outcome)
        assert.deepStrictEqual(
          sent.map(({ headers }) => headers["authorization"]),
          expected.map((token) => `Bearer ${token}`)
        )
        assert.strictEqual(source.renewals(), expected.length - 1)
      }
    })
  )

  it.effect("are not sent twice where there are no others", () =>
    Effect.gen(function* () {
      const { client, sent } = recorded(() => json({}, { status: 401 }))
      const operations = yield* operationsOver(client, {
        credentials: Credentials.bearer({ get: Effect.succeed(token), renew: () => Effect.succeed(token) })
      })
      assert.deepInclude(yield* Effect.flip(operations.get(name)), { _tag: "Unauthorized", reason: "Refused" })
      assert.strictEqual(sent.length, 1)
    })
  )

  it.effect("that were refused and cannot be renewed tell both", () =>
    Effect.gen(function* () {
      const { client, sent } = recorded(() => json({}, { status: 401 }))
      const operations = yield* operationsOver(client, {
        credentials: Credentials.bearer({
          get: Effect.succeed(token),
          renew: () => Effect.fail(Credentials.missing("the account is gone"))
        })
      })
      const error = yield* Effect.flip(operations.get(name))
      assert.deepInclude(error, { _tag: "Unauthorized", reason: "Refused", httpStatus: 401, operation: name })
      assert.include(
        error.message,
        "the server refused the token (401), which could not be renewed: the account is gone"
      )
      assert.strictEqual(sent.length, 1)
    })
  )

  it.effect("are not renewed for a body that cannot be sent twice", () =>
    Effect.gen(function* () {
      const source = renewable()
      const { client, sent } = recorded(() => json({}, { status: 401 }))
      const credited = Credentials.bearer(source)("https://a.example")(client)
      const body = HttpBody.stream(Stream.make(new Uint8Array(1)))
      assert.strictEqual((yield* credited.post("https://a.example/", { body })).status, 401)
      assert.deepStrictEqual([sent.length, source.renewals()], [1, 0])
    })
  )

  it.effect("without a scope that is enough are told of those that are", () =>
    Effect.gen(function* () {
      const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", domain: "googleapis.com" }
      const answer = (reason: string) =>
        json(
          { error: { code: 403, status: "PERMISSION_DENIED", message: "no", details: [{ ...info, reason }] } },
          { status: 403 }
        )
      const scopes = ["https://scopes.example/a", "https://scopes.example/b"]
      const service = ServiceDescription.project({
        id: "a.example",
        versions: ["v1"],
        rootUrl: "https://a.example",
        scopes
      })
      const denied = (reason: string) =>
        Effect.flatMap(operationsOver(recorded(() => answer(reason)).client, { service }), (operations) =>
          Effect.flip(operations.get(name))
        )
      const error = yield* denied("ACCESS_TOKEN_SCOPE_INSUFFICIENT")
      assert.strictEqual(error._tag, "PermissionDenied")
      assert.include(error.message, `no. Enough is a token with the scope ${scopes.join(" or ")}.`)
      assert.notInclude((yield* denied("IAM_PERMISSION_DENIED")).message, "scope")
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
