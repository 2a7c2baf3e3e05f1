/**
 * `Operations` that play a script, and remember what was asked of them.
 *
 * It behaves as a server does: names are validated, unknown ones are NOT_FOUND, lists have pages, waits have a limit. Time
 * is Effect's `Clock`, so a `TestClock` moves it, and there is no fiber or timer of its own.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
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
import * as Reporting from "./internal/reporting.js"
import type * as Report from "./Report.js"
import * as Script from "./Script.js"

/**
 * The other side of the scripted `Operations`: looks at what happened, and orders what shall.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All requests that arrived, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<Report.Request>>
  /** The same with what each was answered, and when. */
  readonly report: Effect.Effect<ReadonlyArray<Report.Exchange>>
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
    method: Report.Method | "any",
    fault: Fault.Fault | ReadonlyArray<Fault.Fault>,
    options?: {
      readonly times?: number | undefined
      /** The request takes effect and only its answer is lost. `false` by default. */
      readonly afterwards?: boolean | undefined
    }
  ) => Effect.Effect<void>
  /** Answers the next requests of a method (1 by default) that much later; `Duration.infinity` is never. */
  readonly delayNext: (
    method: Report.Method,
    delay: Duration.DurationInput,
    options?: { readonly times?: number | undefined }
  ) => Effect.Effect<void>
  /**
   * Shows the next looks, or waits, something else than the truth, one after the other: an older state as from a replica that
   * lags behind, or NOT_FOUND just after the start. A wait shows it at once.
   */
  readonly showNext: (method: "get" | "wait", sights: Script.Steps) => Effect.Effect<void>
  /** Lets the next waits (1 by default) return after at most that long, with the truth, done or not. */
  readonly shortenNextWait: (
    limit: Duration.DurationInput,
    options?: { readonly times?: number | undefined }
  ) => Effect.Effect<void>
  /**
   * Lets an operation win the race, whatever its script says: a cancel is accepted, and it succeeds `after` that, at once by
   * default. Dies where there is no such operation.
   */
  readonly completeDespiteCancel: (
    name: string,
    options?: {
      readonly after?: Duration.DurationInput | undefined
      /** `google.protobuf.Empty` by default. */
      readonly response?: AnyMessage.AnyMessage | undefined
    }
  ) => Effect.Effect<void>
  /** Answers these methods with `UNIMPLEMENTED` from now on. */
  readonly unimplemented: (...methods: ReadonlyArray<Report.Method>) => Effect.Effect<void>
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
  readonly unimplemented?: ReadonlyArray<Report.Method> | undefined
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
    const reporting = Reporting.make(began)
    const orders = new Map<Report.Method | "any", Array<Order>>()
    const delays = new Map<Report.Method, Array<Duration.Duration>>()
    const shown = new Map<Report.Method, Array<Script.Sight>>()
    const limits: Array<Duration.Duration> = []
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
    const arriving = <A extends Reporting.Answer>(
      method: Report.Method,
      input: string,
      handle: (name: string) => Effect.Effect<A, OperationsError.OperationsError>
    ): Effect.Effect<A, OperationsError.OperationsError> =>
      Effect.flatMap(OperationName.validate(input), (name) =>
        Effect.gen(function* () {
          const delay = delays.get(method)?.shift()
          const order = orders.get(method)?.shift() ?? orders.get("any")?.shift()
          if (delay !== undefined) yield* Effect.sleep(delay)
          const request = { method, operation: name }
          const handled = unimplemented.has(method) ? Effect.fail(notOffered(request)) : handle(name)
          if (order === undefined) return yield* handled
          // The answer is lost, so what it would have been does not matter.
          if (order.afterwards) yield* Effect.ignore(handled)
          return yield* Effect.fail(order.fault(request))
        }).pipe(reporting.around(method, name))
      )

    const seen = (method: Report.Method, name: string, sight: Script.Sight | undefined) => {
      if (sight === undefined || sight._tag === "Vanished") return Effect.fail(notFound({ method, operation: name }))
      return sight._tag === "Silent" ? Effect.never : Effect.succeed(sight.as(name))
    }

    const look = (method: Report.Method, name: string) =>
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
          const { cancelOfDone } = playing.script
          const { onCancel } = playing
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
        get: (name) =>
          arriving("get", name, (valid) => {
            const sight = shown.get("get")?.shift()
            return sight === undefined ? look("get", valid) : seen("get", valid, sight)
          }),
        listPage: (request) => arriving("list", request.name, (valid) => listPage(request, valid)),
        cancel: (name) => arriving("cancel", name, cancel),
        delete: (name) => arriving("delete", name, delete_),
        wait: (name, given) =>
          arriving("wait", name, (valid) => {
            const sight = shown.get("wait")?.shift()
            if (sight !== undefined) return seen("wait", valid, sight)
            const longest = Duration.min(
              limits.shift() ?? waitLimit,
              Duration.min(given?.timeout ?? waitLimit, waitLimit)
            )
            return Effect.flatMap(Clock.currentTimeMillis, (now) => wait(valid, now + Duration.toMillis(longest)))
          })
      }),
      control: {
        requests: reporting.requests,
        report: reporting.report,
        lookTimes: (name) =>
          Effect.map(reporting.requests, (requests) =>
            requests.flatMap((it) => (it.method === "get" && it.name === name ? [it.at] : []))
          ),
        inFlight: reporting.inFlight,
        peek: (name) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            const playing = operations.get(name)
            const sight = playing === undefined ? undefined : Playing.sight(playing, now)
            return sight?._tag === "Seen" ? Option.some(sight.as(name)) : Option.none()
          }),
        start,
        failNext: (method, fault, given) =>
          Effect.sync(() => {
            const faults = typeof fault === "function" ? times(given, fault) : fault
            const afterwards = given?.afterwards ?? false
            queue(orders, method).push(...faults.map((each) => ({ fault: each, afterwards })))
          }),
        delayNext: (method, delay, given) =>
          Effect.sync(() => {
            queue(delays, method).push(...times(given, Duration.decode(delay)))
          }),
        showNext: (method, sights) =>
          Effect.sync(() => void queue(shown, method).push(...sights.map((step) => step.sight))),
        shortenNextWait: (limit, given) => Effect.sync(() => void limits.push(...times(given, Duration.decode(limit)))),
        completeDespiteCancel: (name, given) =>
          Effect.suspend(() => {
            const playing = operations.get(name)
            if (playing === undefined) return Effect.dieMessage(`there is no script for ${JSON.stringify(name)}`)
            const after = Script.running({ lasts: given?.after ?? 0 })
            playing.onCancel = Script.continues(after, Script.succeeded({ response: given?.response }))
            return Effect.void
          }),
        unimplemented: (...methods) => Effect.sync(() => methods.forEach((method) => unimplemented.add(method)))
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
export const requests: Effect.Effect<ReadonlyArray<Report.Request>, never, TestOperations> = Effect.flatMap(
  TestOperations,
  (it) => it.requests
)

/**
 * All requests that arrived, with what each was answered and when; `Report.lines` makes it short.
 *
 * @since 0.1.0
 * @category getters
 */
export const report: Effect.Effect<ReadonlyArray<Report.Exchange>, never, TestOperations> = Effect.flatMap(
  TestOperations,
  (it) => it.report
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

/**
 * Shows the next looks, or waits, something else than the truth.
 *
 * @since 0.1.0
 * @category orders
 */
export const showNext = (...parameters: Parameters<Service["showNext"]>): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.showNext(...parameters))

/**
 * Lets the next waits return early.
 *
 * @since 0.1.0
 * @category orders
 */
export const shortenNextWait = (
  ...parameters: Parameters<Service["shortenNextWait"]>
): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.shortenNextWait(...parameters))

/**
 * Lets an operation succeed although it is cancelled.
 *
 * @since 0.1.0
 * @category orders
 */
export const completeDespiteCancel = (
  ...parameters: Parameters<Service["completeDespiteCancel"]>
): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.completeDespiteCancel(...parameters))

/**
 * Answers methods with `UNIMPLEMENTED` from now on.
 *
 * @since 0.1.0
 * @category orders
 */
export const unimplemented = (...methods: ReadonlyArray<Report.Method>): Effect.Effect<void, never, TestOperations> =>
  Effect.flatMap(TestOperations, (it) => it.unimplemented(...methods))

interface Order {
  readonly fault: Fault.Fault
  readonly afterwards: boolean
}

interface Asked {
  readonly method: Report.Method
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

const times = <A>(options: { readonly times?: number | undefined } | undefined, it: A): ReadonlyArray<A> =>
  Array.from({ length: options?.times ?? 1 }, () => it)

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
