import type { Dice } from "@effect-lro/test-support/Dice"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"

/**
 * What an answer means to who knows the protocol: written down by hand for each of them, and not found out by any code
 * that is under test.
 */
export type Meaning =
  /** It is the server's own answer. */
  | { readonly _tag: "Served" }
  /** A cancel that is answered so was accepted. */
  | { readonly _tag: "Accepted" }
  /** No answer comes in time. */
  | { readonly _tag: "Nothing" }
  | {
      readonly _tag: "Error"
      /** The error's tag, and what tells it from its likes: a reason, or what is missing. */
      readonly error: string
      readonly retry: boolean
      readonly looks?: boolean
      /** As the answer to a cancel it may be an acceptance; the looks go on until they know. */
      readonly unclear?: boolean
      readonly missing?: boolean
      readonly advice?: number
      /** Milliseconds since the script began, where the server gives a date. */
      readonly adviceUntil?: number
      readonly unauthorized?: boolean
    }

/** What becomes of one request. */
export interface Fault {
  readonly kind: Kind
  readonly answer: TestHttpClient.Answer
  /** Whether the server gets the request and does what it asks for. */
  readonly executes: boolean
  /** How much longer than usual it takes, in milliseconds. */
  readonly delay: number
  readonly meaning: Meaning
  /** What it means as the answer to a cancel, where that is another thing. */
  readonly cancelMeaning?: Meaning
}

type Outcome = Omit<Fault, "kind" | "delay"> & { readonly delay?: number }

const served: Meaning = { _tag: "Served" }

const error = (
  error: string,
  more?: Omit<Extract<Meaning, { _tag: "Error" }>, "_tag" | "error" | "retry">
): Meaning => ({
  _tag: "Error",
  error,
  retry: false,
  ...more
})

const retried = (error: string, more?: { readonly advice?: number; readonly adviceUntil?: number }): Meaning => ({
  _tag: "Error",
  error,
  retry: true,
  ...more
})

const malformed = error("MalformedResponse 200", { unclear: true })

/** FAILED_PRECONDITION, on a cancel, may say that the operation is over. */
const precondition = error("FailedPrecondition", { looks: true })

const notFound = error("NotFound operation", { looks: true, missing: true })

const routeless = error("NotFound route")

type Cases<A> = readonly [A, ...ReadonlyArray<A>]

type Headers = { readonly [name: string]: string }

const jsonHeaders: Headers = { "content-type": "application/json; charset=UTF-8" }

const written = (status: number, body: unknown, headers?: Headers) =>
  TestHttpClient.response(status, { body: JSON.stringify(body), headers: { ...jsonHeaders, ...headers } })

const envelope = (status: number, name: string, details?: ReadonlyArray<object>, message = "no") => ({
  error: { code: status, message, status: name, ...(details === undefined ? {} : { details }) }
})

const refused = (status: number, name: string, meaning: Meaning, details?: ReadonlyArray<object>): Outcome => ({
  answer: written(status, envelope(status, name, details)),
  executes: false,
  meaning
})

const html = (status: number) =>
  TestHttpClient.response(status, {
    body: `<!DOCTYPE html><html><title>Error ${status}!!1</title><body>CANCELLED done: true</body></html>`,
    headers: { "content-type": "text/html; charset=UTF-8" }
  })

/** The front end gives this answer, whether or not what is behind it did what was asked. */
const perhapsExecuted = (dice: Dice, answer: TestHttpClient.Answer, meaning: Meaning): Outcome => {
  const executes = dice.chance(0.5)
  return { answer: executes ? TestHttpClient.executed(answer) : answer, executes, meaning }
}

const retryInfo = (seconds: number) => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay: `${seconds}s`
})

const errorInfo = (reason: string) => ({
  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
  reason,
  domain: "googleapis.com"
})

const legacy = (status: number, reason: string, name?: string) => ({
  error: {
    code: status,
    message: "no",
    ...(name === undefined ? {} : { status: name }),
    errors: [{ message: "no", domain: "usageLimits", reason }]
  }
})

/** Mostly short, sometimes beyond every deadline. */
const seconds = (dice: Dice): number => (dice.chance(0.08) ? 3600 : dice.whole(1, 12))

/** Everything that can go wrong with one request. */
export const kinds = {
  connectionLost: () => ({
    answer: { _tag: "ConnectionLost" },
    executes: false,
    meaning: retried("TransportError Connection")
  }),
  answerLost: () => ({ answer: { _tag: "AnswerLost" }, executes: true, meaning: retried("TransportError Connection") }),
  reset: (dice) =>
    perhapsExecuted(
      dice,
      TestHttpClient.broken(dice.pick([200, 200, 503, 404]), {
        body: dice.pick([`{"name":"projects/demo/opera`, "", "{", `{"done":true,"error":{"code":1}}`]),
        headers: jsonHeaders
      }),
      retried("TransportError Connection")
    ),
  late: (dice) => {
    const delay = dice.between(1000, 20_000)
    return { answer: TestHttpClient.late(delay), executes: true, delay, meaning: served }
  },
  slow: (dice) =>
    dice.chance(0.5)
      ? { answer: TestHttpClient.late("2 minutes"), executes: false, meaning: { _tag: "Nothing" } }
      : { answer: TestHttpClient.executed({ _tag: "Silence" }), executes: true, meaning: { _tag: "Nothing" } },
  tooLarge: (dice) =>
    perhapsExecuted(
      dice,
      TestHttpClient.response(200, { body: " ".repeat(70_000), headers: jsonHeaders }),
      error("TransportError TooLarge", { looks: true })
    ),
  redirect: (dice) => ({
    answer: TestHttpClient.response(dice.pick([301, 302, 303, 307, 308]), {
      headers: {
        location: dice.pick([
          "http://169.254.169.254/latest/meta-data",
          "/v1/projects/demo/operations/another",
          "file:///etc/passwd"
        ])
      }
    }),
    executes: false,
    meaning: error("TransportError Redirect")
  }),
  cutJson: (dice) =>
    perhapsExecuted(
      dice,
      TestHttpClient.response(200, {
        body: dice.pick([`{"name":"projects/demo/operations/A","done":tr`, "{", `{"done":true,"error":{"code":1`]),
        headers: jsonHeaders
      }),
      malformed
    ),
  empty: (dice) => perhapsExecuted(dice, TestHttpClient.response(200, { body: dice.pick(["", "  \n"]) }), malformed),
  notJson: (dice) =>
    perhapsExecuted(
      dice,
      TestHttpClient.response(200, {
        body: dice.pick(["OK", "done: true", "{'done': true}", "CANCELLED", ")]}'\n{}"]),
        headers: { "content-type": dice.pick(["text/plain", "application/json", "application/grpc-web"]) }
      }),
      malformed
    ),
  htmlSuccess: (dice) => perhapsExecuted(dice, html(200), malformed),
  oddJson: (dice) =>
    perhapsExecuted(
      dice,
      written(200, dice.pick([null, true, 42, "done", [], [{ name: "a", done: true, error: { code: 1 } }]])),
      malformed
    ),
  oddObject: (dice) => {
    const body = dice.pick([
      {},
      { done: "true", name: "projects/demo/operations/A" },
      { error: { code: 1, message: "cancelled" } },
      { name: "projects/demo/operations/A", done: true, error: "CANCELLED" },
      { name: 7, done: true },
      { name: "projects/demo/operations/A", done: 1 }
    ])
    return {
      answer: TestHttpClient.executed(written(200, body)),
      executes: true,
      meaning: malformed,
      cancelMeaning: "error" in body ? malformed : { _tag: "Accepted" }
    }
  },
  htmlBadGateway: (dice) => perhapsExecuted(dice, html(502), retried("Unavailable")),
  htmlUnavailable: (dice) => perhapsExecuted(dice, html(503), retried("Unavailable")),
  htmlNotFound: () => ({ answer: html(404), executes: false, meaning: routeless }),
  notFound: () => refused(404, "NOT_FOUND", notFound),
  unavailable: () => refused(503, "UNAVAILABLE", retried("Unavailable")),
  retryAfter: (dice) => {
    const after = seconds(dice)
    return {
      answer: written(503, envelope(503, "UNAVAILABLE"), { "retry-after": String(after) }),
      executes: false,
      meaning: retried("Unavailable", { advice: after * 1000 })
    }
  },
  retryAfterDate: (dice) => {
    const at = dice.whole(1, 60) * 1000
    return {
      answer: written(503, envelope(503, "UNAVAILABLE"), { "retry-after": new Date(at).toUTCString() }),
      executes: false,
      meaning: retried("Unavailable", { adviceUntil: at })
    }
  },
  retryInfo: (dice) => {
    const after = seconds(dice) + 0.5
    // Of two pieces of advice the longer one counts.
    const header = dice.chance(0.3) ? dice.whole(1, 20) : 0
    return {
      answer: written(
        503,
        envelope(503, "UNAVAILABLE", [retryInfo(after)]),
        header === 0 ? {} : { "retry-after": String(header) }
      ),
      executes: false,
      meaning: retried("Unavailable", { advice: Math.max(after, header) * 1000 })
    }
  },
  rateLimited: (dice) => {
    const after = seconds(dice)
    return {
      answer: dice.chance(0.5)
        ? written(429, envelope(429, "RESOURCE_EXHAUSTED", [retryInfo(after)]))
        : TestHttpClient.response(429, { body: "slow down", headers: { "retry-after": String(after) } }),
      executes: false,
      meaning: retried("ResourceExhausted", { advice: after * 1000 })
    }
  },
  rateLimitedReason: (dice) => ({
    answer: written(
      429,
      dice.pick([
        envelope(429, "RESOURCE_EXHAUSTED", [errorInfo("RATE_LIMIT_EXCEEDED")]),
        legacy(429, "rateLimitExceeded", "RESOURCE_EXHAUSTED"),
        legacy(429, "userRateLimitExceeded")
      ])
    ),
    executes: false,
    meaning: retried("ResourceExhausted")
  }),
  outOfQuota: (dice) => ({
    answer: dice.pick([
      written(429, envelope(429, "RESOURCE_EXHAUSTED")),
      html(429),
      written(429, envelope(429, "RESOURCE_EXHAUSTED", [errorInfo("QUOTA_EXCEEDED")]))
    ]),
    executes: false,
    meaning: error("ResourceExhausted")
  }),
  unauthorized: (dice) => ({
    answer: dice.pick([written(401, envelope(401, "UNAUTHENTICATED")), html(401), TestHttpClient.response(401)]),
    executes: false,
    meaning: error("Unauthorized Refused", { unauthorized: true })
  }),
  denied: () => refused(403, "PERMISSION_DENIED", error("PermissionDenied"), [errorInfo("IAM_PERMISSION_DENIED")]),
  deniedByRate: (dice) => ({
    answer: written(403, legacy(403, dice.pick(["rateLimitExceeded", "userRateLimitExceeded"]))),
    executes: false,
    meaning: retried("PermissionDenied")
  }),
  unimplemented: (dice) =>
    dice.chance(0.7)
      ? refused(501, "UNIMPLEMENTED", error("Unimplemented"))
      : { answer: html(405), executes: false, meaning: error("Unimplemented") },
  internal: (dice) => perhapsExecuted(dice, written(500, envelope(500, "INTERNAL")), error("Internal")),
  deadline: (dice) =>
    perhapsExecuted(dice, written(504, envelope(504, "DEADLINE_EXCEEDED")), retried("DeadlineExceeded")),
  precondition: () => refused(400, "FAILED_PRECONDITION", precondition),
  wrapped: (dice) => {
    const [status, name, meaning] = dice.pick<Cases<readonly [number, string, Meaning]>>([
      [503, "UNAVAILABLE", retried("Unavailable")],
      [503, "UNAVAILABLE", retried("Unavailable")],
      [404, "NOT_FOUND", notFound],
      [400, "INVALID_ARGUMENT", error("InvalidArgument")],
      [400, "FAILED_PRECONDITION", precondition]
    ])
    return { answer: written(status, [{}, envelope(status, name)]), executes: false, meaning }
  },
  bare: (dice) => {
    const [status, code, meaning] = dice.pick<Cases<readonly [number, number, Meaning]>>([
      [503, 14, retried("Unavailable")],
      [503, 14, retried("Unavailable")],
      [404, 5, notFound],
      [400, 9, precondition],
      [400, 11, error("OutOfRange")],
      [501, 12, error("Unimplemented")],
      [409, 10, error("Aborted")]
    ])
    return { answer: written(status, { code, message: "no", details: [] }), executes: false, meaning }
  },
  bodiless: (dice) => {
    const [status, meaning] = dice.pick<Cases<readonly [number, Meaning]>>([
      [503, retried("Unavailable")],
      [502, retried("Unavailable")],
      [504, retried("DeadlineExceeded")],
      [500, error("Internal")],
      [404, routeless],
      [403, error("PermissionDenied")]
    ])
    return { answer: TestHttpClient.response(status), executes: false, meaning }
  },
  cutError: (dice) => {
    const [status, meaning] = dice.pick<Cases<readonly [number, Meaning]>>([
      [503, retried("Unavailable")],
      [502, retried("Unavailable")],
      [400, error("InvalidArgument")],
      [404, routeless]
    ])
    const body = JSON.stringify(envelope(status, "ABORTED")).slice(0, dice.whole(1, 30))
    return { answer: TestHttpClient.response(status, { body, headers: jsonHeaders }), executes: false, meaning }
  },
  disagreeing: (dice) => {
    const [status, body, meaning] = dice.pick<Cases<readonly [number, unknown, Meaning]>>([
      [500, envelope(500, "UNAVAILABLE"), retried("Unavailable")],
      [500, envelope(503, "DEADLINE_EXCEEDED"), retried("DeadlineExceeded")],
      [503, envelope(503, "INTERNAL"), retried("Internal")],
      [503, envelope(200, "NO_SUCH_CODE"), retried("Unavailable")],
      [503, { error: { code: 404, message: "no" } }, retried("Unavailable")],
      [503, { error: { code: 1, message: "no" } }, retried("Unavailable")],
      [400, envelope(400, "UNIMPLEMENTED"), error("Unimplemented")],
      [400, { error: "invalid_grant", error_description: "no" }, error("InvalidArgument")]
    ])
    return { answer: written(status, body), executes: false, meaning }
  },
  rare: (dice) => {
    const [status, meaning] = dice.pick<Cases<readonly [number, Meaning]>>([
      [408, retried("DeadlineExceeded")],
      [412, precondition],
      [418, precondition],
      [499, error("CallCancelled")],
      [409, error("Aborted")],
      [416, error("OutOfRange")],
      [520, error("Internal")]
    ])
    return { answer: TestHttpClient.response(status, { body: "?" }), executes: false, meaning }
  }
} satisfies Record<string, (dice: Dice) => Outcome>

export type Kind = keyof typeof kinds

export const make = (kind: Kind, dice: Dice): Fault => {
  const outcome: Outcome = kinds[kind](dice)
  return { delay: 0, ...outcome, kind }
}
