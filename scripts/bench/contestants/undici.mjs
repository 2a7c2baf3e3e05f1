// U, the measure of everything else: a loop by hand on undici's Pool.
import { Pool } from "undici"
import { nameOf } from "../operation.mjs"
import { concurrently, repeatedly } from "./concurrently.mjs"

export const make = ({ base }) => {
  const pool = new Pool(base, { connections: 64 })
  const get = async (name) => {
    const { body, statusCode } = await pool.request({
      path: `/v1/${name}`,
      method: "GET",
      headers: { accept: "application/json" }
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${statusCode}: ${text}`)
    return JSON.parse(text)
  }
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      let confirmed = 0
      await concurrently(from, to, concurrency, async (index) => {
        const name = nameOf(index)
        const { body, statusCode } = await pool.request({
          path: `/v1/${name}:cancel`,
          method: "POST",
          headers: { accept: "application/json", "content-type": "application/json" },
          body: "{}"
        })
        const text = await body.text()
        if (statusCode !== 200) throw new Error(`${statusCode}: ${text}`)
        const operation = await get(name)
        if (operation.done && operation.error.code === 1) confirmed++
      })
      return { confirmed }
    },
    watch: ({ count, intervalMs }) => {
      void repeatedly(0, count, intervalMs, async (index) => (await get(nameOf(index))).done === true)
    }
  }
}
