/**
 * What happens to an operation while it is watched, as far as its looks tell.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as AnyMessage from "./AnyMessage.js"
import { deepest, sameJson } from "./internal/sameJson.js"
import type * as Operation from "./Operation.js"
import type * as OperationType from "./OperationType.js"

/**
 * The operation was seen for the first time, and it runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Started<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Started"
  readonly operation: Operation.Running<M>
}

/**
 * Its metadata is another than at the look before.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Progress"
  readonly operation: Operation.Running<M>
}

/**
 * The server accepted a request to cancel that this program sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface CancelRequested {
  readonly _tag: "CancelRequested"
  readonly name: string
}

/**
 * The metadata says for the first time that the operation is being cancelled, whoever asked for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CancellingSeen<out M = AnyMessage.AnyMessage> {
  readonly _tag: "CancellingSeen"
  readonly operation: Operation.Running<M>
}

/**
 * No work was seen to be done for as long as the watcher was told to wait for. Told once; `Progress` in work units, and a
 * further `Stalled`, may follow.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stalled<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Stalled"
  readonly operation: Operation.Running<M>
  /** How long no work was seen to be done. */
  readonly unchanged: Duration.Duration
}

/**
 * The operation is done. Nothing comes after it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Done<out M = AnyMessage.AnyMessage, out R = AnyMessage.AnyMessage> {
  readonly _tag: "Done"
  readonly operation: Operation.Done<M, R>
}

/**
 * All that can happen.
 *
 * @since 0.1.0
 * @category models
 */
export type Change<M = AnyMessage.AnyMessage, R = AnyMessage.AnyMessage> =
  | Started<M>
  | Progress<M>
  | CancelRequested
  | CancellingSeen<M>
  | Stalled<M>
  | Done<M, R>

/**
 * How to read what is particular to a service out of the metadata of its operations.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading {
  /** Whether the operation is being cancelled. Defaults to {@link isCancelling}. */
  readonly isCancelling?: ((operation: Operation.Running) => boolean) | undefined
  /**
   * What grows when work is done, compared by structure. Defaults to {@link workDone}. A time of the latest update is no
   * sign of work: services refresh it for operations that stand still.
   */
  readonly workDone?: ((operation: Operation.Running) => unknown) | undefined
}

/**
 * Knows the common ways to say that an operation is being cancelled: `state` is `CANCELLING` (Earth Engine, AIP-216) or
 * `CANCEL_REQUESTED`, or one of `cancelRequested`, `requestedCancellation` is true (google.cloud operation metadata).
 *
 * @since 0.1.0
 * @category getters
 */
export const isCancelling = (operation: Operation.Running): boolean =>
  Option.exists(
    operation.metadata,
    (metadata) =>
      metadata["state"] === "CANCELLING" ||
      metadata["state"] === "CANCEL_REQUESTED" ||
      metadata["cancelRequested"] === true ||
      metadata["requestedCancellation"] === true
  )

/**
 * The metadata without its timestamps: every member whose name ends in `Time`, at any depth that ProtoJSON knows.
 *
 * @since 0.1.0
 * @category getters
 */
export const workDone = (operation: Operation.Running): unknown =>
  withoutTimes(Option.getOrUndefined(operation.metadata), 0)

/**
 * Decodes the operation in a change by its type.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode: {
  <M, R>(
    type: OperationType.OperationType<M, R>
  ): (change: Change) => Change<OperationType.Message<M>, OperationType.Message<R>>
  <M, R>(
    change: Change,
    type: OperationType.OperationType<M, R>
  ): Change<OperationType.Message<M>, OperationType.Message<R>>
} = dual(
  2,
  <M, R>(
    change: Change,
    type: OperationType.OperationType<M, R>
  ): Change<OperationType.Message<M>, OperationType.Message<R>> => {
    switch (change._tag) {
      case "CancelRequested":
        return change
      case "Done":
        return { ...change, operation: type.decodeDone(change.operation) }
      default:
        return { ...change, operation: type.decodeRunning(change.operation) }
    }
  }
)

/**
 * Says whether two looks found the same metadata.
 *
 * @since 0.1.0
 * @category getters
 */
export const isUnchanged = (before: Operation.Running, now: Operation.Running): boolean =>
  sameJson(Option.getOrUndefined(before.metadata), Option.getOrUndefined(now.metadata))

const withoutTimes = (value: unknown, depth: number): unknown => {
  if (depth > deepest) return value
  if (Array.isArray(value)) return value.map((item) => withoutTimes(item, depth + 1))
  if (!Predicate.isReadonlyRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key.endsWith("Time") ? [] : [[key, withoutTimes(member, depth + 1)]]
    )
  )
}
