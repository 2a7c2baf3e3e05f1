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
import type * as Admission from "./admission.js"
import * as Answer from "./answer.js"
import * as Asked from "./asked.js"
import * as Body from "./body.js"
import type * as Endpoint from "./endpoint.js"
import * as Found from "./found.js"
import type * as Limits from "./limits.js"
import type * as Reading from "./reading.js"
import * as Refusal from "./refusal.js"
import type * as RequestMetrics from "./requestMetrics.js"
import * as Step from "./step.js"
import * as Target from "./target.js"

export interface Server {
  readonly router: Router.Router<Endpoint.Endpoint>
  readonly authenticate: Admission.Admission | undefined
  readonly authorize: Authorizer.Authorizer | undefined
  readonly limits: Limits.Limits
  readonly reading: Reading.Reading
  readonly metrics: (method: string, route: string) => RequestMetrics.RequestMetrics
  /** For what is answered without a fiber, which would have one. */
  readonly clock: Clock.Clock
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
  run(server, exchange(server, request), (endpoint, call, hold) => {
    const handle = (body: string): Effect.Effect<object, Failure> => {
      const refused = hold()
      if (refused !== undefined) return Effect.fail(refused)
      const handled = Effect.flatMap(endpoint.handle({ ...call, body }, request), (message) =>
        Array.isArray(message) ? Effect.dieMessage(`${endpoint.label} answered an array`) : Effect.succeed(message)
      )
      return endpoint.interruptible ? Effect.interruptible(handled) : Effect.uninterruptible(handled)
    }
    if (endpoint.body === "ignored") return handle("")
    const read = endpoint.bodyType === "other" ? Body.readOther : Body.read
    // Who sends slowly takes nobody's place.
    return Effect.flatMap(Effect.interruptible(read(request, endpoint.body, server.reading)), handle)
  })

/**
 * Answers a request of which nothing is needed but its head; undefined where more is. It begins at once, so what it gives is to be
 * run, once; it is the answer itself where there was nothing to wait for.
 */
export const toHead = (server: Server, head: Authenticator.RequestHead): Effect.Effect<Answer.Answer> | undefined => {
  const looked = exchange(server, head)
  const direct = Either.isRight(looked.found) ? looked.found.right.value.direct : undefined
  if (direct === undefined) return undefined
  const handle: Handle = (_, { principal, query, variables }, hold) => {
    const refused = hold()
    return refused === undefined
      ? Step.interruptible(direct({ principal, variables, query, body: "" }))
      : Effect.fail(refused)
  }
  return server.spans ? run(server, looked, handle) : respond(server, looked, server.clock, handle)
}

const run = (server: Server, exchange: Exchange, handle: Handle): Effect.Effect<Answer.Answer> => {
  const answered = Effect.uninterruptible(Effect.clockWith((clock) => respond(server, exchange, clock, handle)))
  return server.spans ? spanned(answered, exchange) : answered
}

/**
 * It holds a place from when everything that is needed is there; the refusal where there is none. What of it may be interrupted
 * it says itself.
 */
type Handle = (
  endpoint: Endpoint.Endpoint,
  call: Omit<Endpoint.Call, "body">,
  hold: () => Refusal.Refusal | undefined
) => Effect.Effect<object, Failure>

/**
 * Answers a request in the order of AIP-193 and AIP-211: who asks, whether there is such a method, whether this one may,
 * whether the request is right, and only then what comes of it.
 *
 * It begins when it is called. It takes few steps of a fiber, or none, as each costs about as much as the rest of the work for a
 * look: what is known already is not run, and there is one place where everything that was taken is given back.
 */
const respond = (
  server: Server,
  exchange: Exchange,
  clock: Clock.Clock,
  handle: Handle
): Effect.Effect<Answer.Answer> => {
  const { found, head, target } = exchange
  const asked = Asked.of(server.plain, head, target.query)
  const metrics = server.metrics(head.method, Either.isRight(found) ? found.right.value.route : "")
  const since = clock.unsafeCurrentTimeNanos()
  let giveBack: (() => void) | undefined = undefined

  const answer = (principal: Authenticator.Principal, isCounted: boolean): Effect.Effect<object, Failure> => {
    const key = server.limits.keyOf(principal, head)
    const isBatch = Either.isRight(found) && found.right.value.access === "parts"
    // A batch has a rate of its own, which is used up only by batches that have next to nothing in them.
    const countedAs = isCounted ? key : isBatch ? `batch ${key}` : undefined
    const tooMany =
      countedAs === undefined ? undefined : server.limits.count(countedAs, clock.unsafeCurrentTimeMillis())
    if (tooMany !== undefined) return Effect.fail(tooMany)
    if (Either.isLeft(found)) return Effect.fail(found.left)
    const { value: endpoint, variables } = found.right
    const hold = (): Refusal.Refusal | undefined => {
      if (countedAs === undefined) return undefined
      const kind = isBatch ? "batch" : endpoint.isWaiting === true ? "wait" : "answer"
      const place = server.limits.hold(kind, key)
      if (typeof place !== "function") return place
      giveBack = place
      return undefined
    }
    return authorize(server, endpoint, principal, variables, () => {
      if (Either.isLeft(asked.fields)) return Effect.fail(asked.fields.left)
      return handle(endpoint, { principal, variables, query: asked.fields.right }, hold)
    })
  }

  const end = (status: number): void => {
    giveBack?.()
    metrics.end(status, Number(clock.unsafeCurrentTimeNanos() - since) / 1e9)
  }
  metrics.begin()
  const admitted = orDie(() => {
    const now = clock.unsafeCurrentTimeMillis()
    return admit(server, head, now, Either.isRight(found) ? found.right.value.access : "authenticated", answer)
  })
  return Step.settle(admitted, (exit) => {
    // What the service gave may turn out to be nothing that can be written.
    const written = Exit.isSuccess(exit) ? orDie(() => Exit.succeed(Answer.success(exit.value, asked.format))) : exit
    if (Exit.isSuccess(written)) {
      end(written.value.status)
      return written
    }
    const refusal = refusalOf(written.cause)
    end(refusal?.httpStatus ?? clientClosedRequest)
    if (refusal === undefined) return Exit.failCause(Cause.stripFailures(written.cause))
    const refused = Exit.succeed(Answer.failure(refusal, server.domain, asked.format))
    return refusal === Refusal.internal ? Effect.zipRight(logDefect(written.cause, exchange), refused) : refused
  })
}

const orDie = <A>(f: () => A): A | Exit.Exit<never> => Either.getOrElse(Either.try(f), Exit.die)

// Nobody is answered with it: who asked went away.
const clientClosedRequest = 499

const admit = <A>(
  { authenticate }: Server,
  head: Authenticator.RequestHead,
  now: number,
  access: Endpoint.Endpoint["access"],
  answer: (principal: Authenticator.Principal, isCounted: boolean) => Effect.Effect<A, Failure>
): Effect.Effect<A, Failure> => {
  if (access === "public") return answer(Authenticator.anonymous, false)
  // Each part of a batch is counted; the whole has told enough where its own credentials are right.
  const isCounted = access === "authenticated"
  if (authenticate === undefined) return answer(Authenticator.anonymous, isCounted)
  if (!isCounted && head.headers["authorization"] === undefined) return answer(Authenticator.anonymous, false)
  const admitted = authenticate(head, now)
  if (isCounted) return Step.andThen(admitted, (principal) => answer(principal, true))
  return Step.andThen(
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
  answer: () => Effect.Effect<A, Failure>
): Effect.Effect<A, Failure> => {
  if (authorize === undefined || endpoint.access !== "authenticated" || endpoint.resource === undefined) return answer()
  const resource = endpoint.resource(variables)
  if (Either.isLeft(resource)) return Effect.fail(resource.left)
  const { name, parent, permission } = resource.right
  return Step.andThen(authorize({ principal, permission, parent, name }), (agreed) =>
    agreed ? answer() : Effect.fail(Refusal.denied(permission, name ?? parent))
  )
}

/**
 * What a request that failed is answered with; nothing where it was interrupted, as there is nobody to be answered.
 */
const refusalOf = (cause: Cause.Cause<Failure>): Refusal.Refusal | undefined => {
  const failure = Cause.failureOption(cause)
  if (Option.isSome(failure)) {
    return failure.value._tag === "Refusal" ? failure.value : Refusal.fromError(failure.value)
  }
  return Cause.isInterruptedOnly(cause) ? undefined : Refusal.internal
}

const logDefect = (cause: Cause.Cause<Failure>, { head, target }: Exchange): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logError("A request failed with a defect", cause), {
    "http.method": head.method,
    "http.path": Refusal.show(target.path, 1024)
  })

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
