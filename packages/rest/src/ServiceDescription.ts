/**
 * A service that binds google.longrunning.Operations over HTTP, as data: which methods it offers, under which paths, and
 * which other methods start operations. What a client sends and what a server routes are both derived from it.
 *
 * @since 0.1.0
 */
import * as OperationName from "@effect-lro/core/OperationName"
import { InvalidName, Unimplemented } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as PathTemplate from "./PathTemplate.js"
import type * as Router from "./Router.js"

/**
 * A method of google.longrunning.Operations.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "get" | "list" | "cancel" | "delete" | "wait"

/**
 * All methods, in the order of their popularity: of 237 services that bind the interface, 236 offer `get`, 13 `wait`.
 *
 * @since 0.1.0
 * @category constants
 */
export const methods = ["get", "list", "cancel", "delete", "wait"] as const satisfies ReadonlyArray<Method>

/**
 * One way to call a method over HTTP.
 *
 * @since 0.1.0
 * @category models
 */
export interface Binding {
  /** Upper case, such as `POST`. */
  readonly httpMethod: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** With the version before it. */
  readonly template: PathTemplate.PathTemplate
  /** Whether what the path does not bind goes into a JSON body (`body: "*"` in google.api.http) or into the query. */
  readonly body: "*" | "none"
}

/**
 * A method that starts an operation, such as `image:export` of Earth Engine.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartMethod {
  /** Its id in the service, such as `projects.image.export`. */
  readonly id: string
  /** By version. */
  readonly bindings: Readonly<Record<string, Binding>>
  /** The full name of the message type of the operation's metadata. Unknown by default. */
  readonly metadataType: Option.Option<string>
  /** The full name of the message type of the operation's response. Unknown by default. */
  readonly responseType: Option.Option<string>
}

/**
 * What a binding of a description stands for, as the value of its route.
 *
 * @since 0.1.0
 * @category models
 */
export type Endpoint =
  | { readonly _tag: "Operations"; readonly version: string; readonly method: Method; readonly binding: Binding }
  | { readonly _tag: "Start"; readonly version: string; readonly start: StartMethod; readonly binding: Binding }

/**
 * A service. Made by {@link make} or for one of the families of names by {@link project}, {@link regional} or
 * {@link global}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceDescription {
  /** The name of the service, which is also the domain of its errors, such as `earthengine.googleapis.com`. */
  readonly id: string
  /** Where it is served, without a slash at the end. */
  readonly rootUrl: string
  /** The versions it is served under; the first is the one that clients speak unless they are told otherwise. */
  readonly versions: readonly [string, ...ReadonlyArray<string>]
  /** By version, then by method, in the order in which they are tried; empty where the service does not offer it. */
  readonly bindings: Readonly<Record<string, Readonly<Record<Method, ReadonlyArray<Binding>>>>>
  readonly starts: ReadonlyArray<StartMethod>
  /** OAuth scopes, any of which is enough. */
  readonly scopes: ReadonlyArray<string>
  /** How many operations a client asks for in one page where its caller does not say. */
  readonly pageSize: Option.Option<number>
  /** Where it takes many requests in one, without a slash before it, such as `batch`. It has no version before it. */
  readonly batchPath: Option.Option<string>
}

/**
 * How a method is bound: by a template that the version goes before, or by several that are tried in their order.
 * `httpMethod` and `body` follow google.longrunning by default: GET for `get` and `list`, DELETE for `delete`, POST with
 * a body for `cancel` and `wait`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BindingOptions {
  /** Without a slash before it, such as `{name=operations/**}:cancel`. */
  readonly template: string
  readonly httpMethod?: Binding["httpMethod"] | undefined
  readonly body?: Binding["body"] | undefined
}

/**
 * What all constructors take.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly id: string
  /** Defaults to `https://` and the id. */
  readonly rootUrl?: string | undefined
  /** Defaults to `v1`. */
  readonly versions?: readonly [string, ...ReadonlyArray<string>] | undefined
  readonly starts?:
    | ReadonlyArray<{
        readonly id: string
        /** Without a slash before it; the version goes before it. */
        readonly template: string
        readonly metadataType?: string | undefined
        readonly responseType?: string | undefined
      }>
    | undefined
  /** Defaults to `https://www.googleapis.com/auth/cloud-platform`. */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** Left to the service by default. */
  readonly pageSize?: number | undefined
  /** Where the service takes many requests in one, such as `batch`. By default it does not. */
  readonly batchPath?: string | undefined
}

/**
 * What {@link make} takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface MakeOptions extends Options {
  /** How each method that the service offers is bound. */
  readonly methods: Partial<Record<Method, BindingOptions | ReadonlyArray<BindingOptions>>>
}

/**
 * What the constructors of families take beside.
 *
 * @since 0.1.0
 * @category models
 */
export interface FamilyOptions extends Options {
  /** What the service offers. Everything but `wait` by default. */
  readonly methods?: ReadonlyArray<Method> | undefined
  /**
   * Whether ids may have several segments (`**`) or just one. One by default, but for {@link global}, whose services
   * mostly have several.
   */
  readonly ids?: "single-segment" | "multi-segment" | undefined
  /**
   * What `list` is given: the parent (`projects/p`), or its collection (`projects/p/operations`). The parent by default,
   * but for {@link global}, which has none.
   */
  readonly listStyle?: "parent" | "collection" | undefined
}

/**
 * Makes a description. Fails where a template is none or binds no `name`; two of one shape are found by who routes, see
 * {@link routes}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: MakeOptions): Either.Either<ServiceDescription, PathTemplate.InvalidTemplate> =>
  Either.gen(function* () {
    const versions = options.versions ?? ["v1"]
    const bindings: Record<string, Record<Method, ReadonlyArray<Binding>>> = {}
    for (const version of versions) {
      const byMethod: Record<Method, ReadonlyArray<Binding>> = { get: [], list: [], cancel: [], delete: [], wait: [] }
      for (const method of methods) {
        byMethod[method] = yield* Either.all(asArray(options.methods[method]).map((one) => bind(version, method, one)))
      }
      bindings[version] = byMethod
    }
    const starts: Array<StartMethod> = []
    for (const { id, metadataType, responseType, template } of options.starts ?? []) {
      const byVersion: Record<string, Binding> = {}
      for (const version of versions) {
        byVersion[version] = {
          httpMethod: "POST",
          body: "*",
          template: yield* PathTemplate.parse(`/${version}/${template}`)
        }
      }
      starts.push({
        id,
        bindings: byVersion,
        metadataType: Option.fromNullable(metadataType),
        responseType: Option.fromNullable(responseType)
      })
    }
    return {
      id: options.id,
      rootUrl: (options.rootUrl ?? `https://${options.id}`).replace(/\/+$/, ""),
      versions,
      bindings,
      starts,
      scopes: options.scopes ?? ["https://www.googleapis.com/auth/cloud-platform"],
      pageSize: Option.fromNullable(options.pageSize),
      batchPath: Option.map(Option.fromNullable(options.batchPath), (path) => path.replace(/^\/+|\/+$/g, ""))
    }
  })

/**
 * As {@link make}, for a description that is written in the code. Throws what `make` fails with.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeMake = (options: MakeOptions): ServiceDescription =>
  Either.getOrThrowWith(make(options), (error) => error)

/**
 * A service whose operations belong to a project: `projects/PROJECT/operations/ID`. Throws where the template of a start
 * method is none.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
 *
 * export const dialogflow = ServiceDescription.project({ id: "dialogflow.googleapis.com", versions: ["v2"] })
 * ```
 */
export const project = (options: FamilyOptions): ServiceDescription =>
  family({ ids: "single-segment", listStyle: "parent", ...options }, "projects/*/")

/**
 * A service whose operations belong to a location: `projects/PROJECT/locations/LOCATION/operations/ID`, as most of
 * Google Cloud's. Throws where the template of a start method is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const regional = (options: FamilyOptions): ServiceDescription =>
  family({ ids: "single-segment", listStyle: "parent", ...options }, "projects/*/locations/*/")

/**
 * A service whose operations have no parent: `operations/ID`. They are listed by the name `operations`. Throws where the
 * template of a start method is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const global = (options: Omit<FamilyOptions, "listStyle">): ServiceDescription =>
  family({ ids: "multi-segment", listStyle: "collection", ...options }, "")

/**
 * Says whether a service offers a method in a version, its first one by default.
 *
 * @since 0.1.0
 * @category getters
 */
export const supports = (service: ServiceDescription, method: Method, version?: string): boolean =>
  bindingsOf(service, method, version).length > 0

/**
 * The bindings of a method in a version, the service's first one by default.
 *
 * @since 0.1.0
 * @category getters
 */
export const bindingsOf = (service: ServiceDescription, method: Method, version?: string): ReadonlyArray<Binding> =>
  service.bindings[version ?? service.versions[0]]?.[method] ?? []

/**
 * A route for every binding of every version, for `Router.make`, which fails where two of them have the same shape.
 *
 * @since 0.1.0
 * @category conversions
 */
export const routes = (service: ServiceDescription): ReadonlyArray<Router.Route<Endpoint>> => [
  ...service.versions.flatMap((version) =>
    methods.flatMap((method) =>
      bindingsOf(service, method, version).map((binding) =>
        route(binding, { _tag: "Operations", version, method, binding })
      )
    )
  ),
  ...service.starts.flatMap((start) =>
    Object.entries(start.bindings).map(([version, binding]) =>
      route(binding, { _tag: "Start", version, start, binding })
    )
  )
]

/**
 * What to send to call a method.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly httpMethod: Binding["httpMethod"]
  /** Begins with a slash and the version; percent-encoded; without a query. */
  readonly path: string
  readonly body: Binding["body"]
}

/**
 * Builds the request line for a name, from the first binding that admits it.
 *
 * Fails with `InvalidName` where the name is unsafe or not one of this service, with `Unimplemented` (and no HTTP status)
 * where the service does not offer the method.
 *
 * @since 0.1.0
 * @category combinators
 */
export const request = (
  service: ServiceDescription,
  options: {
    readonly method: Method
    /** For `list` the parent, or its collection. */
    readonly name: string
    /** The service's first one by default. */
    readonly version?: string | undefined
  }
): Either.Either<Request, InvalidName | Unimplemented> => {
  const bindings = bindingsOf(service, options.method, options.version)
  if (bindings.length === 0) return Either.left(unimplemented(service, options))
  const name = OperationName.validate(options.name)
  if (Either.isLeft(name)) return Either.left(name.left)
  const variables = { name: options.name }
  for (const { body, httpMethod, template } of bindings) {
    if (endsInNothing(template, options.name)) continue
    const path = PathTemplate.build(variables)(template)
    if (Either.isRight(path)) return Either.right({ httpMethod, body, path: path.right })
  }
  return Either.left(notOfService(service, bindings, options.name))
}

/**
 * Checks a name that a route gave: it is safe, and it has an id. A route alone lets `projects/p/operations` pass as the
 * name of an operation, because `**` matches nothing too.
 *
 * @since 0.1.0
 * @category combinators
 */
export const checkName = (
  service: ServiceDescription,
  options: { readonly method: Method; readonly name: string; readonly version?: string | undefined }
): Either.Either<OperationName.OperationName, InvalidName> =>
  Either.flatMap(OperationName.validate(options.name), (name) => {
    const bindings = bindingsOf(service, options.method, options.version)
    return bindings.some(
      ({ template }) => !endsInNothing(template, name) && PathTemplate.admits(template, "name", name)
    )
      ? Either.right(name)
      : Either.left(notOfService(service, bindings, name))
  })

/**
 * Builds the request line of a start method. Fails with `InvalidName` where a variable does not fit, or where there is
 * no such method.
 *
 * @since 0.1.0
 * @category combinators
 */
export const startRequest = (
  service: ServiceDescription,
  options: {
    /** The id of the start method. */
    readonly id: string
    readonly variables: PathTemplate.Variables
    /** The service's first one by default. */
    readonly version?: string | undefined
  }
): Either.Either<Request, InvalidName> => {
  const version = options.version ?? service.versions[0]
  const binding = service.starts.find((start) => start.id === options.id)?.bindings[version]
  if (binding === undefined) {
    return Either.left(new InvalidName({ input: options.id, reason: `${service.id} has no such method in ${version}` }))
  }
  return Either.mapBoth(PathTemplate.build(options.variables)(binding.template), {
    onLeft: (error) =>
      new InvalidName({
        input: (options.variables[error.field] ?? "").slice(0, 200).toWellFormed(),
        reason: error.message
      }),
    onRight: (path): Request => ({ httpMethod: binding.httpMethod, body: binding.body, path })
  })
}

const family = (
  options: FamilyOptions & Required<Pick<FamilyOptions, "ids" | "listStyle">>,
  parent: string
): ServiceDescription => {
  const collection = `${parent}operations`
  const name = `{name=${collection}/${options.ids === "single-segment" ? "*" : "**"}}`
  const templates: Record<Method, string> = {
    get: name,
    list: options.listStyle === "parent" ? `{name=${parent.replace(/\/$/, "")}}/operations` : `{name=${collection}}`,
    cancel: `${name}:cancel`,
    delete: name,
    wait: `${name}:wait`
  }
  const offered = options.methods ?? ["get", "list", "cancel", "delete"]
  return unsafeMake({
    ...options,
    methods: Object.fromEntries(offered.map((method) => [method, { template: templates[method] }]))
  })
}

const asArray = (one: BindingOptions | ReadonlyArray<BindingOptions> | undefined): ReadonlyArray<BindingOptions> =>
  one === undefined ? [] : "template" in one ? [one] : one

const defaults: Readonly<Record<Method, Pick<Binding, "httpMethod" | "body">>> = {
  get: { httpMethod: "GET", body: "none" },
  list: { httpMethod: "GET", body: "none" },
  cancel: { httpMethod: "POST", body: "*" },
  delete: { httpMethod: "DELETE", body: "none" },
  wait: { httpMethod: "POST", body: "*" }
}

const bind = (
  version: string,
  method: Method,
  options: BindingOptions
): Either.Either<Binding, PathTemplate.InvalidTemplate> =>
  Either.flatMap(PathTemplate.parse(`/${version}/${options.template}`), (template) =>
    PathTemplate.fields(template).join() === "name"
      ? Either.right({
          httpMethod: options.httpMethod ?? defaults[method].httpMethod,
          body: options.body ?? defaults[method].body,
          template
        })
      : Either.left(
          new PathTemplate.InvalidTemplate({
            template: template.source,
            reason: "it has to bind `name` alone"
          })
        )
  )

const route = (binding: Binding, value: Endpoint): Router.Route<Endpoint> => ({
  method: binding.httpMethod,
  template: binding.template,
  value
})

const endsInNothing = (template: PathTemplate.PathTemplate, name: string): boolean => {
  const last = template.segments.at(-1)
  if (last?._tag !== "MultiWildcard") return false
  const variable = template.parts.at(-1)
  return variable?._tag === "Variable" && !hasSegments(name, variable.pattern.length)
}

/** Whether there are so many at least. */
const hasSegments = (name: string, count: number): boolean => {
  let slash = -1
  for (let left = count - 1; left > 0; left--) {
    slash = name.indexOf("/", slash + 1)
    if (slash < 0) return false
  }
  return true
}

const notOfService = (service: ServiceDescription, bindings: ReadonlyArray<Binding>, name: string): InvalidName =>
  new InvalidName({
    input: name.length > 200 ? `${name.slice(0, 200).toWellFormed()}…` : name.toWellFormed(),
    reason: `${service.id} knows names of the form ${bindings.map(({ template }) => template.source).join(", ")}`
  })

const unimplemented = (
  service: ServiceDescription,
  { method, name, version }: { readonly method: Method; readonly name: string; readonly version?: string | undefined }
): Unimplemented => {
  const where =
    version === undefined || service.versions.includes(version)
      ? ""
      : ` in ${version}, which is none of its versions (${service.versions.join(", ")})`
  return new Unimplemented({
    operation: name,
    method,
    status: Status.make({ code: "UNIMPLEMENTED", message: `${service.id} does not offer ${method}${where}` })
  })
}
