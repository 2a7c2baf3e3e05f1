import * as Credentials from "@effect-lro/client/Credentials"
import * as StartOperation from "@effect-lro/client/StartOperation"
import * as Transport from "@effect-lro/client/Transport"
import * as Bulk from "@effect-lro/core/Bulk"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Coalescing from "@effect-lro/core/Coalescing"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import * as Status from "@effect-lro/core/Status"
import * as Dice from "@effect-lro/test-support/Dice"
import * as HostileNames from "@effect-lro/testing/HostileNames"
import * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { name, service } from "./support/service.js"
import { count, on, sent, tagOf } from "./support/stack.js"

const refusal = TestHttpClient.refusal

const unavailable = Status.make({ code: "UNAVAILABLE" })

const runs = on({ [name]: Script.runsUntilCancelled() })

describe("a cancel races the end", () => {
  it.live("and there is one end, which the outcome names and every later look sees", () =>
    Effect.gen(function* () {
      const dice = Dice.make(5)
      const ends: Array<string> = []
      for (let round = 0; round < 300; round++) {
        const script = Script.completes({
          after: dice.between(0, 2000),
          onCancel: Script.stops(dice.between(0, 500)),
          cancelOfDone: dice.pick(["OK", "FAILED_PRECONDITION", "NOT_FOUND"])
        })
        const [outcome, later] = yield* Effect.gen(function* () {
          yield* Effect.sleep(dice.between(0, 500))
          const outcome = yield* Cancellation.cancelAndConfirm(name)
          const later = yield* Effect.all([Operations.get(name), Effect.delay(Operations.get(name), "1 hour")])
          return [outcome, later] as const
        }).pipe(on({ [name]: script }))
        assert.deepStrictEqual(later, [outcome.operation, outcome.operation])
        assert.strictEqual(outcome._tag === "Cancelled", outcome.operation._tag === "Cancelled")
        ends.push(outcome._tag)
      }
      const cancelled = ends.filter((end) => end === "Cancelled").length
      assert.isTrue(cancelled > 60 && cancelled < 240, `${cancelled} of 300 races were won by the cancel`)
    })
  )
})

describe("a cancel before the client knows the name", () => {
  const start = Effect.gen(function* () {
    const transport = yield* Transport.make({ service })
    const answer = TestHttpClient.response(200, { body: JSON.stringify({ name }) })
    yield* TestHttpClient.answerNext(TestHttpClient.late("2 seconds", answer))
    const request = { id: "projects.image.export", variables: { project: "projects/demo" }, body: {} }
    return StartOperation.send(transport, request)
  })

  it.live.each([
    ["leave", "start 0"],
    ["cancel", "start 0, cancel 2000"],
    ["cancelAndConfirm", "start 0, cancel 2000, get 2000"]
  ] as const)("is sent as soon as it is known, where it is to be sent: %s", ([onInterrupt, expected]) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Operations.scoped(yield* start, { onInterrupt }))
      yield* Effect.sleep("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* sent, expected)
      yield* Effect.sleep("1 hour")
      assert.strictEqual(yield* sent, expected)
    }).pipe(runs)
  )
})

describe("the server did it and the reply was lost", () => {
  it.live("a cancel is repeated, which is harmless", () =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext({ _tag: "AnswerLost" }, { times: 3 })
      const outcome = yield* Cancellation.cancelAndConfirm(name)
      const cancels = (yield* TestOperations.requests).filter(({ method }) => method === "cancel")
      assert.deepStrictEqual([outcome._tag, cancels.length], ["Cancelled", 4])
    }).pipe(runs)
  )

  it.live("a start is not repeated, because there might be two", () =>
    Effect.gen(function* () {
      const transport = yield* Transport.make({ service })
      yield* TestHttpClient.answerNext({ _tag: "AnswerLost" })
      const request = { id: "projects.image.export", variables: { project: "projects/demo" }, body: {} }
      const scoped = Operations.scoped(StartOperation.send(transport, request), { onInterrupt: "cancel" })
      assert.strictEqual(yield* tagOf(scoped), "TransportError")
      assert.strictEqual(yield* sent, "start 0")
    }).pipe(runs)
  )
})

describe("truncated, empty, non-JSON and HTML responses", () => {
  const json = { headers: { "content-type": "application/json" } }
  const long = "<html>" + "CANCELLED ".repeat(10_000)
  const bodies: ReadonlyArray<readonly [string, TestHttpClient.Answer, string, number]> = [
    [
      "cut JSON",
      TestHttpClient.response(200, { body: `{"done":true,"error":{"code":1`, ...json }),
      "MalformedResponse",
      1
    ],
    ["nothing", TestHttpClient.response(200), "MalformedResponse", 1],
    ["a word", TestHttpClient.response(200, { body: "CANCELLED" }), "MalformedResponse", 1],
    ["a page", TestHttpClient.response(200, { body: long }), "MalformedResponse", 1],
    [
      "an array",
      TestHttpClient.response(200, { body: `[{"done":true,"error":{"code":1}}]`, ...json }),
      "MalformedResponse",
      1
    ],
    ["a page of a missing route", TestHttpClient.response(404, { body: long }), "NotFound", 1],
    ["a page of an error", TestHttpClient.response(500, { body: long }), "Internal", 1],
    ["a page of a front end that is down", TestHttpClient.response(502, { body: long }), "Unavailable", 6],
    ["a connection that breaks off", TestHttpClient.broken(200, { body: `{"done":true` }), "TransportError", 6]
  ]
  const programs = {
    cancel: Cancellation.cancelAndConfirm(name, { timeout: "1 hour" }),
    get: Poller.awaitDone(name),
    wait: Poller.awaitDone(name, { serverWait: "10 seconds" }),
    list: Stream.runDrain(Operations.list({ name: "projects/demo" }))
  }

  it.live.each(bodies)("%s is a typed error, repeated only where the status says so", ([what, answer, tag, times]) =>
    Effect.gen(function* () {
      for (const [method, program] of Object.entries(programs)) {
        const error = yield* Effect.gen(function* () {
          yield* TestHttpClient.answerNext(answer, { times: 100 })
          const error = yield* Effect.flip(program)
          // A list is not repeated by itself; a service that does not wait may have no route for it; a cancel that nobody
          // answers, or in words that nobody understands, is followed by a look.
          const expected =
            method === "list"
              ? 1
              : method === "wait" && tag === "NotFound"
                ? 2
                : method === "cancel" && (times > 1 || tag === "MalformedResponse")
                  ? times + 1
                  : times
          assert.strictEqual((yield* TestHttpClient.requests).length, expected, `${method} meets ${what}`)
          return error
        }).pipe(runs)
        assert.strictEqual(error._tag, tag, `${method} meets ${what}`)
        if (error._tag === "MalformedResponse") assert.strictEqual(error.httpStatus, 200)
        assert.isAtMost(("excerpt" in error ? error.excerpt : error.message).length, 700)
      }
    })
  )

  it.live("in answer to a cancel that was done all the same, it is looks that find out", () =>
    Effect.gen(function* () {
      for (const [what, answer, tag] of bodies) {
        if (tag !== "MalformedResponse") continue
        yield* TestHttpClient.answerNext(TestHttpClient.executed(answer))
        assert.strictEqual(yield* tagOf(Cancellation.cancelAndConfirm(name)), "Cancelled", what)
      }
    }).pipe(runs)
  )

  it.live("after which the wait goes on, where they are forgiven", () =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(TestHttpClient.served)
      yield* TestHttpClient.answerNext(TestHttpClient.html(502), { times: 2 })
      yield* TestHttpClient.answerNext(TestHttpClient.broken(200, { body: `{"done":true` }), { times: 2 })
      assert.strictEqual(yield* tagOf(Cancellation.cancelAndConfirm(name)), "Cancelled")
    }).pipe(runs)
  )
})

describe("hostile names", () => {
  it.live.each(HostileNames.hostile)("no program sends anything for $what", ({ name }) =>
    Effect.gen(function* () {
      const programs: ReadonlyArray<Effect.Effect<string, never, Operations.Operations>> = [
        tagOf(Operations.get(name)),
        tagOf(Poller.awaitDone(name)),
        tagOf(Poller.awaitDone(name, { serverWait: "1 minute" })),
        tagOf(Cancellation.cancelAndConfirm(name)),
        tagOf(Checkpoint.resume(Checkpoint.make({ operation: name, intent: "cancel" }), { save: () => Effect.void })),
        tagOf(Effect.provide(SharedPoller.awaitDone(name), SharedPoller.layer())),
        tagOf(
          Effect.scoped(
            Effect.flatMap(Operations.Operations, (it) => Effect.flatMap(Coalescing.make(it), (_) => _.get(name)))
          )
        ),
        Bulk.cancel([name]).pipe(
          Stream.runHead,
          Effect.map(
            Option.match({
              onNone: () => "nothing",
              onSome: ({ result }) => (result._tag === "Left" ? result.left._tag : "")
            })
          ),
          Effect.merge
        )
      ]
      for (const program of programs) assert.strictEqual(yield* program, "InvalidName")
      assert.strictEqual(yield* sent, "")
    }).pipe(runs)
  )

  it.live("many at once, under what might be their parent, send nothing either", () =>
    Effect.gen(function* () {
      const names = HostileNames.hostile.map(({ name }) => name)
      const results = yield* Effect.forEach(names, (name) => tagOf(SharedPoller.awaitDone(name)), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(SharedPoller.layer({ listFrom: 2 })))
      assert.deepStrictEqual([...new Set(results)], ["InvalidName"])
      for (const { method, url } of yield* TestHttpClient.requests) {
        // What they have in common is a parent that is none of the hostile things.
        assert.strictEqual(method, "list")
        assert.match(url, /^https:\/\/earthengine\.googleapis\.com\/v1\/projects\/demo\/operations\?/)
      }
    }).pipe(runs)
  )
})

describe("a server or a name that sends the client elsewhere", () => {
  const elsewhere = [
    "http://169.254.169.254/computeMetadata/v1/",
    "https://earthengine.googleapis.com.evil.example/v1/x",
    "file:///etc/passwd",
    "//evil.example/v1/x",
    `/v1/${name}`
  ]

  it.live.each(elsewhere)("no redirect is followed: %s", (location) =>
    Effect.gen(function* () {
      for (const status of [301, 302, 303, 307, 308]) {
        for (const program of [
          Cancellation.cancelAndConfirm(name),
          Poller.awaitDone(name),
          Effect.as(Operations.listPage({ name: "projects/demo" }), { _tag: "a page" }),
          Effect.as(Operations.delete(name), { _tag: "deleted" })
        ]) {
          yield* TestHttpClient.answerNext(TestHttpClient.response(status, { headers: { location } }))
          assert.strictEqual(yield* tagOf(program), "TransportError")
        }
      }
      const requests = yield* TestHttpClient.requests
      assert.strictEqual(requests.length, 20)
      for (const { url } of requests)
        assert.match(url, /^https:\/\/earthengine\.googleapis\.com\/v1\/projects\/demo\/operations/)
    }).pipe(runs)
  )

  it.live.each([
    "projects/demo/operations/@evil.example",
    "projects/demo@evil.example/operations/A",
    "projects/demo/operations/A?url=http:evil",
    "projects/demo/operations/A#@evil.example"
  ])("a name stays within the path of the service: %s", (odd) =>
    Effect.gen(function* () {
      yield* Effect.ignore(Operations.get(odd))
      for (const { url } of yield* TestHttpClient.requests) {
        assert.strictEqual(new URL(url).host, "earthengine.googleapis.com")
        assert.match(new URL(url).pathname, /^\/v1\/projects\/[^/]+\/operations\/[^/]+$/)
        assert.strictEqual(new URL(url).search + new URL(url).hash, "")
      }
    }).pipe(runs)
  )
})

describe("a thundering herd", () => {
  it.live("a thousand waits for one operation are one look at a time", () =>
    Effect.gen(function* () {
      const tags = yield* Effect.forEach(Array.from({ length: 1000 }), () => tagOf(SharedPoller.awaitDone(name)), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(SharedPoller.layer()))
      assert.deepStrictEqual([...new Set(tags)], ["Succeeded"])
      // At 0, 0.5, 1.25, 2.375, … seconds, as for one.
      assert.isAtMost((yield* TestHttpClient.requests).length, 12)
    }).pipe(on({ [name]: Script.completes({ after: "30 seconds" }) }))
  )

  it.live("a thousand looks at once are one, where they are coalesced", () =>
    Effect.gen(function* () {
      const operations = yield* Coalescing.make(yield* Operations.Operations)
      yield* Effect.forEach(Array.from({ length: 1000 }), () => operations.get(name), { concurrency: "unbounded" })
      assert.strictEqual(yield* count("get"), 1)
    }).pipe(Effect.scoped, runs)
  )

  it.live("retries have full jitter", () =>
    Effect.gen(function* () {
      const clients = 200
      const seeded = (seed: number) => Effect.withRandom(Cancellation.cancelAndConfirm(name), Random.make(seed))
      yield* TestHttpClient.answerNext(refusal(unavailable), { times: clients })
      yield* Effect.forEach(Array.from({ length: clients }), (_, seed) => Effect.ignore(seeded(seed)), {
        concurrency: "unbounded"
      })
      const cancels = (yield* TestHttpClient.requests).filter(({ method }) => method === "cancel").map(({ at }) => at)
      const again = cancels.slice(clients)
      assert.strictEqual(again.length, clients)
      // Half a second in ten parts, and somebody comes back in each of them.
      const parts = new Set(again.map((at) => Math.floor(at / 50)))
      assert.strictEqual(parts.size, 10)
    }).pipe(on({ [name]: Script.completes({ after: 0 }) }))
  )

  it.live("polls have no jitter, so that whoever goes on with one looks when the one before would have", () =>
    Effect.gen(function* () {
      const seeded = (seed: number) => Effect.withRandom(Poller.awaitDone(name), Random.make(seed))
      yield* Effect.forEach(Array.from({ length: 100 }), (_, seed) => seeded(seed), { concurrency: "unbounded" })
      const times = new Set((yield* TestHttpClient.requests).map(({ at }) => at))
      assert.deepStrictEqual([...times], [0, 500, 1250, 2375, 4062.5])
    }).pipe(on({ [name]: Script.completes({ after: "3 seconds" }) }))
  )

  it.live("nobody is back before it was asked to be", () =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(refusal(unavailable, { retryAfter: "9 seconds" }), { times: 100 })
      yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.ignore(Poller.awaitDone(name)), {
        concurrency: "unbounded"
      })
      const times = new Set((yield* TestHttpClient.requests).map(({ at }) => at))
      assert.deepStrictEqual([...times], [0, 9000])
    }).pipe(on({ [name]: Script.completes({ after: 0 }) }))
  )
})

describe("a token expires", () => {
  /** Accepts a token for an hour after it was made; the tokens tell when that was. */
  const expiring = (server: HttpClient.HttpClient) =>
    HttpClient.make((request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const [, madeAt] = /^Bearer made-at-(\d+)-\d+$/.exec(request.headers["authorization"] ?? "") ?? []
        return madeAt !== undefined && now - Number(madeAt) < 3_600_000
          ? server.execute(request)
          : Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 401 })))
      })
    )

  const tokens = () => {
    let renewals = 0
    let token = Redacted.make("made-at-0-0")
    const credentials = Credentials.bearer({
      get: Effect.sync(() => token),
      renew: () =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          renewals += 1
          token = Redacted.make(`made-at-${Math.floor(now)}-${renewals}`)
          return token
        })
    })
    return { credentials, renewals: () => renewals }
  }

  it.live("during a poll of three hours: one renewal and one repetition each time", () => {
    const { credentials, renewals } = tokens()
    return Effect.gen(function* () {
      const looks: Array<number> = []
      const onLook = () => Effect.map(Clock.currentTimeMillis, (now) => void looks.push(now))
      assert.strictEqual(yield* tagOf(Poller.awaitDone(name, { onLook })), "Succeeded")
      assert.strictEqual(renewals(), 3)
      assert.strictEqual((yield* TestHttpClient.requests).length, looks.length + 3)
    }).pipe(on({ [name]: Script.completes({ after: "190 minutes" }) }, { client: { credentials }, frontEnd: expiring }))
  })

  it.live.each([
    ["401 once, to the cancel", [TestHttpClient.response(401)], "Cancelled", "cancel 0, cancel 0, get 0", 1],
    [
      "401 always",
      [TestHttpClient.response(401), TestHttpClient.response(401)],
      "Unauthorized",
      "cancel 0, cancel 0",
      1
    ],
    ["403", [TestHttpClient.response(403)], "PermissionDenied", "cancel 0", 0]
  ] as const)("%s", ([_, answers, end, expected, times]) => {
    const { credentials, renewals } = tokens()
    return Effect.gen(function* () {
      for (const answer of answers) yield* TestHttpClient.answerNext(answer)
      assert.strictEqual(yield* tagOf(Cancellation.cancelAndConfirm(name)), end)
      assert.deepStrictEqual([yield* sent, renewals()], [expected, times])
    }).pipe(on({ [name]: Script.runsUntilCancelled() }, { client: { credentials } }))
  })
})

describe("storms of 429 and 503", () => {
  const rate = ErrorDetails.errorInfo({ reason: "RATE_LIMIT_EXCEEDED", domain: "googleapis.com" })
  const storms: ReadonlyArray<readonly [string, TestHttpClient.Answer, number]> = [
    ["503", refusal(unavailable), 0],
    ["503 with Retry-After", refusal(unavailable, { retryAfter: "11 seconds" }), 11_000],
    [
      "503 with RetryInfo",
      refusal(Status.make({ code: "UNAVAILABLE", details: [ErrorDetails.retryInfo("11 seconds")] })),
      11_000
    ],
    ["429", refusal(Status.make({ code: "RESOURCE_EXHAUSTED", details: [rate] })), 0],
    ["429 with Retry-After", refusal(Status.make({ code: "RESOURCE_EXHAUSTED" }), { retryAfter: "11 seconds" }), 11_000]
  ]
  const gaps = (requests: ReadonlyArray<TestHttpClient.Request>) =>
    requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0))

  it.live.each(storms)("%s: one that ends is outlived", ([_, answer, least]) =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(answer, { times: 4 })
      yield* TestHttpClient.answerNext(TestHttpClient.served)
      yield* TestHttpClient.answerNext(answer, { times: 5 })
      assert.strictEqual(yield* tagOf(Cancellation.cancelAndConfirm(name)), "Cancelled")
      const requests = yield* TestHttpClient.requests
      assert.strictEqual(requests.length, 11)
      // The look that follows the accepted cancel is made at once.
      for (const [index, gap] of gaps(requests).entries()) if (index !== 4) assert.isAtLeast(gap, least)
    }).pipe(runs)
  )

  it.live.each(storms)("%s: one without an end costs so many requests and no more", ([_, answer]) =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(answer, { times: 1000 })
      assert.include(["Unavailable", "ResourceExhausted"], yield* tagOf(Cancellation.cancelAndConfirm(name)))
      // Six cancels, and one look whether one of them may have arrived.
      assert.strictEqual((yield* TestHttpClient.requests).length, 7)
      const before = (yield* TestHttpClient.requests).length
      assert.include(["Unavailable", "ResourceExhausted"], yield* tagOf(Poller.awaitDone(name)))
      assert.strictEqual((yield* TestHttpClient.requests).length - before, 6)
    }).pipe(runs)
  )

  it.live.each(storms)("%s: the deadline is kept", ([_, answer]) =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(TestHttpClient.served)
      yield* TestHttpClient.answerNext(answer, { times: 1000 })
      const waiting = Cancellation.cancelAndConfirm(name, { timeout: "25 seconds", failureBudget: Infinity })
      const error = yield* Effect.flip(waiting)
      assert.isTrue(error._tag === "StillRunning" && error.cancelAccepted && Option.isSome(error.lastError))
      // Earlier only where the server would not answer before it.
      const now = yield* Clock.currentTimeMillis
      assert.isTrue(now === 25_000 || (now === 22_000 && (yield* count("get")) === 3), `${now}`)
    }).pipe(runs)
  )

  it.live("delays grow up to their cap", () =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(refusal(unavailable), { times: 1000 })
      const retry = RetryPolicy.exponential({ retries: 10 })
      const waiting = Cancellation.cancelAndConfirm(name, { retry, timeout: "1 hour" })
      yield* Effect.ignore(Effect.withRandom(waiting, Random.fixed([1])))
      const cancels = (yield* TestHttpClient.requests).filter(({ method }) => method === "cancel")
      assert.deepStrictEqual(gaps(cancels), [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 32_000, 32_000, 32_000])
    }).pipe(runs)
  )
})

describe("an operation vanishes", () => {
  const gone = refusal(Status.make({ code: "NOT_FOUND" }))

  it.live("while its cancel is confirmed: Vanished, never Cancelled, with what was seen last", () =>
    Effect.gen(function* () {
      for (const looks of [0, 1, 3]) {
        const error = yield* Effect.gen(function* () {
          // The first one is the cancel.
          yield* TestHttpClient.answerNext(TestHttpClient.served, { times: 1 + looks })
          yield* TestHttpClient.answerNext(gone)
          return yield* Effect.flip(Cancellation.cancelAndConfirm(name))
        }).pipe(on({ [name]: Script.runsUntilCancelled({ onCancel: Script.stops("1 hour") }) }))
        if (error._tag !== "Vanished") return assert.fail(error._tag)
        assert.isTrue(error.cancelAccepted)
        assert.strictEqual(Option.isSome(error.lastSeen), looks > 0)
      }
    })
  )

  it.live("while it is waited for: Vanished; one that was never seen is not found", () =>
    Effect.gen(function* () {
      const seen = on({ [name]: Script.make([Script.running({ looks: 2 }), Script.vanished()]) })
      assert.strictEqual(yield* seen(tagOf(Poller.awaitDone(name))), "Vanished")
      assert.strictEqual(yield* on({})(tagOf(Poller.awaitDone(name))), "NotFound")
      assert.strictEqual(yield* on({})(tagOf(Cancellation.cancelAndConfirm(name))), "NotFound")
    })
  )

  it.live("its route does: not the operation's affair", () =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(TestHttpClient.served, { times: 2 })
      yield* TestHttpClient.answerNext(TestHttpClient.html(404))
      const error = yield* Effect.flip(Cancellation.cancelAndConfirm(name))
      assert.isTrue(error._tag === "NotFound" && error.missing === "route")
    }).pipe(on({ [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) }))
  )

  it.live("is seen by some servers only, just after its creation: Vanished where it was seen, not Cancelled", () =>
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(gone)
      assert.strictEqual(yield* tagOf(Poller.awaitDone(name)), "NotFound")
      yield* TestHttpClient.answerNext(TestHttpClient.served)
      yield* TestHttpClient.answerNext(gone)
      assert.strictEqual(yield* tagOf(Cancellation.cancelAndConfirm(name)), "Vanished")
      assert.strictEqual((yield* Operations.get(name))._tag, "Running")
    }).pipe(on({ [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) }))
  )

  it.live("is deleted by somebody else: all waits for it come to the same end", () =>
    Effect.gen(function* () {
      const results = yield* Bulk.await([name, name, name]).pipe(Stream.runCollect)
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(results).map(({ result }) => (result._tag === "Left" ? result.left._tag : "")),
        ["Vanished", "Vanished", "Vanished"]
      )
    }).pipe(on({ [name]: Script.make([Script.running({ lasts: "10 seconds" }), Script.vanished()]) }))
  )
})
