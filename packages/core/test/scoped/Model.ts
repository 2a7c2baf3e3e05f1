import { delayAfter, type Refusal, retries, type Script, settles, sleepsFirst, type Step } from "./Step.js"

/** How a program ended. That it was interrupted is not a value of it. */
export type End = "Succeeded" | "Cancelled" | "failed" | "interrupted"

/** What is seen of a program from outside. */
export interface Seen {
  readonly requests: ReadonlyArray<string>
  readonly end: End | undefined
}

/** Where in its life a program is. */
export type Point = "asleep" | "starting" | "looking" | "pausing" | "stopping" | "over"

type Phase =
  | { readonly _tag: "Asleep"; readonly until: number }
  | { readonly _tag: "Starting" }
  | { readonly _tag: "Looking" }
  | { readonly _tag: "Pausing"; readonly until: number }
  | { readonly _tag: "Cancelling"; readonly attempt: number }
  | { readonly _tag: "CancelPausing"; readonly attempt: number; readonly until: number }
  /** Looking for what a refusal of the cancel means. */
  | { readonly _tag: "Explaining"; readonly once: boolean }
  | { readonly _tag: "ExplainPausing"; readonly until: number }
  | { readonly _tag: "Confirming" }
  | { readonly _tag: "ConfirmPausing"; readonly until: number }
  | { readonly _tag: "Over"; readonly end: End }

const budget = 5

const isRetryable = (refusal: Refusal) => refusal === "unavailable" || refusal === "lost"

/**
 * What was promised of `Operations.scoped`, step by step: an account of its documentation in plain TypeScript that has
 * nothing in common with the code it judges.
 */
export const make = ({ policy }: Pick<Script, "policy">) => {
  const requests: Array<string> = []
  let now = 0
  let phase: Phase = { _tag: "Asleep", until: sleepsFirst }
  let interrupted = false
  let looks = 0
  let failures = 0
  let work: "running" | "Succeeded" | "Cancelled" = "running"
  let isCancelRequested = false

  const send = (method: string, next: Phase) => {
    requests.push(`${method} ${now}`)
    phase = next
  }
  const abort = (method: string) => requests.push(`no ${method} ${now}`)
  const over = (end: End) => {
    phase = { _tag: "Over", end: interrupted ? "interrupted" : end }
  }
  const stop = () => {
    looks = 0
    failures = 0
    send("cancel", { _tag: "Cancelling", attempt: 0 })
  }
  const interrupt = () => {
    switch (phase._tag) {
      case "Asleep":
        interrupted = true
        return over("interrupted")
      case "Starting":
        interrupted = true
        // What has no name cannot be stopped, so that somebody who is to stop it lets it come to a name.
        if (policy !== "leave") return
        abort("start")
        return over("interrupted")
      case "Looking":
      case "Pausing":
        interrupted = true
        if (phase._tag === "Looking") abort("get")
        return policy === "leave" ? over("interrupted") : stop()
      default:
        return
    }
  }
  /** A failed look; says when to look again, if at all. */
  const forgiven = (refusal: Refusal): number | undefined => {
    failures += 1
    return isRetryable(refusal) && failures <= budget ? now + delayAfter(looks++) : undefined
  }
  const answer = () => {
    switch (phase._tag) {
      case "Starting":
        if (work !== "running") return over(work)
        return interrupted ? stop() : send("get", { _tag: "Looking" })
      case "Looking":
        if (work !== "running") return over(work)
        failures = 0
        phase = { _tag: "Pausing", until: now + delayAfter(looks++) }
        return
      case "Cancelling":
        if (work === "running") isCancelRequested = true
        return policy === "cancel" ? over("interrupted") : send("get", { _tag: "Confirming" })
      case "Confirming":
        if (work !== "running") return over(work)
        failures = 0
        phase = { _tag: "ConfirmPausing", until: now + delayAfter(looks++) }
        return
      case "Explaining":
        return over("interrupted")
      default:
        return
    }
  }
  const refuse = (refusal: Refusal) => {
    switch (phase._tag) {
      case "Starting":
        return over("failed")
      case "Looking": {
        const until = forgiven(refusal)
        if (until === undefined) return over("failed")
        phase = { _tag: "Pausing", until }
        return
      }
      case "Confirming": {
        const until = forgiven(refusal)
        if (until === undefined) return over("failed")
        phase = { _tag: "ConfirmPausing", until }
        return
      }
      case "Explaining": {
        if (phase.once) return over("failed")
        const until = forgiven(refusal)
        if (until === undefined) return over("failed")
        phase = { _tag: "ExplainPausing", until }
        return
      }
      case "Cancelling": {
        if (refusal === "lost" && work === "running") isCancelRequested = true
        if (refusal === "denied") return over("failed")
        if (!isRetryable(refusal)) return send("get", { _tag: "Explaining", once: false })
        if (phase.attempt === retries.times) return send("get", { _tag: "Explaining", once: true })
        phase = { _tag: "CancelPausing", attempt: phase.attempt, until: now + retries.delay }
        return
      }
      default:
        return
    }
  }
  const wake = () => {
    switch (phase._tag) {
      case "Asleep":
        return send("start", { _tag: "Starting" })
      case "Pausing":
        return send("get", { _tag: "Looking" })
      case "ConfirmPausing":
        return send("get", { _tag: "Confirming" })
      case "ExplainPausing":
        return send("get", { _tag: "Explaining", once: false })
      case "CancelPausing":
        return send("cancel", { _tag: "Cancelling", attempt: phase.attempt + 1 })
      default:
        return
    }
  }

  const happen = (step: Step) => {
    switch (step._tag) {
      case "Answer":
        return answer()
      case "Refuse":
        return refuse(step.refusal)
      case "Finish":
        if (work === "running") work = "Succeeded"
        return
      case "Stop":
        if (work === "running" && isCancelRequested) work = "Cancelled"
        return
      case "Interrupt":
        return interrupt()
      case "Pass":
        return
    }
  }

  return {
    step: (step: Step) => {
      happen(step)
      const then = now + (step._tag === "Pass" ? step.milliseconds : settles)
      if ("until" in phase && phase.until <= then) {
        now = phase.until
        wake()
      }
      now = then
    },
    seen: (): Seen => ({ requests: [...requests], end: phase._tag === "Over" ? phase.end : undefined }),
    point: (): Point => {
      switch (phase._tag) {
        case "Asleep":
          return "asleep"
        case "Starting":
          return "starting"
        case "Looking":
          return "looking"
        case "Pausing":
          return "pausing"
        case "Over":
          return "over"
        default:
          return "stopping"
      }
    }
  }
}
