// google-gax as the generated clients of Google use it: its OperationsClient and its Operation, over gRPC or REST.
import { nameOf } from "../operation.mjs"
import { concurrently } from "./concurrently.mjs"
import { require } from "./peer.mjs"

const gax = require("google-gax")

const client = ({ ports, settings }) => {
  const { PassThroughClient } = gax.googleAuthLibrary
  const auth = new gax.GoogleAuth({ authClient: new PassThroughClient() })
  if (settings.transport === "rest") {
    const lro = gax.fallback.lro({ auth, fallback: true, httpRules: rules })
    return lro.operationsClient({ servicePath: "127.0.0.1", port: ports.http, protocol: "http", fallback: true })
  }
  const sslCreds = gax.grpc.credentials.createInsecure()
  return gax.lro({ auth, grpc: gax.grpc }).operationsClient({ servicePath: "127.0.0.1", port: ports.grpc, sslCreds })
}

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
