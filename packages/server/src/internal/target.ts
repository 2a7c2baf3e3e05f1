/**
 * The parts of a request target, as they were sent.
 */
export interface Target {
  readonly path: string
  /** From the question mark on; empty where there is none, or nothing after it. */
  readonly query: string
}

/**
 * Cuts a request target at its first question mark. Of the absolute form that proxies use, scheme and host are dropped:
 * who was meant is settled when the connection is made.
 */
export const parse = (url: string): Target => {
  const rooted = url.charCodeAt(0) === slash ? url : url.replace(/^https?:\/\/[^/?#]*/i, "")
  const at = rooted.indexOf("?")
  if (at < 0) return { path: rooted === "" ? "/" : rooted, query: "" }
  return { path: at === 0 ? "/" : rooted.slice(0, at), query: at === rooted.length - 1 ? "" : rooted.slice(at) }
}

const slash = 0x2f
