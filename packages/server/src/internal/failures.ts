import * as Duration from "effect/Duration"
import type { RequestHead } from "../Authenticator.js"
import * as Address from "./address.js"
import * as Refusal from "./refusal.js"
import * as Target from "./target.js"
import * as TokenBuckets from "./tokenBuckets.js"

/**
 * How often it failed to be found out who asks, by address: so nobody guesses credentials as fast as they can be sent.
 */
export interface Failures {
  /** The refusal of a request that is not looked at, since too much from its address has failed. */
  readonly refuse: (head: RequestHead, now: number) => Refusal.Refusal | undefined
  /** Counts a request with wrong credentials. The same request again is no further guess, and counts for nothing. */
  readonly failed: (head: RequestHead, now: number) => void
  /** Notes a request with right credentials; the address of a proxy, where it tells of one that was not known. */
  readonly passed: (head: RequestHead) => string | undefined
}

/**
 * Where proxies are not told about, all the world has the address of the last of them. One is known by what passes through it
 * and was right (nobody else can make the limit end by a header), or by its being on this machine; its address has no limit.
 */
export const make = (options: {
  readonly limit: number
  /** In milliseconds. */
  readonly interval: number
  readonly trustedProxies: number
}): Failures => {
  const { limit, trustedProxies } = options
  const buckets = TokenBuckets.make({ capacity: limit, interval: options.interval / limit })
  const proxies = new Set<string>()
  const wrong = new Set<string>()

  const addressOf = (head: RequestHead): string | undefined => {
    const address = Address.ofClient(head, trustedProxies)
    if (address === undefined || trustedProxies > 0) return address
    return proxies.has(address) || (Address.isLoopback(address) && isForwarded(head)) ? undefined : address
  }

  return {
    refuse: (head, now) => {
      if (buckets.size() === 0) return undefined
      const address = addressOf(head)
      if (address === undefined) return undefined
      const wait = buckets.look(Address.networkOf(address), now)
      return wait === 0 ? undefined : Refusal.tooManyFailures(Duration.millis(wait))
    },
    failed: (head, now) => {
      const address = addressOf(head)
      if (address === undefined) return
      const network = Address.networkOf(address)
      const asked = whatCouldTell(head)
      const isBrief = asked.length <= longestRemembered
      if (isBrief && wrong.has(asked)) return
      if (isBrief) remember(wrong, asked, mostRemembered)
      buckets.spend(network, now)
    },
    passed: (head) => {
      if (trustedProxies > 0 || !isForwarded(head)) return undefined
      const address = Address.ofClient(head, 0)
      if (address === undefined || proxies.has(address)) return undefined
      remember(proxies, address, mostRemembered)
      return address
    }
  }
}

const isForwarded = ({ headers }: RequestHead): boolean =>
  headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined

/** Everything by which an authenticator may tell who it is, and not what is another in each request, as is what it is about. */
const whatCouldTell = ({ headers, url }: RequestHead): string => {
  const lines = [Target.parse(url).query]
  for (const name in headers) {
    if (!isOther.has(name)) lines.push(`${name}: ${headers[name] ?? ""}`)
  }
  return lines.join("\n")
}

const isOther: ReadonlySet<string> = new Set(["content-length", "traceparent", "tracestate", "x-cloud-trace-context"])

const remember = (all: Set<string>, one: string, most: number): void => {
  if (all.size >= most) {
    for (const oldest of all) {
      all.delete(oldest)
      break
    }
  }
  all.add(one)
}

const mostRemembered = 1000

const longestRemembered = 4096
