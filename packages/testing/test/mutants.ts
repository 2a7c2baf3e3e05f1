import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Script from "@effect-lro/testing/Script"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** A provider that tells one lie. It is made of one that tells the truth. */
export interface Mutant {
  readonly lie: string
  readonly of: (truth: Operations.Service) => Operations.Service
}

const mutant = (lie: string, change: (truth: Operations.Service) => Partial<Operations.Service>): Mutant => ({
  lie,
  of: (truth) => {
    const changed = change(truth)
    // `list` is made of `listPage`, so that a lie in one is a lie in the other.
    return {
      ...Operations.make({ ...truth, ...changed }),
      ...(changed.list === undefined ? {} : { list: changed.list })
    }
  }
})

const answer = (code: Parameters<typeof Status.make>[0]["code"], method: OperationsError.Method, operation: string) =>
  OperationsError.fromStatus({ operation, method, status: Status.make({ code, message: "a lie" }) })

const seen = (name: string, step: Script.Step): Operation.Operation =>
  step.sight._tag === "Seen" ? step.sight.as(name) : Operation.running({ name })

const mapped = (change: (operation: Operation.Operation) => Operation.Operation) => (truth: Operations.Service) => ({
  get: (name: string) => Effect.map(truth.get(name), change),
  wait: (name: string, options?: Parameters<Operations.Service["wait"]>[1]) =>
    Effect.map(truth.wait(name, options), change),
  listPage: (request: Operations.ListRequest) =>
    Effect.map(truth.listPage(request), (page) => ({ ...page, operations: page.operations.map(change) }))
})

const withoutName = (error: OperationsError.OperationsError) =>
  OperationsError.isCodeError(error)
    ? OperationsError.fromStatus({ operation: "", method: error.method, status: error.status })
    : error

const withoutAdvice = (error: OperationsError.OperationsError) =>
  OperationsError.isCodeError(error)
    ? OperationsError.fromStatus({
        operation: error.operation,
        method: error.method,
        status: Status.make({ code: error.status.code, message: error.status.message }),
        ...(error._tag === "NotFound" ? { missing: error.missing } : {})
      })
    : error

const errors =
  (change: (error: OperationsError.OperationsError) => OperationsError.OperationsError) =>
  (truth: Operations.Service) => ({
    get: (name: string) => Effect.mapError(truth.get(name), change),
    cancel: (name: string) => Effect.mapError(truth.cancel(name), change),
    delete: (name: string) => Effect.mapError(truth.delete(name), change)
  })

const renamed = (rename: (name: string) => string): Mutant["of"] =>
  mutant("", (truth) => ({
    get: (name) => truth.get(rename(name)),
    cancel: (name) => truth.cancel(rename(name)),
    delete: (name) => truth.delete(rename(name)),
    wait: (name, options) => truth.wait(rename(name), options)
  })).of

const decoded = (name: string) => Option.getOrElse(Option.liftThrowable(decodeURIComponent)(name), () => name)

const retried = <A>(effect: Effect.Effect<A, OperationsError.OperationsError>) =>
  Effect.retry(effect, { times: 1, while: OperationsError.isRetryable })

export const mutants: ReadonlyArray<Mutant> = [
  mutant("NOT_FOUND is taken for cancelled", (truth) => ({
    get: (name) => Effect.catchTag(truth.get(name), "NotFound", () => Effect.succeed(seen(name, Script.cancelled())))
  })),
  mutant("NOT_FOUND is taken for running", (truth) => ({
    get: (name) => Effect.catchTag(truth.get(name), "NotFound", () => Effect.succeed(Operation.running({ name })))
  })),
  mutant("a missing route is taken for a missing operation", (truth) => ({
    get: (name) => Effect.catchTag(truth.get(name), "NotFound", () => Effect.fail(answer("NOT_FOUND", "get", name)))
  })),
  mutant("it is called cancelled once the cancel is accepted, whatever the body does", (truth) => {
    const accepted = new Set<string>()
    return {
      cancel: (name) => Effect.tap(truth.cancel(name), () => Effect.sync(() => accepted.add(name))),
      get: (name) =>
        Effect.map(truth.get(name), (operation) =>
          accepted.has(name) && operation._tag === "Running" ? seen(name, Script.cancelled()) : operation
        )
    }
  }),
  mutant("a cancel is accepted and not sent", () => ({ cancel: () => Effect.void })),
  mutant("a cancel is sent twice", (truth) => ({
    cancel: (name) => Effect.zipRight(truth.cancel(name), truth.cancel(name))
  })),
  mutant("a cancel looks first and is not sent where the operation is over", (truth) => ({
    cancel: (name) =>
      Effect.flatMap(truth.get(name), (operation) => (Operation.isDone(operation) ? Effect.void : truth.cancel(name)))
  })),
  mutant("a cancel of what is over is refused", (truth) => ({
    cancel: (name) =>
      Effect.flatMap(truth.cancel(name), () =>
        Effect.flatMap(truth.get(name), (operation) =>
          operation._tag === "Succeeded" ? Effect.fail(answer("FAILED_PRECONDITION", "cancel", name)) : Effect.void
        )
      )
  })),
  mutant("a cancel waits until the work has stopped and fails where it does not", (truth) => ({
    cancel: (name) =>
      Effect.zipRight(
        truth.cancel(name),
        Effect.flatMap(truth.wait(name, { timeout: "10 millis" }), (operation) =>
          Operation.isDone(operation) ? Effect.void : Effect.fail(answer("DEADLINE_EXCEEDED", "cancel", name))
        )
      )
  })),
  mutant("a second cancel is refused", (truth) => {
    const asked = new Set<string>()
    return {
      cancel: (name) =>
        Effect.suspend(() => {
          if (asked.has(name)) return Effect.fail(answer("ABORTED", "cancel", name))
          return Effect.tap(truth.cancel(name), () => Effect.sync(() => asked.add(name)))
        })
    }
  }),
  mutant("a cancel of what has succeeded makes it cancelled", (truth) => {
    const accepted = new Set<string>()
    return {
      cancel: (name) => Effect.tap(truth.cancel(name), () => Effect.sync(() => accepted.add(name))),
      get: (name) =>
        Effect.map(truth.get(name), (operation) =>
          accepted.has(name) && operation._tag === "Succeeded" ? seen(name, Script.cancelled()) : operation
        )
    }
  }),
  mutant("a cancel stops everything under the parent", (truth) => ({
    cancel: (name) =>
      Effect.zipRight(
        Stream.runForEach(truth.list({ name: "projects/demo" }), (operation) => truth.cancel(operation.name)),
        truth.cancel(name)
      )
  })),
  mutant("what is cancelled has another code than 1", (truth) =>
    mapped((operation) =>
      operation._tag === "Cancelled"
        ? Operation.ended({ name: operation.name, error: Status.make({ code: "ABORTED" }) })
        : operation
    )(truth)
  ),
  mutant("a failed operation is an error of the look", (truth) => ({
    get: (name) =>
      Effect.flatMap(truth.get(name), (operation) =>
        operation._tag === "Failed"
          ? Effect.fail(OperationsError.fromStatus({ operation: name, method: "get", status: operation.error }))
          : Effect.succeed(operation)
      )
  })),
  mutant("the details of a failure are lost", (truth) =>
    mapped((operation) =>
      operation._tag === "Failed" ? { ...operation, error: { ...operation.error, details: [] } } : operation
    )(truth)
  ),
  mutant("done without a result is taken for a success with nothing in it", (truth) =>
    mapped((operation) =>
      operation._tag === "DoneWithoutResult"
        ? Operation.succeeded({ name: operation.name, response: AnyMessage.empty })
        : operation
    )(truth)
  ),
  mutant("the response is lost", (truth) =>
    mapped((operation) => (operation._tag === "Succeeded" ? { ...operation, response: AnyMessage.empty } : operation))(
      truth
    )
  ),
  mutant("what is done runs again after a few looks", (truth) => {
    const looks = new Map<string, number>()
    return {
      get: (name) =>
        Effect.map(truth.get(name), (operation) => {
          const count = (looks.get(name) ?? 0) + (Operation.isDone(operation) ? 1 : 0)
          looks.set(name, count)
          return count > 5 ? Operation.running({ name }) : operation
        })
    }
  }),
  mutant("the first look is remembered for good", (truth) => {
    const known = new Map<string, Operation.Operation>()
    return {
      get: (name) =>
        Effect.suspend(() => {
          const first = known.get(name)
          return first === undefined
            ? Effect.tap(truth.get(name), (operation) => Effect.sync(() => known.set(name, operation)))
            : Effect.succeed(first)
        })
    }
  }),
  mutant("looks at the same time share one answer, whatever their names", (truth) => {
    let shared: Effect.Effect<Operation.Operation, OperationsError.OperationsError> | undefined
    return {
      get: (name) =>
        Effect.suspend(() => {
          if (shared !== undefined) return shared
          shared = Effect.runSync(Effect.cached(Effect.zipLeft(truth.get(name), Effect.sleep("1 millis"))))
          return Effect.ensuring(
            shared,
            Effect.sync(() => (shared = undefined))
          )
        })
    }
  }),
  mutant("an operation without a result is taken for one that is done", (truth) =>
    mapped((operation) =>
      operation._tag === "Running" ? Operation.doneWithoutResult({ name: operation.name }) : operation
    )(truth)
  ),
  mutant("a running operation has no name", (truth) =>
    mapped((operation) => (operation._tag === "Running" ? { ...operation, name: "" } : operation))(truth)
  ),
  mutant("a tenth look at the same time is refused", (truth) => {
    let looking = 0
    return {
      get: (name) =>
        Effect.acquireUseRelease(
          Effect.sync(() => ++looking),
          (count) =>
            count > 9
              ? Effect.fail(answer("RESOURCE_EXHAUSTED", "get", name))
              : Effect.zipLeft(truth.get(name), Effect.sleep("1 millis")),
          () => Effect.sync(() => --looking)
        )
    }
  }),
  mutant("a look that is interrupted cancels the operation", (truth) => ({
    get: (name) =>
      Effect.onInterrupt(Effect.zipLeft(truth.get(name), Effect.yieldNow()), () => Effect.ignore(truth.cancel(name)))
  })),
  mutant("a look goes on looking in the background", (truth) => ({
    get: (name) =>
      Effect.tap(truth.get(name), () =>
        Effect.forkDaemon(Effect.repeatN(Effect.delay(Effect.ignore(truth.get(name)), "5 millis"), 20))
      )
  })),
  mutant("every list is that of one parent", (truth) => ({
    listPage: (request) => truth.listPage({ ...request, name: "projects/demo" })
  })),
  mutant("the page token is ignored", (truth) => ({
    listPage: ({ pageToken: _, ...request }) => truth.listPage(request)
  })),
  mutant("a forged page token means the first page", (truth) => ({
    listPage: (request) =>
      Effect.catchTag(truth.listPage(request), "InvalidArgument", (error) =>
        (request.pageSize ?? 0) < 0 ? Effect.fail(error) : truth.listPage({ ...request, pageToken: "" })
      )
  })),
  mutant("a negative page size means the default", (truth) => ({
    listPage: (request) => truth.listPage({ ...request, pageSize: Math.max(0, request.pageSize ?? 0) })
  })),
  mutant("the page size is ignored", (truth) => ({
    listPage: ({ pageSize, ...request }) => truth.listPage((pageSize ?? 0) < 0 ? { ...request, pageSize: -1 } : request)
  })),
  mutant("an empty page is taken for the end", (truth) => ({
    listPage: (request) =>
      Effect.map(truth.listPage(request), (page) =>
        page.operations.length === 0 ? { ...page, nextPageToken: Option.none() } : page
      )
  })),
  mutant("the last operation of each page is left out", (truth) => ({
    listPage: (request) =>
      Effect.map(truth.listPage(request), (page) => ({ ...page, operations: page.operations.slice(0, -1) }))
  })),
  mutant("pages are read ahead", (truth) => ({
    list: (request) =>
      Stream.unwrap(
        Effect.map(Stream.runCollect(truth.list(request)), (all) => Stream.fromChunk(Chunk.fromIterable(all)))
      )
  })),
  mutant("the list is not sorted the same way for each page size", (truth) => ({
    listPage: (request) =>
      Effect.map(truth.listPage(request), (page) => ({ ...page, operations: page.operations.toReversed() }))
  })),
  mutant("a listed operation is always running", (truth) => ({
    listPage: (request) =>
      Effect.map(truth.listPage(request), (page) => ({
        ...page,
        operations: page.operations.map(({ name }) => Operation.running({ name }))
      }))
  })),
  mutant("a delete cancels", (truth) => ({
    delete: (name) => Effect.zipRight(Effect.ignore(truth.cancel(name)), truth.delete(name))
  })),
  mutant("a delete is accepted and does nothing", (truth) => ({ delete: (name) => Effect.asVoid(truth.get(name)) })),
  mutant("a delete of what is not there is accepted", (truth) => ({
    delete: (name) => Effect.catchTag(truth.delete(name), "NotFound", () => Effect.void)
  })),
  mutant("a wait that times out is an error", (truth) => ({
    wait: (name, options) =>
      Effect.flatMap(truth.wait(name, options), (operation) =>
        Operation.isDone(operation) ? Effect.succeed(operation) : Effect.fail(answer("DEADLINE_EXCEEDED", "wait", name))
      )
  })),
  mutant("a wait does not heed its timeout", (truth) => ({ wait: (name) => truth.wait(name) })),
  mutant("a wait lasts as long as its timeout, though it is over", (truth) => ({
    wait: (name, options) => Effect.zipLeft(truth.wait(name, options), Effect.sleep(options?.timeout ?? 0))
  })),
  mutant("a wait for what is not there lasts as long as any", (truth) => ({
    wait: (name, options) =>
      Effect.catchTag(truth.wait(name, options), "NotFound", () => Effect.succeed(Operation.running({ name })))
  })),
  mutant("a wait that is interrupted cancels the operation", (truth) => ({
    wait: (name, options) => Effect.onInterrupt(truth.wait(name, options), () => Effect.ignore(truth.cancel(name)))
  })),
  mutant("a hostile name is sent", (truth) => ({
    get: (name) => Effect.catchTag(truth.get(name), "InvalidName", () => truth.get("projects/demo/operations/cleaned"))
  })),
  mutant("a hostile name is refused only after it was sent", (truth) => ({
    get: (name) =>
      Effect.tapErrorTag(truth.get(name), "InvalidName", () => Effect.ignore(truth.get("projects/demo/operations/x")))
  })),
  { lie: "names are percent-decoded once too often", of: renamed(decoded) },
  { lie: "a percent sign in a name is encoded twice", of: renamed((name) => name.replaceAll("%", "%25")) },
  { lie: "names are cut at a question mark", of: renamed((name) => name.replace(/[?#].*$/, "") || name) },
  { lie: "names are cut at their last colon", of: renamed((name) => name.replace(/:[^:/]*$/, "")) },
  { lie: "a project is cut at its colon", of: renamed((name) => name.replace(/^(projects\/[^/:]*):[^/]*/, "$1")) },
  { lie: "names are normalised by Unicode", of: renamed((name) => name.normalize("NFC")) },
  { lie: "a plus in a name is taken for a space", of: renamed((name) => name.replaceAll("+", " ")) },
  mutant("an error does not name the operation", errors(withoutName)),
  mutant("what the server advises is lost", errors(withoutAdvice)),
  mutant("every error is Unavailable", (truth) => ({
    get: (name) => Effect.mapError(truth.get(name), () => answer("UNAVAILABLE", "get", name))
  })),
  mutant("a provider retries by itself", (truth) => ({ get: (name) => retried(truth.get(name)) })),
  mutant("a provider repeats a cancel by itself", (truth) => ({ cancel: (name) => retried(truth.cancel(name)) })),
  mutant("a redirect is followed", (truth) => ({
    get: (name) =>
      Effect.catchIf(
        truth.get(name),
        (error) => error._tag === "TransportError" && error.reason === "Redirect",
        () => truth.get(name)
      )
  })),
  mutant("a failed look is a failed operation", (truth) => ({
    get: (name) =>
      Effect.catchTag(truth.get(name), "TransportError", (error) =>
        Effect.succeed(Operation.ended({ name, error: Status.make({ code: "UNKNOWN", message: error.message }) }))
      )
  })),
  mutant("what cannot be understood is taken for running", (truth) => ({
    get: (name) =>
      Effect.catchTag(truth.get(name), "MalformedResponse", () => Effect.succeed(Operation.running({ name })))
  }))
]
