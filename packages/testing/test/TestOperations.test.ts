import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Poller from "@effect-lro/core/Poller"
import * as Status from "@effect-lro/core/Status"
import * as Fault from "@effect-lro/testing/Fault"
import * as Report from "@effect-lro/testing/Report"
import * as Script from "@effect-lro/testing/Script"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

const name = "projects/demo/operations/A"

const tags = (name: string, times: number) =>
  Effect.forEach(Array.from({ length: times }), () =>
    Effect.match(Operations.get(name), { onFailure: (error) => error._tag, onSuccess: (operation) => operation._tag })
  )

it.effect("a program that copes with CompletedAnyway takes five lines", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Cancellation.cancelAndConfirm(name))
    yield* TestClock.adjust("1 minute")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "CompletedAnyway")
  }).pipe(
    Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "5 seconds", onCancel: Script.ignored }) }))
  )
)

it.effect("steps by looks are consumed by looks alone, whatever the time", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* tags(name, 2), ["Running", "Running"])
    yield* TestClock.adjust("1 day")
    assert.deepStrictEqual(yield* tags(name, 3), ["Running", "Cancelled", "Cancelled"])
  }).pipe(
    Effect.provide(TestOperations.layer({ [name]: Script.make([Script.running({ looks: 3 }), Script.cancelled()]) }))
  )
)

it.effect("vanishes after two looks, for every method", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* tags(name, 3), ["Running", "Running", "NotFound"])
    assert.strictEqual((yield* Effect.flip(Operations.cancel(name)))._tag, "NotFound")
    assert.strictEqual((yield* Effect.flip(Operations.delete(name)))._tag, "NotFound")
    assert.strictEqual((yield* Effect.flip(Operations.wait(name)))._tag, "NotFound")
    assert.deepStrictEqual((yield* Operations.listPage({ name: "projects/demo" })).operations, [])
  }).pipe(
    Effect.provide(TestOperations.layer({ [name]: Script.make([Script.running({ looks: 2 }), Script.vanished()]) }))
  )
)

it.effect("steps by time are consumed by time alone, however many looks", () =>
  Effect.gen(function* () {
    const metadata = AnyMessage.pack("test.Progress", { percent: 50 })
    yield* TestOperations.start(
      name,
      Script.make([
        Script.running({ lasts: "2 seconds" }),
        Script.running({ lasts: "1 second", metadata }),
        Script.doneWithoutResult()
      ])
    )
    assert.deepStrictEqual(
      yield* tags(name, 5),
      Array.from({ length: 5 }, () => "Running")
    )
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual((yield* Operations.get(name)).metadata, Option.some(metadata))
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(yield* tags(name, 1), ["DoneWithoutResult"])
  }).pipe(Effect.provide(TestOperations.layer({})))
)

const racing: ReadonlyArray<
  readonly [what: string, script: Script.Script, after: Duration.DurationInput, expected: string]
> = [
  ["a cancel at once", Script.completes({ after: "10 seconds" }), "0 seconds", "Cancelled"],
  [
    "a cancel whose latency is over before the work",
    Script.completes({ after: "10 seconds", onCancel: Script.stops("4 seconds") }),
    "5 seconds",
    "Cancelled"
  ],
  [
    "work that is over before the latency",
    Script.completes({ after: "10 seconds", onCancel: Script.stops("20 seconds") }),
    "30 seconds",
    "Succeeded"
  ],
  [
    "work that fails before the latency",
    Script.fails({
      after: "10 seconds",
      status: Status.make({ code: "INTERNAL" }),
      onCancel: Script.stops("20 seconds")
    }),
    "30 seconds",
    "Failed"
  ],
  [
    "a cancel within its latency",
    Script.runsUntilCancelled({ onCancel: Script.stops("20 seconds") }),
    "19 seconds",
    "Running"
  ],
  ["an ignored cancel", Script.runsUntilCancelled({ onCancel: Script.ignored }), "1 day", "Running"],
  [
    "a cancel that continues with other steps",
    Script.runsUntilCancelled({ onCancel: Script.continues(Script.running({ lasts: "1 second" }), Script.vanished()) }),
    "2 seconds",
    "NotFound"
  ]
]

for (const [what, script, after, expected] of racing) {
  it.effect(`after ${what} it is ${expected}`, () =>
    Effect.gen(function* () {
      yield* Operations.cancel(name)
      yield* TestClock.adjust(after)
      assert.deepStrictEqual(yield* tags(name, 1), [expected])
    }).pipe(Effect.provide(TestOperations.layer({ [name]: script })))
  )
}

it.effect("a cancel is refused as the script says, while it runs and when it is over", () =>
  Effect.gen(function* () {
    yield* TestOperations.start(name, Script.runsUntilCancelled({ onCancel: Script.refused("UNIMPLEMENTED") }))
    assert.strictEqual((yield* Effect.flip(Operations.cancel(name)))._tag, "Unimplemented")
    assert.deepStrictEqual(yield* tags(name, 1), ["Running"])
    yield* TestOperations.start(name, Script.stays(Script.succeeded(), { cancelOfDone: "FAILED_PRECONDITION" }))
    assert.strictEqual((yield* Effect.flip(Operations.cancel(name)))._tag, "FailedPrecondition")
    yield* TestOperations.start(name, Script.stays(Script.succeeded(), { cancelOfDone: "NOT_FOUND" }))
    assert.strictEqual((yield* Effect.flip(Operations.cancel(name)))._tag, "NotFound")
    yield* TestOperations.start(name, Script.stays(Script.succeeded()))
    yield* Operations.cancel(name)
    assert.deepStrictEqual(yield* tags(name, 1), ["Succeeded"])
  }).pipe(Effect.provide(TestOperations.layer({})))
)

it.effect("remembers every request with its time, and none with an invalid name", () =>
  Effect.gen(function* () {
    yield* TestClock.adjust("3 seconds")
    yield* Operations.get(name)
    yield* TestClock.adjust("1 second")
    yield* Operations.cancel(name)
    yield* Effect.flip(Operations.delete("projects/demo/operations/.."))
    yield* Operations.listPage({ name: "projects/demo" })
    assert.deepStrictEqual(yield* TestOperations.requests, [
      { at: 3000, method: "get", name },
      { at: 4000, method: "cancel", name },
      { at: 4000, method: "list", name: "projects/demo" }
    ])
    assert.deepStrictEqual(yield* TestOperations.lookTimes(name), [3000])
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() })))
)

it.effect("faults are answered in their order and then the truth again", () =>
  Effect.gen(function* () {
    yield* TestOperations.failNext("get", Fault.answer("UNAVAILABLE", { retryInfo: "7 seconds" }), { times: 2 })
    yield* TestOperations.failNext("get", [Fault.connectionLost, Fault.malformed])
    const first = yield* Effect.flip(Operations.get(name))
    assert.strictEqual(first._tag, "Unavailable")
    assert.deepStrictEqual(OperationsError.advice(first), Option.some(Duration.seconds(7)))
    assert.deepStrictEqual(yield* tags(name, 4), ["Unavailable", "TransportError", "MalformedResponse", "Running"])
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() })))
)

it.effect("a fault afterwards loses the answer and not the effect", () =>
  Effect.gen(function* () {
    yield* TestOperations.failNext("cancel", Fault.connectionLost, { afterwards: true })
    assert.strictEqual((yield* Effect.flip(Operations.cancel(name)))._tag, "TransportError")
    assert.deepStrictEqual(yield* tags(name, 1), ["Cancelled"])
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() })))
)

it.effect(
  "delayed answers take their time and tell the state at their end; a silent one is given up by interruption",
  () =>
    Effect.gen(function* () {
      const control = yield* TestOperations.TestOperations
      yield* TestOperations.delayNext("get", "5 seconds")
      const slow = yield* Effect.fork(Operations.get(name))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* control.inFlight, 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(slow)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(slow))._tag, "Succeeded")
      yield* TestOperations.delayNext("get", Duration.infinity)
      const never = yield* Effect.fork(Operations.get(name))
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* control.inFlight, 1)
      yield* Fiber.interrupt(never)
      assert.strictEqual(yield* control.inFlight, 0)
    }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "4500 millis" }) })))
)

it.effect("lists newest first, page by page, and what comes between two pages neither repeats nor hides", () =>
  Effect.gen(function* () {
    const names = (page: Operations.ListPage) => page.operations.map((operation) => operation.name)
    const first = yield* Operations.listPage({ name: "projects/demo", pageSize: 2 })
    assert.deepStrictEqual(names(first), ["projects/demo/operations/5", "projects/demo/operations/4"])
    yield* TestOperations.start("projects/demo/operations/6", Script.runsUntilCancelled())
    yield* Operations.delete("projects/demo/operations/3")
    const pageToken = Option.getOrThrow(first.nextPageToken)
    const second = yield* Operations.listPage({ name: "projects/demo", pageToken })
    assert.deepStrictEqual(names(second), ["projects/demo/operations/2", "projects/demo/operations/1"])
    assert.isTrue(Option.isNone(second.nextPageToken))
    const all = yield* Stream.runCollect(Operations.list({ name: "projects/demo", pageSize: 1 }))
    assert.strictEqual(Chunk.size(all), 5)
    const refused = [
      { name: "projects/demo", pageSize: -1 },
      { name: "projects/demo", pageToken: "forged" },
      { name: "projects/other", pageToken },
      { name: "projects/demo", filter: "done = true" }
    ]
    for (const request of refused) {
      assert.strictEqual((yield* Effect.flip(Operations.listPage(request)))._tag, "InvalidArgument")
    }
  }).pipe(
    Effect.provide(
      TestOperations.layer({
        "projects/other/operations/1": Script.runsUntilCancelled(),
        ...Object.fromEntries(
          [1, 2, 3, 4, 5].map((n) => [`projects/demo/operations/${n}`, Script.runsUntilCancelled()])
        )
      })
    )
  )
)

it.effect("a wait returns when the operation is done, at its timeout, at the limit, and when it is deleted", () =>
  Effect.gen(function* () {
    const waitFor = (timeout?: Duration.DurationInput) =>
      Effect.fork(Effect.timed(Effect.either(Operations.wait(name, { timeout }))))
    const long = yield* waitFor("1 hour")
    const short = yield* waitFor("3 seconds")
    yield* TestClock.adjust("4 seconds")
    yield* Operations.cancel(name)
    yield* TestClock.adjust("10 seconds")
    const [shortTime, shortResult] = yield* Fiber.join(short)
    assert.strictEqual(Duration.toMillis(shortTime), 3000)
    assert.isTrue(shortResult._tag === "Right" && shortResult.right._tag === "Running")
    const [longTime, longResult] = yield* Fiber.join(long)
    assert.strictEqual(Duration.toMillis(longTime), 6000)
    assert.isTrue(longResult._tag === "Right" && longResult.right._tag === "Cancelled")

    yield* TestOperations.start(name, Script.runsUntilCancelled())
    const limited = yield* waitFor()
    yield* TestClock.adjust("55 seconds")
    assert.strictEqual(Duration.toMillis((yield* Fiber.join(limited))[0]), 55_000)

    const orphaned = yield* waitFor("30 seconds")
    yield* TestClock.adjust("1 second")
    yield* Operations.delete(name)
    const [orphanedTime, orphanedResult] = yield* Fiber.join(orphaned)
    assert.strictEqual(Duration.toMillis(orphanedTime), 1000)
    assert.isTrue(orphanedResult._tag === "Left" && orphanedResult.left._tag === "NotFound")
  }).pipe(
    Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled({ onCancel: Script.stops("2 seconds") }) }))
  )
)

it.effect("what a delete hides goes on, and can be peeked at", () =>
  Effect.gen(function* () {
    const control = yield* TestOperations.TestOperations
    yield* Operations.delete(name)
    assert.deepStrictEqual(yield* tags(name, 1), ["NotFound"])
    assert.strictEqual(Option.getOrThrow(yield* control.peek(name))._tag, "Running")
    yield* TestClock.adjust("5 seconds")
    assert.strictEqual(Option.getOrThrow(yield* control.peek(name))._tag, "Succeeded")
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "5 seconds" }) })))
)

it.effect("methods that are not implemented say so, and still count as requests", () =>
  Effect.gen(function* () {
    for (const call of [Operations.delete(name), Operations.wait(name)]) {
      assert.strictEqual((yield* Effect.flip(call))._tag, "Unimplemented")
    }
    assert.lengthOf(yield* TestOperations.requests, 2)
  }).pipe(
    Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() }, { unimplemented: ["delete", "wait"] }))
  )
)

it.effect("a script for what is no name dies with a sentence", () =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(TestOperations.make({ "a//b": Script.runsUntilCancelled() }))
    assert.isTrue(exit._tag === "Failure" && exit.cause._tag === "Die")
  })
)

it.effect("a poller looks when its schedule says, and the script counts", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Poller.awaitDone(name))
    yield* TestClock.adjust("1 minute")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "Succeeded")
    assert.deepStrictEqual(yield* TestOperations.lookTimes(name), [0, 500, 1250])
  }).pipe(
    Effect.provide(TestOperations.layer({ [name]: Script.make([Script.running({ looks: 2 }), Script.succeeded()]) }))
  )
)

it.effect("reports each request with its answer and the time of both", () =>
  Effect.gen(function* () {
    yield* TestOperations.delayNext("get", "2 seconds")
    yield* TestOperations.failNext("get", Fault.unavailable)
    yield* VirtualTime.toEnd(Cancellation.cancelAndConfirm(name))
    yield* Operations.listPage({ name: "projects/demo" })
    const given = yield* Effect.fork(Operations.wait("projects/demo/operations/B"))
    yield* TestClock.adjust("1 second")
    yield* Fiber.interrupt(given)
    yield* Effect.fork(Operations.wait("projects/demo/operations/B"))
    yield* Effect.yieldNow()
    assert.deepStrictEqual(Report.lines(yield* TestOperations.report), [
      "0 cancel: OK",
      "0 get: Unavailable at 2000",
      "2500 get: Cancelled",
      "2500 list: Page(2)",
      "2500 wait: given up at 3500",
      "3500 wait: no answer so far"
    ])
  }).pipe(
    Effect.provide(
      TestOperations.layer({
        [name]: Script.runsUntilCancelled(),
        "projects/demo/operations/B": Script.runsUntilCancelled()
      })
    )
  )
)

it.effect("shows the next looks what they are told to, and then the truth: updates out of order", () =>
  Effect.gen(function* () {
    const at = (percent: number) => AnyMessage.pack("test.Progress", { percent })
    yield* TestOperations.showNext("get", [
      Script.vanished(),
      Script.running({ metadata: at(40) }),
      Script.running({ metadata: at(20) })
    ])
    const seen = yield* Effect.forEach(Array.from({ length: 5 }), () =>
      Effect.match(Operations.get(name), {
        onFailure: (error) => error._tag,
        onSuccess: (operation) =>
          Option.getOrElse(
            Option.map(operation.metadata, ({ percent }) => percent),
            () => "?"
          )
      })
    )
    assert.deepStrictEqual(seen, ["NotFound", 40, 20, 60, 60])
  }).pipe(
    Effect.provide(
      TestOperations.layer({
        [name]: Script.runsUntilCancelled({ metadata: AnyMessage.pack("test.Progress", { percent: 60 }) })
      })
    )
  )
)

it.effect("a wait returns early where it is told to, with the truth or with what it is shown", () =>
  Effect.gen(function* () {
    yield* TestOperations.shortenNextWait("2 seconds")
    yield* TestOperations.shortenNextWait(0, { times: 2 })
    const early = yield* VirtualTime.toEnd(Operations.wait(name, { timeout: "10 seconds" }))
    assert.strictEqual(Duration.toMillis(early.took), 2000)
    for (let times = 0; times < 2; times++) assert.strictEqual((yield* Operations.wait(name))._tag, "Running")
    yield* TestOperations.showNext("wait", [Script.vanished()])
    assert.strictEqual((yield* Effect.flip(Operations.wait(name)))._tag, "NotFound")
    const whole = yield* VirtualTime.toEnd(Operations.wait(name))
    assert.strictEqual(Duration.toMillis(whole.took), 28_000)
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "30 seconds" }) })))
)

it.effect("completes despite a cancel where it is told to, and not without one", () =>
  Effect.gen(function* () {
    const response = AnyMessage.pack("test.Response", { rows: 3 })
    yield* TestOperations.completeDespiteCancel(name, { after: "5 seconds", response })
    yield* TestClock.adjust("1 hour")
    assert.deepStrictEqual(yield* tags(name, 1), ["Running"])
    const { exit, took } = yield* VirtualTime.toEnd(Cancellation.cancelAndConfirm(name))
    assert.isTrue(exit._tag === "Success" && exit.value._tag === "CompletedAnyway")
    assert.isAtLeast(Duration.toMillis(took), 5000)
    const last = yield* Operations.get(name)
    assert.deepStrictEqual(last._tag === "Succeeded" ? last.response : undefined, response)
    const unknown = yield* Effect.exit(TestOperations.completeDespiteCancel("projects/demo/operations/B"))
    assert.isTrue(unknown._tag === "Failure" && unknown.cause._tag === "Die")
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() })))
)

it.effect("methods are unimplemented from when they are told to be", () =>
  Effect.gen(function* () {
    yield* Operations.cancel(name)
    yield* TestOperations.unimplemented("cancel", "wait")
    for (const call of [Operations.cancel(name), Operations.wait(name)]) {
      assert.strictEqual((yield* Effect.flip(call))._tag, "Unimplemented")
    }
    assert.deepStrictEqual(yield* tags(name, 1), ["Cancelled"])
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled() })))
)

it.effect("an answer that breaks off where it reads as cancelled is not taken for that", () =>
  Effect.gen(function* () {
    yield* TestOperations.failNext("get", Fault.truncated)
    assert.strictEqual((yield* Effect.flip(Cancellation.cancelAndConfirm(name)))._tag, "MalformedResponse")
  }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.runsUntilCancelled({ onCancel: Script.ignored }) })))
)
