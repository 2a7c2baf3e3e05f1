import { readFile } from "node:fs/promises"
import { inspect } from "node:util"
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as StartOperation from "@effect-lro/client/StartOperation"
import * as Transport from "@effect-lro/client/Transport"
import * as Cancellation from "@effect-lro/core/Cancellation"
import type * as Code from "@effect-lro/core/Code"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import * as Status from "@effect-lro/core/Status"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Fault from "@effect-lro/testing/Fault"
import * as HostileNames from "@effect-lro/testing/HostileNames"
import * as Report from "@effect-lro/testing/Report"
import * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const name = "projects/demo/operations/EXPORT"

const service = ServiceDescription.project({
  id: "jobs.example.com",
  versions: ["v1"],
  methods: ServiceDescription.methods,
  starts: [{ id: "projects.table.export", template: "{project=projects/*}/table:export" }]
})

type Scripts = Parameters<typeof TestOperations.layer>[0]

/** What an effect of a test fails with where it should not. */
interface Failure {
  readonly _tag: string
}

/** What both ways have: operations under test, and scripts behind them. */
type Scripted = Operations.Operations | TestOperations.TestOperations

/** A test of a program over scripted operations. */
const atTheSeam = (scripts: Scripts, test: Effect.Effect<void, Failure, Scripted>) =>
  VirtualTime.run(Effect.provide(test, TestOperations.layer(scripts)))

/** The same with a client, a wire and a server between the two. */
const onTheWire = (
  scripts: Scripts,
  test: Effect.Effect<void, Failure, Scripted | TestHttpClient.TestHttpClient | HttpClient.HttpClient>,
  options?: Partial<RestOperations.Options>
) => {
  const server = Layer.unwrapEffect(Effect.map(OperationsServer.make({ service }), InMemory.layerHttpClient))
  const wire = TestHttpClient.layer.pipe(Layer.provide(server))
  const client = Layer.provideMerge(RestOperations.layer({ service, ...options }), wire)
  // The client's operations, not the scripted ones which the server answers from.
  const layer = Layer.flatMap(TestOperations.layer(scripts), (scripted) =>
    Layer.map(Layer.provide(client, Layer.succeedContext(scripted)), (context) =>
      Context.add(context, TestOperations.TestOperations, Context.get(scripted, TestOperations.TestOperations))
    )
  )
  return VirtualTime.run(Effect.provide(test, layer))
}

const tagOf = <E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<{ readonly _tag: string }, E, R>
): Effect.Effect<string, never, R> => Effect.map(Effect.merge(effect), ({ _tag }) => _tag)

const confirmed = (expected: string) =>
  Effect.map(tagOf(Cancellation.cancelAndConfirm(name)), (tag) => assert.strictEqual(tag, expected))

const out = Status.make({ code: "RESOURCE_EXHAUSTED", message: "out of memory" })

const gone = TestHttpClient.refusal(Status.make({ code: "NOT_FOUND" }))

const ends: ReadonlyArray<readonly [outcome: string, script: Script.Script]> = [
  ["Cancelled", Script.runsUntilCancelled({ onCancel: Script.stops("3 seconds") })],
  ["CompletedAnyway", Script.completes({ after: "3 seconds", onCancel: Script.ignored })],
  ["CompletedAnyway", Script.stays(Script.succeeded(), { cancelOfDone: "FAILED_PRECONDITION" })],
  ["CompletedAnyway", Script.stays(Script.doneWithoutResult(), { cancelOfDone: "NOT_FOUND" })],
  ["FailedAnyway", Script.fails({ after: "3 seconds", status: out, onCancel: Script.ignored })]
]

/** Both ways come to the outcome. */
const outcome = (expected: string): Situation => ({
  TestOperations: Effect.forEach(
    ends.filter(([end]) => end === expected),
    ([_, script]) => atTheSeam({ [name]: script }, confirmed(expected))
  ),
  TestHttpClient: Effect.forEach(
    ends.filter(([end]) => end === expected),
    ([_, script]) => onTheWire({ [name]: script }, confirmed(expected))
  )
})

const runs = { [name]: Script.runsUntilCancelled() }

const refused = (code: Code.Code, expected: string): Situation => ({
  TestOperations: Effect.all([
    atTheSeam(
      { [name]: Script.runsUntilCancelled({ onCancel: Script.refused(code) }) },
      Effect.gen(function* () {
        yield* confirmed(expected)
        assert.strictEqual((yield* Operations.get(name))._tag, "Running")
      })
    )
  ]),
  TestHttpClient: onTheWire(
    runs,
    Effect.gen(function* () {
      yield* TestHttpClient.answerNext(TestHttpClient.refusal(Status.make({ code })), { times: 2 })
      yield* confirmed(expected)
    })
  )
})

// What is repeated, or is an ordinary answer to the cancelling of what is over, has rows of its own.
const finalCodes = [
  "INVALID_ARGUMENT",
  "ALREADY_EXISTS",
  "ABORTED",
  "OUT_OF_RANGE",
  "INTERNAL",
  "DATA_LOSS"
] as const satisfies ReadonlyArray<Code.Code>

const pascal = (code: string) =>
  code
    .toLowerCase()
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")

const vanished = Effect.gen(function* () {
  const error = yield* Effect.flip(Cancellation.cancelAndConfirm(name))
  assert.isTrue(error._tag === "Vanished" && error.cancelAccepted && Option.isSome(error.lastSeen), error._tag)
})

const stillRunning = Effect.gen(function* () {
  const error = yield* Effect.flip(Cancellation.cancelAndConfirm(name, { timeout: "1 hour" }))
  assert.isTrue(error._tag === "StillRunning" && error.cancelAccepted && Option.isSome(error.lastSeen), error._tag)
  assert.strictEqual(yield* Clock.currentTimeMillis, 3_600_000)
})

const invalidName = Effect.forEach(HostileNames.hostile, ({ name: hostile }) =>
  Effect.gen(function* () {
    for (const program of [
      Cancellation.cancelAndConfirm(hostile),
      Poller.awaitDone(hostile),
      Operations.get(hostile)
    ]) {
      assert.strictEqual(yield* tagOf<{ readonly _tag: string }, Operations.Operations>(program), "InvalidName")
    }
  })
)

const sentNothing = Effect.gen(function* () {
  yield* invalidName
  assert.deepStrictEqual(yield* TestHttpClient.requests, [])
})

/** Cancelled at a second, of work that ends at one: whoever is first, there is one end. */
const races = Effect.gen(function* () {
  const control = yield* TestOperations.TestOperations
  const counts = new Map<string, number>()
  for (let early = 0; early < 40; early++) {
    const after = Duration.millis(900 + 5 * early)
    yield* control.start(name, Script.completes({ after, onCancel: Script.stops((37 * early) % 100) }))
    const end = yield* Effect.delay(Cancellation.cancelAndConfirm(name), "940 millis")
    assert.deepStrictEqual(yield* Effect.delay(Operations.get(name), "1 hour"), end.operation)
    counts.set(end._tag, (counts.get(end._tag) ?? 0) + 1)
  }
  assert.isTrue([...counts.values()].every((count) => count >= 5) && counts.size === 2, inspect(counts))
})

const storm = Effect.gen(function* () {
  yield* confirmed("Cancelled")
  // Four that were refused, each asking for eleven seconds, and the one that was accepted.
  const times = (yield* TestOperations.requests).filter(({ method }) => method === "cancel").map(({ at }) => at)
  assert.isAtLeast(times.at(-1) ?? 0, 4 * 11_000)
})

const herd = Effect.gen(function* () {
  const shared = SharedPoller.awaitDone(name)
  yield* Effect.all(
    Array.from({ length: 1000 }, () => shared),
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.provide(SharedPoller.layer()))
  assert.isAtMost((yield* TestOperations.requests).length, 12)
})

const half = Script.completes({ after: "30 seconds" })

const tooEarly = (known: Deferred.Deferred<void>, start: Effect.Effect<Operation.Operation>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Operations.scoped(start, { onInterrupt: "cancelAndConfirm" }))
    yield* Effect.sleep("1 second")
    assert.isFalse(yield* Deferred.isDone(known))
    yield* Fiber.interrupt(fiber)
    assert.deepStrictEqual(Report.lines(yield* TestOperations.report), ["2000 cancel: OK", "2000 get: Cancelled"])
  })

const startRequest = { id: "projects.table.export", variables: { project: "projects/demo" }, body: {} }

const json = { headers: { "content-type": "application/json" } }

const noAnswers: ReadonlyArray<readonly [TestHttpClient.Answer, string]> = [
  [
    TestHttpClient.response(200, { body: `{"name":"${name}","done":true,"error":{"code":1`, ...json }),
    "MalformedResponse"
  ],
  [TestHttpClient.broken(200, { body: `{"name":"${name}","done":true,"error":{"code":1`, ...json }), "Cancelled"],
  [TestHttpClient.response(200), "MalformedResponse"],
  [TestHttpClient.response(200, { body: "CANCELLED" }), "MalformedResponse"],
  [TestHttpClient.response(200, { body: `"${"CANCELLED ".repeat(3_000_000)}"`, ...json }), "TransportError"],
  [TestHttpClient.html(200), "MalformedResponse"],
  [TestHttpClient.html(502), "Cancelled"],
  [TestHttpClient.html(404), "NotFound"]
]

const secret = "ya29.planted-and-never-to-be-seen"

/** Everything that a person or a log may see of it. */
const shown = (error: unknown): string =>
  [inspect(error, { depth: 20 }), JSON.stringify(error), String(error), Cause.pretty(Cause.fail(error))].join("\n")

interface Situation {
  readonly TestOperations?: Effect.Effect<unknown, Failure>
  readonly TestHttpClient?: Effect.Effect<unknown, Failure>
}

const situations: Readonly<Record<string, Situation>> = {
  "`Cancelled`": outcome("Cancelled"),
  "`CompletedAnyway`": outcome("CompletedAnyway"),
  "`FailedAnyway`": outcome("FailedAnyway"),
  "`Unimplemented`": refused("UNIMPLEMENTED", "Unimplemented"),
  "`Unauthorized`": refused("UNAUTHENTICATED", "Unauthorized"),
  "`PermissionDenied`": refused("PERMISSION_DENIED", "PermissionDenied"),
  "another refusal": {
    TestOperations: Effect.forEach(finalCodes, (code) => refused(code, pascal(code)).TestOperations ?? Effect.void),
    TestHttpClient: Effect.forEach(finalCodes, (code) => refused(code, pascal(code)).TestHttpClient ?? Effect.void)
  },
  "`NotFound`, of the operation": {
    TestOperations: atTheSeam({}, confirmed("NotFound")),
    TestHttpClient: onTheWire({}, confirmed("NotFound"))
  },
  "`NotFound`, of the route": {
    TestOperations: atTheSeam(
      runs,
      Effect.gen(function* () {
        yield* TestOperations.failNext("cancel", Fault.answer("NOT_FOUND", { missing: "route" }))
        const error = yield* Effect.flip(Cancellation.cancelAndConfirm(name))
        assert.isTrue(error._tag === "NotFound" && error.missing === "route")
      })
    ),
    TestHttpClient: onTheWire(
      runs,
      Effect.gen(function* () {
        yield* TestHttpClient.answerNext(TestHttpClient.html(404))
        const error = yield* Effect.flip(Cancellation.cancelAndConfirm(name))
        assert.isTrue(error._tag === "NotFound" && error.missing === "route")
      })
    )
  },
  "`Vanished`": {
    TestOperations: atTheSeam(
      {
        [name]: Script.runsUntilCancelled({
          onCancel: Script.continues(Script.running({ looks: 2 }), Script.vanished())
        })
      },
      vanished
    ),
    TestHttpClient: onTheWire(
      { [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) },
      Effect.gen(function* () {
        yield* TestHttpClient.answerNext(TestHttpClient.served, { method: "get", times: 2 })
        yield* TestHttpClient.answerNext(gone, { method: "get" })
        yield* vanished
      })
    )
  },
  "`StillRunning`": {
    TestOperations: atTheSeam({ [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) }, stillRunning),
    TestHttpClient: onTheWire({ [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) }, stillRunning)
  },
  "`TransportError`": {
    TestOperations: atTheSeam(
      runs,
      Effect.zipRight(TestOperations.failNext("any", Fault.connectionLost, { times: 100 }), confirmed("TransportError"))
    ),
    TestHttpClient: onTheWire(
      runs,
      Effect.zipRight(
        TestHttpClient.answerNext({ _tag: "ConnectionLost" }, { times: 100 }),
        confirmed("TransportError")
      )
    )
  },
  "`MalformedResponse`": {
    TestOperations: atTheSeam(
      runs,
      Effect.zipRight(TestOperations.failNext("get", Fault.malformed), confirmed("MalformedResponse"))
    ),
    TestHttpClient: onTheWire(
      runs,
      Effect.zipRight(
        TestHttpClient.answerNext(TestHttpClient.html(200), { method: "get" }),
        confirmed("MalformedResponse")
      )
    )
  },
  "`InvalidName`": {
    TestOperations: atTheSeam(
      {},
      Effect.gen(function* () {
        yield* invalidName
        assert.deepStrictEqual(yield* TestOperations.report, [])
      })
    ),
    TestHttpClient: onTheWire({}, sentNothing)
  },
  "a cancel races the end": { TestOperations: atTheSeam({}, races), TestHttpClient: onTheWire({}, races) },
  "a cancel before the name is known": {
    TestOperations: atTheSeam(
      runs,
      Effect.gen(function* () {
        const known = yield* Deferred.make<void>()
        const start = Effect.delay(
          Effect.as(Deferred.succeed(known, undefined), Operation.running({ name })),
          "2 seconds"
        )
        yield* tooEarly(known, start)
      })
    ),
    TestHttpClient: onTheWire(
      runs,
      Effect.gen(function* () {
        const known = yield* Deferred.make<void>()
        const transport = yield* Transport.make({ service })
        const answer = TestHttpClient.response(200, { body: JSON.stringify({ name }), ...json })
        yield* TestHttpClient.answerNext(TestHttpClient.late("2 seconds", answer), { method: "start" })
        const start = Effect.tap(StartOperation.send(transport, startRequest), () => Deferred.succeed(known, undefined))
        yield* tooEarly(known, Effect.orDie(start))
      })
    )
  },
  "done, and the reply lost": {
    TestOperations: atTheSeam(
      runs,
      Effect.gen(function* () {
        yield* TestOperations.failNext("cancel", Fault.connectionLost, { afterwards: true, times: 3 })
        yield* confirmed("Cancelled")
        assert.lengthOf(
          (yield* TestOperations.requests).filter(({ method }) => method === "cancel"),
          4
        )
      })
    ),
    TestHttpClient: onTheWire(
      runs,
      Effect.gen(function* () {
        const transport = yield* Transport.make({ service })
        yield* TestHttpClient.answerNext({ _tag: "AnswerLost" }, { method: "start" })
        yield* TestHttpClient.answerNext({ _tag: "AnswerLost" }, { method: "cancel" })
        assert.strictEqual(yield* tagOf(StartOperation.send(transport, startRequest)), "TransportError")
        yield* confirmed("Cancelled")
        const methods = (yield* TestHttpClient.requests).map(({ method }) => method)
        assert.deepStrictEqual(methods, ["start", "cancel", "cancel", "get"])
      })
    )
  },
  "truncated, empty, foreign or endless answers": {
    TestHttpClient: Effect.forEach(noAnswers, ([answer, expected]) =>
      onTheWire(runs, Effect.zipRight(TestHttpClient.answerNext(answer, { method: "get" }), confirmed(expected)))
    )
  },
  "a hostile name": { TestHttpClient: onTheWire({}, sentNothing) },
  "a redirect elsewhere": {
    TestHttpClient: onTheWire(
      runs,
      Effect.gen(function* () {
        const location = "http://169.254.169.254/computeMetadata/v1/"
        yield* TestHttpClient.answerNext(TestHttpClient.response(302, { headers: { location } }))
        yield* confirmed("TransportError")
        const hosts = (yield* TestHttpClient.requests).map(({ url }) => new URL(url).host)
        assert.deepStrictEqual([...new Set(hosts)], ["jobs.example.com"])
      })
    )
  },
  "a secret in errors and logs": {
    TestHttpClient: Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ cause, message }) => void logged.push([message, Cause.pretty(cause)]))
      )
      const echo = Status.make({ code: "PERMISSION_DENIED", message: "you may not" })
      yield* onTheWire(
        runs,
        Effect.gen(function* () {
          yield* TestHttpClient.answerNext(TestHttpClient.refusal(echo))
          yield* TestHttpClient.answerNext(TestHttpClient.html(200))
          for (const program of [Cancellation.cancelAndConfirm(name), Poller.awaitDone(name)]) {
            const exit = yield* Effect.exit(
              Effect.tapErrorCause(program as Effect.Effect<unknown, Failure, Operations.Operations>, Effect.logError)
            )
            const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : assert.fail("it did not fail")
            assert.notInclude(shown(error), secret)
          }
          // It was sent, and the search finds it where it is.
          assert.include(shown(yield* TestHttpClient.requests), secret)
          assert.isNotEmpty(logged)
          assert.notInclude(shown(logged), secret)
        }),
        { credentials: Credentials.bearer(Redacted.make(secret)) }
      ).pipe(Effect.provide(logger))
    })
  },
  "a thousand waits at once": {
    TestOperations: atTheSeam({ [name]: half }, herd),
    TestHttpClient: onTheWire({ [name]: half }, herd)
  },
  "a token expires": {
    TestHttpClient: Effect.gen(function* () {
      let renewals = 0
      const token = Effect.sync(() => Redacted.make(`token-${renewals}`))
      const renew = () =>
        Effect.zipRight(
          Effect.sync(() => void renewals++),
          token
        )
      yield* onTheWire(
        { [name]: Script.completes({ after: "3 hours" }) },
        Effect.gen(function* () {
          yield* TestHttpClient.answerNext(TestHttpClient.served, { times: 1000 })
          yield* TestHttpClient.answerNext(TestHttpClient.response(401))
          assert.strictEqual(yield* tagOf(Poller.awaitDone(name)), "Succeeded")
          const tokens = (yield* TestHttpClient.requests).map(({ headers }) => headers["authorization"])
          assert.deepStrictEqual([tokens[1000], tokens[1001], renewals], ["Bearer token-0", "Bearer token-1", 1])
        }),
        { credentials: Credentials.bearer({ get: token, renew }) }
      )
    })
  },
  "storms of 429 and 503": {
    TestOperations: Effect.forEach(["UNAVAILABLE", "RESOURCE_EXHAUSTED"] as const, (code) =>
      atTheSeam(
        runs,
        Effect.zipRight(
          TestOperations.failNext("cancel", Fault.answer(code, { retryInfo: "11 seconds" }), { times: 4 }),
          storm
        )
      )
    ),
    TestHttpClient: Effect.forEach(["UNAVAILABLE", "RESOURCE_EXHAUSTED"] as const, (code) =>
      onTheWire(
        runs,
        Effect.zipRight(
          TestHttpClient.answerNext(TestHttpClient.refusal(Status.make({ code }), { retryAfter: "11 seconds" }), {
            method: "cancel",
            times: 4
          }),
          storm
        )
      )
    )
  },
  "not to be found just after its start": {
    TestOperations: atTheSeam(
      runs,
      Effect.gen(function* () {
        yield* TestOperations.showNext("get", [Script.vanished()])
        assert.strictEqual(yield* tagOf(Poller.awaitDone(name)), "NotFound")
        yield* TestOperations.showNext("get", [Script.vanished()])
        yield* confirmed("Vanished")
        yield* confirmed("Cancelled")
      })
    ),
    TestHttpClient: onTheWire(
      runs,
      Effect.gen(function* () {
        yield* TestHttpClient.answerNext(gone, { method: "get", times: 2 })
        assert.strictEqual(yield* tagOf(Poller.awaitDone(name)), "NotFound")
        yield* confirmed("Vanished")
        yield* confirmed("Cancelled")
      })
    )
  }
}

describe.each(["TestOperations", "TestHttpClient"] as const)("with %s, and no time of ours", (tool) => {
  for (const [situation, ways] of Object.entries(situations)) {
    const test = ways[tool]
    if (test !== undefined) it.live(situation.replaceAll("`", ""), () => Effect.asVoid(test))
  }
})

describe("the table of situations in docs/testing.md", () => {
  it.effect("says of each with which of the two a test makes it", () =>
    Effect.gen(function* () {
      const guide = yield* Effect.promise(() => readFile(new URL("../../../docs/testing.md", import.meta.url), "utf8"))
      const [, table = ""] = /\n\| situation +\|[^\n]*\n\|[-| ]+\|\n((?:\|[^\n]*\n)+)/.exec(guide) ?? []
      const told = table
        .trim()
        .split("\n")
        .map((row) => row.split(" | ").map((cell) => cell.replace(/^\| *| *\|$/g, "").trim()))
        .map(([situation = "", seam = "", wire = ""]) => `${situation}: ${seam !== "–"} ${wire !== "–"}`)
      assert.deepStrictEqual(
        told,
        Object.entries(situations).map(
          ([situation, ways]) =>
            `${situation}: ${ways.TestOperations !== undefined} ${ways.TestHttpClient !== undefined}`
        )
      )
    })
  )
})
