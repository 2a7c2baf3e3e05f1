import type { OperationsError, Unauthorized } from "@effect-lro/core/OperationsError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type { Token } from "../Credentials.js"
import type { Failure, Message, Reply, Sender } from "../LimitedClient.js"
import * as Bearer from "./bearer.js"

type Replied = Exit.Exit<Reply, Failure | Unauthorized>

/** A `Sender` that may lack credentials. */
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

/** Sends each request with a token, and once more where one that can be renewed is refused, as `Credentials.bearer` does. */
export const withToken = (sender: Sender, token: Token, runtime: Runtime.Runtime<never>): Send => {
  const renewable = Redacted.isRedacted(token) || Effect.isEffect(token) ? undefined : token
  const current = Redacted.isRedacted(token) ? token : Effect.isEffect(token) ? token : token.get

  return (message, callback) => {
    let isAbandoned = false
    let stop = nothing

    const sendWith = (token: Redacted.Redacted, then: (exit: Exit.Exit<Reply, Failure>) => void) => {
      const header = Bearer.headerValue(token)
      if (Exit.isFailure(header)) return callback(Exit.failCause(header.cause))
      let isAnswered = false
      const { body, method, path } = message
      const headers = [...message.headers, "authorization", header.value]
      const abandon = sender({ method, path, headers, body }, (exit) => {
        isAnswered = true
        then(exit)
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
      sendWith(token, (exit) => {
        if (renewable === undefined || Exit.isFailure(exit) || exit.value.status !== 401) return callback(exit)
        waitFor(Bearer.renewed(renewable, token), (second) =>
          Option.isNone(second) ? callback(exit) : sendWith(second.value, callback)
        )
      })

    if (Redacted.isRedacted(current)) first(current)
    else waitFor(current, first)

    return () => {
      isAbandoned = true
      stop()
    }
  }
}

const nothing = () => {}
