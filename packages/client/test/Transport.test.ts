import * as StartOperation from "@effect-lro/client/StartOperation"
import * as Transport from "@effect-lro/client/Transport"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import { json, name, recorded, service } from "./support/service.js"

class Label extends Context.Tag("@effect-lro/client/test/Transport/Label")<Label, string>() {}

describe("Transport", () => {
  it.each([
    ["https://earthengine.googleapis.com", "https://earthengine.googleapis.com"],
    ["https://earthengine.googleapis.com/", "https://earthengine.googleapis.com"],
    [" http://127.0.0.1:8080/a/b// ", "http://127.0.0.1:8080/a/b"],
    ["HTTPS://EXAMPLE.com:443", "https://example.com"],
    ["http://[::1]:1", "http://[::1]:1"]
  ])("takes %j for the endpoint %s", (text, expected) => {
    assert.deepStrictEqual(Transport.parseEndpoint(text), Either.right(expected))
  })

  it.each([
    "",
    "localhost:8080",
    "/v1",
    "ftp://x",
    "file:///etc/passwd",
    "javascript:1",
    "https://user:canary@x",
    "https://canary@x",
    "https://x?key=canary",
    "https://x/#canary",
    "https://"
  ])("refuses the endpoint %j and does not repeat it", (text) => {
    const error = Either.getOrThrow(Either.flip(Transport.parseEndpoint(text)))
    assert.strictEqual(error._tag, "InvalidEndpoint")
    assert.notInclude(JSON.stringify(error) + error.message, "canary")
  })

  it.scoped("sends each request in the state that its fiber has then", () =>
    Effect.gen(function* () {
      const ref = yield* FiberRef.make("none")
      const seen: Array<string> = []
      const client = HttpClient.make((request) =>
        Effect.map(Effect.zip(FiberRef.get(ref), Effect.serviceOption(Label)), ([value, label]) => {
          seen.push(`${value} ${Option.getOrElse(label, () => "unlabelled")}`)
          return HttpClientResponse.fromWeb(request, json({}))
        })
      )
      const transport = yield* Effect.provideService(Transport.make({ service }), HttpClient.HttpClient, client)
      const send = transport.send({ operation: name, method: "cancel", httpMethod: "POST", path: "/v1/x", body: "{}" })
      yield* send
      yield* send
      yield* Effect.locally(send, ref, "some")
      yield* send
      yield* Effect.provideService(Effect.zipRight(send, send), Label, "labelled")
      yield* FiberRef.set(ref, "other")
      yield* Effect.zipRight(send, Effect.uninterruptible(send))
      assert.deepStrictEqual(seen, [
        "none unlabelled",
        "none unlabelled",
        "some unlabelled",
        "none unlabelled",
        "none labelled",
        "none labelled",
        "other unlabelled",
        "other unlabelled"
      ])
    })
  )

  it.effect("dies of an endpoint that is none", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Transport.make({ service, endpoint: "nowhere" }).pipe(
          Effect.provideService(HttpClient.HttpClient, recorded(() => json({})).client)
        )
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    })
  )
})

describe("StartOperation", () => {
  const start = (
    answer: Response,
    project = "projects/example.com:demo",
    body: StartOperation.StartRequest["body"] = {}
  ) => {
    const { client, sent } = recorded(() => answer)
    return Transport.make({ service, requestParams: true }).pipe(
      Effect.flatMap((transport) =>
        StartOperation.send(transport, { id: "projects.image.export", variables: { project }, body })
      ),
      Effect.exit,
      Effect.map((exit) => ({ exit, sent })),
      Effect.provideService(HttpClient.HttpClient, client)
    )
  }

  it.effect("posts the body once and reads the operation it is answered with", () =>
    Effect.gen(function* () {
      const body = { expression: { values: {} }, requestId: "r", description: "é" }
      const { exit, sent } = yield* start(json({ name }), undefined, body)
      assert.strictEqual(Exit.isSuccess(exit) ? exit.value.name : "", name)
      assert.strictEqual(sent.length, 1)
      assert.strictEqual(sent[0]?.method, "POST")
      assert.strictEqual(sent[0]?.url, "https://earthengine.googleapis.com/v1/projects/example.com%3Ademo/image:export")
      assert.deepStrictEqual(JSON.parse(sent[0]?.body ?? ""), body)
      assert.strictEqual(sent[0]?.headers["content-type"], "application/json")
      assert.strictEqual(sent[0]?.headers["x-goog-request-params"], "project=projects%2Fexample.com%3Ademo")
    })
  )

  it.effect("lets an operation that only validated stay without a name", () =>
    Effect.gen(function* () {
      const { exit } = yield* start(json({ done: true, response: {} }))
      assert.strictEqual(Exit.isSuccess(exit) ? exit.value.name : "failed", "")
    })
  )

  it.effect("fails with the method start and the path in place of a name", () =>
    Effect.gen(function* () {
      const { exit, sent } = yield* start(json({ error: { status: "RESOURCE_EXHAUSTED" } }, { status: 429 }))
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.deepInclude(error, {
        _tag: "ResourceExhausted",
        method: "start",
        operation: "/v1/projects/example.com%3Ademo/image:export"
      })
      assert.strictEqual(sent.length, 1)
    })
  )

  it.effect("sends nothing for a project that is none", () =>
    Effect.gen(function* () {
      for (const project of ["projects/..", "projects/a/b", "demo", "projects/"]) {
        const { exit, sent } = yield* start(json({ name }), project)
        assert.deepInclude(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, { _tag: "InvalidName" })
        assert.deepStrictEqual(sent, [])
      }
    })
  )

  it.effect("takes a body that is not fit for JSON for a defect", () =>
    Effect.gen(function* () {
      const { exit } = yield* start(json({ name }), undefined, { big: 1n })
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    })
  )
})
