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
  let made = 0
  return {
    ...first,
    database: async () => {
      const { default: pg } = await import(driver())
      const client = new pg.Client({ connectionString: first.url })
      await client.connect()
      const name = `bench_${process.pid}_${made++}`
      await client.query(`CREATE DATABASE ${name}`)
      await client.end()
      const url = new URL(first.url)
      url.pathname = `/${name}`
      return url.href
    },
    stop: () => child.stdin.end()
  }
}
