import { createVerify } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as AuthorizedUser from "@effect-lro/google-auth/AuthorizedUser"
import * as CredentialFile from "@effect-lro/google-auth/CredentialFile"
import * as ExternalAccount from "@effect-lro/google-auth/ExternalAccount"
import * as MetadataServer from "@effect-lro/google-auth/MetadataServer"
import * as Scopes from "@effect-lro/google-auth/Scopes"
import * as ServiceAccount from "@effect-lro/google-auth/ServiceAccount"
import * as TokenSource from "@effect-lro/google-auth/TokenSource"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as credentials from "./support/credentials.js"
import { endpoint, giving } from "./support/endpoint.js"
import { tokenOf } from "./support/run.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "google-auth-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? "", "base64url").toString())

const json = (value: unknown) => Redacted.make(JSON.stringify(value))

describe("ServiceAccount", () => {
  it.scopedLive("signs an assertion and takes it to the token_uri of its key", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(() => giving("sa-token"))
      const key = credentials.serviceAccount(`${origin}/token`)
      const source = ServiceAccount.fromFile("/key.json", { scopes: [Scopes.earthEngine], subject: "user@example.com" })
      assert.strictEqual(yield* tokenOf(source, {}, { "/key.json": key }), "sa-token")
      assert.strictEqual(received.length, 1)
      const { form, method, url } = received[0] ?? assert.fail()
      assert.deepStrictEqual([method, url], ["POST", "/token"])
      assert.strictEqual(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer")
      const [header, claims, signature] = (form["assertion"] ?? "").split(".")
      assert.strictEqual(decode(header).alg, "RS256")
      const { exp, iat, ...rest } = decode(claims)
      assert.deepStrictEqual(rest, {
        iss: "robot@demo.iam.gserviceaccount.com",
        sub: "user@example.com",
        scope: "https://www.googleapis.com/auth/earthengine",
        aud: `${origin}/token`
      })
      assert.strictEqual(exp - iat, 3600)
      const verify = createVerify("RSA-SHA256").update(`${header}.${claims}`)
      assert.isTrue(verify.verify(credentials.publicKey, signature ?? "", "base64url"))
    })
  )

  it.scopedLive("is taken from a text, too, and asks for cloud-platform by default", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(() => giving("sa-token"))
      const source = ServiceAccount.fromJson(json(credentials.serviceAccount(`${origin}/token`)))
      assert.strictEqual(yield* tokenOf(source), "sa-token")
      assert.strictEqual(decode(received[0]?.form["assertion"]?.split(".")[1]).scope, Scopes.cloudPlatform)
    })
  )

  it.effect("is refused where the file is of another type, and not told from its secrets", () =>
    Effect.gen(function* () {
      const user = credentials.authorizedUser("http://127.0.0.1:1/")
      const error = yield* Effect.flip(tokenOf(ServiceAccount.fromJson(json(user))))
      assert.include(error.message, `its type is "authorized_user", not service_account`)
      assert.notInclude(error.message, "canary")
    })
  )
})

describe("AuthorizedUser", () => {
  it.scopedLive("takes its refresh token to the token endpoint", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(() => giving("user-token"))
      const file = credentials.authorizedUser(`${origin}/token`)
      const token = yield* tokenOf(AuthorizedUser.fromFile("/adc.json"), {}, { "/adc.json": file })
      assert.strictEqual(token, "user-token")
      assert.deepStrictEqual(received[0]?.form, {
        grant_type: "refresh_token",
        refresh_token: "canary-refresh-token",
        client_id: "client-1",
        client_secret: "canary-client-secret"
      })
    })
  )

  it.scopedLive("is read anew for every token, so a new login counts", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(() => giving("user-token"))
      const path = join(yield* folder, "adc.json")
      const write = (refreshToken: string) =>
        writeFileSync(
          path,
          JSON.stringify({ ...credentials.authorizedUser(`${origin}/token`), refresh_token: refreshToken })
        )
      write("old")
      // No FileSystem is provided: Node's own is used.
      const token = yield* AccessToken.make(AuthorizedUser.fromFile(path))
      yield* token.get
      write("new")
      yield* token.forceRefresh
      assert.deepStrictEqual(
        received.map(({ form }) => form["refresh_token"]),
        ["old", "new"]
      )
    })
  )
})

describe("ExternalAccount", () => {
  const exchanged = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    subject_token: "canary-subject-token",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt"
  }

  it.scopedLive("exchanges the token of a file", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(() => giving("sts-token"))
      const file = join(yield* folder, "subject")
      writeFileSync(file, "canary-subject-token")
      const source = ExternalAccount.fromJson(json(credentials.externalAccount(origin, { file })), {
        scopes: [Scopes.earthEngine]
      })
      assert.strictEqual(yield* tokenOf(source), "sts-token")
      assert.deepStrictEqual(received[0]?.form, { ...exchanged, scope: Scopes.earthEngine })
    })
  )

  it.scopedLive("exchanges the token of a URL for that of a service account", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(({ url }) =>
        url.startsWith("/subject")
          ? { body: { id_token: "canary-subject-token" } }
          : url.startsWith("/sts")
            ? giving("sts-token")
            : { body: { accessToken: "robot-token", expireTime: "2999-01-01T00:00:00Z" } }
      )
      const source = ExternalAccount.fromJson(
        json({
          ...credentials.externalAccount(origin, {
            url: `${origin}/subject`,
            headers: { "x-provider": "test" },
            format: { type: "json", subject_token_field_name: "id_token" }
          }),
          service_account_impersonation_url: `${origin}/v1/projects/-/serviceAccounts/r@d.iam.gserviceaccount.com:generateAccessToken`
        })
      )
      assert.strictEqual(yield* tokenOf(source), "robot-token")
      const [subject, sts, impersonation] = received
      assert.strictEqual(subject?.headers["x-provider"], "test")
      assert.deepStrictEqual(sts?.form, { ...exchanged, scope: Scopes.cloudPlatform })
      assert.strictEqual(impersonation?.headers["authorization"], "Bearer sts-token")
      assert.deepStrictEqual(JSON.parse(impersonation?.body ?? "").scope, [Scopes.cloudPlatform])
    })
  )
})

describe("CredentialFile", () => {
  it.scopedLive("takes a user who is to be a service account", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(({ url }) =>
        url === "/token" ? giving("user-token") : { body: { accessToken: "robot", expireTime: "2999-01-01T00:00:00Z" } }
      )
      const source = CredentialFile.fromJson(
        json({
          type: "impersonated_service_account",
          service_account_impersonation_url: `${origin}/v1/projects/-/serviceAccounts/r@d.iam.gserviceaccount.com:generateAccessToken`,
          source_credentials: credentials.authorizedUser(`${origin}/token`)
        }),
        { scopes: [Scopes.earthEngine] }
      )
      assert.strictEqual(yield* tokenOf(source), "robot")
      assert.deepStrictEqual(
        received.map(({ url }) => url),
        ["/token", "/v1/projects/-/serviceAccounts/r@d.iam.gserviceaccount.com:generateAccessToken"]
      )
      assert.strictEqual(received[1]?.headers["authorization"], "Bearer user-token")
      assert.deepStrictEqual(JSON.parse(received[1]?.body ?? "").scope, [Scopes.earthEngine])
    })
  )

  it.scopedLive("takes a user of another identity provider", () =>
    Effect.gen(function* () {
      const { origin, received } = yield* endpoint(() => giving("workforce-token"))
      const source = CredentialFile.fromJson(
        json({
          type: "external_account_authorized_user",
          audience: "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
          client_id: "client",
          client_secret: "canary-client-secret",
          refresh_token: "canary-refresh-token",
          token_url: `${origin}/oauthtoken`
        })
      )
      assert.strictEqual(yield* tokenOf(source), "workforce-token")
      assert.strictEqual(received[0]?.form["refresh_token"], "canary-refresh-token")
    })
  )
})

describe("MetadataServer", () => {
  const flavor = { "metadata-flavor": "Google" }

  it.scopedLive("is asked at GCE_METADATA_HOST, for the scopes where there are some", () =>
    Effect.gen(function* () {
      const { host, received } = yield* endpoint(() => ({ ...giving("gce-token"), headers: flavor }))
      const env = { GCE_METADATA_HOST: host }
      assert.strictEqual(yield* tokenOf(MetadataServer.make(), env), "gce-token")
      yield* tokenOf(MetadataServer.make({ scopes: [Scopes.earthEngine], serviceAccount: "a@b" }), env)
      const path = "/computeMetadata/v1/instance/service-accounts"
      assert.deepStrictEqual(
        received.map(({ headers, url }) => [headers["metadata-flavor"], url]),
        [
          ["Google", `${path}/default/token`],
          ["Google", `${path}/a%40b/token?scopes=${encodeURIComponent(Scopes.earthEngine)}`]
        ]
      )
    })
  )

  it.scopedLive("is not whatever else answers there", () =>
    Effect.gen(function* () {
      const { host } = yield* endpoint(() => giving("a trap"))
      const error = yield* Effect.flip(tokenOf(MetadataServer.make(), { GCE_METADATA_HOST: host }))
      assert.include(error.message, "is no metadata server of Google's")
    })
  )

  it.scopedLive("says that the machine has no service account", () =>
    Effect.gen(function* () {
      const { host } = yield* endpoint(() => ({ status: 404, body: "<p>Not found</p>", headers: flavor }))
      const error = yield* Effect.flip(tokenOf(MetadataServer.make(), { GCE_METADATA_HOST: host }))
      assert.include(error.message, `${host} answered 404: Not found. Give the machine a service account`)
    })
  )

  it.scopedLive("is waited for no longer than it is said to", () =>
    Effect.gen(function* () {
      const { host } = yield* endpoint(() => undefined)
      const source = MetadataServer.make({ timeout: "50 millis" })
      const error = yield* Effect.flip(tokenOf(source, { GCE_METADATA_HOST: host }))
      assert.include(error.message, `${host} did not answer within 50ms`)
      assert.deepInclude(error.status.details[0], { reason: "CREDENTIALS_UNAVAILABLE" })
    })
  )
})

describe("TokenSource.fixed", () => {
  it.effect("is the token that it was given", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* tokenOf(TokenSource.fixed(Redacted.make("mine"))), "mine")
    })
  )
})
