// Earth Engine's own client, which sends many requests in one: batches of 500, as its guide has it, one after the other.
import { nameOf, project } from "../operation.mjs"
import { require } from "./peer.mjs"

const ee = require("@google/earthengine")

const batch = 500

const called = (method, names) =>
  new Promise((resolve, reject) => {
    method.call(ee.data, names, (value, error) => (error === undefined ? resolve(value) : reject(new Error(error))))
  })

export const make = async ({ base }) => {
  ee.data.setAuthToken("", "Bearer", "token", 3600, [], undefined, false)
  await new Promise((resolve, reject) => {
    ee.initialize(base, base, resolve, (error) => reject(new Error(error)), null, project)
  })
  return {
    cancelAll: async ({ from, to }) => {
      let confirmed = 0
      for (let at = from; at < to; at += batch) {
        const names = Array.from({ length: Math.min(batch, to - at) }, (_, offset) => nameOf(at + offset))
        await called(ee.data.cancelOperation, names)
        const operations = await called(ee.data.getOperation, names)
        confirmed += names.filter((name) => operations[name]?.error?.code === 1).length
      }
      return { confirmed }
    }
  }
}
