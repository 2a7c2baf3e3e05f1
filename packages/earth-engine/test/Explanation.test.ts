import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Explanation from "@effect-lro/earth-engine/Explanation"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

interface Refusal {
  readonly code: Parameters<typeof Status.make>[0]["code"]
  readonly message?: string
  readonly method?: OperationsError.Method
  readonly reason?: string
  readonly metadata?: Record<string, string>
  readonly retryAfter?: Duration.Duration
}

const name = "projects/demo-1/operations/ABC"

const refusal = ({ code, message = "no", metadata = {}, method = "get", reason, retryAfter }: Refusal) =>
  OperationsError.fromStatus({
    operation: name,
    method,
    status: Status.make({
      code,
      message,
      details:
        reason === undefined
          ? []
          : [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com", metadata }]
    }),
    ...(retryAfter === undefined ? {} : { retryAfter })
  })

const cases: ReadonlyArray<readonly [refusal: Refusal, problem: Explanation.Problem, says: ReadonlyArray<string>]> = [
  [
    {
      code: "PERMISSION_DENIED",
      reason: "SERVICE_DISABLED",
      metadata: { consumer: "projects/12345", activationUrl: "https://enable.example/" }
    },
    "ApiDisabled",
    ["not enabled in project 12345", "https://enable.example/"]
  ],
  [
    {
      code: "PERMISSION_DENIED",
      message: "Earth Engine API has not been used in project 12345 before or it is disabled."
    },
    "ApiDisabled",
    ["project 12345", "library/earthengine.googleapis.com?project=12345"]
  ],
  [
    { code: "PERMISSION_DENIED", reason: "SERVICE_DISABLED", metadata: { consumer: "projects/764086051850" } },
    "ApiDisabled",
    ["the project of the tool that made the credentials", "as the quota project"]
  ],
  [
    { code: "PERMISSION_DENIED", message: "Project 'demo-1' is not registered to use Earth Engine." },
    "NotRegistered",
    ["earth-engine/configuration?project=demo-1"]
  ],
  [
    { code: "PERMISSION_DENIED", message: "Your account is not signed up for it." },
    "NotRegistered",
    ["earth-engine/configuration?project=demo-1"]
  ],
  [
    { code: "PERMISSION_DENIED", reason: "USER_PROJECT_DENIED", metadata: { consumer: "projects/payer" } },
    "QuotaProjectDenied",
    ["project payer", "roles/serviceusage.serviceUsageConsumer"]
  ],
  [
    {
      code: "PERMISSION_DENIED",
      message:
        "Caller does not have required permission to use project payer-1. Grant the caller the roles/serviceusage.serviceUsageConsumer role."
    },
    "QuotaProjectDenied",
    ["project payer-1"]
  ],
  [
    { code: "PERMISSION_DENIED", reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT" },
    "ScopeInsufficient",
    ["auth/earthengine or https://www.googleapis.com/auth/cloud-platform"]
  ],
  [
    { code: "PERMISSION_DENIED", message: "Request had insufficient authentication scopes." },
    "ScopeInsufficient",
    ["auth/earthengine or"]
  ],
  [{ code: "PERMISSION_DENIED", reason: "BILLING_DISABLED" }, "BillingDisabled", ["Billing is not enabled"]],
  [
    { code: "PERMISSION_DENIED", reason: "CONSUMER_SUSPENDED", metadata: { consumer: "projects/gone" } },
    "ProjectInvalid",
    ["project gone does not exist, or is suspended"]
  ],
  [{ code: "INVALID_ARGUMENT", reason: "RESOURCE_PROJECT_INVALID" }, "ProjectInvalid", ["Check the id"]],
  [
    {
      code: "PERMISSION_DENIED",
      reason: "IAM_PERMISSION_DENIED",
      metadata: { permission: "earthengine.magic", resource: "x" }
    },
    "PermissionMissing",
    ["earthengine.magic"]
  ],
  [
    { code: "PERMISSION_DENIED", method: "cancel" },
    "PermissionMissing",
    ["earthengine.operations.update", "roles/earthengine.writer"]
  ],
  [
    { code: "PERMISSION_DENIED", method: "list" },
    "PermissionMissing",
    ["earthengine.operations.list", "roles/earthengine.viewer"]
  ],
  [{ code: "PERMISSION_DENIED", method: "start" }, "PermissionMissing", ["roles/earthengine.writer"]],
  [{ code: "PERMISSION_DENIED", reason: "userRateLimitExceeded" }, "RateLimited", ["too many requests"]],
  [
    { code: "RESOURCE_EXHAUSTED", reason: "RATE_LIMIT_EXCEEDED", retryAfter: Duration.seconds(7) },
    "RateLimited",
    ["none in the next 7s"]
  ],
  [
    { code: "RESOURCE_EXHAUSTED", message: "Quota exceeded for quota metric 'Read requests' and limit 'per minute'" },
    "RateLimited",
    ["within a minute"]
  ],
  [
    {
      code: "RESOURCE_EXHAUSTED",
      method: "start",
      message: "Too many tasks already in the queue (3000). Please wait for some of them to complete."
    },
    "QueueFull",
    ["3,000", "cancel some"]
  ],
  [
    { code: "INVALID_ARGUMENT", method: "start", message: "Too many tasks already in the queue (3000)." },
    "QueueFull",
    ["3,000"]
  ],
  [{ code: "RESOURCE_EXHAUSTED", method: "start", reason: "RESOURCE_QUOTA_EXCEEDED" }, "QueueFull", ["3,000"]],
  [{ code: "RESOURCE_EXHAUSTED", message: "EECU-hours are used up" }, "QuotaExceeded", ["Cloud console"]],
  [{ code: "UNAUTHENTICATED", reason: "ACCESS_TOKEN_EXPIRED" }, "TokenRefused", ["Log in again"]],
  [{ code: "UNAUTHENTICATED" }, "TokenRefused", ["Log in again"]],
  [{ code: "UNAUTHENTICATED", reason: "ACCOUNT_STATE_INVALID" }, "AccountInvalid", ["another account"]]
]

describe("Explanation", () => {
  for (const [given, problem, says] of cases) {
    it(`says ${problem} of ${given.code} ${given.reason ?? given.message ?? ""} ${given.method ?? ""}`, () => {
      const error = refusal(given)
      const explanation = Option.getOrThrow(Explanation.fromError(error))
      assert.strictEqual(explanation.problem, problem)
      const text = Explanation.explain(error)
      for (const part of says) assert.include(text, part)
      assert.isTrue(text.startsWith(error.message))
      for (const part of [explanation.means, explanation.next]) assert.match(part, /^\S.*\.$/)
    })
  }

  it("says of credentials that are missing that nothing was sent", () => {
    const error = new OperationsError.Unauthorized({
      operation: name,
      method: "get",
      reason: "NoCredentials",
      status: Status.make({ code: "UNAUTHENTICATED", message: "log in first" })
    })
    assert.include(Explanation.explain(error), "log in first. No request was sent.")
  })

  it("knows no reason that is a member of every object", () => {
    for (const reason of ["constructor", "toString", "__proto__"]) {
      assert.isTrue(Option.isNone(Explanation.fromError(refusal({ code: "INTERNAL", reason }))))
    }
  })

  it("leaves errors alone whose message says it all", () => {
    const errors = [
      refusal({ code: "NOT_FOUND", message: "there is none" }),
      refusal({ code: "UNAVAILABLE" }),
      new OperationsError.InvalidName({ input: "..", reason: "it climbs" }),
      new OperationsError.TransportError({ operation: name, method: "get", reason: "Timeout", description: "late" })
    ]
    for (const error of errors) {
      assert.isTrue(Option.isNone(Explanation.fromError(error)))
      assert.strictEqual(Explanation.explain(error), error.message)
    }
  })
})
