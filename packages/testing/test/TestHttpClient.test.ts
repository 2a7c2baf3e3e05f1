import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

const url = "https://example.com/v1/projects/demo/operations/A:cancel"

/** Sends one request that meets with an answer, and says what the client gets, when, and how often the server was asked. */
const meet = (answer: TestHttpClient.Answer) =>
  Effect.gen(function* () {
    let served = 0
    const server = HttpClient.make((request) =>
      Effect.sync(() => {
        served += 1
        return HttpClientResponse.fromWeb(request, new Response("served"))
      })
    )
    const { client, control } = yield* TestHttpClient.make(server)
    yield* control.answerNext(answer)
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* client.execute(HttpClientRequest.post(url)).pipe(
      Effect.flatMap((response) => Effect.map(response.text, (text) => `${response.status} ${text}`)),
      Effect.match({ onFailure: (error) => error.reason as string, onSuccess: (text) => text }),
      Effect.flatMap((end) => Effect.map(Clock.currentTimeMillis, (now) => ({ end, after: now - began }))),
      Effect.fork
    )
    yield* TestClock.adjust("1 minute")
    const exit = yield* Fiber.poll(fiber)
    return { ...(exit._tag === "None" ? { end: "nothing" } : yield* exit.value), served }
  })

const unavailable = TestHttpClient.response(503, { body: "later" })

describe("TestHttpClient", () => {
  it.effect.each<readonly [string, TestHttpClient.Answer, object]>([
    ["the server's own answer", TestHttpClient.served, { end: "200 served", after: 0, served: 1 }],
    ["another answer", unavailable, { end: "503 later", after: 0, served: 0 }],
    [
      "another answer than the server's, which had the request",
      TestHttpClient.executed(unavailable),
      { end: "503 later", after: 0, served: 1 }
    ],
    ["an answer that breaks off", TestHttpClient.broken(200, { body: "ser" }), { end: "Decode", after: 0, served: 0 }],
    ["a late answer", TestHttpClient.late("5 seconds"), { end: "200 served", after: 5000, served: 1 }],
    [
      "a late answer that breaks off, of a server that had the request",
      TestHttpClient.executed(TestHttpClient.late("5 seconds", TestHttpClient.broken(200))),
      { end: "Decode", after: 5000, served: 1 }
    ],
    ["a lost answer", { _tag: "AnswerLost" }, { end: "Transport", after: 0, served: 1 }],
    ["a lost connection", { _tag: "ConnectionLost" }, { end: "Transport", after: 0, served: 0 }],
    ["silence", { _tag: "Silence" }, { end: "nothing", served: 0 }]
  ])("%s", ([_, answer, expected]) =>
    Effect.map(meet(answer), (met) => {
      assert.deepEqual(met, expected)
    })
  )

  it.effect("remembers what was sent", () =>
    Effect.gen(function* () {
      const server = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response())))
      const { client, control } = yield* TestHttpClient.make(server)
      yield* TestClock.adjust("2 seconds")
      yield* client.execute(HttpClientRequest.bodyText(HttpClientRequest.post(url), "{}", "application/json"))
      yield* client.get("https://example.com/v1/projects/demo/operations?pageSize=1")
      const requests = yield* control.requests
      assert.deepStrictEqual(
        requests.map(({ at, body, httpMethod, method }) => ({ at, body, httpMethod, method })),
        [
          { at: 2000, body: "{}", httpMethod: "POST", method: "cancel" },
          { at: 2000, body: "", httpMethod: "GET", method: "list" }
        ]
      )
    })
  )

  it.effect("keeps an order for the method it is for, and carries out the others meanwhile", () =>
    Effect.gen(function* () {
      const server = HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, new Response("served")))
      )
      const { client, control } = yield* TestHttpClient.make(server)
      yield* control.answerNext(unavailable, { method: "get", times: 2 })
      yield* control.answerNext(TestHttpClient.html(502))
      const statuses = yield* Effect.forEach(
        [
          HttpClientRequest.post(url),
          HttpClientRequest.post(url),
          ...Array.from({ length: 3 }, () => HttpClientRequest.get(url.replace(":cancel", "")))
        ],
        (request) => Effect.map(client.execute(request), ({ status }) => status)
      )
      assert.deepStrictEqual(statuses, [502, 200, 503, 503, 200])
    })
  )
})
