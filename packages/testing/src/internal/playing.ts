import * as Operation from "@effect-lro/core/Operation"
import * as Duration from "effect/Duration"
import * as Script from "../Script.js"

/**
 * Where an operation is in its script. It is mutable, and changed only in synchronous steps of one server.
 */
export interface Playing {
  readonly name: string
  /** Rises with each start: the order of a list. */
  readonly sequence: number
  readonly script: Script.Script
  /** The script's, unless a test has ordered otherwise. */
  onCancel: Script.OnCancel
  steps: Script.Steps
  index: number
  enteredAt: number
  looksAtStep: number
  looks: number
  /** When an accepted cancel comes true. */
  stopsAt: number
  stopped: Operation.Operation | undefined
  deleted: boolean
  /** Are called whenever something else than time changed it. */
  readonly listeners: Set<() => void>
}

export const start = (name: string, sequence: number, script: Script.Script, now: number): Playing => ({
  name,
  sequence,
  script,
  onCancel: script.onCancel,
  steps: script.steps,
  index: 0,
  enteredAt: now,
  looksAtStep: 0,
  looks: 0,
  stopsAt: Number.POSITIVE_INFINITY,
  stopped: undefined,
  deleted: false,
  listeners: new Set()
})

/**
 * What is to be seen now, without counting it as a look.
 */
export const sight = (playing: Playing, now: number): Script.Sight => {
  if (playing.stopped !== undefined) return seen(playing.stopped)
  advance(playing, Math.min(now, playing.stopsAt))
  const current = step(playing).sight
  if (now < playing.stopsAt || current._tag !== "Seen") return current
  const operation = current.as(playing.name)
  if (Operation.isDone(operation)) return current
  playing.stopped = {
    _tag: "Cancelled",
    name: operation.name,
    metadata: operation.metadata,
    error: Script.cancelledStatus
  }
  return seen(playing.stopped)
}

/**
 * A look: what is seen, and the step has one look less to last.
 */
export const look = (playing: Playing, now: number): Script.Sight => {
  const found = sight(playing, now)
  playing.looks += 1
  playing.looksAtStep += 1
  return found
}

/**
 * The time of the next change that needs no look and no request; infinite where there is none.
 */
export const nextChange = (playing: Playing): number =>
  playing.stopped !== undefined
    ? Number.POSITIVE_INFINITY
    : Math.min(
        playing.stopsAt,
        playing.index + 1 < playing.steps.length
          ? playing.enteredAt + Duration.toMillis(step(playing).lasts)
          : Number.POSITIVE_INFINITY
      )

/**
 * An accepted cancel. The first one counts.
 */
export const cancel = (playing: Playing, now: number): void => {
  const { onCancel } = playing
  if (onCancel._tag === "Stops" && playing.stopsAt === Number.POSITIVE_INFINITY) {
    playing.stopsAt = now + Duration.toMillis(onCancel.latency)
  }
  if (onCancel._tag === "Continues" && playing.steps !== onCancel.steps) {
    playing.steps = onCancel.steps
    enter(playing, 0, now)
  }
  changed(playing)
}

export const changed = (playing: Playing): void => playing.listeners.forEach((listener) => listener())

const advance = (playing: Playing, now: number): void => {
  while (playing.index + 1 < playing.steps.length) {
    const { lasts, looks } = step(playing)
    const end = playing.enteredAt + Duration.toMillis(lasts)
    if (playing.looksAtStep >= looks) enter(playing, playing.index + 1, Math.min(end, now))
    else if (end <= now) enter(playing, playing.index + 1, end)
    else return
  }
}

const enter = (playing: Playing, index: number, at: number): void => {
  playing.index = index
  playing.enteredAt = at
  playing.looksAtStep = 0
}

// The index never leaves the steps, and there is always one.
const step = (playing: Playing): Script.Step => playing.steps[playing.index] ?? playing.steps[0]

const seen = (operation: Operation.Operation): Script.Sight => ({ _tag: "Seen", as: () => operation })
