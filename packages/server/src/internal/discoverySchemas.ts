interface Property {
  readonly [key: string]: unknown
}

const text: Property = { type: "string" }

const flag: Property = { type: "boolean" }

const int32: Property = { type: "integer", format: "int32" }

const any: Property = { type: "object", additionalProperties: { type: "any" } }

const message = (id: string, properties: Readonly<Record<string, Property>>): Property => ({
  id,
  type: "object",
  properties
})

/**
 * The messages of google.longrunning in the dialect of JSON Schema that discovery documents have.
 */
export const messages: Readonly<Record<string, Property>> = {
  CancelOperationRequest: message("CancelOperationRequest", {}),
  Empty: message("Empty", {}),
  ListOperationsResponse: message("ListOperationsResponse", {
    operations: { type: "array", items: { $ref: "Operation" } },
    nextPageToken: text,
    unreachable: { type: "array", items: text }
  }),
  Message: { id: "Message", ...any },
  Operation: message("Operation", {
    name: text,
    metadata: any,
    done: flag,
    error: { $ref: "Status" },
    response: any
  }),
  Status: message("Status", { code: int32, message: text, details: { type: "array", items: any } }),
  WaitOperationRequest: message("WaitOperationRequest", { timeout: { ...text, format: "google-duration" } })
}

interface Shape {
  readonly request?: string
  readonly response: string
  readonly query?: Readonly<Record<string, Property>>
}

const inQuery = (property: Property): Property => ({ ...property, location: "query" })

/**
 * What the five methods take and give. Others take anything and give an operation.
 */
export const methods: Readonly<Record<string, Shape>> = {
  get: { response: "Operation" },
  list: {
    response: "ListOperationsResponse",
    query: {
      filter: inQuery(text),
      pageSize: inQuery(int32),
      pageToken: inQuery(text),
      returnPartialSuccess: inQuery(flag)
    }
  },
  cancel: { request: "CancelOperationRequest", response: "Empty" },
  delete: { response: "Empty" },
  wait: { request: "WaitOperationRequest", response: "Operation", query: { timeout: inQuery(text) } }
}

export const systemParameters: Readonly<Record<string, Property>> = {
  "$.xgafv": inQuery({ ...text, enum: ["1", "2"], enumDescriptions: ["v1 error format", "v2 error format"] }),
  access_token: inQuery(text),
  alt: inQuery({ ...text, default: "json", enum: ["json"], enumDescriptions: ["JSON"] }),
  fields: inQuery(text),
  key: inQuery(text),
  oauth_token: inQuery(text),
  prettyPrint: inQuery({ ...flag, default: "false" }),
  quotaUser: inQuery(text)
}
