import { inspect } from "node:util"
import * as Client from "@effect-lro/client"
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Transport from "@effect-lro/client/Transport"
import * as Core from "@effect-lro/core"
import * as Bulk from "@effect-lro/core/Bulk"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Poller from "@effect-lro/core/Poller"
import * as Status from "@effect-lro/core/Status"
import * as Telemetry from "@effect-lro/core/Telemetry"
import * as WaitError from "@effect-lro/core/WaitError"
import * as Rest from "@effect-lro/rest"
import * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { name, service } from "./support/service.js"
import { stack } from "./support/stack.js"

const canary = "CANARY5f1d3e"

const token = `ya29.${canary}-${"t".repeat(40)}`

const key = `AIza${canary}${"k".repeat(30)}`

const encodeError = Schema.encodeSync(Schema.Union(OperationsError.OperationsError, WaitError.WaitError))

/** A value in all the ways in which it may come to be printed or sent. */
const printed = (value: unknown, depth = 12): ReadonlyArray<string> => [
  inspect(value, { depth, showHidden: true, maxArrayLength: null, maxStringLength: null }),
  Inspectable.toStringUnknown(value),
  ...(value instanceof Error ? [String(value), value.stack ?? "", value.message] : []),
  ...(Cause.isCause(value) ? [Cause.pretty(value, { renderErrorCause: true }), ...printed(Cause.squash(value))] : []),
  ...(OperationsError.isOperationsError(value) || Schema.is(WaitError.WaitError)(value)
    ? [JSON.stringify(encodeError(value))]
    : [])
]

/** Gathers everything that a program leaves behind for others to read, by where it was left. */
const witness = () => {
  const left = new Map<string, Array<string>>()
  const leave = (where: string, ...texts: ReadonlyArray<string>) => {
    left.set(where, [...(left.get(where) ?? []), ...texts])
  }
  const logger = Logger.make((entry) => {
    const { annotations, cause, message, spans } = entry
    leave("a log", ...[message, cause, annotations, spans].flatMap((part) => printed(part)))
    leave("a log", Logger.stringLogger.log(entry), Logger.logfmtLogger.log(entry), Logger.jsonLogger.log(entry))
  })
  const spans: Array<Tracer.Span> = []
  const layer = Layer.mergeAll(
    Logger.replace(Logger.defaultLogger, logger),
    Logger.minimumLogLevel(LogLevel.All),
    Layer.unwrapEffect(
      Effect.map(Effect.tracer, (native) =>
        Layer.setTracer(
          Tracer.make({
            span: (...args) => {
              const span = native.span(...args)
              spans.push(span)
              return span
            },
            context: (f, fiber) => native.context(f, fiber)
          })
        )
      )
    )
  )
  return {
    layer,
    leave,
    /** Where a text is found. */
    found: (text: string): ReadonlyArray<string> => {
      for (const span of spans) leave("a span", ...printed(span, 8))
      for (const pair of Metric.unsafeSnapshot()) leave("a metric", ...printed(pair))
      return [...left].flatMap(([where, texts]) => (texts.some((it) => it.includes(text)) ? [where] : []))
    },
    places: () => [...left.keys()].toSorted()
  }
}

type Witness = ReturnType<typeof witness>

/** Runs a program and keeps how it ends. */
const watched = <A, E, R>({ leave }: Witness, program: Effect.Effect<A, E, R>) =>
  program.pipe(
    Effect.tapErrorCause((cause) => Effect.logError("it failed", cause)),
    Effect.withSpan("program"),
    Effect.exit,
    Effect.map((exit) => {
      leave("an exit", ...printed(exit))
      if (Exit.isFailure(exit)) leave("an error", ...printed(exit.cause))
      return exit
    })
  )

const echo = `Authorization: Bearer ${token}`

const dump = JSON.stringify({
  message: "bad request",
  request: { headers: { authorization: `Bearer ${token}` }, url: `https://example.com/?alt=json&key=${key}` }
})

/** Answers that repeat what they were sent. */
const answers: Readonly<Record<string, TestHttpClient.Answer>> = {
  "a refusal with the header in its message": TestHttpClient.refusal(
    Status.make({ code: "UNAUTHENTICATED", message: `invalid credentials: ${echo}` })
  ),
  "a refusal with the header in its details": TestHttpClient.refusal(
    Status.make({
      code: "PERMISSION_DENIED",
      message: "no",
      details: [ErrorDetails.errorInfo({ reason: "NO", domain: "", metadata: { header: echo, url: `?key=${key}` } })]
    })
  ),
  "a refusal that dumps the request": TestHttpClient.response(400, {
    body: `{"error":{"code":400,"message":${JSON.stringify(dump)}}}`
  }),
  "a page that shows the request": TestHttpClient.response(500, { body: `<html><pre>${echo}\n${dump}</pre></html>` }),
  "a success that is no JSON": TestHttpClient.response(200, { body: `${echo} ${dump}` }),
  "a front end that is down": TestHttpClient.response(502, {
    body: `${echo} ${dump}`,
    headers: { "content-type": echo }
  }),
  "a redirect": TestHttpClient.response(302, { headers: { location: `https://example.com/?access_token=${token}` } }),
  "a lost connection": { _tag: "ConnectionLost" },
  "an answer that breaks off": TestHttpClient.broken(200, { body: echo }),
  silence: { _tag: "Silence" }
}

const client: Partial<RestOperations.Options> = {
  credentials: Credentials.bearer(Redacted.make(token)),
  transformClient: HttpClient.mapRequest(HttpClientRequest.appendUrlParam("key", key))
}

/** An HTTP client whose errors repeat what they were to send. */
const broken = HttpClient.make((request) =>
  Effect.fail(
    new RequestError({
      request,
      reason: "Transport",
      description: `could not send ${echo}`,
      cause: new Error(`could not send ${request.url}`, { cause: new Error(echo) })
    })
  )
)

const programs = {
  cancel: (it: Witness) =>
    watched(it, Telemetry.cancelOutcome(Cancellation.cancelAndConfirm(name, { timeout: "2 minutes" }))),
  wait: (it: Witness) => watched(it, Poller.awaitDone(name, { serverWait: "10 seconds" })),
  changes: (it: Witness) => watched(it, Stream.runCollect(Cancellation.changes(name))),
  list: (it: Witness) => watched(it, Stream.runCollect(Operations.list({ name: "projects/demo", pageSize: 5 }))),
  delete: (it: Witness) => watched(it, Operations.delete(name)),
  bulk: (it: Witness) => watched(it, Stream.runCollect(Bulk.cancel([name, name], { timeout: "1 minute" }))),
  // It logs what went wrong with the stopping.
  scoped: (it: Witness) =>
    watched(
      it,
      Effect.timeout(
        Operations.scoped(Operations.get(name), { onInterrupt: "cancelAndConfirm", stop: { timeout: "1 minute" } }),
        "1 second"
      )
    )
}

const everyValue = (module: object): ReadonlyArray<string> =>
  Object.entries(module).flatMap(([_, namespace]: [string, object]) =>
    Object.values(namespace).map((value: unknown) => inspect(value, { depth: 4 }))
  )

describe("secrets", () => {
  it.live("that are planted are found, wherever they are", () =>
    Effect.gen(function* () {
      const planted = "PLANTED77ab"
      const plants: Readonly<Record<string, (it: Witness) => Effect.Effect<unknown>>> = {
        "a log": () => Effect.logDebug({ deep: { in: [planted] } }),
        "an error": (it) =>
          Effect.sync(() => it.leave("an error", ...printed(new Error("no", { cause: new Error(planted) })))),
        "a span": () => Effect.withSpan(Effect.void, "planted", { attributes: { url: `?key=${planted}` } }),
        "a metric": () => Metric.increment(Metric.tagged(Metric.counter("planted"), "token", planted)),
        "a value": (it) => Effect.sync(() => it.leave("a value", ...printed({ token: planted })))
      }
      for (const [where, plant] of Object.entries(plants)) {
        const it = witness()
        assert.notInclude(it.found(planted), where)
        yield* Effect.provide(plant(it), it.layer)
        assert.include(it.found(planted), where)
      }
      // What is redacted is not found, else nothing would ever be clean.
      const it = witness()
      it.leave("a value", ...printed(Redacted.make(planted)))
      assert.notInclude(it.found(planted), "a value")
    })
  )

  it.live("are in no error, log, span, metric or checkpoint, whatever a server repeats", () =>
    Effect.gen(function* () {
      const it = witness()
      let sent = 0
      const play = (script: TestHttpClient.Answer | undefined, server: Parameters<typeof stack>[1]) =>
        Effect.gen(function* () {
          for (const program of Object.values(programs)) {
            if (script !== undefined) {
              yield* TestHttpClient.answerNext(TestHttpClient.served)
              yield* TestHttpClient.answerNext(script, { times: 20 })
            }
            yield* program(it)
          }
          const save = (next: Checkpoint.Checkpoint) =>
            Effect.sync(() => it.leave("a checkpoint", Checkpoint.toText(next)))
          const checkpoint = Checkpoint.make({ operation: name, intent: "cancel", timeout: "1 minute" })
          yield* watched(it, Checkpoint.resume(checkpoint, { save }))
          const requests = yield* TestHttpClient.requests
          // The search would be for nothing if nothing secret were sent.
          sent += requests.filter(
            ({ headers, url }) => headers["authorization"] === `Bearer ${token}` && url !== ""
          ).length
        }).pipe(
          Effect.provide(
            Layer.fresh(
              stack(
                { [name]: Script.runsUntilCancelled({ onCancel: Script.stops("20 seconds") }) },
                { client, transform: (operations) => Telemetry.traced(Telemetry.measured(operations)), ...server }
              )
            )
          ),
          VirtualTime.run
        )
      for (const answer of Object.values(answers)) yield* Effect.provide(play(answer, {}), it.layer)
      yield* Effect.provide(play(undefined, { frontEnd: () => broken }), it.layer)
      assert.isAbove(sent, 100)
      const places = ["a checkpoint", "a log", "a metric", "a span", "an error", "an exit"]
      assert.deepStrictEqual(it.found(canary), [])
      assert.deepStrictEqual(it.places(), places)
    })
  )

  it.live("are in nothing that is exported or made, printed in whatever way", () =>
    Effect.gen(function* () {
      const it = witness()
      const options: RestOperations.Options = { service, ...client }
      const transport = yield* Transport.make(options).pipe(Effect.provideService(HttpClient.HttpClient, broken))
      const operations = yield* RestOperations.make(options).pipe(Effect.provideService(HttpClient.HttpClient, broken))
      const made = [
        options,
        transport,
        operations,
        RestOperations.layer(options),
        Credentials.bearer(Redacted.make(token)),
        Credentials.bearer(Redacted.make(token))("https://example.com")(broken),
        Credentials.bearer({ get: Effect.succeed(Redacted.make(token)), renew: Effect.succeed }),
        Credentials.missing("there is none"),
        operations.get(name),
        Cancellation.cancelAndConfirm(name)
      ]
      for (const value of made) it.leave("a value", ...printed(value))
      it.leave("an export", ...[Core, Rest, Client].flatMap(everyValue))
      assert.deepStrictEqual(it.found(canary), [])
    })
  )
})
