import * as Bulk from "@effect-lro/core/Bulk"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Poller from "@effect-lro/core/Poller"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import * as Status from "@effect-lro/core/Status"
import * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { name } from "./support/service.js"
import { count, on, sent, tagOf } from "./support/stack.js"

const nameOf = (id: string) => `projects/demo/operations/${id}`

const internal = Status.make({ code: "INTERNAL", message: "out of memory" })

const unavailable = TestHttpClient.html(503)

/**
 * What other clients leave to their users. Each test is named by the gap that it shows to be closed, through everything
 * that is between a program and the socket.
 */
describe("gaps", () => {
  it.live("closed outcome", () =>
    Effect.gen(function* () {
      const ends: ReadonlyArray<readonly [Script.Script, string]> = [
        [Script.runsUntilCancelled({ onCancel: Script.stops("3 seconds") }), "it stopped"],
        [Script.completes({ after: "2 seconds", onCancel: Script.ignored }), "it was faster"],
        [Script.completes({ after: 0, cancelOfDone: "FAILED_PRECONDITION" }), "it was faster"],
        [Script.stays(Script.doneWithoutResult()), "it was faster"],
        [Script.fails({ after: "2 seconds", status: internal, onCancel: Script.ignored }), "it failed by itself"],
        [Script.stays(Script.cancelled(), { cancelOfDone: "NOT_FOUND" }), "it stopped"]
      ]
      for (const [script, expected] of ends) {
        const told = yield* Cancellation.cancelAndConfirm(name).pipe(
          Effect.map((outcome) => {
            // The compiler would not take this if there were a fourth outcome.
            switch (outcome._tag) {
              case "Cancelled":
                return "it stopped"
              case "CompletedAnyway":
                return "it was faster"
              case "FailedAnyway":
                return "it failed by itself"
            }
          }),
          on({ [name]: script })
        )
        assert.strictEqual(told, expected)
      }
    })
  )

  it.live("local against remote cancellation", () =>
    Effect.gen(function* () {
      const runs = on({ [name]: Script.runsUntilCancelled() })
      const interrupted = yield* Effect.gen(function* () {
        const fiber = yield* Effect.fork(Poller.awaitDone(name))
        yield* Effect.sleep("3 seconds")
        const exit = yield* Fiber.interrupt(fiber)
        return [exit, yield* count("cancel"), (yield* Operations.get(name))._tag] as const
      }).pipe(runs)
      assert.isTrue(Exit.isInterrupted(interrupted[0]))
      assert.deepStrictEqual(interrupted.slice(1), [0, "Running"])

      const ends = {
        "a local timeout around it": Effect.timeout(Poller.awaitDone(name), "3 seconds"),
        "the timeout of the wait": Poller.awaitDone(name, { timeout: "3 seconds" }),
        "the server's cancellation": Effect.zipRight(Operations.cancel(name), Poller.awaitDone(name)),
        "a call that the server says was cancelled": Effect.zipRight(
          TestHttpClient.answerNext(TestHttpClient.refusal(Status.make({ code: "CANCELLED" }))),
          Poller.awaitDone(name)
        )
      }
      const tags = yield* Effect.all(Object.values(ends).map((end) => runs(tagOf(end))))
      assert.deepStrictEqual(tags, ["TimeoutException", "StillRunning", "Cancelled", "CallCancelled"])
    })
  )

  it.live("interrupt policy", () =>
    Effect.gen(function* () {
      const requests = yield* Effect.forEach(["leave", "cancel", "cancelAndConfirm"] as const, (onInterrupt) =>
        Effect.gen(function* () {
          const start = Effect.zipRight(
            TestOperations.start(name, Script.runsUntilCancelled({ onCancel: Script.stops("1 second") })),
            Operations.get(name)
          )
          const fiber = yield* Effect.fork(Operations.scoped(start, { onInterrupt }))
          yield* Effect.sleep("600 millis")
          yield* Fiber.interrupt(fiber)
          const requests = yield* sent
          yield* Effect.sleep("1 minute")
          assert.strictEqual(yield* sent, requests, "nothing is sent after the interruption has ended")
          return requests
        }).pipe(on({}))
      )
      // The first get is the start's own.
      assert.deepStrictEqual(requests, [
        "get 0, get 0, get 500",
        "get 0, get 0, get 500, cancel 600",
        "get 0, get 0, get 500, cancel 600, get 600, get 1100, get 1850"
      ])
    })
  )

  it.live("poll failure against operation failure with a consecutive budget", () =>
    Effect.gen(function* () {
      const failing = (times: ReadonlyArray<number>) =>
        Effect.gen(function* () {
          for (const many of times) {
            yield* TestHttpClient.answerNext(unavailable, { times: many })
            yield* TestHttpClient.answerNext(TestHttpClient.served)
          }
          return yield* tagOf(Poller.awaitDone(name))
        }).pipe(on({ [name]: Script.fails({ after: "2 minutes", status: internal }) }))
      // Ten looks fail, never more than five in a row, and then the operation fails.
      assert.strictEqual(yield* failing([5, 5]), "Failed")
      assert.strictEqual(yield* failing([3, 6]), "Unavailable")
    })
  )

  it.live("server delay as lower bound", () =>
    Effect.gen(function* () {
      const [outcome, requests] = yield* Effect.gen(function* () {
        const advice = Status.make({
          code: "UNAVAILABLE",
          details: [ErrorDetails.retryInfo("20 seconds")]
        })
        yield* TestHttpClient.answerNext(TestHttpClient.refusal(advice))
        yield* TestHttpClient.answerNext(TestHttpClient.served)
        yield* TestHttpClient.answerNext(
          TestHttpClient.refusal(Status.make({ code: "UNAVAILABLE" }), { retryAfter: 7 * 1000 })
        )
        const outcome = yield* Cancellation.cancelAndConfirm(name)
        return [outcome._tag, yield* sent] as const
      }).pipe(on({ [name]: Script.runsUntilCancelled() }))
      assert.deepStrictEqual([outcome, requests], ["Cancelled", "cancel 0, cancel 20000, get 20000, get 27000"])
      // Where it is longer than the time that is left, waiting for it would be of no use.
      const early = yield* Effect.gen(function* () {
        const advice = TestHttpClient.refusal(Status.make({ code: "UNAVAILABLE" }), { retryAfter: "1 hour" })
        yield* TestHttpClient.answerNext(advice)
        return [yield* tagOf(Cancellation.cancelAndConfirm(name)), yield* Clock.currentTimeMillis] as const
      }).pipe(on({ [name]: Script.runsUntilCancelled() }))
      assert.deepStrictEqual(early, ["Unavailable", 0])
    })
  )

  it.live("retry table of the cancel POST", () =>
    Effect.gen(function* () {
      const legacy = (reason: string) =>
        TestHttpClient.response(403, { body: JSON.stringify({ error: { errors: [{ reason }], message: "no" } }) })
      const refusal = (code: Parameters<typeof Status.make>[0]["code"], ...details: Status.Status["details"]) =>
        TestHttpClient.refusal(Status.make({ code, details }))
      const table: ReadonlyArray<readonly [TestHttpClient.Answer, string]> = [
        [refusal("UNAVAILABLE"), "Cancelled"],
        [TestHttpClient.html(502), "Cancelled"],
        [TestHttpClient.html(503), "Cancelled"],
        [TestHttpClient.html(504), "Cancelled"],
        [{ _tag: "ConnectionLost" }, "Cancelled"],
        [{ _tag: "AnswerLost" }, "Cancelled"],
        [TestHttpClient.broken(200), "Cancelled"],
        [{ _tag: "Silence" }, "Cancelled"],
        [legacy("rateLimitExceeded"), "Cancelled"],
        [legacy("userRateLimitExceeded"), "Cancelled"],
        [refusal("RESOURCE_EXHAUSTED", ErrorDetails.retryInfo("1 second")), "Cancelled"],
        [
          refusal("RESOURCE_EXHAUSTED", ErrorDetails.errorInfo({ reason: "RATE_LIMIT_EXCEEDED", domain: "" })),
          "Cancelled"
        ],
        [refusal("RESOURCE_EXHAUSTED"), "ResourceExhausted"],
        [refusal("UNIMPLEMENTED"), "Unimplemented"],
        [refusal("UNAUTHENTICATED"), "Unauthorized"],
        [refusal("PERMISSION_DENIED"), "PermissionDenied"],
        [legacy("forbidden"), "PermissionDenied"],
        [refusal("INVALID_ARGUMENT"), "InvalidArgument"],
        [refusal("ABORTED"), "Aborted"],
        [refusal("INTERNAL"), "Internal"],
        [TestHttpClient.html(404), "NotFound"],
        [TestHttpClient.html(200), "MalformedResponse"],
        [TestHttpClient.response(307, { headers: { location: "https://example.com/" } }), "TransportError"]
      ]
      for (const [answer, expected] of table) {
        const met = yield* Effect.gen(function* () {
          yield* TestHttpClient.answerNext(answer, { times: 2 })
          return [yield* tagOf(Cancellation.cancelAndConfirm(name)), yield* count("cancel")] as const
        }).pipe(on({ [name]: Script.runsUntilCancelled() }))
        assert.deepStrictEqual(met, [expected, expected === "Cancelled" ? 3 : 1], JSON.stringify(answer))
      }
    })
  )

  it.live("typed error details", () =>
    Effect.gen(function* () {
      const quota = {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{ subject: "p", quotaValue: "9" }]
      }
      const novel = { "@type": "type.googleapis.com/example.Novel", kept: [1] }
      const status = Status.make({
        code: "RESOURCE_EXHAUSTED",
        details: [
          ErrorDetails.errorInfo({ reason: "TASKS", domain: "ee" }),
          quota,
          ErrorDetails.retryInfo("90 seconds"),
          novel
        ]
      })
      const error = yield* Effect.gen(function* () {
        yield* TestHttpClient.answerNext(TestHttpClient.refusal(status))
        return yield* Effect.flip(Operations.cancel(name))
      }).pipe(on({}))
      if (error._tag !== "ResourceExhausted") return assert.fail(error._tag)
      const [info, quotaFailure, retry, unknown] = error.status.details.map(ErrorDetails.decode)
      assert.deepInclude(info, { _tag: "ErrorInfo", reason: "TASKS", domain: "ee" })
      assert.isTrue(quotaFailure?._tag === "QuotaFailure" && quotaFailure.violations[0]?.quotaValue === 9n)
      assert.deepInclude(retry, { _tag: "RetryInfo", retryDelay: { seconds: 90, nanos: 0 } })
      assert.deepStrictEqual(unknown, { _tag: "Unknown", message: novel })
      // Those of an operation that failed are typed in the same way.
      const done = yield* on({ [name]: Script.fails({ after: 0, status }) })(Poller.awaitDone(name))
      assert.isTrue(done._tag === "Failed" && Option.isSome(ErrorDetails.find(done.error.details, "QuotaFailure")))
    })
  )

  it.live("unknown Any", () =>
    Effect.gen(function* () {
      const type = OperationType.make({
        metadata: OperationType.message({
          typeName: "example.Progress",
          schema: Schema.Struct({ percent: Schema.Number })
        }),
        response: OperationType.empty
      })
      const strange = { "@type": "type.googleapis.com/nobody.Knows", deep: [{ kept: null }] }
      const broken = { "@type": "type.googleapis.com/example.Progress", percent: "a half" }
      const good = { "@type": "type.googleapis.com/example.Progress", percent: 99 }
      const script = Script.make([
        Script.running({ looks: 1, metadata: strange }),
        Script.running({ looks: 1, metadata: broken }),
        Script.running({ looks: 1, metadata: good }),
        Script.succeeded({ response: strange })
      ])
      const changes = yield* Poller.changes(name, { type }).pipe(Stream.runCollect, on({ [name]: script }))
      const seen = Chunk.toReadonlyArray(changes).flatMap((change) =>
        "operation" in change ? [Option.getOrUndefined(change.operation.metadata)] : []
      )
      assert.deepInclude(seen[0], { _tag: "Unknown", message: strange })
      assert.deepInclude(seen[1], { _tag: "Unknown", message: broken })
      assert.deepStrictEqual(seen[2], { _tag: "Known", value: { percent: 99 }, message: good })
      const done = yield* Poller.awaitDone(name, { type }).pipe(
        on({ [name]: Script.completes({ after: 0, response: strange }) })
      )
      if (done._tag !== "Succeeded" || done.response._tag !== "Unknown") return assert.fail("it is unknown")
      assert.deepStrictEqual(done.response.message, strange)
    })
  )

  it.live("resume by name", () =>
    Effect.gen(function* () {
      // Nothing but the name goes from one program to the other.
      const first = yield* tagOf(Poller.awaitDone(name, { timeout: "10 minutes" }))
      const copied = yield* OperationName.parse("3DNU363IM57LNU4SDTMB6I33", { parent: "projects/demo" })
      const second = yield* tagOf(Poller.awaitDone(copied))
      assert.deepStrictEqual([first, second], ["StillRunning", "Succeeded"])
      assert.isAtMost(yield* Clock.currentTimeMillis, 3_605_000)
    }).pipe(on({ [name]: Script.completes({ after: "1 hour" }) }))
  )

  it.live("durable intent (checkpoint)", () =>
    Effect.gen(function* () {
      const paper = yield* Ref.make(Checkpoint.toText(Checkpoint.make({ operation: name, intent: "cancel" })))
      const process = Effect.gen(function* () {
        const checkpoint = yield* Checkpoint.fromText(yield* Ref.get(paper))
        return yield* Checkpoint.resume(checkpoint, { save: (next) => Ref.set(paper, Checkpoint.toText(next)) })
      })
      const first = yield* Effect.fork(process)
      yield* Effect.sleep("2 seconds")
      yield* Fiber.interrupt(first)
      const done = yield* process
      assert.deepStrictEqual([done._tag, yield* count("cancel")], ["Cancelled", 1])
      const { timeLeft } = yield* Checkpoint.fromText(yield* Ref.get(paper))
      assert.isTrue(timeLeft !== undefined && Duration.lessThan(timeLeft, "10 minutes"))
    }).pipe(on({ [name]: Script.runsUntilCancelled({ onCancel: Script.stops("5 seconds") }) }))
  )

  it.live("bulk with per-item results", () =>
    Effect.gen(function* () {
      const scripts = {
        [nameOf("stops")]: Script.runsUntilCancelled({ onCancel: Script.stops("1 minute") }),
        [nameOf("over")]: Script.completes({ after: 0 }),
        [nameOf("failed")]: Script.fails({ after: "1 second", status: internal, onCancel: Script.ignored }),
        [nameOf("stubborn")]: Script.runsUntilCancelled({ onCancel: Script.refused("UNIMPLEMENTED") })
      }
      const names = [...Object.keys(scripts), nameOf("missing"), "../etc/passwd"]
      const results = yield* Bulk.cancel(names).pipe(Stream.runCollect, on(scripts))
      const told = Chunk.toReadonlyArray(results).map(
        ({ name, result }) => `${name.split("/").at(-1)} ${Either.merge(result)._tag}`
      )
      assert.sameMembers(told, [
        "stops Cancelled",
        "over CompletedAnyway",
        "failed FailedAnyway",
        "stubborn Unimplemented",
        "missing NotFound",
        "passwd InvalidName"
      ])
    })
  )

  it.live("shared polling", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 300 }, (_, index) => nameOf(String(index)))
      const scripts = Object.fromEntries(names.map((name) => [name, Script.completes({ after: "1 minute" })]))
      const [tags, requests] = yield* Effect.gen(function* () {
        const tags = yield* Effect.forEach(names, (name) => tagOf(SharedPoller.awaitDone(name)), {
          concurrency: "unbounded"
        }).pipe(Effect.provide(SharedPoller.layer()))
        return [new Set(tags), (yield* TestHttpClient.requests).length] as const
      }).pipe(on(scripts))
      assert.deepStrictEqual([...tags], ["Succeeded"])
      // Each wait for itself would look sixteen times or so.
      assert.isAtMost(requests, 20)
    })
  )

  it.live("wait with fall-back", () =>
    Effect.gen(function* () {
      const wait = (server: TestOperations.Options, answers: ReadonlyArray<TestHttpClient.Answer> = []) =>
        Effect.gen(function* () {
          for (const answer of answers) yield* TestHttpClient.answerNext(answer)
          const tag = yield* tagOf(Poller.awaitDone(name, { serverWait: "50 seconds" }))
          return [tag, yield* sent] as const
        }).pipe(on({ [name]: Script.completes({ after: "2 seconds" }) }, { server }))
      assert.deepStrictEqual(yield* wait({}), ["Succeeded", "wait 0"])
      const looks = "get 0, get 500, get 1250, get 2375"
      assert.deepStrictEqual(yield* wait({ unimplemented: ["wait"] }), ["Succeeded", `wait 0, ${looks}`])
      assert.deepStrictEqual(yield* wait({}, [TestHttpClient.html(404)]), ["Succeeded", `wait 0, ${looks}`])
      // Who returns early is not asked again at once.
      assert.deepStrictEqual(yield* wait({ waitLimit: 0 }), ["Succeeded", "wait 0, wait 500, wait 1250, wait 2375"])
    })
  )

  it.live("visible cancel progress", () =>
    Effect.gen(function* () {
      const cancelling = { "@type": "type.googleapis.com/example.Metadata", state: "CANCELLING" }
      const script = Script.runsUntilCancelled({
        onCancel: Script.continues(
          Script.running({ looks: 2 }),
          Script.running({ looks: 2, metadata: cancelling }),
          Script.cancelled()
        )
      })
      const changes = yield* Cancellation.changes(name).pipe(Stream.runCollect, on({ [name]: script }))
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(changes).map(({ _tag }) => _tag),
        ["CancelRequested", "Started", "Progress", "CancellingSeen", "Done"]
      )
    })
  )

  it.live("clean abort, default timeouts, name normalisation", () =>
    Effect.gen(function* () {
      // An abort leaves no request under way, and no timer: the clock would go on to it.
      const aborted = yield* Effect.gen(function* () {
        yield* TestOperations.delayNext("get", "1 day")
        const fiber = yield* Effect.fork(Operations.get(name))
        yield* Effect.sleep("1 second")
        const control = yield* TestOperations.TestOperations
        const before = yield* control.inFlight
        yield* Fiber.interrupt(fiber)
        return [before, yield* control.inFlight, yield* Clock.currentTimeMillis] as const
      }).pipe(on({ [name]: Script.runsUntilCancelled() }))
      assert.deepStrictEqual(aborted, [1, 0, 1000])

      const after = <E extends { readonly _tag: string }, R>(effect: Effect.Effect<{ readonly _tag: string }, E, R>) =>
        Effect.zip(tagOf(effect), Clock.currentTimeMillis)
      const silent = Effect.zipRight(
        TestHttpClient.answerNext({ _tag: "Silence" }, { times: 1 }),
        after(Operations.get(name))
      )
      assert.deepStrictEqual(yield* on({})(silent), ["TransportError", 30_000])
      const forever = on({ [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) })
      assert.deepStrictEqual(yield* forever(after(Cancellation.cancelAndConfirm(name))), ["StillRunning", 600_000])

      const id = "3DNU363IM57LNU4SDTMB6I33"
      for (const text of [
        name,
        `operations/${id}`,
        id,
        ` ${name}\n`,
        `https://earthengine.googleapis.com/v1/${name}`
      ]) {
        assert.strictEqual<string>(yield* OperationName.parse(text, { parent: "projects/demo" }), name)
      }
    })
  )
})
