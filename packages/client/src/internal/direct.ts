import type { OperationsError, Unauthorized } from "@effect-lro/core/OperationsError"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type { Token } from "../Credentials.js"
import type { Message, Reply, Sender } from "../LimitedClient.js"
import * as Bearer from "./bearer.js"

type Replied = Exit.Exit<Reply, HttpClientError | Unauthorized>

/** Sends a request and calls back as `Sender` does. */
export interface Send {
  (message: Message, callback: (exit: Replied) => void): () => void
}

/** What `read` makes of something; what it throws is a defect, for nobody catches it at a socket. */
export const reading = <A, B>(
  input: A,
  read: (input: A) => Either.Either<B, OperationsError>
): Exit.Exit<B, OperationsError> => {
  const result = Either.try({ try: () => read(input), catch: (defect) => defect })
  if (Either.isLeft(result)) return Exit.die(result.left)
  return Either.isRight(result.right) ? Exit.succeed(result.right.right) : Exit.fail(result.right.left)
}

export const bare =
  (sender: Sender): Send =>
  (message, callback) =>
    sender(message, (result) => callback(Either.isRight(result) ? Exit.succeed(result.right) : Exit.fail(result.left)))

/** Sends each request with a token, and once more where one that can be renewed is refused, as `Credentials.bearer` does. */
export const withToken = (sender: Sender, token: Token, runtime: Runtime.Runtime<never>): Send => {
  const renewable = Redacted.isRedacted(token) || Effect.isEffect(token) ? undefined : token
  const current = Redacted.isRedacted(token) ? token : Effect.isEffect(token) ? token : token.get

  return (message, callback) => {
    let isAbandoned = false
    let stop = nothing

    const sendWith = (token: Redacted.Redacted, then: (result: Either.Either<Reply, HttpClientError>) => void) => {
      const header = Bearer.headerValue(token)
      if (Exit.isFailure(header)) return callback(Exit.failCause(header.cause))
      let isAnswered = false
      const headers = { ...message.headers, authorization: header.value }
      const abandon = sender({ ...message, headers }, (result) => {
        isAnswered = true
        then(result)
      })
      if (!isAnswered) stop = abandon
    }

    const waitFor = <A>(effect: Effect.Effect<A, Unauthorized>, then: (value: A) => void) => {
      const ended = (exit: Exit.Exit<A, Unauthorized>) => {
        if (isAbandoned) return
        if (Exit.isSuccess(exit)) then(exit.value)
        else callback(Exit.failCause(exit.cause))
      }
      // A failure is for who asked, and must not be logged as one that nobody has handled.
      const fiber = Runtime.runFork(runtime, Effect.exit(effect))
      const end = fiber.unsafePoll()
      if (end !== null) return ended(Exit.flatten(end))
      fiber.addObserver((exit) => ended(Exit.flatten(exit)))
      stop = () => fiber.unsafeInterruptAsFork(fiber.id())
    }

    const first = (token: Redacted.Redacted) =>
      sendWith(token, (result) => {
        if (renewable === undefined || Either.isLeft(result) || result.right.status !== 401) return hand(result)
        waitFor(Bearer.renewed(renewable, token), (second) =>
          Option.isNone(second) ? hand(result) : sendWith(second.value, hand)
        )
      })

    const hand = (result: Either.Either<Reply, HttpClientError>) =>
      callback(Either.isRight(result) ? Exit.succeed(result.right) : Exit.fail(result.left))

    if (Redacted.isRedacted(current)) first(current)
    else waitFor(current, first)

    return () => {
      isAbandoned = true
      stop()
    }
  }
}

/** An error of what was sent as one of what was asked. */
export const failed = (
  exit: Exit.Failure<unknown, HttpClientError | Unauthorized>,
  toError: (error: HttpClientError | Unauthorized) => OperationsError
): Exit.Exit<never, OperationsError> => Exit.failCause(Cause.map(exit.cause, toError))

const nothing = () => {}
