import { readFileSync } from "node:fs"
import * as AccessToken from "@effect-lro/google-auth/AccessToken"
import * as CredentialFile from "@effect-lro/google-auth/CredentialFile"
import * as EarthEngineCredentials from "@effect-lro/google-auth/EarthEngineCredentials"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as credentials from "./support/credentials.js"
import { endpoint, type Reply } from "./support/endpoint.js"
import { machine, offline } from "./support/machine.js"

/** A machine, or what the token endpoint of its key answers: nothing, or never anything. */
interface Case {
  readonly variables?: Record<string, string>
  readonly files?: Record<string, unknown>
  readonly key?: object
  readonly reply?: Reply | "never"
}

const meant = { GOOGLE_APPLICATION_CREDENTIALS: "/key.json" }

const cases: Record<string, Case> = {
  "the machine has no credentials at all": {},
  "`GOOGLE_APPLICATION_CREDENTIALS` names a file that is not there": { variables: meant },
  "the file may not be read": { variables: meant, files: { "/key.json": new Error() } },
  "the file is no JSON object": { variables: meant, files: { "/key.json": "[1]" } },
  "the file lacks a member": { variables: meant, files: { "/key.json": { type: "service_account" } } },
  "the file is of a kind that is not known": { variables: meant, files: { "/key.json": { type: "magic" } } },
  "its private key is none": { key: { private_key: "canary" } },
  "Earth Engine's file, which `EE_CONFIG_FILE` names, has no client": {
    variables: { EE_CONFIG_FILE: "/ee" },
    files: { "/ee": { refresh_token: "canary" } }
  },
  "a file with the subject token is not there": {
    variables: meant,
    files: { "/key.json": credentials.externalAccount("http://127.0.0.1:1", { file: "/not/there" }) }
  },
  "the token endpoint answers `invalid_grant`": {
    reply: { status: 400, body: { error: "invalid_grant", error_description: "Invalid JWT Signature." } }
  },
  "the token endpoint answers 429": { reply: { status: 429, body: { error: "rate_limited" } } },
  "the token endpoint answers 502 with a page": {
    reply: { status: 502, body: "<title>Error 502 (Server Error)!!1</title>" }
  },
  "the token endpoint answers 200 without a token": { reply: { body: { token_type: "Bearer" } } },
  "the token endpoint answers 200 with a page": { reply: { body: "<p>Welcome to the hotel</p>" } },
  "the token endpoint leads elsewhere": {
    reply: { status: 307, headers: { location: "http://127.0.0.1:1" }, body: "" }
  },
  "the token endpoint does not answer": { reply: "never" },
  "nobody listens where the token endpoint should be": {}
}

const document = readFileSync(new URL("../../../docs/credentials.md", import.meta.url), "utf8")

/** The rows of the table under a heading, as cells. */
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
        .map((cell) => cell.trim())
    )
}

const failureOf = ({ files = {}, key = {}, reply, variables }: Case, nobody: boolean) =>
  Effect.gen(function* () {
    const { origin } = yield* endpoint(() => (reply === "never" ? undefined : (reply ?? assert.fail())))
    const account = { ...credentials.serviceAccount(nobody ? "http://127.0.0.1:1/" : origin), ...key }
    const source =
      reply !== undefined || "private_key" in key || nobody
        ? CredentialFile.fromJson(Redacted.make(JSON.stringify(account)))
        : EarthEngineCredentials.onThisMachine()
    const token = yield* Effect.provide(
      AccessToken.make(source, { retry: Schedule.stop, timeout: reply === "never" ? "100 millis" : undefined }),
      machine({ HOME: "/home/me", ...offline, ...variables }, files)
    )
    return yield* Effect.flip(token.get)
  })

describe("docs/credentials.md", () => {
  const table = rows("When there are no credentials")

  it("has a row for every case", () => {
    assert.deepStrictEqual(
      table.map(([what]) => what),
      Object.keys(cases)
    )
  })

  for (const [what = "", reason = "", says = ""] of table) {
    it.scopedLive(`${what}: ${reason}`, () =>
      Effect.gen(function* () {
        const error = yield* failureOf(cases[what] ?? assert.fail(what), what.startsWith("nobody listens"))
        assert.deepInclude(error, { _tag: "Unauthorized", reason: "NoCredentials" })
        assert.deepInclude(error.status.details[0], { reason: reason.replaceAll("`", "") })
        assert.include(error.message, says.replaceAll("`", ""))
        assert.notInclude(error.message, "canary")
        assert.match(error.message, /\. [A-Z][^.]+/)
      })
    )
  }
})
