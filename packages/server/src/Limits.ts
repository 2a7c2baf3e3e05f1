/**
 * How much a server lets be asked at a time. What is too much is refused with advice on when to come back.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"

/**
 * The limits, of which each is for the whole server. A number that is less than makes sense is a defect of the server as it is
 * made, and `Infinity` is no limit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How many requests of one principal (of one address, where nobody asked who it is) there may be at once, and in each
   * `interval` (1 second by default), refilled evenly: more are 429, RESOURCE_EXHAUSTED. Each request of a batch counts;
   * so there may be as many batches as requests. Unlimited by default.
   */
  readonly rate?: { readonly limit: number; readonly interval?: Duration.DurationInput | undefined } | undefined
  /**
   * How many requests of one address (of one network of 64 bits, where it is IPv6) may have wrong credentials at once, and in each
   * `interval` (1 minute by default), refilled evenly; more are 429, RESOURCE_EXHAUSTED, and are not looked at. 20 by default.
   *
   * The same headers and query again are no further guess and do not count, whatever they are about, so that a client with an
   * expired token keeps nobody out; nor does a request without credentials. While somebody guesses on, others of the address are refused with them: a right guess must not
   * show. There is no limit for an address that is not known, or that is found to be a proxy's while `trustedProxies` is 0:
   * a request with right credentials came through it with `Forwarded` or `X-Forwarded-For`, or it is this machine's.
   */
  readonly failedAuthentication?:
    | { readonly limit: number; readonly interval?: Duration.DurationInput | undefined }
    | "unlimited"
    | undefined
  /**
   * How many proxies there are before the server, of which each adds to `X-Forwarded-For` whom it was asked by. What the
   * farthest of them has added is the address of the client, for `failedAuthentication` and for the rate of those whom nobody
   * knows. 0 by default: the address is that of the connection.
   */
  readonly trustedProxies?: number | undefined
  /**
   * How many requests are answered at once, from when they have come with their bodies, without those that wait: more are 503,
   * UNAVAILABLE. 1,000 by default.
   */
  readonly maxActive?: number | undefined
  /** How many of one principal, waits included: more are 429, RESOURCE_EXHAUSTED. Unlimited by default. */
  readonly maxActivePerPrincipal?: number | undefined
  /** How many `wait` at once: more are 503, UNAVAILABLE. 10,000 by default. */
  readonly maxWaiting?: number | undefined
  /**
   * How many bytes of bodies are read at once, by the lengths that they declare; what comes in chunks counts as the longest that
   * is admitted. Where there are more, what has been coming for the longest time is 503, UNAVAILABLE: who sends slowly is in
   * nobody's way. 67,108,864 by default.
   */
  readonly maxReading?: number | undefined
  /**
   * How many times a second one operation is read from the service, however many ask for it. Who comes too early waits for the
   * next read, which many share and which sees whatever was written before they asked. Unlimited by default, which suits what
   * is in memory; 20 suits a database.
   */
  readonly maxReadsPerSecond?: number | undefined
}
