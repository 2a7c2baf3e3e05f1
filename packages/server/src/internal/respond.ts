import type { OperationsError } from "@effect-lro/core/OperationsError"
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Router from "@effect-lro/rest/Router"
import * as Headers from "@effect/platform/Headers"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Authenticator from "../Authenticator.js"
import type * as Authorizer from "../Authorizer.js"
import * as Answer from "./answer.js"
import * as Asked from "./asked.js"
import * as Body from "./body.js"
import type * as Endpoint from "./endpoint.js"
import * as Found from "./found.js"
import * as Limits from "./limits.js"
import * as Refusal from "./refusal.js"
import type * as RequestMetrics from "./requestMetrics.js"
import * as Target from "./target.js"

export interface Server {
  readonly router: Router.Router<Endpoint.Endpoint>
  readonly authenticate: Authenticator.Authenticator | undefined
  readonly authorize: Authorizer.Authorizer | undefined
  readonly limits: Limits.Limits
  readonly metrics: ((method: string, route: string) => RequestMetrics.RequestMetrics) | undefined
  readonly decoding: PathTemplate.Decoding
  readonly domain: string
  readonly plain: Answer.Format
  readonly spans: boolean
}

export type Failure = OperationsError | Refusal.Refusal

/**
 * A request as far as its head tells what it is.
 */
export interface Exchange {
  readonly head: Authenticator.RequestHead
  readonly target: Target.Target
  readonly found: Found.Found
}

/**
 * Looks at the head of a request.
 */
export const exchange = (server: Server, head: Authenticator.RequestHead): Exchange => {
  const target = Target.parse(head.url)
  return { head, target, found: Found.find(server, head, target.path) }
}

/**
 * Answers a request of the platform.
 */
export const toRequest = (server: Server, request: HttpServerRequest): Effect.Effect<Answer.Answer> =>
  respond(server, exchange(server, request), (endpoint, call) => {
    const handle = (body: string): Effect.Effect<object, Failure> => {
      const handled = Effect.flatMap(endpoint.handle({ ...call, body }, request), (message) =>
        Array.isArray(message) ? Effect.dieMessage(`${endpoint.label} answered an array`) : Effect.succeed(message)
      )
      return endpoint.interruptible ? Effect.interruptible(handled) : Effect.uninterruptible(handled)
    }
    if (endpoint.body === "ignored") return handle("")
    const read = endpoint.bodyType === "other" ? Body.readOther : Body.read
    return Effect.flatMap(Effect.interruptible(read(request, endpoint.body)), handle)
  })

/**
 * Answers a request of which nothing is needed but its head; undefined where more is.
 */
export const toHead = (server: Server, head: Authenticator.RequestHead): Effect.Effect<Answer.Answer> | undefined => {
  const { found, ...rest } = exchange(server, head)
  if (Either.isLeft(found)) return undefined
  const { direct } = found.right.value
  return direct === undefined
    ? undefined
    : respond(server, { ...rest, found }, (_, call) => direct({ ...call, body: "" }))
}

type Handle = (endpoint: Endpoint.Endpoint, call: Omit<Endpoint.Call, "body">) => Effect.Effect<object, Failure>

/**
 * Answers a request in the order of AIP-193 and AIP-211: who asks, whether there is such a method, whether this one may,
 * whether the request is right, and only then what comes of it.
 */
const respond = (server: Server, exchange: Exchange, handle: Handle): Effect.Effect<Answer.Answer> =>
  Effect.clockWith((clock) => {
    const { found, head, target } = exchange
    const asked = Asked.of(server.plain, head, target.query)
    const answer = (principal: Authenticator.Principal, isCounted: boolean): Effect.Effect<object, Failure> => {
      const key = Limits.keyOf(principal, head)
      const tooMany = isCounted ? server.limits.count(key, clock.unsafeCurrentTimeMillis()) : undefined
      if (tooMany !== undefined) return Effect.fail(tooMany)
      if (Either.isLeft(found)) return Effect.fail(found.left)
      const { value: endpoint, variables } = found.right
      const answered = Effect.suspend(() =>
        Either.isLeft(asked.fields)
          ? Effect.fail(asked.fields.left)
          : handle(endpoint, { principal, variables, query: asked.fields.right })
      )
      const authorized = authorize(server, endpoint, principal, variables, answered)
      return isCounted
        ? server.limits.hold(endpoint.isWaiting === true ? "wait" : "answer", key, authorized)
        : authorized
    }
    const answered = admit(
      server,
      head,
      Either.isRight(found) ? found.right.value.access : "authenticated",
      answer
    ).pipe(
      Effect.map((message) => Answer.success(message, asked.format)),
      Effect.catchAllCause((cause) =>
        Effect.map(refusalOf(cause, exchange), (refusal) => Answer.failure(refusal, server.domain, asked.format))
      )
    )
    const measured = server.metrics === undefined ? answered : measure(server.metrics, exchange, clock, answered)
    return server.spans ? spanned(measured, exchange) : measured
  })

const admit = <A>(
  { authenticate }: Server,
  head: Authenticator.RequestHead,
  access: Endpoint.Endpoint["access"],
  answer: (principal: Authenticator.Principal, isCounted: boolean) => Effect.Effect<A, Failure>
): Effect.Effect<A, Failure> => {
  if (access === "public") return Effect.suspend(() => answer(Authenticator.anonymous, false))
  // Each part of a batch is counted; the whole has told enough where its own credentials are right.
  const isCounted = access === "authenticated"
  if (authenticate === undefined) return Effect.suspend(() => answer(Authenticator.anonymous, isCounted))
  const admitted = Effect.interruptible(authenticate(head))
  if (isCounted) return Effect.flatMap(admitted, (principal) => answer(principal, true))
  if (head.headers["authorization"] === undefined) return answer(Authenticator.anonymous, false)
  return Effect.flatMap(
    // A client renews a token when the whole is refused. What the token permits is a question about each part.
    Effect.catchTag(admitted, "PermissionDenied", () => Effect.succeed(Authenticator.anonymous)),
    (principal) => answer(principal, false)
  )
}

const authorize = <A>(
  { authorize }: Server,
  endpoint: Endpoint.Endpoint,
  principal: Authenticator.Principal,
  variables: PathTemplate.Variables,
  answer: Effect.Effect<A, Failure>
): Effect.Effect<A, Failure> => {
  if (authorize === undefined || endpoint.access !== "authenticated" || endpoint.resource === undefined) return answer
  const resource = endpoint.resource(variables)
  if (Either.isLeft(resource)) return Effect.fail(resource.left)
  const { name, parent, permission } = resource.right
  return Effect.flatMap(Effect.interruptible(authorize({ principal, permission, parent, name })), (agreed) =>
    agreed ? answer : Effect.fail(Refusal.denied(permission, name ?? parent))
  )
}

/**
 * What a request that failed is answered with. An interruption is passed on: there is nobody to be answered.
 */
const refusalOf = (cause: Cause.Cause<Failure>, { head, target }: Exchange): Effect.Effect<Refusal.Refusal> => {
  const failure = Cause.failureOption(cause)
  if (Option.isSome(failure)) {
    return Effect.succeed(failure.value._tag === "Refusal" ? failure.value : Refusal.fromError(failure.value))
  }
  if (Cause.isInterruptedOnly(cause)) return Effect.failCause(Cause.stripFailures(cause))
  return Effect.logError("A request failed with a defect", cause).pipe(
    Effect.annotateLogs({ "http.method": head.method, "http.path": Refusal.show(target.path, 1024) }),
    Effect.as(Refusal.internal)
  )
}

const measure = (
  metrics: NonNullable<Server["metrics"]>,
  { found, head }: Exchange,
  clock: Clock.Clock,
  answered: Effect.Effect<Answer.Answer>
): Effect.Effect<Answer.Answer> => {
  const ofRoute = metrics(head.method, Either.isRight(found) ? found.right.value.route : "")
  const since = clock.unsafeCurrentTimeNanos()
  ofRoute.begin()
  return Effect.onExit(answered, (exit) =>
    Effect.sync(() => {
      const status = Exit.isSuccess(exit) ? exit.value.status : clientClosedRequest
      ofRoute.end(status, Number(clock.unsafeCurrentTimeNanos() - since) / 1e9)
    })
  )
}

// Nobody is answered with it: who asked went away.
const clientClosedRequest = 499

const spanned = (
  answered: Effect.Effect<Answer.Answer>,
  { found, head, target }: Exchange
): Effect.Effect<Answer.Answer> =>
  answered.pipe(
    Effect.tap(({ status }) => Effect.annotateCurrentSpan("http.response.status_code", status)),
    Effect.withSpan(`OperationsServer.${Either.isRight(found) ? found.right.value.label : "unrouted"}`, {
      kind: "server",
      captureStackTrace: false,
      parent: Option.getOrUndefined(HttpTraceContext.fromHeaders(Headers.fromInput(head.headers))),
      attributes: { "http.request.method": head.method, "url.path": Refusal.show(target.path, 1024) }
    })
  )
