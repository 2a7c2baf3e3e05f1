/**
 * The discovery document of a service: what Google's clients that are not generated (such as the one for Python) build
 * their methods from.
 *
 * @since 0.1.0
 */
import type * as PathTemplate from "@effect-lro/rest/PathTemplate"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Option from "effect/Option"
import * as schemas from "./internal/discoverySchemas.js"
import * as FlatPath from "./internal/flatPath.js"

/**
 * A JSON object.
 *
 * @since 0.1.0
 * @category models
 */
export interface Document {
  readonly [key: string]: unknown
}

/**
 * Writes the document of one version, in the format `discovery#restDescription` of Google's API Discovery Service. None
 * where the service does not have the version.
 *
 * Start methods take any message: what they are asked for is not described.
 *
 * @since 0.1.0
 * @category constructors
 */
export const document = (
  service: ServiceDescription.ServiceDescription,
  options?: {
    /** The service's first one by default. */
    readonly version?: string | undefined
    /** Where the one who asks reaches the server, without a slash at the end. The service's own by default. */
    readonly rootUrl?: string | undefined
    /** Which start methods are served, by their ids. All by default. */
    readonly starts?: ReadonlySet<string> | undefined
  }
): Option.Option<Document> => {
  const version = options?.version ?? service.versions[0]
  if (!service.versions.includes(version)) return Option.none()
  const name = service.id.split(".")[0] ?? service.id
  const rootUrl = `${options?.rootUrl ?? service.rootUrl}/`
  const root: Resource = { methods: {}, resources: {} }
  for (const { value } of ServiceDescription.routes(service)) {
    if (value.version !== version) continue
    if (value._tag === "Operations") {
      const path = collections(value.binding.template)
      // A method that is bound several times has one description, that of its first binding.
      put(root, path, value.method, method(name, path, value.method, value.binding, service))
    } else if (options?.starts?.has(value.start.id) ?? true) {
      const path = value.start.id.split(".").slice(0, -1)
      const verb = value.start.id.split(".").at(-1) ?? value.start.id
      put(root, path, verb, method(name, path, verb, value.binding, service))
    }
  }
  return Option.some({
    kind: "discovery#restDescription",
    discoveryVersion: "v1",
    id: `${name}:${version}`,
    name,
    version,
    title: service.id,
    protocol: "rest",
    rootUrl,
    baseUrl: rootUrl,
    mtlsRootUrl: rootUrl,
    servicePath: "",
    ...Option.match(service.batchPath, { onNone: () => ({}), onSome: (batchPath) => ({ batchPath }) }),
    version_module: true,
    fullyEncodeReservedExpansion: true,
    auth: { oauth2: { scopes: Object.fromEntries(service.scopes.map((scope) => [scope, { description: scope }])) } },
    parameters: schemas.systemParameters,
    schemas: schemas.messages,
    resources: root.resources
  })
}

interface Resource {
  readonly methods: Record<string, Document>
  readonly resources: Record<string, Resource>
}

const put = (root: Resource, path: ReadonlyArray<string>, name: string, described: Document): void => {
  let at = root
  for (const part of path) {
    const next: Resource = at.resources[part] ?? { methods: {}, resources: {} }
    at.resources[part] = next
    at = next
  }
  at.methods[name] ??= described
}

/**
 * The collections of a path, which are its literals but for the version: `projects`, `operations`.
 */
const collections = (template: PathTemplate.PathTemplate): ReadonlyArray<string> =>
  template.segments.slice(1).flatMap((segment) => (segment._tag === "Literal" ? [segment.text] : []))

const method = (
  service: string,
  path: ReadonlyArray<string>,
  name: string,
  binding: ServiceDescription.Binding,
  { scopes }: ServiceDescription.ServiceDescription
): Document => {
  const variables = binding.template.parts.filter((part): part is PathTemplate.Variable => part._tag === "Variable")
  const message = schemas.methods[name]
  const query = binding.body === "*" ? {} : (message?.query ?? {})
  return {
    id: [service, ...path, name].join("."),
    httpMethod: binding.httpMethod,
    path: FlatPath.write(binding.template, (variable) => `{+${variable.field}}`),
    flatPath: FlatPath.write(binding.template, FlatPath.flat),
    parameterOrder: variables.map(({ field }) => field),
    parameters: {
      ...Object.fromEntries(
        variables.map((variable) => [
          variable.field,
          { type: "string", location: "path", required: true, pattern: pattern(variable) }
        ])
      ),
      ...query
    },
    ...(binding.body === "*" ? { request: { $ref: message?.request ?? "Message" } } : {}),
    response: { $ref: message?.response ?? "Operation" },
    scopes
  }
}

const pattern = ({ pattern }: PathTemplate.Variable): string => `^${pattern.map(regex).join("/")}$`

const regex = (segment: PathTemplate.Segment): string => {
  switch (segment._tag) {
    case "Literal":
      return segment.text.replace(/[.$~]/g, String.raw`\$&`)
    case "Wildcard":
      return "[^/]+"
    case "MultiWildcard":
      return ".+"
  }
}
