import * as Code from "@effect-lro/core/Code"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import { StillRunning, Vanished } from "@effect-lro/core/WaitError"
import * as EarthEngineService from "@effect-lro/earth-engine/EarthEngineService"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ExitCode from "../src/ExitCode.js"
import { type Failure, Interrupted, UsageError } from "../src/Failure.js"
import * as Failures from "../src/Failures.js"
import type { Settings } from "../src/Settings.js"
import * as Style from "../src/Style.js"
import { cancelling, name } from "./support/memory.js"

const settings: Settings = {
  endpoint: "http://127.0.0.1:8085",
  project: Option.none(),
  token: Option.none(),
  quotaProject: Option.none(),
  serviceName: "earthengine",
  service: EarthEngineService.description,
  version: Option.none(),
  requestTimeout: Option.none(),
  json: false,
  again: ["--endpoint", "http://127.0.0.1:8085"]
}

const context = { command: "cancel", name, settings }

const human = (failure: Failure, options: Partial<typeof context> = {}) =>
  Failures.answer(failure, { ...context, ...options })
    .human(Style.plain)
    .join("\n")

const refusal = (
  code: Code.Code,
  details: ReadonlyArray<Record<string, unknown>> = [],
  method: OperationsError.Method = "cancel"
) =>
  OperationsError.fromStatus({
    operation: name,
    method,
    status: Status.make({ code, message: "the server says so", details }),
    httpStatus: Code.toHttpStatus(code)
  })

const notFound = new OperationsError.NotFound({
  operation: name,
  method: "get",
  status: Status.make({ code: "NOT_FOUND", message: "no such operation" }),
  httpStatus: 404,
  missing: "operation"
})

const everyCode = Array.from({ length: 16 }, (_, i) => Option.getOrThrow(Code.fromNumber(i + 1)))

const all: ReadonlyArray<Failure> = [
  ...everyCode.map((code) => refusal(code)),
  new UsageError({ message: "wrong", hint: "do it right" }),
  new OperationsError.InvalidName({ input: "..", reason: "it climbs" }),
  new OperationsError.TransportError({ operation: name, method: "get", reason: "Connection", description: "refused" }),
  new OperationsError.TransportError({ operation: name, method: "get", reason: "Redirect", description: "302" }),
  new OperationsError.MalformedResponse({
    operation: name,
    method: "get",
    httpStatus: 200,
    reason: "HTML",
    excerpt: "<p>"
  }),
  new Vanished({ operation: name, lastSeen: Option.some(cancelling), cancelAccepted: true, cause: notFound }),
  new StillRunning({
    operation: name,
    lastSeen: Option.some(cancelling),
    cancelAccepted: true,
    reason: "Timeout",
    lastError: Option.some(refusal("UNAVAILABLE"))
  }),
  new Interrupted({ signal: "SIGINT", operation: name, lastSeen: Option.none(), cancelAccepted: false })
]

describe("Failures", () => {
  for (const failure of all) {
    it(`says what to do next about ${failure._tag}: ${failure.message}`, () => {
      const answer = Failures.answer(failure, context)
      const error = Object(answer.json["error"])
      assert.strictEqual(error["_tag"], failure._tag)
      assert.strictEqual(error["message"], failure.message)
      assert.isAbove(String(error["hint"]).length, 10)
      assert.include(human(failure), `next: ${error["hint"]}`)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(answer.json)), answer.json)
      assert.strictEqual(answer.stream, "stderr")
      assert.notStrictEqual(answer.code, ExitCode.codes.Success)
    })
  }

  it("tells which exit code each failure has", () => {
    assert.deepStrictEqual(Object.fromEntries(all.map((failure) => [failure._tag, ExitCode.fromFailure(failure)])), {
      CallCancelled: 1,
      Unknown: 1,
      InvalidArgument: 1,
      DeadlineExceeded: 1,
      NotFound: 7,
      AlreadyExists: 1,
      PermissionDenied: 8,
      ResourceExhausted: 1,
      FailedPrecondition: 1,
      Aborted: 1,
      OutOfRange: 1,
      Unimplemented: 6,
      Internal: 1,
      Unavailable: 1,
      DataLoss: 1,
      Unauthorized: 8,
      UsageError: 2,
      InvalidName: 2,
      TransportError: 1,
      MalformedResponse: 1,
      Vanished: 9,
      StillRunning: 5,
      Interrupted: 130
    })
  })

  it("tells a token that was refused from none at all", () => {
    const unauthorized = refusal("UNAUTHENTICATED")
    assert.include(human(unauthorized), "No token was sent")
    const token = Option.some(Redacted.make("secret"))
    const refused = human(unauthorized, { settings: { ...settings, token } })
    assert.include(refused, "it may have expired")
    assert.notInclude(refused, "secret")
  })

  it("tells the credentials of the machine from a token that was given", () => {
    const atGoogle = { settings: { ...settings, endpoint: EarthEngineService.standardEndpoint } }
    assert.include(human(refusal("UNAUTHENTICATED"), atGoogle), "The credentials of this machine were refused")
    const missing = new OperationsError.Unauthorized({
      operation: name,
      method: "get",
      reason: "NoCredentials",
      status: Status.make({ code: "UNAUTHENTICATED", message: "none were found" })
    })
    assert.include(human(missing, atGoogle), "Mend that, or give a token for the next hour. Set one: export LRO_TOKEN=")
  })

  it("explains what Earth Engine's refusals mean", () => {
    const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", domain: "googleapis.com" }
    const denied = refusal("PERMISSION_DENIED", [{ ...info, reason: "USER_PROJECT_DENIED" }])
    assert.include(human(denied), "roles/serviceusage.serviceUsageConsumer")
    const elsewhere = { settings: { ...settings, serviceName: "global" as const } }
    assert.notInclude(human(denied, elsewhere), "serviceUsageConsumer")
  })

  it("names the permission that Earth Engine wants", () => {
    const denied = refusal("PERMISSION_DENIED")
    assert.include(human(denied), "earthengine.operations.update")
    assert.include(human(refusal("PERMISSION_DENIED", [], "get")), "earthengine.operations.get")
  })

  it("leads to where a disabled API is enabled", () => {
    const denied = refusal("PERMISSION_DENIED", [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "SERVICE_DISABLED",
        domain: "googleapis.com",
        metadata: { activationUrl: "https://console.example/enable" }
      }
    ])
    assert.include(human(denied), "https://console.example/enable")
    assert.include(human(denied), "reason: SERVICE_DISABLED (googleapis.com)")
  })

  it("repeats the server's advice on when to come back", () => {
    const limited = new OperationsError.ResourceExhausted({
      operation: name,
      method: "get",
      status: Status.make({
        code: "RESOURCE_EXHAUSTED",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }]
      }),
      httpStatus: 429,
      retryAfter: Duration.seconds(2)
    })
    assert.include(human(limited), "Try again in 7s")
    assert.strictEqual(Failures.toJson(limited)["retryAfter"], "7s")
  })

  it("hands details on as they came", () => {
    const details = [{ "@type": "type.googleapis.com/unheard.Of", deep: [{ a: 1 }] }]
    assert.deepStrictEqual(Failures.toJson(refusal("ABORTED", details))["details"], details)
  })

  it("suggests commands that reach the same server", () => {
    assert.include(human(notFound), "lro list projects/demo --endpoint http://127.0.0.1:8085")
    assert.include(human(refusal("UNIMPLEMENTED")), `lro wait ${name} --endpoint http://127.0.0.1:8085`)
  })

  it("knows what names look like at the service that is asked", () => {
    const invalid = new OperationsError.InvalidName({ input: "..", reason: "it climbs" })
    const told = (command: string, serviceName: Settings["serviceName"]) =>
      human(invalid, { command, settings: { ...settings, serviceName } })
    assert.include(told("get", "earthengine"), "projects/PROJECT/operations/ID, or a bare ID")
    assert.include(told("get", "regional"), "projects/PROJECT/locations/LOCATION/operations/ID, or another --service")
    assert.include(told("get", "global"), "Give the full name, operations/ID,")
    assert.include(told("list", "earthengine"), "what the operations belong to, projects/PROJECT.")
  })

  it("does not know whether a cancel arrived that was interrupted before its answer", () => {
    const interrupted = (cancelAccepted: boolean) =>
      human(new Interrupted({ signal: "SIGINT", operation: name, lastSeen: Option.none(), cancelAccepted }))
    assert.include(interrupted(false), "not known whether the request to cancel has arrived")
    assert.include(interrupted(true), "See whether it stops: lro wait")
  })

  it("lets no server draw on the screen", () => {
    const evil = "\u001b[2J\r\n"
    const failure = OperationsError.fromStatus({
      operation: name,
      method: "get",
      status: Status.make({
        code: "ABORTED",
        message: evil,
        details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: evil, domain: evil }]
      })
    })
    for (const line of human(failure).split("\n")) assert.notMatch(line, /[\u0000-\u001f\u007f-\u009f]/)
  })
})
