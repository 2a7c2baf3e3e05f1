import { writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as CredentialFile from "@effect-lro/google-auth/CredentialFile"
import * as EarthEngineCredentials from "@effect-lro/google-auth/EarthEngineCredentials"
import * as TokenSource from "@effect-lro/google-auth/TokenSource"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as credentials from "./support/credentials.js"
import { endpoint, type Reply, giving } from "./support/endpoint.js"
import { machine, offline } from "./support/machine.js"
import { search } from "./support/search.js"

const keyLine = credentials.privateKey.split("\n")[1] ?? ""

const secrets = ["canary-client-secret", "canary-refresh-token", "canary-subject-token", "canary-access-token", keyLine]

/** Whatever is logged and traced meanwhile. */
const watched = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const logged: Array<unknown> = []
    const spans: Array<Tracer.Span> = []
    const logger = Logger.make(
      ({ annotations, cause, message }) => void logged.push(message, annotations, Cause.pretty(cause))
    )
    const tracer = yield* Effect.tracer
    const recording = Tracer.make({
      span: (...args) => {
        const span = tracer.span(...args)
        spans.push(span)
        return span
      },
      context: (f) => f()
    })
    const exit = yield* Effect.exit(effect).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.withTracer(recording)
    )
    return { exit, logged, spans }
  })

/** An endpoint that says everything back to whoever asks it. */
const echoing = (status: number) =>
  endpoint(({ body, headers, url }): Reply => {
    const said = `you sent ${decodeURIComponent(body)} with ${JSON.stringify(headers)} to ${url}`
    return { status, body: { error: "invalid_grant", error_description: said } }
  })

const subjectFile = join(tmpdir(), `google-auth-subject-${process.pid}`)

describe("a search for secrets", () => {
  it("finds those that are planted", () => {
    const planted = [
      "a canary-access-token in a text",
      { deep: [{ er: "canary-access-token" }] },
      new Error("canary-access-token"),
      new Error("outer", { cause: { token: "canary-access-token" } }),
      Object.defineProperty({}, "hidden", { value: "canary-access-token", enumerable: false }),
      Object.defineProperty({}, "got", { get: () => "canary-access-token" }),
      new Map([["key", "canary-access-token"]]),
      Cause.fail({ token: "canary-access-token" }),
      Exit.fail("canary-access-token"),
      new TokenSource_("canary-access-token")
    ]
    for (const value of planted) assert.isNotEmpty(search(value, secrets))
    assert.deepStrictEqual(search(Redacted.make("canary-access-token"), secrets), [])
  })
})

class TokenSource_ {
  readonly #token: string
  constructor(token: string) {
    this.#token = token
  }
  get token() {
    return this.#token
  }
}

const sources = (origin: string): Record<string, TokenSource.TokenSource> => {
  const json = (value: unknown) => CredentialFile.fromJson(Redacted.make(JSON.stringify(value)))
  writeFileSync(subjectFile, "canary-subject-token")
  return {
    "a service account": json(credentials.serviceAccount(origin)),
    "a user account": json(credentials.authorizedUser(origin)),
    "an external account": json(credentials.externalAccount(origin, { file: subjectFile })),
    "one who impersonates": json({
      type: "impersonated_service_account",
      service_account_impersonation_url: `${origin}/v1/projects/-/serviceAccounts/r@d:generateAccessToken`,
      source_credentials: credentials.authorizedUser(origin)
    }),
    "Earth Engine's file": EarthEngineCredentials.file(),
    "a given token": TokenSource.fixed(Redacted.make("canary-access-token"))
  }
}

describe("nothing secret is shown", () => {
  for (const name of Object.keys(sources(""))) {
    it.scopedLive.each([400, 401, 503])(`by a token endpoint that repeats it (%s), for ${name}`, (status) =>
      Effect.gen(function* () {
        const { origin, received } = yield* echoing(status)
        const source = sources(origin)[name] ?? assert.fail()
        const files = { "/ee": credentials.earthEngine(origin) }
        const token = yield* Effect.provide(
          AccessToken.make(source, { retry: Schedule.stop }),
          machine({ EE_CONFIG_FILE: "/ee", ...offline }, files)
        )
        const seen = yield* watched(Effect.zipRight(token.get, token.quotaProject))
        assert.strictEqual(Exit.isFailure(seen.exit), name !== "a given token")
        if (name !== "a given token") assert.isNotEmpty(search(received, secrets.concat("eyJ")))
        assert.deepStrictEqual(search({ ...seen, token, source }, [...secrets, "eyJ"]), [])
      })
    )

    it.scopedLive(`by credentials that work, for ${name}, or by the requests that they are for`, () =>
      Effect.gen(function* () {
        const { origin } = yield* endpoint(({ url }) =>
          url.includes(":generate")
            ? { body: { accessToken: "canary-access-token", expireTime: "2999-01-01T00:00:00Z" } }
            : giving("canary-access-token")
        )
        const source = sources(origin)[name] ?? assert.fail()
        const files = { "/ee": credentials.earthEngine(origin) }
        const token = yield* Effect.provide(
          AccessToken.make(source),
          machine({ EE_CONFIG_FILE: "/ee", ...offline }, files)
        )
        const sent: Array<string | undefined> = []
        const client = HttpClient.make((request) => {
          sent.push(request.headers["authorization"])
          return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}", { status: 401 })))
        })
        const operations = yield* Effect.provideService(
          RestOperations.make({
            service: ServiceDescription.global({ id: "a.example", versions: ["v1"], rootUrl: "https://a.example" }),
            credentials: Credentials.bearer(token)
          }),
          HttpClient.HttpClient,
          client
        )
        const seen = yield* watched(operations.cancel("operations/1"))
        assert.include(sent, "Bearer canary-access-token")
        assert.deepStrictEqual(search({ ...seen, token, source, operations }, [...secrets, "eyJ"]), [])
      })
    )
  }

  it.live("by a file that is not what it should be", () =>
    Effect.gen(function* () {
      const texts = [
        '{"refresh_token": "canary-refresh-token"',
        `"canary-refresh-token"`,
        '{"type": 1, "x": "canary-refresh-token"}'
      ]
      for (const text of texts) {
        const seen = yield* watched(CredentialFile.fromJson(Redacted.make(text)).fetch)
        assert.isTrue(Exit.isFailure(seen.exit))
        assert.deepStrictEqual(search(seen, secrets), [])
      }
    })
  )
})
