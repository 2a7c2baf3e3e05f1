/**
 * `Operations` over a transport of one's own: messages between two threads, or between a page and its worker. It passes the
 * battery of providers.
 *
 * What crosses is JSON by the schemas of the library; its errors have schemas too, so they arrive as what they were.
 */
import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Operations from "@effect-lro/core/Operations"
import { OperationsError, TransportError } from "@effect-lro/core/OperationsError"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

const Request = Schema.Union(
  Schema.TaggedStruct("get", { name: Schema.String }),
  Schema.TaggedStruct("cancel", { name: Schema.String }),
  Schema.TaggedStruct("delete", { name: Schema.String }),
  Schema.TaggedStruct("wait", { name: Schema.String, timeout: Schema.OptionFromNullOr(Schema.Duration) }),
  Schema.TaggedStruct("list", {
    name: Schema.String,
    filter: Schema.optional(Schema.String),
    pageSize: Schema.optional(Schema.Number),
    pageToken: Schema.optional(Schema.String)
  })
)

const Answer = Schema.Struct({
  operations: Schema.Array(Operation.Operation),
  nextPageToken: Schema.OptionFromNullOr(Schema.String)
})

const ToServer = Schema.Union(
  Schema.TaggedStruct("Ask", { id: Schema.Number, request: Request }),
  Schema.TaggedStruct("GiveUp", { id: Schema.Number })
)

const ToClient = Schema.Struct({
  id: Schema.Number,
  result: Schema.Either({ left: OperationsError, right: Answer })
})

type Request = typeof Request.Type

/** What arrives at a port, decoded, until the scope closes. */
const received = <A, I>(port: MessagePort, schema: Schema.Schema<A, I>) =>
  Effect.gen(function* () {
    const messages = yield* Queue.unbounded<unknown>()
    const listener = ({ data }: { readonly data: unknown }) => void messages.unsafeOffer(data)
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        port.addEventListener("message", listener)
        port.start()
      }),
      () => Effect.sync(() => port.removeEventListener("message", listener))
    )
    return Stream.mapEffect(Stream.fromQueue(messages), (data) => Effect.orDie(Schema.decodeUnknown(schema)(data)))
  })

/** Answers what comes through the port from the `Operations` of the environment, until the scope closes. */
export const serve = (port: MessagePort): Effect.Effect<void, never, Operations.Operations | Scope.Scope> =>
  Effect.gen(function* () {
    const operations = yield* Operations.Operations
    const running = yield* FiberMap.make<number>()
    const answer = ({ id, request }: { readonly id: number; readonly request: Request }) =>
      Effect.map(Effect.either(handle(operations, request)), (result) =>
        port.postMessage(Schema.encodeSync(ToClient)({ id, result }))
      )
    const messages = yield* received(port, ToServer)
    yield* messages.pipe(
      Stream.runForEach((message) =>
        message._tag === "Ask"
          ? Effect.asVoid(FiberMap.run(running, message.id, answer(message)))
          : FiberMap.remove(running, message.id)
      ),
      Effect.forkScoped
    )
  })

/** The `Operations` that are served at the other end of the port. */
export const layer = (port: MessagePort): Layer.Layer<Operations.Operations> =>
  Layer.scoped(
    Operations.Operations,
    Effect.gen(function* () {
      const pending = new Map<number, Deferred.Deferred<typeof Answer.Type, OperationsError>>()
      let asked = 0
      const messages = yield* received(port, ToClient)
      yield* messages.pipe(
        Stream.runForEach(({ id, result }) => {
          const waiting = pending.get(id)
          return waiting === undefined ? Effect.void : Deferred.complete(waiting, result)
        }),
        Effect.forkScoped
      )

      const post = (message: typeof ToServer.Type) => port.postMessage(Schema.encodeSync(ToServer)(message))

      /** Sends one request, after the name was validated, and tells the other end where nobody waits for it any more. */
      const ask = (request: Request) =>
        Effect.zipRight(
          OperationName.validate(request.name),
          Effect.acquireUseRelease(
            Effect.map(Deferred.make<typeof Answer.Type, OperationsError>(), (waiting) => {
              const id = ++asked
              pending.set(id, waiting)
              return { id, waiting }
            }),
            ({ id, waiting }) => {
              const sent = Effect.try({
                try: () => post({ _tag: "Ask", id, request }),
                catch: (cause) =>
                  new TransportError({
                    operation: request.name,
                    method: request._tag,
                    reason: "Connection",
                    description: `the port took no message: ${String(cause)}`
                  })
              })
              return Effect.zipRight(sent, Deferred.await(waiting)).pipe(
                Effect.onInterrupt(() => Effect.sync(() => post({ _tag: "GiveUp", id })))
              )
            },
            ({ id }) => Effect.sync(() => pending.delete(id))
          )
        )

      const one = (request: Request) =>
        Effect.flatMap(ask(request), ({ operations: [operation] }) =>
          operation === undefined
            ? Effect.dieMessage("the other end answers a look with an operation")
            : Effect.succeed(operation)
        )

      return Operations.make({
        get: (name) => one({ _tag: "get", name }),
        listPage: (request) =>
          Effect.map(ask({ _tag: "list", ...request }), (answer) => ({ ...answer, unreachable: [] })),
        cancel: (name) => Effect.asVoid(ask({ _tag: "cancel", name })),
        delete: (name) => Effect.asVoid(ask({ _tag: "delete", name })),
        wait: (name, options) =>
          one({ _tag: "wait", name, timeout: Option.map(Option.fromNullable(options?.timeout), Duration.decode) })
      })
    })
  )

const nothing: typeof Answer.Type = { operations: [], nextPageToken: Option.none() }

const handle = (
  operations: Operations.Service,
  request: Request
): Effect.Effect<typeof Answer.Type, OperationsError> => {
  switch (request._tag) {
    case "get":
      return Effect.map(operations.get(request.name), (operation) => ({ ...nothing, operations: [operation] }))
    case "wait":
      return Effect.map(
        operations.wait(request.name, { timeout: Option.getOrUndefined(request.timeout) }),
        (operation) => ({ ...nothing, operations: [operation] })
      )
    case "cancel":
      return Effect.as(operations.cancel(request.name), nothing)
    case "delete":
      return Effect.as(operations.delete(request.name), nothing)
    case "list":
      return operations.listPage(request)
  }
}
