import { Buffer } from "node:buffer"
import type * as Http from "node:http"
import type { RequestHead } from "@effect-lro/server/Authenticator"
import type { DirectAnswer } from "@effect-lro/server/OperationsServer"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"

/** Answers from the head of a request, or leaves it to the app. */
export type Direct = (head: RequestHead) => Effect.Effect<DirectAnswer> | undefined

/**
 * A listener for requests that answers what `direct` answers, and hands everything else on. What an operation in memory
 * has to tell is written before the listener returns, without a fiber.
 */
export const listener =
  (
    direct: Direct,
    options: {
      readonly run: Run
      readonly sent: (response: Http.ServerResponse, bytes: number) => void
      readonly otherwise: Listener
    }
  ): Listener =>
  (request, response) => {
    // Where even looking at it dies, the app does so too, and has an answer for that.
    const answer = request.method === "GET" ? Option.getOrUndefined(look(direct, request)) : undefined
    if (answer === undefined) return options.otherwise(request, response)
    const finish = (exit: Exit.Exit<DirectAnswer>): void => {
      if (Exit.isSuccess(exit)) options.sent(response, write(response, exit.value))
      // It was interrupted, because the client went away or the server is no more.
      else response.destroy()
    }
    if (isExit(answer)) return finish(answer)
    const fiber = options.run(answer)
    const ended = fiber.unsafePoll()
    if (ended !== null) return finish(ended)
    response.once("close", () => {
      if (!response.writableEnded) fiber.unsafeInterruptAsFork(FiberId.none)
    })
    fiber.addObserver(finish)
  }

type Listener = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

type Run = <A>(effect: Effect.Effect<A>) => Fiber.RuntimeFiber<A>

const isExit = <A, E>(effect: Effect.Effect<A, E>): effect is Exit.Exit<A, E> => Exit.isExit(effect)

const look = (direct: Direct, request: Http.IncomingMessage): Option.Option<Effect.Effect<DirectAnswer>> =>
  Option.flatMap(lookAt(direct, request), Option.fromNullable)

const lookAt = Option.liftThrowable((direct: Direct, request: Http.IncomingMessage) => direct(new Head(request)))

class Head implements RequestHead {
  readonly method: string
  readonly url: string
  private known: RequestHead["headers"] | undefined = undefined
  constructor(private readonly source: Http.IncomingMessage) {
    this.method = source.method ?? ""
    this.url = source.url ?? ""
  }
  get headers(): RequestHead["headers"] {
    this.known ??= singles(this.source.headers)
    return this.known
  }
  get remoteAddress(): Option.Option<string> {
    return Option.fromNullable(this.source.socket.remoteAddress)
  }
}

// Node joins what comes several times, but for one header that only answers have; without it there is nothing to copy.
const singles = (headers: Http.IncomingHttpHeaders): RequestHead["headers"] => {
  if (isSingle(headers)) return headers
  const single: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === "string") single[name] = value
  }
  return single
}

const isSingle = (headers: Http.IncomingHttpHeaders): headers is Record<string, string | undefined> =>
  headers["set-cookie"] === undefined

const write = (response: Http.ServerResponse, answer: DirectAnswer): number => {
  const { body, contentType, headers, isAscii, status } = answer
  const bytes = isAscii ? body.length : Buffer.byteLength(body)
  if (response.destroyed) return 0
  response.writeHead(status, { ...headers, "content-type": contentType, "content-length": bytes })
  // Of ASCII both are the same bytes, and one is copied without a look at each.
  response.end(body, isAscii ? "latin1" : "utf8")
  return bytes
}
