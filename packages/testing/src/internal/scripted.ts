import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Fault from "../Fault.js"
import type * as Report from "../Report.js"
import * as Script from "../Script.js"
import type { Options, Service } from "../TestOperations.js"
import * as Pages from "./pages.js"
import * as Playing from "./playing.js"
import * as Reporting from "./reporting.js"

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
