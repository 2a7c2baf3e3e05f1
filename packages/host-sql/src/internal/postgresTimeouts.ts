import * as Net from "node:net"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"

/** How long the server lets a statement take, in milliseconds: what the URL says, or else what the store waits. Zero is no limit. */
export const statementMillis = (url: Redacted.Redacted, timeout: Duration.DurationInput): number => {
  const [, said] = spoken.exec(Redacted.value(url)) ?? []
  const millis = said === undefined ? Math.ceil(Duration.toMillis(timeout)) : Number(said)
  // No limit is what a longer one amounts to.
  return millis <= longestStatement ? millis : 0
}

/** The server's own timeout, so that what nobody waits for any more ends there too. */
export const withStatementTimeout = (url: Redacted.Redacted, millis: number): Redacted.Redacted => {
  const text = Redacted.value(url)
  return /[?&]statement_timeout=/.test(text)
    ? url
    : Redacted.make(`${text}${text.includes("?") ? "&" : "?"}statement_timeout=${millis}`)
}

/**
 * Makes sockets for the driver, which has no limit for an answer that never comes. Where nothing came for twice as long as a
 * statement may take, the server would have answered, if only with its timeout, so the socket is destroyed. What is idle may be; what is held
 * for longer is used every two seconds. Where there is no limit, only an idle connection is found to be dead.
 */
export const socket = (statementMillis: number) => (): Net.Socket => {
  const socket = new Net.Socket()
  socket.setKeepAlive(true, keepAliveMillis)
  const silence = Math.max(2 * statementMillis, shortestSilence)
  if (statementMillis > 0 && silence <= longestTimer) {
    socket.setTimeout(silence, () => {
      socket.destroy(new Error("the database has not answered"))
    })
  }
  return socket
}

const spoken = /[?&]statement_timeout=(\d+)(?:&|$)/

/** What the setting has room for, in milliseconds. */
const longestStatement = 2 ** 31 - 1

const longestTimer = 2 ** 31 - 1

const shortestSilence = 5000

const keepAliveMillis = 10_000
