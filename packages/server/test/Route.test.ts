import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Route from "@effect-lro/server/Route"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { serve, service, statusOf } from "./fixtures/Ask.js"

const echo: Route.Route = {
  method: "POST",
  template: "/v1/{project=projects/*}/image:export",
  fields: ["expression", "requestId"],
  query: ["dryRun"],
  handler: ({ body, query, variables }) => Effect.succeed({ variables, body, query })
}

const line = "POST /v1/projects/p/image:export"

describe("Route", () => {
  it.effect("is served in the same trie, with what the path, query and body say", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ routes: [echo] })
      const answer = yield* ask(`${line}?dryRun=true&alt=json`, {
        body: `{"expression":{"values":{}},"request_id":"r"}`
      })
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepStrictEqual(answer.json, {
        variables: { project: "projects/p" },
        body: { expression: { values: {} }, request_id: "r" },
        query: [["dryRun", "true"]]
      })
    })
  )

  for (const [shown, sent, status] of [
    ["an unknown field", { body: `{"colour":1}` }, 400],
    ["an array", { body: "[]" }, 400],
    ["half of a surrogate pair", { body: `{"expression":{"a":["\\ud800"]}}` }, 400],
    ["half of a surrogate pair in a key", { body: `{"expression":{"\\udc00":1}}` }, 400],
    ["a whole surrogate pair", { body: `{"expression":{"a":"\\ud83d\\ude00"}}` }, 200],
    ["plain text", { body: "{}", headers: { "content-type": "text/plain" } }, 415],
    ["100 levels", { body: `{"expression":${"[".repeat(99)}${"]".repeat(99)}}` }, 200],
    ["101 levels", { body: `{"expression":${"[".repeat(100)}${"]".repeat(100)}}` }, 400],
    ["a megabyte", { body: " ".repeat(1_048_576) }, 200],
    ["a byte more", { body: " ".repeat(1_048_577) }, 413],
    ["no body", {}, 200]
  ] as const) {
    it.effect(`answers ${shown} with ${status}`, () =>
      Effect.gen(function* () {
        const { ask } = yield* serve({ routes: [echo] })
        const answer = yield* ask(line, sent)
        assert.strictEqual(answer.status, status, answer.text.slice(0, 500))
      })
    )
  }

  it.effect("refuses names in the query that it does not know", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ routes: [echo] })
      assert.strictEqual((yield* ask(`${line}?force=1`)).status, 400)
    })
  )

  it.effect("has a limit of its own where it wants one", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({ routes: [{ ...echo, maxBodyBytes: 10 }] })
      assert.strictEqual((yield* ask(line, { body: " ".repeat(11) })).status, 413)
    })
  )

  it.effect("fails in Google's envelope", () =>
    Effect.gen(function* () {
      const { ask } = yield* serve({
        routes: [
          {
            ...echo,
            handler: () =>
              OperationsError.fromStatus({
                operation: "",
                method: "start",
                status: Status.make({ code: "RESOURCE_EXHAUSTED", message: "the queue is full (3000)" })
              })
          }
        ]
      })
      const answer = yield* ask(line)
      assert.strictEqual(answer.status, 429)
      assert.deepStrictEqual(answer.json, {
        error: { code: 429, message: "the queue is full (3000)", status: "RESOURCE_EXHAUSTED" }
      })
    })
  )

  it.effect("answers INTERNAL where the handler dies, throws or answers an array", () =>
    Effect.gen(function* () {
      const handlers: ReadonlyArray<Route.Route["handler"]> = [
        () => Effect.die("canary"),
        () => {
          throw new Error("canary")
        },
        () => Effect.succeed([])
      ]
      for (const handler of handlers) {
        const { ask } = yield* serve({
          routes: [
            { ...echo, handler },
            { method: "GET", template: "/get", handler }
          ]
        })
        for (const request of [line, "GET /get"]) {
          const answer = yield* ask(request).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
          assert.strictEqual(answer.status, 500)
          assert.strictEqual(statusOf(answer), "INTERNAL")
          assert.notInclude(answer.text, "canary")
        }
      }
    })
  )

  it.effect("is open to everybody where it is public, and to nobody unknown where it is not", () =>
    Effect.gen(function* () {
      const refuse = new OperationsError.Unauthorized({
        operation: "",
        method: "get",
        reason: "Refused",
        status: Status.make({ code: "UNAUTHENTICATED" })
      })
      const open: Route.Route = {
        method: "GET",
        template: "/health",
        access: "public",
        handler: () => Effect.succeed({ ok: true })
      }
      const { ask } = yield* serve({ routes: [echo, open], authenticate: () => Effect.fail(refuse) })
      assert.strictEqual((yield* ask("GET /health")).text, `{"ok":true}`)
      assert.strictEqual((yield* ask(line)).status, 401)
      assert.strictEqual((yield* ask("POST /health")).status, 401)
    })
  )

  it.effect("is not interrupted with its client where it may change something, and is where it only reads", () =>
    Effect.gen(function* () {
      const finished: Array<string> = []
      const slow = (method: "GET" | "POST", template: string): Route.Route => ({
        method,
        template,
        handler: () =>
          Effect.as(
            Effect.delay(
              Effect.sync(() => finished.push(method)),
              "1 second"
            ),
            {}
          )
      })
      const { ask } = yield* serve({ routes: [slow("GET", "/slow"), slow("POST", "/slow")] })
      for (const method of ["GET", "POST"]) {
        const fiber = yield* Effect.fork(ask(`${method} /slow`))
        yield* TestClock.adjust("10 millis")
        yield* Fiber.interrupt(fiber)
      }
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(finished, ["POST"])
    })
  )

  it.effect("has the context of its server", () =>
    Effect.gen(function* () {
      class Greeting extends Context.Tag("Greeting")<Greeting, string>() {}
      const greet: Route.Route<Greeting> = {
        method: "GET",
        template: "/greet",
        handler: () => Effect.map(Greeting, (greeting) => ({ greeting }))
      }
      const { ask } = yield* Effect.provideService(serve({ routes: [greet] }), Greeting, "hello")
      assert.deepStrictEqual((yield* ask("GET /greet")).json, { greeting: "hello" })
    })
  )

  it.effect("is made for every version of a start method", () =>
    Effect.gen(function* () {
      const described = ServiceDescription.project({
        id: "demo.example.com",
        versions: ["v1", "v1beta"],
        starts: [{ id: "image.export", template: "{project=projects/*}/image:export" }]
      })
      const routes = described.starts.flatMap((method) =>
        Route.start(method, { handler: ({ variables }) => Effect.succeed(variables) })
      )
      const { ask } = yield* serve({ service, routes })
      for (const version of ["v1", "v1beta"]) {
        assert.deepStrictEqual((yield* ask(`POST /${version}/projects/p/image:export`)).json, { project: "projects/p" })
      }
    })
  )
})
