// A loop on the global fetch.
import { nameOf } from "../operation.mjs"
import { concurrently, repeatedly } from "./concurrently.mjs"

export const make = ({ base }) => {
  const ask = async (path, init) => {
    const response = await fetch(`${base}/v1/${path}`, init)
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    return response.json()
  }
  const cancel = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      let confirmed = 0
      await concurrently(from, to, concurrency, async (index) => {
        const name = nameOf(index)
        await ask(`${name}:cancel`, cancel)
        const operation = await ask(name)
        if (operation.done && operation.error.code === 1) confirmed++
      })
      return { confirmed }
    },
    watch: ({ count, intervalMs }) => {
      void repeatedly(0, count, intervalMs, async (index) => (await ask(nameOf(index))).done === true)
    }
  }
}
