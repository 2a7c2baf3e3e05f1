import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

interface Operation {
  readonly name: string
  readonly done?: boolean
  readonly metadata: { readonly "@type": string; readonly state: string }
}

const ask = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.flatMap(HttpClient.HttpClient, (client) => client.execute(request)).pipe(
    Effect.flatMap((response) => response.json),
    Effect.map((json) => json as Operation)
  )

const terminal = new Set(["SUCCEEDED", "FAILED", "CANCELLED"])

describe("Rules of real clients", () => {
  for (const isCancelled of [false, true]) {
    it.effect(
      `rule 8: the metadata has Earth Engine's words, and done and state are of one moment, ${isCancelled ? "also where it is cancelled" : "until it has succeeded"}`,
      () =>
        Effect.gen(function* () {
          const started = yield* ask(
            HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("http://e/v1/projects/p/image:export"), {
              expression: { values: {} }
            })
          )
          const states: Array<string> = []
          for (let second = 0; second < 14; second++) {
            if (isCancelled && second === 5) yield* ask(HttpClientRequest.post(`http://e/v1/${started.name}:cancel`))
            const { done = false, metadata } = yield* ask(HttpClientRequest.get(`http://e/v1/${started.name}`))
            assert.strictEqual(metadata["@type"], "type.googleapis.com/google.earthengine.v1.OperationMetadata")
            assert.strictEqual(done, terminal.has(metadata.state), metadata.state)
            if (states.at(-1) !== metadata.state) states.push(metadata.state)
            yield* TestClock.adjust("1 second")
          }
          assert.deepStrictEqual(
            states,
            isCancelled ? ["PENDING", "RUNNING", "CANCELLING", "CANCELLED"] : ["PENDING", "RUNNING", "SUCCEEDED"]
          )
        }).pipe(Effect.provide(EmulatorApp.layerHttpClient({ startDelay: "2 seconds", cancelLatency: "3 seconds" })))
    )
  }
})
