/**
 * What a provider of `Operations` supplies to be tested by the behaviour battery: work that behaves as ordered, and
 * witnesses of what happened out of sight.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as OperationsError from "@effect-lro/core/OperationsError"
import type * as Status from "@effect-lro/core/Status"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"

/**
 * Work that has no end of its own. When it is cancelled it stops, after `cancelLatency`.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface RunsUntilCancelled {
  readonly _tag: "RunsUntilCancelled"
  /** How long the work takes to stop once it was asked to. At once by default. */
  readonly cancelLatency?: Duration.Duration | undefined
  /** Waits for its turn for so long before it runs. It runs at once by default. */
  readonly pending?: Duration.Duration | undefined
}

/**
 * Work that succeeds `after` a time, unless it is cancelled before.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface Completes {
  readonly _tag: "Completes"
  readonly after: Duration.Duration
}

/**
 * Work that fails `after` a time, unless it is cancelled before.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface Fails {
  readonly _tag: "Fails"
  readonly after: Duration.Duration
  readonly status: Status.Status
}

/**
 * Work whose cancel is accepted, and which succeeds `after` a time all the same.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface IgnoresCancel {
  readonly _tag: "IgnoresCancel"
  readonly after: Duration.Duration
}

/**
 * Work that has succeeded, or does so at once.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface Succeeded {
  readonly _tag: "Succeeded"
  /** The response to end with, where the provider can choose it. */
  readonly response?: AnyMessage.AnyMessage | undefined
}

/**
 * Work that has failed, or does so at once.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface Failed {
  readonly _tag: "Failed"
  readonly status: Status.Status
}

/**
 * An operation that is done with neither error nor response.
 *
 * @since 0.1.0
 * @category behaviours
 */
export interface DoneWithoutResult {
  readonly _tag: "DoneWithoutResult"
}

/**
 * How the work behaves that the battery asks for.
 *
 * @since 0.1.0
 * @category behaviours
 */
export type Behaviour = RunsUntilCancelled | Completes | Fails | IgnoresCancel | Succeeded | Failed | DoneWithoutResult

/**
 * Trouble on the way that the battery orders for the next request, whatever it is for.
 *
 * - `Unavailable`: HTTP 503, UNAVAILABLE, with a `RetryInfo` of 7 s. `RateLimited`: HTTP 429, RESOURCE_EXHAUSTED, with
 *   `Retry-After` of 7 s. `Unauthorized`: 401. `PermissionDenied`: 403. `Gone`: 404, NOT_FOUND in the error envelope.
 * - `RouteMissing`: 404 with a page of HTML. `BadGateway`: 502 with a page of HTML. `NotJson`: 200 with a page of HTML, longer
 *   than 500 characters. `Empty`: 200 without a body.
 * - `Redirect`: 302 to another host. `ConnectionLost`: no answer. `AnswerLost`: no answer, although the server has done what
 *   was asked.
 *
 * @since 0.1.0
 * @category models
 */
export type Trouble =
  | "Unavailable"
  | "RateLimited"
  | "Unauthorized"
  | "PermissionDenied"
  | "Gone"
  | "RouteMissing"
  | "BadGateway"
  | "NotJson"
  | "Empty"
  | "Redirect"
  | "ConnectionLost"
  | "AnswerLost"

/**
 * What a provider can do and its subject can show. A case of the battery applies where these are as it requires.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capabilities {
  readonly cancel: "supported" | "unimplemented"
  /** How a cancel of what is over is answered: with success, or with FAILED_PRECONDITION or NOT_FOUND. */
  readonly cancelOfDone: "accepted" | "refused"
  readonly delete: "supported" | "unimplemented"
  readonly list: "supported" | "unimplemented"
  readonly wait: "supported" | "unimplemented"
  /** Whether an id may have slashes, as `operations/**` allows, or not, as `operations/*`. */
  readonly ids: "multi-segment" | "single-segment"
  /** `start` knows `DoneWithoutResult`. */
  readonly doneWithoutResult: boolean
  /** `start` knows `IgnoresCancel`. */
  readonly ignoresCancel: boolean
  /** `start` knows `Fails` and `Failed` and keeps their status. */
  readonly fails: boolean
  /** `start` knows the `response` of `Succeeded`. */
  readonly ownResponses: boolean
  /** `start` knows `pending`. */
  readonly pending: boolean
  /** `start` takes a name. */
  readonly ownNames: boolean
  /** The subject has `isBodyRunning`. */
  readonly bodyWitness: boolean
  /** The subject has `requests`. */
  readonly requestWitness: boolean
  /** The subject has `troubleNext`. */
  readonly trouble: boolean
}

/**
 * What the battery asks of a subject.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The parent of what `start` starts, as `list` wants it, such as `projects/demo`. */
  readonly parent: string
  /** A parent that exists and has no operations. */
  readonly emptyParent: string
  /** A well-formed name that no operation has. */
  readonly unknownName: string
  /**
   * The time in which something happens, so small that a test may wait for fifty of it, and so large that a request takes
   * less: 20 ms over a socket.
   */
  readonly unit: Duration.Duration
  /** Starts work, and succeeds with the operation's name once it can be found. */
  readonly start: (behaviour: Behaviour, options?: { readonly name?: string | undefined }) => Effect.Effect<string>
  /** Whether the work itself is doing anything, whatever is said about it. */
  readonly isBodyRunning?: ((name: string) => Effect.Effect<boolean>) | undefined
  /** The requests that were sent so far, oldest first. */
  readonly requests?: Effect.Effect<ReadonlyArray<OperationsError.Method>> | undefined
  /** Lets the next request meet with trouble. */
  readonly troubleNext?: ((trouble: Trouble) => Effect.Effect<void>) | undefined
}

/**
 * The provider under test, from its back door.
 *
 * @since 0.1.0
 * @category tags
 */
export class Subject extends Context.Tag("@effect-lro/testing/Subject")<Subject, Service>() {}

/**
 * The capabilities of a provider that supports every method, is lenient, and whose subject has all witnesses.
 *
 * @since 0.1.0
 * @category constants
 */
export const everything: Capabilities = {
  cancel: "supported",
  cancelOfDone: "accepted",
  delete: "supported",
  list: "supported",
  wait: "supported",
  ids: "multi-segment",
  doneWithoutResult: true,
  ignoresCancel: true,
  fails: true,
  ownResponses: true,
  pending: true,
  ownNames: true,
  bodyWitness: true,
  requestWitness: true,
  trouble: true
}
