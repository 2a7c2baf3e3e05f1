import * as Either from "effect/Either"
import type * as Batch from "../Batch.js"
import * as multipart from "./multipart.js"

/** What is wrong with a part. */
export interface Problem {
  readonly reason: Batch.InvalidBatch["reason"]
  readonly description: string
}

export const writeRequest = ({ body, headers, id, method, path }: Batch.Request): Either.Either<string, Problem> => {
  if (!isPath(path)) return notAPath
  const fields = multipart.writeFields(headers)
  return fields === undefined || !isId(id)
    ? unwritable
    : Either.right(`${requestFields}Content-ID: <${id}>\r\n\r\n${method} ${path} HTTP/1.1\r\n${fields}\r\n${body}`)
}

export const writeResponse = ({ body, headers, id, status }: Batch.Response): Either.Either<string, Problem> => {
  const fields = multipart.writeFields(headers)
  if (fields === undefined || !isId(id) || !Number.isInteger(status) || status < 100 || status > 999) return unwritable
  const line = `HTTP/1.1 ${status} ${phrases[status] ?? "Status"}`
  return Either.right(`${responseFields}Content-ID: <response-${id}>\r\n\r\n${line}\r\n${fields}\r\n${body}`)
}

export const readRequest = (text: string, index: number): Either.Either<Batch.Request, Problem> => {
  const { lines, rest } = multipart.head(text)
  const about = multipart.fields(lines)
  if (about === undefined) return problem("its header is none")
  const type = mediaType(about["content-type"])
  if (isMultipart(type)) return nested
  if (type !== "application/http" || !transparent.has((about["content-transfer-encoding"] ?? "").toLowerCase())) {
    return problem("it is not application/http as it is")
  }
  const id = bare(about["content-id"] ?? String(index))
  if (!isId(id)) return problem("its Content-ID is none")
  const inner = multipart.head(rest)
  const [, method = "", path = ""] = /^([A-Z]+) (\S+)(?: HTTP\/1\.[01])?$/.exec(inner.lines[0] ?? "") ?? []
  const headers = multipart.fields(inner.lines.slice(1))
  if (!isMethod(method) || headers === undefined) return problem("there is no HTTP request in it")
  if (!isPath(path)) return notAPath
  if (isMultipart(mediaType(headers["content-type"]))) return nested
  return Either.right({ id, method, path, headers, body: inner.rest })
}

export const readResponse = (id: string, text: string): Batch.Response | undefined => {
  const { lines, rest } = multipart.head(text)
  const status = /^HTTP\S*\s+(\d{3})(?:\s|$)/.exec(lines[0] ?? "")?.[1]
  if (status === undefined) return undefined
  const headers = multipart.fields(lines.slice(1).filter(multipart.isField)) ?? {}
  return { id, status: Number(status), headers, body: rest }
}

export const responseId = (lines: ReadonlyArray<string>): string | undefined => {
  const line = lines.find((line) => /^content-id\s*:/i.test(line))
  return line === undefined ? undefined : bare(line.slice(line.indexOf(":") + 1).trim())
}

const requestFields = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nMIME-Version: 1.0\r\n"

const responseFields = "Content-Type: application/http\r\n"

const problem = (description: string, reason: Problem["reason"] = "Part"): Either.Either<never, Problem> =>
  Either.left({ reason, description })

const unwritable = problem("its id, its status or a header cannot be written")

const notAPath = problem("it is not for a path of this host", "Path")

const nested = problem("it is a batch itself", "Nested")

const bare = (id: string): string => id.replace(/^<(.*)>$/s, "$1")

// Neither another host's (`//host`, `https://host`, `@host`), nor anything that may be read as another line or path.
const isPath = (path: string): boolean => /^\/(?!\/)[!-~]*$/.test(path) && !/[\\#]/.test(path)

const maxIdLength = 2048

const isId = (id: string): boolean =>
  id.length > 0 && id.length <= maxIdLength && id === id.trim() && !/[<>\u0000-\u001f\u007f]/.test(id)

const isMethod = (method: string): method is Batch.Request["method"] => methods.has(method)

const methods: ReadonlySet<string> = new Set<Batch.Request["method"]>(["GET", "POST", "PUT", "PATCH", "DELETE"])

const mediaType = (contentType: string | undefined): string =>
  (contentType ?? "").replace(/;.*$/s, "").trim().toLowerCase()

const isMultipart = (type: string): boolean => type.startsWith("multipart/")

const transparent: ReadonlySet<string> = new Set(["", "binary", "8bit", "7bit"])

const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Payload Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  499: "Client Closed Request",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Gateway Timeout"
}
