/**
 * `Operations` that play a script, and remember what was asked of them.
 *
 * It behaves as a server does: names are validated, unknown ones are NOT_FOUND, lists have pages, waits have a limit. Time
 * is Effect's `Clock`, so a `TestClock` moves it, and there is no fiber or timer of its own.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fault from "./Fault.js"
import * as Pages from "./internal/pages.js"
import * as Playing from "./internal/playing.js"
import type * as Script from "./Script.js"

/**
 * The methods that a request can be for.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = Exclude<OperationsError.Method, "start">

/**
 * A request that arrived. One with an invalid name is never sent, and so never arrives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** When, by the clock, in milliseconds since the layer was made. */
  readonly at: number
  readonly method: Method
  /** The operation, or the parent for `list`. */
  readonly name: string
}

/**
 * The other side of the scripted `Operations`: looks at what happened, and orders what shall.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All requests that arrived, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<Request>>
  /** When an operation was looked at by `get`, in milliseconds since the layer was made. */
  readonly lookTimes: (name: string) => Effect.Effect<ReadonlyArray<number>>
  /** How many requests arrived and are neither answered nor given up. */
  readonly inFlight: Effect.Effect<number>
  /** The truth about an operation, without a request; deleted ones too. None where it never was, or has vanished. */
  readonly peek: (name: string) => Effect.Effect<Option.Option<Operation.Operation>>
  /** Starts an operation now, or starts it anew. Dies where no request could reach the name. */
  readonly start: (name: string, script: Script.Script) => Effect.Effect<void>
  /**
   * Fails the next requests of a method, or of any: with each of several faults once, or with one `times` times (1 by
   * default).
   */
  readonly failNext: (
    method: Method | "any",
    fault: Fault.Fault | ReadonlyArray<Fault.Fault>,
    options?: {
      readonly times?: number | undefined
      /** The request takes effect and only its answer is lost. `false` by default. */
      readonly afterwards?: boolean | undefined
    }
  ) => Effect.Effect<void>
  /** Answers the next requests of a method (1 by default) that much later; `Duration.infinity` is never. */
  readonly delayNext: (
    method: Method,
    delay: Duration.DurationInput,
    options?: { readonly times?: number | undefined }
  ) => Effect.Effect<void>
}

/**
 * Inspects and directs the `Operations` that `layer` provides.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestOperations extends Context.Tag("@effect-lro/testing/TestOperations")<TestOperations, Service>() {}

/**
 * How the server as a whole behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Methods that are answered with `UNIMPLEMENTED`. None by default. */
  readonly unimplemented?: ReadonlyArray<Method> | undefined
  /** Decides what a list with a filter shows. By default a filter is an `INVALID_ARGUMENT`, rather than ignored. */
  readonly filter?: ((filter: string, operation: Operation.Operation) => boolean) | undefined
  /** How many operations a page holds where the request does not say; 100 by default. */
  readonly pageSize?: number | undefined
  /** Puts an empty page after each full one, as AIP-158 allows. `false` by default. */
  readonly emptyPages?: boolean | undefined
  /** How long a `wait` lasts at most; 55 seconds by default. */
  readonly waitLimit?: Duration.DurationInput | undefined
}

/**
 * Makes both sides: the `Operations` for the program, and the service for the test.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  scripts: { readonly [name: string]: Script.Script },
  options?: Options
): Effect.Effect<{ readonly operations: Operations.Service; readonly control: Service }> =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const waitLimit = Duration.decode(options?.waitLimit ?? "55 seconds")
    const unimplemented = new Set(options?.unimplemented)
    const operations = new Map<string, Playing.Playing>()
    const pages = Pages.make({ defaultSize: options?.pageSize ?? 100, emptyPages: options?.emptyPages ?? false })
    const requests: Array<Request> = []
    const orders = new Map<Method | "any", Array<Order>>()
    const delays = new Map<Method, Array<Duration.Duration>>()
    let inFlight = 0
    let sequence = 0

    const present = (name: string): Playing.Playing | undefined => {
      const found = operations.get(name)
      return found === undefined || found.deleted ? undefined : found
    }

    const startAt = (name: string, script: Script.Script, now: number) => {
      const before = operations.get(name)
      operations.set(name, Playing.start(name, sequence++, script, now))
      if (before !== undefined) Playing.changed(before)
    }

    const start: Service["start"] = (name, script) =>
      Either.isLeft(OperationName.validate(name))
        ? Effect.dieMessage(`a script was given for ${JSON.stringify(name)}, which is no operation name`)
        : Effect.map(Clock.currentTimeMillis, (now) => startAt(name, script, now))

    // What every request goes through: validated, remembered, delayed, and failed where a test has ordered it.
    const arriving = <A>(
      method: Method,
      input: string,
      handle: (name: string) => Effect.Effect<A, OperationsError.OperationsError>
    ): Effect.Effect<A, OperationsError.OperationsError> =>
      Effect.flatMap(OperationName.validate(input), (name) =>
        Effect.gen(function* () {
          requests.push({ at: (yield* Clock.currentTimeMillis) - began, method, name })
          const delay = delays.get(method)?.shift()
          const order = orders.get(method)?.shift() ?? orders.get("any")?.shift()
          if (delay !== undefined) yield* Effect.sleep(delay)
          const request = { method, operation: name }
          const handled = unimplemented.has(method) ? Effect.fail(notOffered(request)) : handle(name)
          if (order === undefined) return yield* handled
          // The answer is lost, so what it would have been does not matter.
          if (order.afterwards) yield* Effect.ignore(handled)
          return yield* Effect.fail(order.fault(request))
        }).pipe((effect) =>
          Effect.acquireUseRelease(
            Effect.sync(() => void inFlight++),
            () => effect,
            () => Effect.sync(() => void inFlight--)
          )
        )
      )

    const seen = (method: Method, name: string, sight: Script.Sight | undefined) => {
      if (sight === undefined || sight._tag === "Vanished") return Effect.fail(notFound({ method, operation: name }))
      return sight._tag === "Silent" ? Effect.never : Effect.succeed(sight.as(name))
    }

    const look = (method: Method, name: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const playing = present(name)
        return seen(method, name, playing === undefined ? undefined : Playing.look(playing, now))
      })

    const cancel = (name: string): Effect.Effect<void, OperationsError.OperationsError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const playing = present(name)
        const request = { method: "cancel", operation: name } as const
        if (playing === undefined) return Effect.fail(notFound(request))
        return Effect.flatMap(seen("cancel", name, Playing.sight(playing, now)), (operation) => {
          const { cancelOfDone, onCancel } = playing.script
          if (Operation.isDone(operation)) {
            return cancelOfDone === "OK" ? Effect.void : Effect.fail(Fault.answer(cancelOfDone, over)(request))
          }
          return onCancel._tag === "Refused"
            ? Effect.fail(Fault.answer(onCancel.status)(request))
            : Effect.sync(() => Playing.cancel(playing, now))
        })
      })

    const delete_ = (name: string): Effect.Effect<void, OperationsError.OperationsError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const playing = present(name)
        const sight = playing === undefined ? undefined : Playing.sight(playing, now)
        return Effect.map(seen("delete", name, sight), () => {
          if (playing === undefined) return
          playing.deleted = true
          Playing.changed(playing)
        })
      })

    const wait = (
      name: string,
      deadline: number
    ): Effect.Effect<Operation.Operation, OperationsError.OperationsError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const playing = present(name)
        const sight = playing === undefined ? undefined : Playing.sight(playing, now)
        const goesOn = sight?._tag === "Seen" && !Operation.isDone(sight.as(name))
        if (playing === undefined || !goesOn || now >= deadline) return look("wait", name)
        const rest = Math.min(deadline, Playing.nextChange(playing)) - now
        return Effect.zipRight(Effect.race(Effect.sleep(rest), changeOf(playing)), wait(name, deadline))
      })

    const listPage = (request: Operations.ListRequest, parent: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const refuse = (message: string) =>
          Effect.fail(Fault.answer("INVALID_ARGUMENT", { message })({ method: "list", operation: parent }))
        const { filter = "" } = request
        const admits = options?.filter
        if (filter !== "" && admits === undefined) return refuse("these operations are scripted without a filter")
        const all = [...operations.values()].flatMap((playing) => {
          if (playing.deleted || !isChild(playing.name, parent)) return []
          const sight = Playing.sight(playing, now)
          if (sight._tag !== "Seen") return []
          const operation = sight.as(playing.name)
          return filter === "" || admits?.(filter, operation) ? [{ sequence: playing.sequence, operation }] : []
        })
        return Either.match(pages.page(request, all), { onLeft: refuse, onRight: Effect.succeed })
      })

    for (const [name, script] of Object.entries(scripts)) yield* start(name, script)

    return {
      operations: Operations.make({
        get: (name) => arriving("get", name, (valid) => look("get", valid)),
        listPage: (request) => arriving("list", request.name, (valid) => listPage(request, valid)),
        cancel: (name) => arriving("cancel", name, cancel),
        delete: (name) => arriving("delete", name, delete_),
        wait: (name, given) =>
          arriving("wait", name, (valid) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) =>
              wait(valid, now + Math.min(Duration.toMillis(given?.timeout ?? waitLimit), Duration.toMillis(waitLimit)))
            )
          )
      }),
      control: {
        requests: Effect.sync(() => requests.slice()),
        lookTimes: (name) =>
          Effect.sync(() => requests.flatMap((it) => (it.method === "get" && it.name === name ? [it.at] : []))),
        inFlight: Effect.sync(() => inFlight),
        peek: (name) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            const playing = operations.get(name)
            const sight = playing === undefined ? undefined : Playing.sight(playing, now)
            return sight?._tag === "Seen" ? Option.some(sight.as(name)) : Option.none()
          }),
        start,
        failNext: (method, fault, given) =>
          Effect.sync(() => {
            const faults = typeof fault === "function" ? Array.from({ length: given?.times ?? 1 }, () => fault) : fault
            const afterwards = given?.afterwards ?? false
            queue(orders, method).push(...faults.map((each) => ({ fault: each, afterwards })))
          }),
        delayNext: (method, delay, given) =>
          Effect.sync(() => {
            queue(delays, method).push(...Array.from({ length: given?.times ?? 1 }, () => Duration.decode(delay)))
          })
      }
    }
  })

/**
 * Provides `Operations` that play the scripts, and `TestOperations` to inspect them. The scripts start when the layer is
 * built.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as Script from "@effect-lro/testing/Script"
 * import * as TestOperations from "@effect-lro/testing/TestOperations"
 * import { assert, it } from "@effect/vitest"
 * import * as Effect from "effect/Effect"
 * import * as Fiber from "effect/Fiber"
 * import * as TestClock from "effect/TestClock"
 *
 * const name = "projects/demo/operations/EXPORT"
 * const tooLate = Script.completes({ after: "5 seconds", onCancel: Script.ignored })
 *
 * it.effect("an export that cannot be stopped any more is told as completed", () =>
 *   Effect.gen(function* () {
 *     const fiber = yield* Effect.fork(Cancellation.cancelAndConfirm(name))
 *     yield* TestClock.adjust("1 minute")
 *     assert.strictEqual((yield* Fiber.join(fiber))._tag, "CompletedAnyway")
 *   }).pipe(Effect.provide(TestOperations.layer({ [name]: tooLate })))
 * )
 * ```
 */
export const layer = (
  scripts: { readonly [name: string]: Script.Script },
  options?: Options
): Layer.Layer<Operations.Operations | TestOperations> =>
  Layer.effectContext(
    Effect.map(make(scripts, options), ({ control, operations }) =>
      Context.make(Operations.Operations, operations).pipe(Context.add(TestOperations, control))
    )
  )

/**
 * All requests that arrived, oldest first.
 *
 * @since 0.1.0
 * @category getters
 */
export const requests: Effect.Effect<ReadonlyArray<Request>, never, TestOperations> = Effect.flatMap(
  TestOperations,
  (it) => it.requests
)

/**
 * When an operation was looked at by `get`, in milliseconds since the layer was made.
 *
 * @since 0.1.0
 * @category getters
 */
export const lookTimes = (name: string): Effect.Effect<ReadonlyArray<number>, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.lookTimes(name))

/**
 * Starts an operation now, or starts it anew.
 *
 * @since 0.1.0
 * @category orders
 */
export const start = (name: string, script: Script.Script): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.start(name, script))

/**
 * Fails the next requests of a method.
 *
 * @since 0.1.0
 * @category orders
 */
export const failNext = (...parameters: Parameters<Service["failNext"]>): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.failNext(...parameters))

/**
 * Answers the next requests of a method later, or never.
 *
 * @since 0.1.0
 * @category orders
 */
export const delayNext = (
  ...parameters: Parameters<Service["delayNext"]>
): Effect.Effect<void, never, TestOperations> => Effect.flatMap(TestOperations, (it) => it.delayNext(...parameters))

interface Order {
  readonly fault: Fault.Fault
  readonly afterwards: boolean
}

interface Asked {
  readonly method: Method
  readonly operation: string
}

const notFound = (request: Asked) =>
  OperationsError.fromStatus({
    ...request,
    status: Status.make({ code: "NOT_FOUND", message: `operation ${request.operation} was not found` })
  })

const notOffered = (request: Asked) =>
  OperationsError.fromStatus({
    ...request,
    status: Status.make({ code: "UNIMPLEMENTED", message: `${request.method} is not offered here` })
  })

const over = { message: "the operation is over" }

const queue = <K, A>(queues: Map<K, Array<A>>, method: K): Array<A> => {
  const known = queues.get(method)
  if (known !== undefined) return known
  const fresh: Array<A> = []
  queues.set(method, fresh)
  return fresh
}

const isChild = (name: string, parent: string): boolean =>
  Option.exists(
    OperationName.view(name),
    (view) => view.parent === parent || `${view.parent}/${view.collection}` === parent
  )

const changeOf = (playing: Playing.Playing): Effect.Effect<void> =>
  Effect.async((resume) => {
    const listener = () => {
      playing.listeners.delete(listener)
      resume(Effect.void)
    }
    playing.listeners.add(listener)
    return Effect.sync(() => playing.listeners.delete(listener))
  })
