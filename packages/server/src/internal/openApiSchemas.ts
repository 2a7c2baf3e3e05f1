interface Property {
  readonly [key: string]: unknown
}

const text: Property = { type: "string" }

const any: Property = {
  type: "object",
  properties: { "@type": { type: "string" } },
  additionalProperties: true
}

const ref = (name: string): Property => ({ $ref: `#/components/schemas/${name}` })

const message = (properties: Readonly<Record<string, Property>>): Property => ({ type: "object", properties })

/**
 * The messages of google.longrunning and google.rpc in JSON Schema.
 */
export const messages: Readonly<Record<string, Property>> = {
  CancelOperationRequest: message({}),
  Empty: message({}),
  Error: {
    ...message({
      error: {
        ...message({
          code: { type: "integer", description: "The status of HTTP." },
          message: text,
          status: { type: "string", description: "The name of the code in google.rpc.Code." },
          details: { type: "array", items: any }
        }),
        required: ["code", "message", "status"]
      }
    }),
    required: ["error"]
  },
  ListOperationsResponse: message({
    operations: { type: "array", items: ref("Operation") },
    nextPageToken: text,
    unreachable: { type: "array", items: text }
  }),
  Message: { type: "object", additionalProperties: true },
  Operation: message({
    name: text,
    metadata: any,
    done: { type: "boolean", description: "Left out while it is false." },
    error: ref("Status"),
    response: any
  }),
  Status: message({
    code: { type: "integer", description: "The number of the code in google.rpc.Code." },
    message: text,
    details: { type: "array", items: any }
  }),
  WaitOperationRequest: message({ timeout: { type: "string", pattern: String.raw`^\d+(\.\d{1,9})?s$` } })
}

interface Shape {
  readonly request?: string
  readonly response: string
  readonly query?: ReadonlyArray<Property>
}

const inQuery = (name: string, schema: Property): Property => ({ name, in: "query", required: false, schema })

/**
 * What the five methods take and give. Others take anything and give an operation.
 */
export const methods: Readonly<Record<string, Shape>> = {
  get: { response: "Operation" },
  list: {
    response: "ListOperationsResponse",
    query: [
      inQuery("filter", text),
      inQuery("pageSize", { type: "integer", format: "int32", minimum: 0 }),
      inQuery("pageToken", text),
      inQuery("returnPartialSuccess", { type: "boolean" })
    ]
  },
  cancel: { request: "CancelOperationRequest", response: "Empty" },
  delete: { response: "Empty" },
  wait: { request: "WaitOperationRequest", response: "Operation", query: [inQuery("timeout", text)] }
}
