import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { serve, service, statusOf } from "./fixtures/Ask.js"

const p = "projects/p/operations"

interface Envelope {
  readonly error: {
    readonly code: number
    readonly message: string
    readonly status: string
    readonly details?: ReadonlyArray<{ readonly "@type": string; readonly [key: string]: unknown }>
    readonly errors?: unknown
  }
}

const errorOf = (answer: { readonly json: unknown }) => (answer.json as Envelope).error

const detail = (answer: { readonly json: unknown }, type: string) =>
  errorOf(answer).details?.find((one) => one["@type"] === `type.googleapis.com/google.rpc.${type}`)

const answered = (
  code: Status.Status["code"] | Parameters<typeof Status.make>[0]["code"],
  details: Status.Status["details"] = []
) =>
  OperationsError.fromStatus({
    operation: `${p}/a`,
    method: "get",
    status: Status.make({ code, message: "said the service", details })
  })

describe("OperationsServer", () => {
  describe("get", () => {
    it.effect("answers a running operation without done, as ProtoJSON leaves it out", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const answer = yield* ask(`GET /v1/${p}/a`)
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.text, `{"name":"${p}/a"}`)
      })
    )

    it.effect("answers a failed operation with 200: its error is data", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve()
        fake.store.set(`${p}/a`, Operation.ended({ name: `${p}/a`, error: Status.make({ code: 3, message: "no" }) }))
        const answer = yield* ask(`GET /v1/${p}/a`)
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(answer.json, { name: `${p}/a`, done: true, error: { code: 3, message: "no" } })
      })
    )

    it.effect("answers an unknown operation with the service's NOT_FOUND", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const answer = yield* ask(`GET /v1/${p}/none`)
        assert.strictEqual(answer.status, 404)
        assert.deepStrictEqual(answer.json, {
          error: { code: 404, message: `${p}/none does not exist`, status: "NOT_FOUND" }
        })
      })
    )

    it.effect("ignores a body", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const answer = yield* ask(`DELETE /v1/${p}/a`, { body: "[not json", headers: { "content-type": "text/html" } })
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.text, "{}")
      })
    )
  })

  describe("list", () => {
    const names = [1, 2, 3, 4, 5].map((i) => `${p}/${i}`)

    it.effect("pages through everything", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve({}, FakeOperations.make(names))
        const seen: Array<string> = []
        let token: string | undefined = ""
        while (token !== undefined) {
          const answer = yield* ask(`GET /v1/${p}?pageSize=2&pageToken=${token}`)
          const page = answer.json as { operations: ReadonlyArray<{ name: string }>; nextPageToken?: string }
          seen.push(...page.operations.map(({ name }) => name))
          token = page.nextPageToken
        }
        assert.deepStrictEqual(seen, names)
      })
    )

    it.effect("answers an empty page with {}", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve({}, FakeOperations.make([]))
        assert.strictEqual((yield* ask(`GET /v1/${p}`)).text, "{}")
      })
    )

    it.effect("hands on what it is asked for, by either name of a field", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve({}, FakeOperations.make(names))
        const first = yield* ask(`GET /v1/${p}?filter=done%3Dtrue%20AND%20a%2Bb&pageSize=1`)
        const { nextPageToken } = first.json as { nextPageToken: string }
        yield* ask(
          `GET /v1/${p}?filter=done%3Dtrue%20AND%20a%2Bb&page_size=500&page_token=${nextPageToken}&returnPartialSuccess=false`
        )
        assert.deepInclude(fake.asked[1]?.[2], {
          name: "projects/p",
          filter: "done=true AND a+b",
          pageSize: 500,
          pageToken: "1"
        })
      })
    )

    for (const [query, field] of [
      ["pageSize=-1", "pageSize"],
      ["pageSize=many", "pageSize"],
      ["pageSize=1.5", "pageSize"],
      ["pageSize=99999999999", "pageSize"],
      ["returnPartialSuccess=perhaps", "returnPartialSuccess"],
      ["orderBy=name", "orderBy"],
      ["name=projects/q", "name"]
    ] as const) {
      it.effect(`refuses ${query} and names the field`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const answer = yield* ask(`GET /v1/${p}?${query}`)
          assert.strictEqual(answer.status, 400)
          assert.strictEqual(statusOf(answer), "INVALID_ARGUMENT")
          const violations = detail(answer, "BadRequest")?.["fieldViolations"] as ReadonlyArray<{ field: string }>
          assert.deepStrictEqual(
            violations.map((violation) => violation.field),
            [field]
          )
          assert.deepStrictEqual(fake.asked, [])
        })
      )
    }

    it.effect("does not support partial success, unless the service does", () =>
      Effect.gen(function* () {
        const refusing = yield* serve()
        const answer = yield* refusing.ask(`GET /v1/${p}?returnPartialSuccess=true`)
        assert.strictEqual(answer.status, 501)
        assert.strictEqual(statusOf(answer), "UNIMPLEMENTED")
        const forwarding = yield* serve({ partialSuccess: "forward" })
        assert.strictEqual((yield* forwarding.ask(`GET /v1/${p}?returnPartialSuccess=true`)).status, 200)
        assert.deepInclude(forwarding.fake.asked[0]?.[2], { returnPartialSuccess: true })
      })
    )
  })

  describe("bodies", () => {
    const text = (body: string) => ({ body })
    for (const [shown, sent, status] of [
      ["no body", {}, 200],
      ["an empty body of another type", { body: "", headers: { "content-type": "text/html" } }, 200],
      ["{}", text("{}"), 200],
      ["white space", text(" \n\t"), 200],
      ["{} with a byte order mark", { body: new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]) }, 200],
      ["JSON in any charset", { body: "{}", headers: { "content-type": "Application/JSON; charset=iso-8859-1" } }, 200],
      ["a kind of JSON", { body: "{}", headers: { "content-type": "application/problem+json" } }, 200],
      [
        "an empty message called a form, as curl does",
        { body: "{}", headers: { "content-type": "application/x-www-form-urlencoded" } },
        200
      ],
      ["another name, which does not count", text(`{"name":"projects/q/operations/b"}`), 200],
      ["a name of null", text(`{"name":null}`), 200],
      ["a form", { body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
      ["plain text", { body: "{}", headers: { "content-type": "text/plain" } }, 415],
      ["XML", { body: "<a/>", headers: { "content-type": "application/xml" } }, 415],
      ["a compressed body", { body: "{}", headers: { "content-encoding": "gzip" } }, 415],
      ["a body encoded as itself", { body: "{}", headers: { "content-encoding": "identity" } }, 200],
      ["an unknown field", text(`{"force":true}`), 400],
      ["an array", text("[]"), 400],
      ["a string", text(`"x"`), 400],
      ["null", text("null"), 400],
      ["truncated JSON", text(`{"name":`), 400],
      ["two documents", text("{}{}"), 400],
      ["a comment", text("{/**/}"), 400],
      ["JSON of 10,000 levels", text(`{"name":${"[".repeat(10_000)}${"]".repeat(10_000)}}`), 400],
      ["brackets in a string", text(`{"name":"${"[".repeat(500)}"}`), 200],
      ["invalid UTF-8", { body: new Uint8Array([0x7b, 0xff, 0x7d]) }, 400],
      ["half of a surrogate pair in UTF-8", { body: new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]) }, 400],
      ["64 KiB and a byte", text(" ".repeat(65_537)), 413],
      ["64 KiB", text(" ".repeat(65_536)), 200],
      ["__proto__", text(`{"__proto__":{"timeout":"1s"}}`), 400]
    ] as const) {
      it.effect(`answers a cancel with ${shown} with ${status}`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const answer = yield* ask(`POST /v1/${p}/a:cancel`, sent)
          assert.strictEqual(answer.status, status, answer.text)
          assert.isObject(answer.json)
          if (status === 200) assert.strictEqual(answer.text, "{}")
          else assert.strictEqual(errorOf(answer).code, status)
          assert.deepStrictEqual(fake.asked, status === 200 ? [["cancel", `${p}/a`]] : [])
        })
      )
    }

    it.effect("lets unknown names pass where it is told to", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve({ unknownFields: "ignore" })
        assert.strictEqual((yield* ask(`POST /v1/${p}/a:cancel?x=1`, { body: `{"force":true}` })).status, 200)
        assert.strictEqual((yield* ask(`GET /v1/${p}/a?x=1`)).status, 200)
        assert.strictEqual((yield* ask(`GET /v1/${p}?orderBy=name`)).status, 200)
      })
    )

    it.effect("does not answer nonsense with more of it", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const fields = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`field-${i}-${"x".repeat(10)}`, i]))
        const answer = yield* ask(`POST /v1/${p}/a:cancel`, { body: JSON.stringify(fields) })
        assert.strictEqual(answer.status, 400)
        assert.isBelow(answer.text.length, 4000)
      })
    )
  })

  describe("system parameters", () => {
    const key = "canary-key"
    for (const query of [
      "alt=json",
      "$alt=json%3Benum-encoding=int&$prettyPrint=0",
      "%24alt=json",
      `key=${key}&quotaUser=me&prettyPrint=false`,
      "access_token=t&oauth_token=t&uploadType=x&upload_protocol=y&callback=",
      "$.xgafv=2&$unique=1&$ct=x&$outputDefaults&$apiVersion=v1",
      "&&",
      "alt="
    ]) {
      it.effect(`accepts ?${query} on every method`, () =>
        Effect.gen(function* () {
          const { ask } = yield* serve()
          for (const line of [`GET /v1/${p}/a`, `GET /v1/${p}`, `POST /v1/${p}/a:cancel`, `DELETE /v1/${p}/a`]) {
            const answer = yield* ask(`${line}?${query}`)
            assert.strictEqual(answer.status, 200, answer.text)
            assert.notInclude(answer.text, key)
          }
        })
      )
    }

    for (const query of [
      "alt=proto",
      "$alt=media",
      "alt=sse",
      "callback=evil",
      "prettyPrint=perhaps",
      "x=%zz",
      "%ff=1",
      "fields=a(b",
      "fields=,"
    ]) {
      it.effect(`refuses ?${query}`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const answer = yield* ask(`GET /v1/${p}/a?${query}`)
          assert.strictEqual(answer.status, 400, answer.text)
          assert.strictEqual(statusOf(answer), "INVALID_ARGUMENT")
          assert.deepStrictEqual(fake.asked, [])
        })
      )
    }

    it.effect("spreads JSON over lines where the request, or else the server, wants it", () =>
      Effect.gen(function* () {
        const compact = yield* serve()
        const pretty = yield* serve({ prettyPrint: true })
        const spread = `{\n  "name": "${p}/a"\n}\n`
        const line = `GET /v1/${p}/a`
        assert.strictEqual((yield* compact.ask(`${line}?prettyPrint=true`)).text, spread)
        assert.strictEqual((yield* compact.ask(`${line}?$prettyPrint=1`)).text, spread)
        assert.strictEqual((yield* compact.ask(`${line}?alt=json`)).text, `{"name":"${p}/a"}`)
        assert.strictEqual((yield* pretty.ask(line)).text, spread)
        assert.strictEqual((yield* pretty.ask(`${line}?prettyPrint=0`)).text, `{"name":"${p}/a"}`)
      })
    )

    it.effect("adds the errors of the older format on request", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const answer = yield* ask(`GET /v1/${p}/none?$.xgafv=1`)
        assert.deepStrictEqual(errorOf(answer).errors, [
          { message: `${p}/none does not exist`, domain: "global", reason: "notFound" }
        ])
      })
    )

    for (const [fields, expected] of [
      ["operations.name", { operations: [{ name: `${p}/a` }] }],
      ["operations(name,done)", { operations: [{ name: `${p}/a`, done: true }] }],
      ["operations/metadata/state", { operations: [{ metadata: { state: "FAILED" } }] }],
      ["operations.*.code", { operations: [{ metadata: {}, error: { code: 2 } }] }],
      ["nextPageToken", {}],
      ["*", undefined],
      [
        "operations(error(code),metadata.state),next_page_token",
        { operations: [{ metadata: { state: "FAILED" }, error: { code: 2 } }] }
      ]
    ] as const) {
      it.effect(`answers fields=${fields} with those and no others`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const error = Status.make({ code: 2, message: "m" })
          const metadata = { "@type": "type.googleapis.com/x.Y", state: "FAILED" }
          fake.store.set(`${p}/a`, Operation.ended({ name: `${p}/a`, metadata, error }))
          const whole = (yield* ask(`GET /v1/${p}`)).json
          assert.deepStrictEqual((yield* ask(`GET /v1/${p}?fields=${fields}`)).json, expected ?? whole)
          const byHeader = yield* ask(`GET /v1/${p}`, { headers: { "x-goog-fieldmask": fields } })
          assert.deepStrictEqual(byHeader.json, expected ?? whole)
        })
      )
    }
  })

  describe("wait", () => {
    const wait = `POST /v1/${p}/a:wait`

    it.effect("waits for as long as it is asked to and answers the latest state", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve()
        const fiber = yield* Effect.fork(ask(wait, { body: `{"timeout":"1.5s"}` }))
        yield* TestClock.adjust("1499 millis")
        assert.isTrue(yield* isWaiting(fiber))
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual((yield* Fiber.join(fiber)).json, { name: `${p}/a` })
        assert.deepStrictEqual(fake.asked, [["wait", `${p}/a`, 1500]])
      })
    )

    for (const [shown, body, millis] of [
      ["nothing", undefined, 55_000],
      ["{}", "{}", 55_000],
      ["null", `{"timeout":null}`, 55_000],
      ["more", `{"timeout":"300s"}`, 55_000],
      ["0s", `{"timeout":"0s"}`, 0],
      ["a name beside it", `{"name":"x","timeout":"2s"}`, 2000]
    ] as const) {
      it.effect(`asks the service to wait ${millis} ms where the client says ${shown}`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const fiber = yield* Effect.fork(ask(wait, body === undefined ? {} : { body }))
          yield* TestClock.adjust("55 seconds")
          assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
          assert.deepStrictEqual(fake.asked, [["wait", `${p}/a`, millis]])
        })
      )
    }

    for (const body of [
      `{"timeout":"-1s"}`,
      `{"timeout":"-0.5s"}`,
      `{"timeout":"1"}`,
      `{"timeout":1}`,
      `{"timeout":"soon"}`,
      `{"timeout":"1s","x":1}`
    ]) {
      it.effect(`refuses ${body}`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const answer = yield* ask(wait, { body })
          assert.strictEqual(answer.status, 400)
          assert.strictEqual(statusOf(answer), "INVALID_ARGUMENT")
          assert.deepStrictEqual(fake.asked, [])
        })
      )
    }

    it.effect("does not take a timeout from the query", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        assert.strictEqual((yield* ask(`${wait}?timeout=1s`)).status, 400)
      })
    )

    it.effect("answers the latest state where the service waits longer than it was asked to", () =>
      Effect.gen(function* () {
        const fake = FakeOperations.make([`${p}/a`])
        const { ask } = yield* serve(
          { maxWait: "10 seconds" },
          {
            ...fake,
            service: { ...fake.service, wait: () => Effect.uninterruptible(Effect.never) }
          }
        )
        const fiber = yield* Effect.fork(ask(wait))
        yield* TestClock.adjust("11 seconds")
        assert.deepStrictEqual((yield* Fiber.join(fiber)).json, { name: `${p}/a` })
      })
    )

    it.effect("is interrupted with its client", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve()
        const fiber = yield* Effect.fork(ask(wait))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(fake.waiting, 1)
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(fake.waiting, 0)
      })
    )
  })

  describe("errors", () => {
    for (const [code, status] of [
      ["CANCELLED", 499],
      ["UNKNOWN", 500],
      ["INVALID_ARGUMENT", 400],
      ["DEADLINE_EXCEEDED", 504],
      ["NOT_FOUND", 404],
      ["ALREADY_EXISTS", 409],
      ["PERMISSION_DENIED", 403],
      ["RESOURCE_EXHAUSTED", 429],
      ["FAILED_PRECONDITION", 400],
      ["ABORTED", 409],
      ["OUT_OF_RANGE", 400],
      ["UNIMPLEMENTED", 501],
      ["INTERNAL", 500],
      ["UNAVAILABLE", 503],
      ["DATA_LOSS", 500],
      ["UNAUTHENTICATED", 401]
    ] as const) {
      it.effect(`answers ${code} with ${status}`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          const info = ErrorDetails.errorInfo({ reason: "WHY", domain: "example.com" })
          fake.fault = () => answered(code, [info])
          const answer = yield* ask(`GET /v1/${p}/a`)
          assert.strictEqual(answer.status, status)
          assert.deepStrictEqual(answer.json, {
            error: { code: status, message: "said the service", status: code, details: [info] }
          })
        })
      )
    }

    it.effect("passes on when to come back, rounded up to whole seconds", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve()
        fake.fault = () => answered("UNAVAILABLE", [ErrorDetails.retryInfo("1200 millis")])
        assert.strictEqual((yield* ask(`GET /v1/${p}/a`)).headers["retry-after"], "2")
        fake.fault = () =>
          OperationsError.fromStatus({
            operation: "",
            method: "get",
            status: Status.make({ code: "RESOURCE_EXHAUSTED" }),
            retryAfter: Duration.seconds(7)
          })
        assert.strictEqual((yield* ask(`GET /v1/${p}/a`)).headers["retry-after"], "7")
        fake.fault = () => answered("UNAVAILABLE")
        assert.strictEqual((yield* ask(`GET /v1/${p}/a`)).headers["retry-after"], undefined)
      })
    )

    for (const [shown, fault, status, code] of [
      [
        "that the service behind it cannot be reached",
        new OperationsError.TransportError({
          operation: "a",
          method: "get",
          reason: "Connection",
          description: "canary"
        }),
        503,
        "UNAVAILABLE"
      ],
      [
        "that the service behind it takes too long",
        new OperationsError.TransportError({ operation: "a", method: "get", reason: "Timeout", description: "canary" }),
        504,
        "DEADLINE_EXCEEDED"
      ],
      [
        "that the service behind it makes no sense",
        new OperationsError.MalformedResponse({ operation: "a", method: "get", reason: "canary", excerpt: "canary" }),
        500,
        "INTERNAL"
      ],
      ["an invalid name", new OperationsError.InvalidName({ input: "a", reason: "odd" }), 400, "INVALID_ARGUMENT"]
    ] as const) {
      it.effect(`says ${shown}, and nothing that is not for the client`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve()
          fake.fault = () => fault
          const answer = yield* ask(`GET /v1/${p}/a`)
          assert.strictEqual(answer.status, status)
          assert.strictEqual(statusOf(answer), code)
          assert.notInclude(answer.text, "canary")
        })
      )
    }

    it.effect(
      "answers a defect with INTERNAL and says nothing of it, but logs it, with the path and without the query",
      () =>
        Effect.gen(function* () {
          const logged: Array<string> = []
          const logger = Logger.make(({ annotations, cause, message }) => {
            logged.push(JSON.stringify([message, String(cause), Object.fromEntries(HashMap.toEntries(annotations))]))
          })
          const { ask, fake } = yield* serve()
          fake.fault = () => new Error("canary-defect")
          const answer = yield* ask(`GET /v1/${p}/a?key=canary-key`, {
            headers: { authorization: "Bearer canary-token" }
          }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
          assert.strictEqual(answer.status, 500)
          assert.strictEqual(statusOf(answer), "INTERNAL")
          assert.notInclude(answer.text, "canary")
          assert.strictEqual(logged.length, 1)
          assert.include(logged[0], "canary-defect")
          assert.include(logged[0], `/v1/${p}/a`)
          assert.notInclude(logged[0], "canary-key")
          assert.notInclude(logged[0], "canary-token")
        })
    )

    it.effect("answers INTERNAL where the service gives what JSON cannot say", () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* serve()
        fake.store.set(`${p}/a`, Operation.running({ name: `${p}/a`, metadata: { big: 1n } }))
        const answer = yield* ask(`GET /v1/${p}/a`).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
        assert.strictEqual(answer.status, 500)
        assert.strictEqual(statusOf(answer), "INTERNAL")
      })
    )

    it.effect("tells a route that it does not have by the reason", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const answer = yield* ask("GET /v1/nothing")
        assert.deepStrictEqual(detail(answer, "ErrorInfo"), {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "ROUTE_NOT_FOUND",
          domain: "earthengine.googleapis.com",
          metadata: {}
        })
      })
    )

    it.effect("shows a client no more of its own path than fits", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve()
        const answer = yield* ask(`GET /v1/${"x".repeat(8000)}`)
        assert.strictEqual(answer.status, 404)
        assert.isBelow(answer.text.length, 600)
      })
    )
  })

  describe("authenticate", () => {
    const refused = { operation: "", method: "get" } as const
    const refusals = {
      none: new OperationsError.Unauthorized({
        ...refused,
        reason: "Refused",
        status: Status.make({ code: "UNAUTHENTICATED", message: "who are you" })
      }),
      known: new OperationsError.PermissionDenied({
        ...refused,
        status: Status.make({ code: "PERMISSION_DENIED", message: "not you" })
      })
    }
    const options: Partial<OperationsServer.Options> = {
      authenticate: ({ headers }) =>
        headers["authorization"] === "Bearer good"
          ? Effect.succeed({ id: "good" })
          : Effect.fail(headers["authorization"] === undefined ? refusals.none : refusals.known)
    }

    for (const line of [
      `GET /v1/${p}/a`,
      `GET /v1/${p}/none`,
      `GET /v1/${p}/..`,
      "GET /nothing",
      `OPTIONS /v1/${p}/a`,
      `POST /v1/${p}/a:cancel?x=%zz`
    ]) {
      it.effect(`comes before everything else that is wrong with ${line}`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* serve(options)
          const none = yield* ask(line, { body: "[".repeat(70_000) })
          assert.strictEqual(none.status, 401)
          assert.strictEqual(statusOf(none), "UNAUTHENTICATED")
          assert.strictEqual(none.headers["www-authenticate"], "Bearer")
          const denied = yield* ask(line, { headers: { authorization: "Bearer canary" } })
          assert.strictEqual(denied.status, 403)
          assert.strictEqual(statusOf(denied), "PERMISSION_DENIED")
          assert.notInclude(denied.text, "canary")
          assert.deepStrictEqual(fake.asked, [])
        })
      )
    }

    it.effect("lets those pass whom it knows", () =>
      Effect.gen(function* () {
        const { ask } = yield* serve(options)
        assert.strictEqual((yield* ask(`GET /v1/${p}/a`, { headers: { authorization: "Bearer good" } })).status, 200)
      })
    )
  })

  it.effect("checks the name before the service is asked whether it exists", () =>
    Effect.gen(function* () {
      const { ask, fake } = yield* serve()
      fake.fault = () => answered("NOT_FOUND")
      assert.strictEqual((yield* ask(`POST /v1/${p}/none:cancel`, { body: `{"x":1}` })).status, 400)
    })
  )

  it.effect("makes a span with the path but not the query, where it is told to", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const { ask } = yield* serve({ spans: true })
      const tracer = yield* Effect.map(Effect.tracer, (tracer) =>
        Tracer.make({
          ...tracer,
          span: (...args) => {
            const span = tracer.span(...args)
            spans.push(span)
            return span
          }
        })
      )
      yield* ask(`POST /v1/${p}/a:cancel?key=canary`).pipe(Effect.withTracer(tracer))
      const span = spans.find(({ name }) => name.startsWith("OperationsServer"))
      assert.strictEqual(span?.name, "OperationsServer.cancel")
      assert.deepStrictEqual(Object.fromEntries(span?.attributes ?? []), {
        "http.request.method": "POST",
        "url.path": `/v1/${p}/a:cancel`,
        "http.response.status_code": 200
      })
    })
  )

  it.effect("makes no spans of its own otherwise", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const { ask } = yield* serve()
      const tracer = yield* Effect.map(Effect.tracer, (tracer) =>
        Tracer.make({
          ...tracer,
          span: (...args) => {
            names.push(args[0])
            return tracer.span(...args)
          }
        })
      )
      yield* ask(`GET /v1/${p}/a`).pipe(Effect.withTracer(tracer))
      assert.deepStrictEqual(names, [])
    })
  )

  it.effect("dies where two routes have the same shape", () =>
    Effect.gen(function* () {
      const route = {
        method: "GET",
        template: "/v1/{name=projects/*/operations/**}",
        handler: () => Effect.succeed({})
      } as const
      const exit = yield* Effect.exit(serve({ service, routes: [route] }))
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
    })
  )
})

const isWaiting = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.map(Fiber.status(fiber), (status) => status._tag === "Suspended")
