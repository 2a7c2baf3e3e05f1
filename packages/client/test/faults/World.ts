import type { Dice } from "@effect-lro/test-support/Dice"

/** How the work ends by itself, or by somebody else's cancel. */
export type End =
  | { readonly _tag: "Succeeded" }
  | { readonly _tag: "Failed"; readonly code: number }
  | { readonly _tag: "Resultless" }
  | { readonly _tag: "Cancelled" }

/** An operation and how its server treats it. All times are milliseconds since the script began. */
export interface Life {
  /** Before that it is not found: its creation has not reached everybody. */
  readonly visibleAt: number
  /** From then on it is not found any more. */
  readonly goneAt: number
  readonly endsAt: number
  readonly ends: End
  /** How long a cancel takes; `Infinity` where the work ignores it. */
  readonly cancelLatency: number
  readonly cancelOfDone: "Accepted" | "FailedPrecondition" | "NotFound"
}

/** What a look that reaches the server finds. */
export type Sight =
  | { readonly _tag: "NotFound" }
  | { readonly _tag: "Running"; readonly cancelling: boolean }
  | { readonly _tag: "Done"; readonly end: End }

export interface World {
  readonly get: (now: number) => Sight
  readonly cancel: (now: number) => Life["cancelOfDone"]
}

export const make = (life: Life): World => {
  let cancelledAt = Infinity
  const get = (now: number): Sight => {
    if (now < life.visibleAt || now >= life.goneAt) return { _tag: "NotFound" }
    const stopsAt = cancelledAt + life.cancelLatency
    if (now >= Math.min(life.endsAt, stopsAt)) {
      return { _tag: "Done", end: stopsAt < life.endsAt ? { _tag: "Cancelled" } : life.ends }
    }
    return { _tag: "Running", cancelling: now >= cancelledAt }
  }
  return {
    get,
    cancel: (now) => {
      const sight = get(now)
      switch (sight._tag) {
        case "NotFound":
          return "NotFound"
        case "Done":
          return life.cancelOfDone
        case "Running":
          cancelledAt = Math.min(cancelledAt, now)
          return "Accepted"
      }
    }
  }
}

/** The ways in which servers write the same thing, some of which mislead who does not go by `done` and `error.code`. */
export const dresses = ["plain", "nulls", "words", "early", "both", "unknown", "nameless"] as const

export type Dress = (typeof dresses)[number]

const type = "type.googleapis.com/google.earthengine.v1.OperationMetadata"

/** The body of a look. */
export const bodyOf = (name: string, sight: Exclude<Sight, { _tag: "NotFound" }>, dress: Dress): string =>
  JSON.stringify(sight._tag === "Running" ? running(name, sight.cancelling, dress) : done(name, sight.end, dress))

const running = (name: string, cancelling: boolean, dress: Dress): object => {
  const metadata = { "@type": type, state: cancelling ? "CANCELLING" : "RUNNING" }
  switch (dress) {
    case "nulls":
      return { name, metadata, done: null, error: null, response: null }
    case "words":
      return { name, metadata: { "@type": type, state: cancelling ? "CANCELLED" : "SUCCEEDED" }, done: false }
    case "early":
      return { name, metadata, done: false, error: { code: 1, message: "not yet" }, response: {} }
    case "unknown":
      return { name, metadata: { "@type": "type.googleapis.com/nobody.Knows", odd: [null] }, novel: 1 }
    case "plain":
    case "both":
    case "nameless":
      return { name, metadata }
  }
}

const done = (name: string, end: End, dress: Dress): object => {
  const state = dress === "words" ? "RUNNING" : end._tag === "Failed" ? "FAILED" : end._tag.toUpperCase()
  const head = {
    ...(dress === "nameless" ? {} : { name }),
    metadata: { "@type": dress === "unknown" ? "type.googleapis.com/nobody.Knows" : type, state },
    done: true
  }
  const response = { "@type": "type.googleapis.com/google.protobuf.Empty" }
  switch (end._tag) {
    case "Succeeded":
      return { ...head, response, ...(dress === "nulls" ? { error: null } : {}) }
    case "Resultless":
      return { ...head, ...(dress === "nulls" ? { error: null, response: null } : {}) }
    case "Failed":
    case "Cancelled": {
      const code = end._tag === "Cancelled" ? 1 : end.code
      return {
        ...head,
        // By the rules of ProtoJSON a zero is left out.
        error: {
          ...(code === 0 ? {} : { code }),
          message: "it is over",
          ...(dress === "nulls" ? { details: null } : {})
        },
        ...(dress === "both" ? { response } : {})
      }
    }
  }
}

/** The answers that tell that a cancel was accepted. */
export const acceptances = [
  { status: 200, body: "{}" },
  { status: 200, body: `{"@type":"type.googleapis.com/google.protobuf.Empty"}` },
  { status: 200, body: ` {\n} ` },
  { status: 204, body: "" }
] as const

const ends: readonly [End, ...ReadonlyArray<End>] = [
  { _tag: "Succeeded" },
  { _tag: "Succeeded" },
  { _tag: "Failed", code: 13 },
  { _tag: "Failed", code: 0 },
  { _tag: "Failed", code: 16 },
  { _tag: "Failed", code: 99 },
  { _tag: "Resultless" },
  { _tag: "Cancelled" }
]

/** What there is to find out. */
export const lives = ["over", "race", "stops", "ignores", "gone", "unborn"] as const

export const roll = (dice: Dice, kind: (typeof lives)[number]): Life => {
  const life: Life = {
    visibleAt: -1,
    goneAt: Infinity,
    endsAt: Infinity,
    ends: dice.pick(ends),
    cancelLatency: Infinity,
    cancelOfDone: dice.pick(["Accepted", "FailedPrecondition", "NotFound"])
  }
  switch (kind) {
    case "over":
      return { ...life, endsAt: -1 }
    case "race":
      return { ...life, endsAt: dice.between(0, 3000), cancelLatency: dice.between(0, 3000) }
    case "stops":
      return { ...life, cancelLatency: dice.between(0, 20_000) }
    case "ignores":
      return { ...life, endsAt: dice.between(0, 30_000) }
    case "gone":
      return { ...life, goneAt: dice.between(0, 8000), cancelLatency: dice.between(1000, 9000) }
    case "unborn":
      return { ...life, visibleAt: dice.between(0, 1000), cancelLatency: dice.between(0, 3000) }
  }
}
