import * as Util from "node:util"
import * as Credentials from "@effect-lro/client/Credentials"
import type * as Operation from "@effect-lro/core/Operation"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Errors from "@effect-lro/core/OperationsError"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { json, name, operationsOver, recorded } from "./support/service.js"

describe("RestOperations", () => {
  describe("no answer", () => {
    it.effect("a connection that fails is TransportError with the causes told", () =>
      Effect.gen(function* () {
        const cause = new TypeError("fetch failed", { cause: Object.assign(new Error(""), { code: "ECONNREFUSED" }) })
        const request = HttpClientRequest.get("https://x/?key=canary")
        const { client, sent } = recorded(() => Effect.fail(new RequestError({ request, reason: "Transport", cause })))
        const error = yield* Effect.flip((yield* operationsOver(client)).cancel(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Connection", method: "cancel", operation: name })
        assert.include(error.message, "the connection failed: fetch failed: ECONNREFUSED")
        assert.notInclude(Inspectable.toStringUnknown(error), "canary")
        assert.isTrue(Errors.isRetryable(error))
        assert.strictEqual(sent.length, 1)
      })
    )

    it.effect("a connection that breaks within the answer is TransportError, never a result", () =>
      Effect.gen(function* () {
        const cut = () =>
          new Response(
            new ReadableStream({
              start: (controller) => {
                controller.enqueue(new TextEncoder().encode(`{"name": "${name}", "done": true, "error": {"code": 1}}`))
              },
              pull: (controller) => controller.error(new Error("terminated"))
            })
          )
        const error = yield* Effect.flip((yield* operationsOver(recorded(cut).client)).get(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Connection" })
        assert.include(error.message, "terminated")
      })
    )

    it.effect.each([300, 301, 302, 303, 304, 307, 308])("a redirect (%s) is refused", (status) =>
      Effect.gen(function* () {
        const headers = { location: "http://169.254.169.254/" }
        const { client, sent } = recorded(() => new Response(null, { status, headers }))
        const error = yield* Effect.flip((yield* operationsOver(client)).get(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Redirect" })
        assert.isFalse(Errors.isRetryable(error))
        assert.strictEqual(sent.length, 1)
      })
    )

    it.effect("a redirect that a browser hides behind status 0 is refused, too", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* operationsOver(recorded(() => Response.error()).client)).get(name))
        assert.deepInclude(error, { _tag: "TransportError", reason: "Redirect" })
      })
    )

    it.effect("a client that is interrupted from within is no time limit", () =>
      Effect.gen(function* () {
        const inside = () => Effect.zipRight(Effect.yieldNow(), Effect.interrupt)
        const exit = yield* Effect.exit((yield* operationsOver(recorded(inside).client)).get(name))
        assert.isTrue(Exit.isInterrupted(exit))
      })
    )

    it.effect("there is a limit of 30 seconds for headers and body together", () =>
      Effect.gen(function* () {
        const hanging = (sent: { readonly method: string }) =>
          sent.method === "GET"
            ? Effect.never
            : Effect.delay(Effect.succeed(new Response(new ReadableStream({}))), "20 seconds")
        const operations = yield* operationsOver(recorded(hanging).client)
        for (const verb of ["get", "cancel"] as const) {
          const fiber = yield* Effect.fork(Effect.flip(operations[verb](name)))
          yield* TestClock.adjust("29999 millis")
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(fiber)
          assert.deepInclude(error, { _tag: "TransportError", reason: "Timeout" })
          assert.include(error.message, "30s")
        }
      })
    )

    it.effect("the limit can be another, and wait has its own on top", () =>
      Effect.gen(function* () {
        const operations = yield* operationsOver(recorded(() => Effect.never).client, { requestTimeout: "2 seconds" })
        const limits: ReadonlyArray<
          readonly [Effect.Effect<Operation.Operation, OperationsError>, Duration.DurationInput]
        > = [
          [operations.get(name), "2 seconds"],
          [operations.wait(name, { timeout: "10 seconds" }), "12 seconds"],
          [operations.wait(name), "302 seconds"],
          [operations.wait(name, { timeout: Duration.infinity }), "242 seconds"]
        ]
        for (const [effect, limit] of limits) {
          const fiber = yield* Effect.fork(Effect.flip(effect))
          yield* TestClock.adjust(Duration.subtract(limit, 1))
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          yield* TestClock.adjust(1)
          assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout" })
        }
      })
    )

    it.effect("each of many requests has its own limit, counted from its own beginning", () =>
      Effect.gen(function* () {
        const answers = [Effect.never, Effect.delay(Effect.succeed(json({ name })), "25 seconds"), Effect.never]
        const operations = yield* operationsOver(recorded(() => answers.shift() ?? Effect.never).client)
        const ends: Array<string> = []
        const start = (label: string) =>
          operations.get(name).pipe(
            Effect.match({ onFailure: (error) => error._tag, onSuccess: (operation) => operation._tag }),
            Effect.zip(Clock.currentTimeMillis),
            Effect.map(([tag, now]) => ends.push(`${label} ${tag} ${now}`)),
            Effect.fork,
            Effect.zipLeft(TestClock.adjust("10 seconds"))
          )
        const a = yield* start("a")
        const b = yield* start("b")
        const c = yield* start("c")
        assert.deepStrictEqual(ends, ["a TransportError 30000"])
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll([a, b, c])
        const later = yield* start("d")
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(later)
        assert.deepStrictEqual(ends, [
          "a TransportError 30000",
          "b Running 35000",
          "c TransportError 50000",
          "d TransportError 120000"
        ])
      })
    )

    it.effect.each([-2, 2])("the limit holds where the time of day is set by %s days meanwhile", (days) =>
      Effect.gen(function* () {
        const real = yield* Effect.clock
        let set = 0
        const clock: Clock.Clock = {
          ...real,
          unsafeCurrentTimeMillis: () => real.unsafeCurrentTimeMillis() + set,
          unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos(),
          currentTimeMillis: Effect.map(real.currentTimeMillis, (now) => now + set),
          sleep: (duration) => real.sleep(duration)
        }
        const operations = yield* operationsOver(recorded(() => Effect.never).client)
        const fiber = yield* Effect.fork(Effect.withClock(Effect.flip(operations.get(name)), clock))
        yield* TestClock.adjust("29 seconds")
        set = days * 86_400_000
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* TestClock.adjust("1 seconds")
        assert.deepInclude(Option.getOrUndefined(yield* Fiber.poll(fiber)), { _tag: "Success" })
        assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout" })
      })
    )

    it.effect("the limit holds where the caller cannot be interrupted, and the request is over when it is told", () =>
      Effect.gen(function* () {
        let over = false
        const client = HttpClient.make(() =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.delay(
              Effect.sync(() => (over = true)),
              "1 seconds"
            )
          )
        )
        const operations = yield* operationsOver(client)
        const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(operations.get(name))))
        yield* TestClock.adjust("30 seconds")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* TestClock.adjust("1 seconds")
        assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", reason: "Timeout" })
        assert.isTrue(over)
      })
    )

    it.live("no timer is left when all requests are over, answered or interrupted", () =>
      Effect.gen(function* () {
        const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length
        // The timer's fiber is told to end and does so in a turn of its own.
        const settled = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
        const before = timers()
        let hang = false
        const operations = yield* operationsOver(
          recorded(() => (hang ? Effect.async<never>(() => {}) : Effect.as(Effect.yieldNow(), json({ name })))).client
        )
        yield* Effect.all([operations.get(name), operations.get(name), operations.cancel(name)], {
          concurrency: "unbounded"
        })
        yield* settled
        assert.strictEqual(timers(), before)
        hang = true
        const fiber = yield* Effect.fork(operations.get(name))
        yield* Effect.yieldNow()
        assert.strictEqual(timers(), before + 1)
        yield* Fiber.interrupt(fiber)
        yield* settled
        assert.strictEqual(timers(), before)
      })
    )

    it.effect("the caller's context and FiberRefs reach the client", () =>
      Effect.gen(function* () {
        const mine = FiberRef.unsafeMake("nothing")
        let seen = ""
        const client = HttpClient.make((request) =>
          Effect.gen(function* () {
            const span = yield* Effect.option(Effect.currentSpan)
            seen = `${yield* FiberRef.get(mine)} ${Option.getOrThrow(span).name}`
            return HttpClientResponse.fromWeb(request, json({ name }))
          })
        )
        const operations = yield* operationsOver(client)
        yield* operations.get(name).pipe(Effect.locally(mine, "mine"), Effect.withSpan("caller"))
        assert.strictEqual(seen, "mine caller")
      })
    )

    it.effect("an interruption aborts the request", () =>
      Effect.gen(function* () {
        let aborted = false
        const client = HttpClient.make((_request, _url, signal) => {
          signal.addEventListener("abort", () => (aborted = true))
          return Effect.never
        })
        const fiber = yield* Effect.fork((yield* operationsOver(client)).get(name))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        assert.isTrue(aborted)
      })
    )
  })

  describe("secrets", () => {
    it.effect("no error shows a token or a query, printed in whatever way", () =>
      Effect.gen(function* () {
        const answers: ReadonlyArray<(echo: string) => Response | Effect.Effect<Response, RequestError>> = [
          (echo) => json({ error: { code: 401, message: `bad: ${echo}`, status: "UNAUTHENTICATED" } }, { status: 401 }),
          (echo) => new Response(`<p>${echo}</p>`, { status: 502 }),
          (echo) => new Response(echo),
          (echo) =>
            Effect.fail(
              new RequestError({
                request: HttpClientRequest.get("https://x/?pageToken=canary", { headers: { authorization: echo } }),
                reason: "Transport",
                cause: new TypeError(`Headers.append: "${echo}" is an invalid header value.`)
              })
            )
        ]
        for (const answer of answers) {
          const { client, sent } = recorded((sent) => answer(sent.headers["authorization"] ?? ""))
          const operations = yield* operationsOver(client, {
            credentials: Credentials.bearer(Redacted.make("canary"))
          })
          const exit = yield* Effect.exit(operations.listPage({ name: "projects/demo", pageToken: "canary" }))
          assert.strictEqual(sent[0]?.headers["authorization"], "Bearer canary")
          const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
          const error = Option.getOrThrow(Cause.failureOption(cause))
          const texts = [
            Cause.pretty(cause),
            JSON.stringify(error),
            JSON.stringify(cause),
            error.message,
            Inspectable.toStringUnknown(error),
            Util.inspect(error, { depth: 10, showHidden: true }),
            String(Object.values(error).map((value) => Inspectable.toStringUnknown(value)))
          ]
          for (const text of texts) assert.notInclude(text, "canary")
        }
      })
    )
  })
})
