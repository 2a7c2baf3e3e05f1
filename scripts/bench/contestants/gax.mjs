// google-gax as the generated clients of Google use it: its OperationsClient and its Operation, over gRPC or REST.
import { nameOf } from "../operation.mjs"
import { peersFolder } from "../peers.mjs"
import { concurrently } from "./concurrently.mjs"
import { require } from "./peer.mjs"

const gax = require("google-gax")

const client = ({ ports, settings }) => {
  const { PassThroughClient } = gax.googleAuthLibrary
  const auth = new gax.GoogleAuth({ authClient: new PassThroughClient() })
  if (settings.transport === "rest") {
    const protoJson = gax.fallback.protobufFromJSON(withMetadata(require(operationsProto)))
    const lro = gax.fallback.lro({ auth, protoJson, httpRules: rules })
    return lro.operationsClient({ servicePath: "127.0.0.1", port: ports.http, protocol: "http", fallback: true })
  }
  const sslCreds = gax.grpc.credentials.createInsecure()
  return gax.lro({ auth, grpc: gax.grpc }).operationsClient({ servicePath: "127.0.0.1", port: ports.grpc, sslCreds })
}

const operationsProto = `${peersFolder}/node_modules/google-gax/build/protos/operations.json`

const field = (id, type, rule) => (rule === undefined ? { id, type } : { id, type, rule })

const messages = {
  OperationStage: {
    fields: {
      displayName: field(1, "string"),
      completeWorkUnits: field(2, "double"),
      totalWorkUnits: field(3, "double"),
      description: field(4, "string")
    }
  },
  OperationMetadata: {
    fields: {
      state: field(1, "string"),
      description: field(2, "string"),
      priority: field(3, "int32"),
      createTime: field(4, "string"),
      startTime: field(5, "string"),
      updateTime: field(6, "string"),
      type: field(7, "string"),
      attempt: field(8, "int32"),
      progress: field(9, "double"),
      stages: field(10, "OperationStage", "repeated"),
      batchEecuUsageSeconds: field(11, "double"),
      destinationUris: field(12, "string", "repeated"),
      scriptUri: field(13, "string"),
      labels: { keyType: "string", id: 14, type: "string" }
    }
  }
}

// A generated client knows the messages of its service, and this transport reads no Any of another type.
const withMetadata = ({ nested, ...proto }) => ({
  ...proto,
  nested: {
    ...nested,
    google: {
      ...nested.google,
      nested: { ...nested.google.nested, earthengine: { nested: { v1: { nested: messages } } } }
    }
  }
})

// What generated clients hand in: where google.longrunning is bound to in the service.
const rules = [
  {
    selector: "google.longrunning.Operations.CancelOperation",
    post: "/v1/{name=projects/*/operations/*}:cancel",
    body: "*"
  },
  { selector: "google.longrunning.Operations.GetOperation", get: "/v1/{name=projects/*/operations/*}" }
]

const untouched = (bytes) => bytes

export const make = (config) => {
  const operations = client(config)
  const descriptor = new gax.LongrunningDescriptor(operations, untouched, untouched)
  const backoff = (intervalMs) =>
    intervalMs === undefined
      ? gax.createDefaultBackoffSettings()
      : gax.createBackoffSettings(intervalMs, 1, intervalMs, null, null, null, null)
  const wait = async (operation) => {
    try {
      await operation.promise()
      return false
    } catch (error) {
      if (error.code === 1) return true
      throw error
    }
  }
  const of = (index, intervalMs) =>
    new gax.Operation({ name: nameOf(index), done: false }, descriptor, backoff(intervalMs), {})
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      let confirmed = 0
      let failed = 0
      await concurrently(from, to, concurrency, async (index) => {
        try {
          const operation = of(index)
          await operation.cancel()
          if (await wait(operation)) confirmed++
        } catch (error) {
          if (!config.settings.faults) throw error
          failed++
        }
      })
      return { confirmed, failed }
    },
    watch: ({ count, intervalMs }) => {
      for (let index = 0; index < count; index++) wait(of(index, intervalMs)).catch(() => {})
    }
  }
}
