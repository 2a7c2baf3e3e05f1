// A Postgres server for tests and measurements, as a program: its first line is {"url"}, or {"reason"} where there is none to
// be had. It takes "stop" and "start" as lines, answers each with {"done"}, and leaves nothing behind when its standard input
// ends, however whoever started it ends.
//
// It comes from the URL in EFFECT_LRO_POSTGRES_URL, or else from the programs of an installed Postgres. With --durable it
// writes through to the disk, as a server that is measured has to.
import { execFile } from "node:child_process"
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { Problem } from "./process.mjs"

const execute = promisify(execFile)

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const versionsIn = (folder, toPrograms) =>
  existsSync(folder)
    ? readdirSync(folder)
        .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
        .map((version) => join(folder, toPrograms(version)))
    : []

/** Debian and Homebrew keep the server's programs out of the PATH. */
const findPrograms = () =>
  [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versionsIn("/usr/lib/postgresql", (version) => `${version}/bin`),
    ...["/opt/homebrew/opt", "/usr/local/opt"].flatMap((opt) =>
      versionsIn(opt, (formula) => (formula.startsWith("postgresql") ? `${formula}/bin` : ""))
    )
  ].find((folder) => folder !== "" && existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")))

/** Postgres refuses to run as root: whom to run it as then. */
const unprivileged = () => {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync("/etc/passwd", "utf8").split("\n")
  for (const name of ["postgres", "nobody"]) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(":")
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  throw new Problem("this is root, and there is no user postgres or nobody to run Postgres as")
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const startServer = async (programs, isDurable) => {
  const user = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), "effect-lro-postgres-"))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const run = (program, args) =>
    execute(join(programs, program), args, { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C" } })
  const data = join(folder, "data")
  const port = await freePort()
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    ...(isDurable ? [] : ["fsync=off", "full_page_writes=off"])
  ]
  const options = settings.map((setting) => `-c ${setting}`).join(" ")
  const start = () => run("pg_ctl", ["-D", data, "-l", join(folder, "log"), "-w", "-t", "60", "-o", options, "start"])
  // As a crash would: without a word to who is connected, and with a recovery at the next start.
  const stop = () => run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "-t", "60", "stop"])
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await run("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
    await start()
  } catch (error) {
    const log = join(folder, "log")
    const printed = existsSync(log) ? readFileSync(log, "utf8") : ""
    remove()
    throw new Problem(`Postgres did not start: ${error.stderr || error.message}\n${printed}`.trim())
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, start, stop, remove }
}

const obey = async (server) => {
  const commands = { start: server.start, stop: server.stop }
  const lines = createInterface({ input: process.stdin })
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => lines.close())
  for await (const line of lines) {
    await commands[line]?.()
    tell({ done: line })
  }
}

const main = async () => {
  const given = process.env.EFFECT_LRO_POSTGRES_URL
  if (given) return tell({ url: given })
  const programs = findPrograms()
  if (programs === undefined) {
    return tell({ reason: "no Postgres: EFFECT_LRO_POSTGRES_URL is not set, and there is no initdb on this machine" })
  }
  const server = await startServer(programs, process.argv.includes("--durable"))
  try {
    tell({ url: server.url })
    await obey(server)
  } finally {
    // It may have been told to stop before.
    await server.stop().catch(() => undefined)
    server.remove()
  }
}

await main().catch((error) => {
  tell({ reason: error instanceof Problem ? error.message : String(error.stack) })
  process.exitCode = 1
})
