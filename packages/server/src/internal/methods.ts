import * as Immediate from "@effect-lro/core/Immediate"
import * as OperationName from "@effect-lro/core/OperationName"
import type * as Operations from "@effect-lro/core/Operations"
import type { InvalidName } from "@effect-lro/core/OperationsError"
import type * as SealedToken from "@effect-lro/core/SealedToken"
import * as CancelOperation from "@effect-lro/rest/CancelOperation"
import * as ListOperations from "@effect-lro/rest/ListOperations"
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import type * as Router from "@effect-lro/rest/Router"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as WaitOperation from "@effect-lro/rest/WaitOperation"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Shutdown } from "../Shutdown.js"
import * as Endpoint from "./endpoint.js"
import * as Pages from "./pages.js"
import * as Refusal from "./refusal.js"
import * as Step from "./step.js"
import type * as Texts from "./texts.js"
import * as Written from "./written.js"

export interface Settings extends Endpoint.Settings {
  readonly maxBodyBytes: number
  readonly maxWait: Duration.Duration
  readonly partialSuccess: "unimplemented" | "forward"
  readonly maxPageSize: number
  /** Asked for where a client asks for none; nothing leaves it to the service. */
  readonly defaultPageSize: number | undefined
  readonly pageTokens: SealedToken.SealedTokens
  readonly texts: Texts.Texts
}

/**
 * The routes of all bindings of all versions.
 */
export const routes = (
  service: ServiceDescription.ServiceDescription,
  operations: Operations.Service,
  settings: Settings
): ReadonlyArray<Router.Route<Endpoint.Endpoint>> =>
  ServiceDescription.routes(service).flatMap(({ method, template, value }) =>
    value._tag === "Operations"
      ? [{ method, template, value: endpoint(value.method, value.binding, operations, settings) }]
      : []
  )

const endpoint = (
  method: ServiceDescription.Method,
  binding: ServiceDescription.Binding,
  operations: Operations.Service,
  settings: Settings
): Endpoint.Endpoint => {
  const nameIn = nameReader(method, binding.template)
  const resource = (variables: PathTemplate.Variables) =>
    Either.map(nameIn(variables), (name): Endpoint.Resource => ({
      permission: permissions[method],
      parent: parentOf(method, name),
      name: method === "list" ? undefined : name
    }))
  const serve = (
    interruptible: boolean,
    run: (name: string, call: Endpoint.Call) => Endpoint.Outcome
  ): Endpoint.Endpoint => {
    const handle = (call: Endpoint.Call): Endpoint.Outcome => {
      const name = nameIn(call.variables)
      return Either.isLeft(name) ? Effect.fail(name.left) : run(name.right, call)
    }
    return {
      label: method,
      route: binding.template.source,
      access: "authenticated",
      resource,
      isWaiting: method === "wait",
      body: Endpoint.readsBody(binding.httpMethod) ? settings.maxBodyBytes : "ignored",
      interruptible,
      handle,
      ...(binding.httpMethod === "GET" && (method === "get" || method === "list") ? { direct: handle } : {})
    }
  }
  // What a client asked to be changed is changed, also where it does not wait for the answer.
  switch (method) {
    case "get": {
      const get = Immediate.of(operations.get) ?? operations.get
      const written = Written.ofOperation(settings.texts)
      return serve(true, (name, call) => {
        const refused = hasNothing(call, settings)
        return refused === undefined ? Step.map(get(name), written) : Effect.fail(refused)
      })
    }
    case "list":
      return serve(true, (name, call) => list(operations, settings, name, call))
    case "cancel":
    case "delete": {
      const change = method === "cancel" ? operations.cancel : operations.delete
      return serve(false, (name, call) => {
        const refused = hasNothing(call, settings)
        return refused === undefined ? Effect.as(change(name), empty) : Effect.fail(refused)
      })
    }
    case "wait":
      return serve(true, (name, call) => wait(operations, settings, name, binding, call))
  }
}

// There is no permission to wait or to cancel: who waits looks, and who cancels changes.
const permissions = {
  get: "get",
  wait: "get",
  list: "list",
  cancel: "update",
  delete: "delete"
} as const satisfies Record<ServiceDescription.Method, string>

const parentOf = (method: ServiceDescription.Method, name: string): string =>
  method === "list"
    ? name.replace(/(?:^|\/)operations$/, "")
    : Option.match(OperationName.view(name), { onNone: () => "", onSome: ({ parent }) => parent })

const empty = {}

/**
 * For the methods whose only field is the name, which stands in the path; one in the body counts for nothing beside it.
 */
const hasNothing = (call: Endpoint.Call, settings: Settings): Refusal.Refusal | undefined => {
  if (call.query.length === 0 && call.body === "") return undefined
  const unknown = whatQueryHas(call, settings)
  if (unknown !== undefined) return unknown
  const body = CancelOperation.fromBody(call.body, settings)
  return Either.isLeft(body) ? Refusal.fromStatus(body.left) : undefined
}

const whatQueryHas = (call: Endpoint.Call, settings: Settings): Refusal.Refusal | undefined =>
  Endpoint.whatIsUnknown(
    "query",
    call.query.map(([name]) => name),
    [],
    settings
  )

/**
 * A route admits more than names: `projects/p/operations` matches a template that ends in `**`, since that may be nothing.
 */
const nameReader = (
  method: ServiceDescription.Method,
  template: PathTemplate.PathTemplate
): ((variables: PathTemplate.Variables) => Either.Either<string, Refusal.Refusal | InvalidName>) => {
  const variable = template.parts.find((part): part is PathTemplate.Variable => part._tag === "Variable")
  const segments = variable?.pattern.length ?? 0
  return (variables) => {
    const name = variables["name"] ?? ""
    // Some services list at a path that binds nothing.
    if (method === "list" && name === "") return Either.right(name)
    return Either.flatMap(OperationName.validate(name), (valid) =>
      countSegments(valid) < segments ? Either.left(noId) : Either.right(valid)
    )
  }
}

const noId = Refusal.invalidArgument({
  reason: "INVALID_NAME",
  message: "the name has no operation id",
  violations: [{ field: "name", description: "it ends before the id of an operation" }]
})

const countSegments = (name: string): number => {
  let count = 1
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) count++
  return count
}

const list = (
  operations: Operations.Service,
  settings: Settings,
  name: string,
  call: Endpoint.Call
): Endpoint.Outcome => {
  const request = ListOperations.fromQuery(name, call.query, settings)
  if (Either.isLeft(request)) return Effect.fail(Refusal.fromStatus(request.left))
  const { pageSize, returnPartialSuccess } = request.right
  if (returnPartialSuccess === true && settings.partialSuccess === "unimplemented") {
    return Effect.fail(Refusal.unimplemented("returnPartialSuccess is not supported"))
  }
  // A page may always be smaller than it was asked to be (AIP-158).
  const size = pageSize === undefined ? settings.defaultPageSize : Math.min(pageSize, settings.maxPageSize)
  const coerced = size === undefined ? request.right : { ...request.right, pageSize: size }
  return Effect.map(
    Pages.read(operations, settings.pageTokens, coerced, call.principal),
    Written.ofPage(settings.texts)
  )
}

/**
 * Never waits longer than the server's limit, whatever the service makes of its `timeout`, and no longer than the server
 * lives: the latest state is a right answer at any time.
 */
const wait = (
  operations: Operations.Service,
  settings: Settings,
  name: string,
  binding: ServiceDescription.Binding,
  call: Endpoint.Call
): Endpoint.Outcome => {
  const unknown = binding.body === "*" ? whatQueryHas(call, settings) : undefined
  if (unknown !== undefined) return Effect.fail(unknown)
  const body = binding.body === "*" ? call.body : JSON.stringify(Object.fromEntries(call.query))
  const requested = WaitOperation.fromBody(body, settings)
  if (Either.isLeft(requested)) return Effect.fail(Refusal.fromStatus(requested.left))
  const timeout = Option.match(requested.right.timeout, {
    onNone: () => settings.maxWait,
    onSome: (asked) => Duration.min(asked, settings.maxWait)
  })
  return Effect.flatMap(Shutdown, (shutdown) => {
    const givenUp = Effect.raceFirst(Effect.sleep(Duration.sum(timeout, waitGrace)), shutdown.begun)
    // Disconnected, so that a service which does not let itself be interrupted is not waited for either.
    return Effect.disconnect(operations.wait(name, { timeout })).pipe(
      Effect.raceFirst(Effect.zipRight(givenUp, operations.get(name))),
      Effect.map(Written.ofOperation(settings.texts))
    )
  })
}

const waitGrace = Duration.seconds(1)
