/**
 * A service in OpenAPI 3.1: its methods on operations and its start methods, as its server answers them.
 *
 * @since 0.1.0
 */
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Option from "effect/Option"
import type { Document } from "./Discovery.js"
import * as FlatPath from "./internal/flatPath.js"
import * as schemas from "./internal/openApiSchemas.js"

/**
 * Writes the document of all versions. A variable of several segments, such as `{name=projects/*}`, has a parameter for each
 * wildcard, since a parameter of OpenAPI cannot hold a slash.
 *
 * Start methods take any message: what they are asked for is not described. Neither are further routes of a server, which
 * its service does not know.
 *
 * @since 0.1.0
 * @category constructors
 */
export const document = (
  service: ServiceDescription.ServiceDescription,
  options?: {
    /** Where the one who asks reaches the server, without a slash at the end. The service's own by default. */
    readonly rootUrl?: string | undefined
    /** Which start methods are served, by their ids. All by default. */
    readonly starts?: ReadonlySet<string> | undefined
  }
): Document => {
  const paths: Record<string, Record<string, Document>> = {}
  const ids = new Set<string>()
  const put = (id: string, method: string, binding: ServiceDescription.Binding): void => {
    const path = `/${FlatPath.write(binding.template, FlatPath.flat)}`
    const item = paths[path] ?? {}
    paths[path] = item
    let unique = id
    for (let next = 2; ids.has(unique); next++) unique = `${id}.${next}`
    ids.add(unique)
    item[binding.httpMethod.toLowerCase()] ??= operation(unique, method, binding)
  }
  for (const { value } of ServiceDescription.routes(service)) {
    if (value._tag === "Operations") put(`${value.version}.operations.${value.method}`, value.method, value.binding)
    else if (options?.starts?.has(value.start.id) ?? true) {
      put(`${value.version}.${value.start.id}`, "start", value.binding)
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: service.id, version: service.versions[0] },
    servers: [{ url: options?.rootUrl ?? service.rootUrl }],
    security: [{ bearer: [] }],
    paths: { ...paths, ...Option.match(service.batchPath, { onNone: () => ({}), onSome: batch }) },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: schemas.messages
    }
  }
}

const operation = (id: string, method: string, binding: ServiceDescription.Binding): Document => {
  const described = schemas.methods[method]
  return {
    operationId: id,
    parameters: [
      ...FlatPath.wildcards(binding.template).map(({ isMulti, name }) => ({
        name,
        in: "path",
        required: true,
        ...(isMulti ? { description: "May have slashes, which are not percent-encoded.", allowReserved: true } : {}),
        schema: { type: "string", minLength: 1 }
      })),
      ...(binding.body === "*" ? [] : (described?.query ?? []))
    ],
    ...(binding.body === "*"
      ? { requestBody: { required: false, content: json(described?.request ?? "Message") } }
      : {}),
    responses: {
      200: { description: "Success.", content: json(described?.response ?? "Operation") },
      default: { description: "An error.", content: json("Error") }
    }
  }
}

const json = (schema: string): Document => ({
  "application/json": { schema: { $ref: `#/components/schemas/${schema}` } }
})

const batch = (path: string): Record<string, Document> => ({
  [`/${path}`]: {
    post: {
      operationId: "batch",
      requestBody: { required: true, content: { "multipart/mixed": { schema: { type: "string" } } } },
      responses: {
        200: {
          description: "An answer to each request.",
          content: { "multipart/mixed": { schema: { type: "string" } } }
        },
        default: { description: "An error.", content: json("Error") }
      }
    }
  }
})
