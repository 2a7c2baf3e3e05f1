import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as ApplicationDefault from "@effect-lro/google-auth/ApplicationDefault"
import * as EarthEngineCredentials from "@effect-lro/google-auth/EarthEngineCredentials"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as credentials from "./support/credentials.js"
import { endpoint, giving } from "./support/endpoint.js"
import { machine, offline } from "./support/machine.js"
import { tokenOf } from "./support/run.js"

const flavor = { "metadata-flavor": "Google" }

/** One endpoint for all: each source gets the token that is called like its path. */
const everything = Effect.map(
  endpoint(({ url }) => ({ ...giving(url.split(/[?/]/)[1] ?? ""), headers: flavor })),
  ({ host, origin, received }) => ({
    host,
    received,
    files: {
      "/named.json": credentials.serviceAccount(`${origin}/named`),
      "/home/me/.config/gcloud/application_default_credentials.json": credentials.authorizedUser(`${origin}/gcloud`),
      "/sdk/application_default_credentials.json": credentials.authorizedUser(`${origin}/sdk`),
      "C:\\Users\\me/gcloud/application_default_credentials.json": credentials.authorizedUser(`${origin}/windows`),
      "/home/me/.config/earthengine/credentials": credentials.earthEngine(`${origin}/earthengine`),
      "/other/earthengine": credentials.earthEngine(`${origin}/ee-config-file`)
    } as Record<string, unknown>
  })
)

describe("ApplicationDefault", () => {
  it.scopedLive.each<[string, Record<string, string>, ReadonlyArray<string>, string]>([
    ["GOOGLE_APPLICATION_CREDENTIALS before all", { GOOGLE_APPLICATION_CREDENTIALS: "/named.json" }, [], "named"],
    ["gcloud's file in the home directory", {}, [], "gcloud"],
    ["gcloud's file where CLOUDSDK_CONFIG is", { CLOUDSDK_CONFIG: "/sdk/" }, [], "sdk"],
    ["gcloud's file on Windows", { APPDATA: "C:\\Users\\me" }, [], "windows"],
    ["the metadata server at last", { HOME: "/nobody" }, [], "computeMetadata"],
    ["the metadata server where there is no home", { HOME: "" }, [], "computeMetadata"]
  ])("takes %s", ([_, env, __, expected]) =>
    Effect.gen(function* () {
      const { files, host } = yield* everything
      const variables = { HOME: "/home/me", GCE_METADATA_HOST: host, ...env }
      assert.strictEqual(yield* tokenOf(ApplicationDefault.make(), variables, files), expected)
    })
  )

  it.scopedLive.each<[string, unknown, string]>([
    ["does not exist", undefined, "/x.json, which GOOGLE_APPLICATION_CREDENTIALS names: there is no such file"],
    ["cannot be read", new Error(), "/x.json: the file cannot be read (PermissionDenied)"],
    ["is no JSON", "canary{", "/x.json: it is not a JSON object"],
    ["is empty", " ", "/x.json: it is empty"],
    ["is of no type", { canary: "canary" }, "/x.json: it has no type"],
    ["is of an unknown type", { type: "gdch_service_account" }, `/x.json: its type is "gdch_service_account"`],
    ["lacks members", { type: "authorized_user", client_id: "canary" }, "it has no client_secret, no refresh_token"]
  ])("does not look elsewhere where the named file %s", ([_, file, expected]) =>
    Effect.gen(function* () {
      const { files, host, received } = yield* everything
      const variables = { HOME: "/home/me", GCE_METADATA_HOST: host, GOOGLE_APPLICATION_CREDENTIALS: "/x.json" }
      const error = yield* Effect.flip(tokenOf(ApplicationDefault.make(), variables, { ...files, "/x.json": file }))
      assert.deepInclude(error, { _tag: "Unauthorized", reason: "NoCredentials" })
      assert.include(error.message, expected)
      assert.notInclude(error.message, "canary")
      assert.strictEqual(received.length, 0)
    })
  )

  it.effect("says everything that was tried, and what to do", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(tokenOf(ApplicationDefault.make(), { HOME: "/home/me", ...offline }))
      assert.strictEqual(
        error.status.message,
        "no credentials: this machine: none were found (GOOGLE_APPLICATION_CREDENTIALS: it is not set; " +
          "/home/me/.config/gcloud/application_default_credentials.json: there is no such file; " +
          "the metadata server: METADATA_SERVER_DETECTION is none, so it was not asked). " +
          "Log in with: gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a key file."
      )
    })
  )

  it.effect.each<[string, string | undefined, Record<string, string>, string | undefined]>([
    ["the option", "option", { GOOGLE_CLOUD_QUOTA_PROJECT: "env", HOME: "/with" }, "option"],
    ["GOOGLE_CLOUD_QUOTA_PROJECT", undefined, { GOOGLE_CLOUD_QUOTA_PROJECT: "env", HOME: "/with" }, "env"],
    ["the file", undefined, { HOME: "/with" }, "file"],
    ["nobody", undefined, { HOME: "/without" }, undefined]
  ])("has the quota project of %s", ([_, quotaProject, env, expected]) =>
    Effect.gen(function* () {
      const user = credentials.authorizedUser("http://127.0.0.1:1/")
      const path = ".config/gcloud/application_default_credentials.json"
      const files = { [`/with/${path}`]: { ...user, quota_project_id: "file" }, [`/without/${path}`]: user }
      for (const make of [ApplicationDefault.make, EarthEngineCredentials.onThisMachine]) {
        const token = yield* Effect.provide(AccessToken.make(make({ quotaProject })), machine(env, files))
        assert.deepStrictEqual(yield* token.quotaProject, Option.fromNullable(expected))
      }
    })
  )
})

describe("EarthEngineCredentials", () => {
  it.scopedLive.each<[string, Record<string, string>, string]>([
    ["Earth Engine's file before application default credentials", {}, "earthengine"],
    ["Earth Engine's file before a named one", { GOOGLE_APPLICATION_CREDENTIALS: "/named.json" }, "earthengine"],
    ["the file that EE_CONFIG_FILE names", { EE_CONFIG_FILE: "/other/earthengine" }, "ee-config-file"],
    ["application default credentials where there is no such file", { HOME: "/other", CLOUDSDK_CONFIG: "/sdk" }, "sdk"]
  ])("are %s", ([_, env, expected]) =>
    Effect.gen(function* () {
      const { files, host } = yield* everything
      const variables = { HOME: "/home/me", GCE_METADATA_HOST: host, ...env }
      assert.strictEqual(yield* tokenOf(EarthEngineCredentials.onThisMachine(), variables, files), expected)
    })
  )

  it.scopedLive.each<[string, Record<string, unknown>]>([
    ["no refresh token", { refresh_token: undefined }],
    ["no client of its own", { client_id: undefined, client_secret: undefined }]
  ])("are passed over where they have %s", ([_, members]) =>
    Effect.gen(function* () {
      const { files, host } = yield* everything
      const path = "/home/me/.config/earthengine/credentials"
      const changed = { ...files, [path]: { ...credentials.earthEngine(""), ...members } }
      const variables = { HOME: "/home/me", GCE_METADATA_HOST: host }
      assert.strictEqual(yield* tokenOf(EarthEngineCredentials.onThisMachine(), variables, changed), "gcloud")
    })
  )

  it.scopedLive("say what to do where the file that is meant has no client", () =>
    Effect.gen(function* () {
      const { files } = yield* everything
      const changed = { ...files, "/ee": { ...credentials.earthEngine(""), client_id: undefined, client_secret: "" } }
      for (const source of [EarthEngineCredentials.file(), EarthEngineCredentials.onThisMachine()]) {
        const error = yield* Effect.flip(tokenOf(source, { HOME: "/home/me", EE_CONFIG_FILE: "/ee" }, changed))
        assert.include(error.message, "/ee: it has no client_id and no client_secret")
        assert.include(error.message, "gcloud auth application-default login")
        assert.notInclude(error.message, "canary")
      }
    })
  )

  it.effect("do not come from elsewhere where EE_CONFIG_FILE names no file", () =>
    Effect.gen(function* () {
      const variables = { HOME: "/home/me", EE_CONFIG_FILE: "/gone" }
      const error = yield* Effect.flip(tokenOf(EarthEngineCredentials.onThisMachine(), variables))
      assert.include(error.message, "/gone, which EE_CONFIG_FILE names: there is no such file")
    })
  )

  it.effect("say everything that was tried where nothing was found", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        tokenOf(EarthEngineCredentials.onThisMachine(), { HOME: "/home/me", ...offline })
      )
      assert.include(error.message, "/home/me/.config/earthengine/credentials: there is no such file")
      assert.include(error.message, "GOOGLE_APPLICATION_CREDENTIALS: it is not set")
    })
  )

  it.effect("have the project of the file as their quota project", () =>
    Effect.gen(function* () {
      const files = { "/home/me/.config/earthengine/credentials": credentials.earthEngine("") }
      const source = EarthEngineCredentials.onThisMachine()
      const token = yield* Effect.provide(AccessToken.make(source), machine({ HOME: "/home/me" }, files))
      assert.deepStrictEqual(yield* token.quotaProject, Option.some("ee-project"))
    })
  )
})
