import type { Fault, Meaning } from "./Fault.js"
import type { Script } from "./Script.js"
import * as World from "./World.js"

/** A request, with the time it was sent at in milliseconds since the script began. */
export interface Sent {
  readonly at: number
  readonly method: "cancel" | "get"
}

/** How a program should have ended, when, and after which requests. */
export interface Expected {
  readonly end: string
  readonly at: number
  readonly requests: ReadonlyArray<Sent>
  /**
   * How many of them somebody who knew all answers would have spared itself: looks that were to explain a refusal and did
   * not.
   */
  readonly needless: number
  /** What was met on the way, one by one. */
  readonly met: ReadonlyArray<Fault>
}

type Refusal = Extract<Meaning, { _tag: "Error" }>

type Reply =
  | { readonly _tag: "Accepted" }
  | World.Sight
  | { readonly _tag: "Cut" }
  | { readonly _tag: "Refused"; readonly refusal: Refusal }

const requestTimeout = 30_000

const timedOut: Refusal = { _tag: "Error", error: "TransportError Timeout", retry: true }

const over: Refusal = { _tag: "Error", error: "FailedPrecondition", retry: false, looks: true }

const notFound: Refusal = { _tag: "Error", error: "NotFound operation", retry: false, looks: true, missing: true }

/**
 * What cancel-and-confirm does with a script by its documentation: an account of the protocol in plain TypeScript, which
 * has nothing in common with the code it judges.
 */
export const expected = (script: Script): Expected => {
  const world = World.make(script.life)
  const deadline = script.timeout ?? 600_000
  const budget = script.failureBudget ?? 5
  const requests: Array<Sent> = []
  const met: Array<Fault> = []
  let now = 0
  let accepted = false
  let seen = false
  let lastError: Refusal | undefined

  const ended = (end: string, needless = 0): Expected => ({ end, at: now, requests, needless, met })
  const told = (refusal: Refusal, needless = 0) => ended(refusal.error, needless)
  const timeOver = (refusal = lastError): Expected =>
    accepted || seen
      ? ended(`StillRunning${seen ? " seen" : ""}${accepted ? " accepted" : ""} (${lastError?.error ?? "no error"})`)
      : told(refusal ?? timedOut)
  const outcome = (end: World.End): Expected => {
    switch (end._tag) {
      case "Succeeded":
        return ended("CompletedAnyway Succeeded")
      case "Resultless":
        return ended("CompletedAnyway DoneWithoutResult")
      case "Cancelled":
        return ended("Cancelled 1")
      case "Failed":
        return ended(`FailedAnyway ${end.code}`)
    }
  }

  /** Lets the world have a request that reaches it now. */
  const execute = (method: Sent["method"]): Reply => {
    if (method === "get") return world.get(now)
    switch (world.cancel(now)) {
      case "Accepted":
        return { _tag: "Accepted" }
      case "FailedPrecondition":
        return { _tag: "Refused", refusal: over }
      case "NotFound":
        return { _tag: "Refused", refusal: notFound }
    }
  }

  /** One request with its answer, which a token that is renewed makes two requests of. */
  const exchange = (method: Sent["method"]): Reply => {
    const limit = now + requestTimeout
    for (let fresh = script.renews; ; fresh = false) {
      const fault = script.faults[requests.length]
      requests.push({ at: now, method })
      if (fault !== undefined) met.push(fault)
      const meaning = (method === "cancel" ? fault?.cancelMeaning : undefined) ?? fault?.meaning ?? { _tag: "Served" }
      const answered = meaning._tag === "Nothing" ? Infinity : now + script.latency + (fault?.delay ?? 0)
      if (Math.min(answered, limit) >= deadline) {
        now = deadline
        return { _tag: "Cut" }
      }
      const began = now
      now = began + script.latency + (fault?.delay ?? 0)
      const reply = fault === undefined || fault.executes ? execute(method) : undefined
      now = Math.min(answered, limit)
      if (answered > limit) return { _tag: "Refused", refusal: timedOut }
      if (meaning._tag === "Accepted") return meaning
      if (meaning._tag !== "Error") return reply ?? { _tag: "Cut" }
      if (meaning.unauthorized !== true || !fresh) return { _tag: "Refused", refusal: meaning }
    }
  }

  /** Waits at least so long, and at least as long as the server asks; says whether there is time for it. */
  const pause = (delay: number, refusal?: Refusal): boolean => {
    const asked = Math.max(refusal?.advice ?? 0, (refusal?.adviceUntil ?? 0) - now)
    if (now + Math.max(delay, asked) < deadline) {
      now += Math.max(delay, asked)
      return true
    }
    // It is no use to wait for a server that will not answer in time.
    if (now + asked < deadline) now = deadline
    return false
  }

  let looks = 0
  const nextLook = () => Math.min(500 * 1.5 ** looks++, 5000)

  let refused: Refusal | undefined
  for (let attempt = 0; ; attempt++) {
    const reply = exchange("cancel")
    if (reply._tag === "Cut") return timeOver()
    if (reply._tag === "Accepted") {
      accepted = true
      lastError = undefined
      break
    }
    if (reply._tag !== "Refused") return ended("impossible")
    lastError = reply.refusal
    if (!reply.refusal.retry || attempt === 5) {
      refused = reply.refusal
      break
    }
    if (!pause(script.jitter * Math.min(500 * 2 ** attempt, 32_000), reply.refusal)) return timeOver()
  }

  if (refused !== undefined) {
    if (refused.looks !== true && !refused.retry && refused.unclear !== true) return told(refused)
    for (let failures = 0; refused.unclear !== true;) {
      const reply = exchange("get")
      if (reply._tag === "Done") return outcome(reply.end)
      if (reply._tag !== "Refused") return told(refused, failures + 1)
      failures += 1
      if (!reply.refusal.retry || refused.retry || failures > budget) return told(refused, failures)
      if (!pause(nextLook(), reply.refusal)) return told(refused, failures)
    }
  }

  for (let failures = 0; ;) {
    const reply = exchange("get")
    switch (reply._tag) {
      case "Cut":
        return timeOver()
      case "Done":
        return outcome(reply.end)
      case "Running":
        seen = true
        lastError = undefined
        failures = 0
        if (!pause(nextLook())) return timeOver()
        break
      default: {
        const refusal = reply._tag === "Refused" ? reply.refusal : notFound
        if (refusal.missing === true && (seen || accepted)) {
          return ended(`Vanished${seen ? " seen" : ""}${accepted ? " accepted" : ""}`)
        }
        lastError = refusal
        failures += 1
        if (failures > budget || !refusal.retry) return told(refusal)
        if (!pause(nextLook(), refusal)) return timeOver()
      }
    }
  }
}
