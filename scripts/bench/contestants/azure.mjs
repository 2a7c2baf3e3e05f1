// Azure's poller on Azure's pipeline, both as they come; a thin adapter tells them Google's words.
import { nameOf } from "../operation.mjs"
import { concurrently } from "./concurrently.mjs"
import { require } from "./peer.mjs"

const { createHttpPoller } = require("@azure/core-lro")
const {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest
} = require("@azure/core-rest-pipeline")

const states = { 1: "Canceled" }

export const make = ({ base, settings }) => {
  const http = createDefaultHttpClient()
  const pipeline = createPipelineFromOptions({})
  const send = async (method, url, body) => {
    const request = createPipelineRequest({
      method,
      url,
      body,
      allowInsecureConnection: true,
      headers: createHttpHeaders(body === undefined ? {} : { "content-type": "application/json" })
    })
    const response = await pipeline.sendRequest(http, request)
    const operation = JSON.parse(response.bodyAsText)
    if (response.status !== 200) throw new Error(`${response.status}: ${response.bodyAsText}`)
    const status = operation.done
      ? operation.error
        ? (states[operation.error.code] ?? "Failed")
        : "Succeeded"
      : "Running"
    return {
      flatResponse: operation,
      rawResponse: {
        statusCode: 200,
        headers: response.headers.toJSON(),
        body: { ...operation, status },
        request: { url, method }
      }
    }
  }
  const poller = (index, intervalInMs) => {
    const url = `${base}/v1/${nameOf(index)}`
    return createHttpPoller(
      {
        sendInitialRequest: async () => {
          const answer = await send("POST", `${url}:cancel`, "{}")
          answer.rawResponse.headers["operation-location"] = url
          answer.rawResponse.body = { status: "Running" }
          return answer
        },
        sendPollRequest: (path) => send("GET", path)
      },
      { intervalInMs, resolveOnUnsuccessful: true }
    )
  }
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      let confirmed = 0
      let failed = 0
      await concurrently(from, to, concurrency, async (index) => {
        try {
          const it = poller(index)
          await it.pollUntilDone()
          if (it.operationState.status === "canceled") confirmed++
        } catch (error) {
          if (!settings.faults) throw error
          failed++
        }
      })
      return { confirmed, failed }
    },
    watch: ({ count, intervalMs }) => {
      for (let index = 0; index < count; index++)
        poller(index, intervalMs)
          .pollUntilDone()
          .catch(() => {})
    }
  }
}
