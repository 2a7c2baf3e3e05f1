// A Postgres that writes through to the disk, with a database for each server that is measured.
import { spawn } from "node:child_process"
import { realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { root } from "../internal/paths.mjs"

/** The driver of @effect/sql-pg, which is all that is needed of it here. */
const driver = () =>
  createRequire(realpathSync(join(root, "packages/host-sql/node_modules/@effect/sql-pg/package.json"))).resolve("pg")

export const startPostgres = async () => {
  const child = spawn(process.execPath, [join(root, "scripts/internal/postgres.mjs"), "--durable"], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const first = await new Promise((resolve) => {
    createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line)))
    child.once("exit", () => resolve({ reason: "its program ended" }))
  })
  const connect = async (connectionString) => {
    const { default: pg } = await import(driver())
    const client = new pg.Client({ connectionString })
    await client.connect()
    return client
  }
  let made = 0
  return {
    ...first,
    database: async () => {
      const client = await connect(first.url)
      const name = `bench_${process.pid}_${made++}`
      await client.query(`CREATE DATABASE ${name}`)
      await client.end()
      const url = new URL(first.url)
      url.pathname = `/${name}`
      return url.href
    },
    /** The most connections to a database that were found at work, of as many looks as are had in some time. */
    busiest: async (url, millis) => {
      const client = await connect(url)
      const until = performance.now() + millis
      let most = 0
      while (performance.now() < until) {
        const { rows } = await client.query(
          `SELECT COUNT(*) AS busy FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`
        )
        most = Math.max(most, Number(rows[0].busy))
      }
      await client.end()
      return most
    },
    stop: () => child.stdin.end()
  }
}
