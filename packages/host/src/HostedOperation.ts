/**
 * A kind of operation that a host runs, as a value: what it is started with, what it tells of its progress, and how it ends.
 *
 * Since its payload is stored with the operation, the work is taken up again by whatever process has its layer: after a
 * crash, after a restart, on another machine. It is started at least once, and one result of it is visible.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Bounds from "@effect-lro/core/Bounds"
import type * as Operation from "@effect-lro/core/Operation"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Status from "@effect-lro/core/Status"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Host from "./Host.js"
import type * as Job from "./Job.js"
import type * as Runner from "./Runner.js"
import * as StatusError from "./StatusError.js"

/**
 * What the body of a definition knows of the operation it runs for: a `Job` whose metadata is typed.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostedJob<in out M> extends Pick<Job.Job, "name" | "attempt" | "isCancelRequested" | "abortSignal"> {
  /**
   * Publishes progress. It is told as well as can be: a store that refuses it is logged and does not disturb the work.
   */
  readonly update: (metadata: M) => Effect.Effect<void>
  /** Publishes progress made from what was published last, by this or an earlier attempt, where it can still be read. */
  readonly updateWith: (f: (current: Option.Option<M>) => M) => Effect.Effect<void>
}

/**
 * What the start of an operation can say.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartOptions<M> extends Host.StartOptions {
  /** What is published before the body publishes anything. */
  readonly metadata?: M | undefined
}

/**
 * A definition: started with a `P`, it publishes `M`, and ends with an `R` or an `E`.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostedOperation<in out P, in out M, in out R, in out E> {
  readonly name: string
  /** By which callers type what they read of these operations. */
  readonly type: OperationType.OperationType<M, R>
  /** Accepts an operation, and answers it as soon as it is stored. Some process that has its layer runs it. */
  readonly start: (
    payload: P,
    options?: StartOptions<M>
  ) => Effect.Effect<
    Operation.Operation<OperationType.Message<M>, OperationType.Message<R>>,
    Host.SubmitError,
    Host.Host
  >
  /**
   * Runs these operations in this process, those that are stored already as well. What the body requires is taken from
   * where the layer is built, but for a `Scope`, which each attempt has of its own.
   */
  readonly toLayer: <C>(
    body: (payload: P, job: HostedJob<M>) => Effect.Effect<R, E, C>
  ) => Layer.Layer<never, never, Host.Host | Exclude<C, Scope.Scope>>
}

/**
 * For metadata and responses that say nothing: `google.protobuf.Empty`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const empty: Schema.Schema<void, {}> = Schema.transform(Schema.Struct({}), Schema.Void, {
  strict: true,
  decode: () => undefined,
  encode: () => ({})
})

/**
 * Makes a definition. The messages of `example.v1.Export` are `example.v1.ExportMetadata`, `example.v1.ExportResponse` and
 * `example.v1.ExportError`.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Operations from "@effect-lro/core/Operations"
 * import * as HostedOperation from "@effect-lro/host/HostedOperation"
 * import * as HostOperations from "@effect-lro/host/HostOperations"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Schema from "effect/Schema"
 *
 * const Export = HostedOperation.make({
 *   name: "example.v1.Export",
 *   payload: Schema.Struct({ table: Schema.String }),
 *   metadata: Schema.Struct({ rows: Schema.Number }),
 *   response: Schema.Struct({ uri: Schema.String }),
 *   error: Schema.Never
 * })
 *
 * const ExportLive = Export.toLayer(({ table }, job) =>
 *   Effect.gen(function* () {
 *     yield* job.update({ rows: 1 })
 *     return { uri: `gs://bucket/${table}.csv` }
 *   })
 * )
 *
 * const program = Effect.gen(function* () {
 *   const { name } = yield* Export.start({ table: "rivers" }, { requestId: "rivers-1", timeout: "1 hour" })
 *   return Export.type.decode(yield* Operations.wait(name))
 * }).pipe(Effect.provide(Layer.provideMerge(ExportLive, HostOperations.layerMemory())))
 *
 * Effect.runPromise(program)
 * ```
 */
export const make = <P, PI, M, MI extends AnyMessage.AnyMessage, R, RI extends AnyMessage.AnyMessage, E, EI>(options: {
  /** Unique among the definitions of a host, and stored: another name is another kind. */
  readonly name: string
  /** Stored with the operation, so what was stored by an older version has to decode with it. */
  readonly payload: Schema.Schema<P, PI>
  /** `empty` says nothing. */
  readonly metadata: Schema.Schema<M, MI>
  /** `empty` says nothing. */
  readonly response: Schema.Schema<R, RI>
  /** `Schema.Never` where the body does not fail. What the schema encodes goes to callers, in the details of the status. */
  readonly error: Schema.Schema<E, EI>
  /** The code and message a failure stands for. `StatusError.toStatus` by default. */
  readonly toStatus?: ((error: NoInfer<E>) => Status.Status) | undefined
  /** What becomes of it when the process that runs it goes away. It runs again by default. */
  readonly recovery?: Runner.Recovery | undefined
  /**
   * Up to which attempt one that went away with its process is followed by another; from then on it is FAILED with ABORTED, as
   * a body that brings its process down must not do so for ever. Every attempt counts, also those that failed and were restarted
   * and those that were handed over, but none of these is the last for its number. 100 by default.
   */
  readonly maxAttempts?: number | undefined
  /**
   * Whether, and after how long, a failed attempt is followed by another: the schedule sees the status it failed with.
   * One attempt by default.
   */
  readonly restart?: Schedule.Schedule<unknown, Status.Status> | undefined
  /** How long an operation stays PENDING at least before its first attempt. Zero by default. */
  readonly startDelay?: ((payload: NoInfer<P>) => Duration.DurationInput) | undefined
}): HostedOperation<P, M, R, E> => {
  const metadata = message(`${options.name}Metadata`, options.metadata)
  const response = message(`${options.name}Response`, options.response)
  const encodePayload = Schema.encode(options.payload)
  const decodePayload = Schema.decodeUnknown(options.payload)
  const decodePayloadOption = Schema.decodeUnknownOption(options.payload)
  const isSamePayload = Schema.equivalence(options.payload)
  const startDelay = options.startDelay ?? (() => 0)
  const encodeError = Schema.encode(options.error)
  const toStatus = options.toStatus ?? StatusError.toStatus
  const type = OperationType.make({ metadata: metadata.type, response: response.type })

  const describe = (error: E): Effect.Effect<Status.Status> => {
    const status = toStatus(error)
    if (StatusError.isStatusError(error)) return Effect.succeed(status)
    return Effect.map(Effect.orDie(encodeError(error)), (encoded) =>
      Predicate.isReadonlyRecord(encoded)
        ? { ...status, details: [...status.details, AnyMessage.pack(`${options.name}Error`, encoded)] }
        : status
    )
  }

  const typed = (job: Job.Job): HostedJob<M> => ({
    name: job.name,
    attempt: job.attempt,
    isCancelRequested: job.isCancelRequested,
    get abortSignal() {
      return job.abortSignal
    },
    update: (value) => Effect.flatMap(metadata.encode(value), job.update),
    updateWith: (f) =>
      job.updateWith((current) =>
        metadata.unsafeEncode(f(Option.flatMap(current, (it) => OperationType.value(metadata.type.decode(it)))))
      )
  })

  return {
    name: options.name,
    type,
    start: Effect.fn("HostedOperation.start")(function* (payload, start) {
      const host = yield* Host.Host
      const encoded = yield* Effect.mapError(encodePayload(payload), badPayload(start?.name ?? start?.parent ?? ""))
      const operation = yield* host.start({
        parent: start?.parent,
        name: start?.name,
        requestId: start?.requestId,
        timeout: start?.timeout,
        type: options.name,
        payload: encoded,
        metadata: start?.metadata === undefined ? undefined : yield* metadata.encode(start.metadata),
        isSame: (stored) => Option.exists(decodePayloadOption(stored), (it) => isSamePayload(it, payload))
      })
      return type.decode(operation)
    }),
    toLayer: <C>(body: (payload: P, job: HostedJob<M>) => Effect.Effect<R, E, C>) =>
      Layer.scopedDiscard(
        Effect.gen(function* () {
          yield* Bounds.check({ [`maxAttempts of ${options.name}`]: [options.maxAttempts, 1] })
          const host = yield* Host.Host
          const context = yield* Effect.context<Exclude<C, Scope.Scope>>()
          yield* host.register({
            type: options.name,
            recovery: options.recovery ?? "rerun",
            maxAttempts: options.maxAttempts ?? 100,
            restart: options.restart ?? Schedule.stop,
            startDelay: (stored) => Option.match(decodePayloadOption(stored), { onNone: () => 0, onSome: startDelay }),
            body: (stored, job) =>
              Effect.gen(function* () {
                const payload = yield* Effect.mapError(decodePayload(stored), unreadable)
                const result = yield* body(payload, typed(job)).pipe(
                  // Only the work itself: what comes after it must not lose its result.
                  Effect.interruptible,
                  Effect.scoped,
                  Effect.catchAll((error) => Effect.flatMap(describe(error), Effect.fail)),
                  Effect.mapInputContext((around: Context.Context<never>) => Context.merge(context, around))
                )
                return yield* response.encode(result)
              })
          })
        })
      )
  }
}

interface Message<A> {
  readonly type: OperationType.MessageType<A>
  /** What its schema does not encode is a defect: the type has promised that it does. */
  readonly encode: (value: A) => Effect.Effect<AnyMessage.AnyMessage>
  readonly unsafeEncode: (value: A) => AnyMessage.AnyMessage
}

const message = <A, I extends AnyMessage.AnyMessage>(name: string, schema: Schema.Schema<A, I>): Message<A> => {
  const typeName = Object.is(schema, empty) ? "google.protobuf.Empty" : name
  const encode = Schema.encode(schema)
  const encodeSync = Schema.encodeSync(schema)
  const pack = (encoded: I): AnyMessage.AnyMessage => AnyMessage.pack(typeName, encoded)
  return {
    type: OperationType.message({ typeName, schema }),
    encode: (value) => Effect.orDie(Effect.map(encode(value), pack)),
    unsafeEncode: (value) => pack(encodeSync(value))
  }
}

const badPayload =
  (operation: string) =>
  (error: ParseResult.ParseError): OperationsError.InvalidArgument =>
    new OperationsError.InvalidArgument({
      operation,
      method: "start",
      status: Status.make({ code: "INVALID_ARGUMENT", message: ParseResult.TreeFormatter.formatErrorSync(error) })
    })

const unreadable = (): Status.Status =>
  Status.make({
    code: "FAILED_PRECONDITION",
    message: "The operation was started by another version, whose payload this one cannot read."
  })
