import * as Option from "effect/Option"
import type { RequestHead } from "../Authenticator.js"

/**
 * The address of the client, where it is known: that of the connection or, behind proxies that are trusted, what the farthest of
 * them saw. What stands before that in the header anybody may have written.
 */
export const ofClient = (head: RequestHead, trustedProxies: number): string | undefined => {
  if (trustedProxies > 0) {
    const seen = (head.headers["x-forwarded-for"] ?? "").split(",").at(-trustedProxies)?.trim()
    if (seen !== undefined && seen !== "") return withoutPort(seen)
  }
  return Option.getOrUndefined(head.remoteAddress)
}

/**
 * Whose the address is, as far as that can be told: of IPv6 a whole network of 64 bits is one subscriber's.
 */
export const networkOf = (address: string): string => {
  if (!address.includes(":")) return address
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  const [text = ""] = address.toLowerCase().split("%")
  const [before = "", after] = text.split("::")
  const front = groupsOf(before)
  const back = groupsOf(after ?? "")
  const left = after === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: left }, () => "0"), ...back]
  return `${groups.slice(0, 4).join(":")}::/64`
}

/** Whether nobody but this machine has the address. */
export const isLoopback = (address: string): boolean => /^(?:(?:::ffff:)?127\.|::1$)/i.test(address)

const groupsOf = (text: string): ReadonlyArray<string> =>
  text === "" ? [] : text.split(":").map((group) => group.replace(/^0+(?=.)/, ""))

const withoutPort = (text: string): string => /^\[([^\]]*)\]|^([\d.]+):\d+$/.exec(text)?.slice(1).find(isText) ?? text

const isText = (text: string | undefined): text is string => text !== undefined
