/**
 * Many looks or cancels in one request, for services that take batches. It is given to `RestOperations`, so that only
 * programs that use it carry it.
 *
 * @since 0.1.0
 */
import type * as Operations from "@effect-lro/core/Operations"
import { MalformedResponse, type OperationsError } from "@effect-lro/core/OperationsError"
import * as Batch from "@effect-lro/rest/Batch"
import * as CancelOperation from "@effect-lro/rest/CancelOperation"
import * as Excerpt from "@effect-lro/rest/Excerpt"
import * as ResponseBody from "@effect-lro/rest/ResponseBody"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as answer from "./internal/answer.js"
import { transportError } from "./internal/failure.js"
import type * as Transport from "./Transport.js"

/**
 * How the requests of one client go together: nothing where its service takes no batches.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batches {
  (
    transport: Transport.Transport,
    /** Sends a request by itself. */
    single: Pick<Operations.Provider, "get" | "cancel">
  ): Operations.Batch | undefined
}

/**
 * Puts looks together, and cancels. Only the whole has credentials, which Google's servers take for those of every part
 * that has none.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Batches from "@effect-lro/client/Batches"
 * import * as RestOperations from "@effect-lro/client/RestOperations"
 * import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
 *
 * export const OperationsLive = RestOperations.layer({
 *   service: ServiceDescription.project({ id: "example.googleapis.com", batchPath: "batch" }),
 *   batches: Batches.make()
 * })
 * ```
 */
export const make =
  (options?: {
    /** How many go into one request. Defaults to 100, which is the limit of most services; below 2 there are none. */
    readonly size?: number | undefined
  }): Batches =>
  (transport, single) => {
    const { batchPath } = transport.service
    const size = options?.size ?? Batch.maxParts
    if (Option.isNone(batchPath) || !(size >= 2)) return undefined
    const batch = { transport, path: batchPath.value }
    return {
      size: Math.floor(size),
      get: batched(batch, "get", ResponseBody.operation, single.get),
      cancel: batched(batch, "cancel", ResponseBody.empty, single.cancel)
    }
  }

type Answered<A> = Either.Either<A, OperationsError>

const batched =
  <A>(
    { path, transport }: { readonly transport: Transport.Transport; readonly path: string },
    method: "get" | "cancel",
    read: (answer: ResponseBody.Answer) => Either.Either<A, MalformedResponse>,
    single: (name: string) => Effect.Effect<A, OperationsError>
  ) =>
  (names: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Answered<A>>, OperationsError> => {
    const { send, service, version } = transport
    const lines = names.map((name) => ServiceDescription.request(service, { method, name, version }))
    const requests = lines.flatMap((line, index) => (Either.isRight(line) ? [partOf(line.right, index)] : []))

    const toAnswers = (
      parts: ReadonlyArray<Either.Either<Batch.Response, Batch.MissingAnswer>>,
      now: number
    ): ReadonlyArray<Answered<A>> => {
      let next = 0
      return names.map((operation, index): Answered<A> => {
        const line = lines[index]
        if (line !== undefined && Either.isLeft(line)) return Either.left(line.left)
        const part = parts[next++] ?? Either.left(new Batch.MissingAnswer({ id: String(index), reason: "Absent" }))
        if (Either.isLeft(part)) return Either.left(unanswered({ operation, method }, part.left))
        const { body, status } = part.right
        return answer.isSuccess(status)
          ? read({ operation, method, httpStatus: status, body })
          : Either.left(answer.refusal({ operation, method }, part.right, service.scopes, now))
      })
    }

    if (requests.length === 0) return Effect.succeed(toAnswers([], 0))
    return Effect.orDie(Batch.encodeRequests(requests)).pipe(
      Effect.flatMap(({ body, contentType }) =>
        send({ operation: "", method, httpMethod: "POST", path: `/${path}`, body, contentType })
      ),
      Effect.flatMap((whole) =>
        Either.mapLeft(
          Batch.decodeResponses(
            { contentType: whole.contentType ?? "", body: whole.body },
            requests.map(({ id }) => id)
          ),
          (error) =>
            new MalformedResponse({
              operation: "",
              method,
              httpStatus: whole.httpStatus,
              reason: error.message,
              excerpt: Excerpt.of(whole.body)
            })
        )
      ),
      Effect.zipWith(Clock.currentTimeMillis, toAnswers),
      Effect.flatMap((answers) => authorized(names, answers, single))
    )
  }

const partOf = ({ body, httpMethod, path }: ServiceDescription.Request, index: number): Batch.Request =>
  body === "*"
    ? { id: String(index), method: httpMethod, path, headers: json, body: CancelOperation.body }
    : { id: String(index), method: httpMethod, path, headers: none, body: "" }

const json = { "content-type": "application/json" }

const none = {}

// A part that was left out is like a reply that was lost: nothing says whether the server had the request.
const unanswered = (
  asked: { readonly operation: string; readonly method: "get" | "cancel" },
  { message, reason }: Batch.MissingAnswer
): OperationsError =>
  reason === "Absent"
    ? transportError(asked, "Connection", message)
    : new MalformedResponse({ ...asked, reason: message, excerpt: "" })

/**
 * Credentials that can be renewed are renewed by a refusal of the whole. Where some of the parts were refused in its place
 * (the token expired on the way), each of them is sent by itself; where all were, the whole counts as refused.
 */
const authorized = <A>(
  names: ReadonlyArray<string>,
  answers: ReadonlyArray<Answered<A>>,
  single: (name: string) => Effect.Effect<A, OperationsError>
): Effect.Effect<ReadonlyArray<Answered<A>>, OperationsError> => {
  const refused = answers.flatMap((answer) =>
    Either.isLeft(answer) && answer.left._tag === "Unauthorized" ? [answer.left] : []
  )
  const [first] = refused
  if (first === undefined) return Effect.succeed(answers)
  if (refused.length === answers.length) return Effect.fail(first)
  return Effect.forEach(answers, (answer, index) =>
    Either.isLeft(answer) && answer.left._tag === "Unauthorized"
      ? Effect.either(single(names[index] ?? ""))
      : Effect.succeed(answer)
  )
}
