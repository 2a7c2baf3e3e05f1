import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fault from "./faults/Fault.js"
import { mutants } from "./faults/Mutants.js"
import * as Oracle from "./faults/Oracle.js"
import * as Run from "./faults/Run.js"
import * as Script from "./faults/Script.js"

const scale = Goals.isLong ? 10 : 1

interface Verdict {
  readonly script: Script.Script
  readonly expected: Oracle.Expected
  readonly observed: Run.Observed
}

const judge = (seed: number, mutant?: Run.Mutant): Effect.Effect<Verdict> =>
  Effect.suspend(() => {
    const script = Script.make(seed)
    return Effect.map(Run.play(script, mutant), (observed) => ({
      script,
      expected: Oracle.expected(script),
      observed
    }))
  })

const judgeAll = (seeds: { readonly from: number; readonly count: number }, mutant?: Run.Mutant) =>
  Effect.forEach(
    Array.from({ length: seeds.count }, (_, index) => seeds.from + index),
    (seed) => judge(seed, mutant),
    { concurrency: 25 }
  )

const isWrong = ({ expected, observed }: Verdict): boolean => observed.end !== expected.end

/** Too early, too late, too often, to somebody else, or ended at another time. */
const isOffSchedule = ({ expected, observed }: Verdict): boolean =>
  observed.strange.length > 0 ||
  observed.requests.length !== expected.requests.length ||
  Math.abs(observed.at - expected.at) > 1 ||
  expected.requests.some(({ at, method }, index) => {
    const sent = observed.requests[index]
    return sent === undefined || sent.method !== method || Math.abs(sent.at - at) > 1
  })

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((total, number) => total + number, 0)

/** Requests beyond those that somebody would send who keeps to the policy and knows all answers before. */
const extraOf = (verdicts: ReadonlyArray<Verdict>) => {
  const ideal = sum(verdicts.map(({ expected }) => expected.requests.length - expected.needless))
  const sent = sum(verdicts.map(({ observed }) => observed.requests.length))
  return { ideal, sent, ratio: (sent - ideal) / ideal }
}

const tell = ({ expected, observed, script }: Verdict): string => {
  const line = (requests: ReadonlyArray<Oracle.Sent>) =>
    requests.map(({ at, method }) => `${method} ${Math.round(at)}`).join(", ")
  const { acceptance, dress, failureBudget, jitter, latency, life, renews, seed, timeout } = script
  return [
    `script ${seed}: ${JSON.stringify({ life, dress, acceptance, latency, timeout, failureBudget, jitter, renews })}`,
    `  faults   ${script.faults.map((fault) => fault?.kind ?? "-").join(" ")}`,
    `  expected ${expected.end} at ${Math.round(expected.at)}: ${line(expected.requests)}`,
    `  observed ${observed.end} at ${Math.round(observed.at)}: ${line(observed.requests)}`,
    ...observed.strange.map((request) => `  strange  ${request}`)
  ].join("\n")
}

const shares = (count: number, of: ReadonlyArray<readonly [string, number]>): string =>
  of
    .toSorted(([, left], [, right]) => right - left)
    .map(([what, times]) => `${what} ${((100 * times) / count).toFixed(1)} %`)
    .join(", ")

const countBy = (keys: ReadonlyArray<string>) => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts]
}

describe("cancel and confirm under faults", () => {
  const count = 5000 * scale

  it.live(
    "comes to the right end of every script, and sends what the schedule asks for",
    () =>
      Effect.gen(function* () {
        const verdicts = yield* judgeAll({ from: 0, count })
        const met = countBy(verdicts.flatMap(({ expected }) => [...new Set(expected.met.map(({ kind }) => kind))]))
        const { ideal, ratio, sent } = extraOf(verdicts)
        process.stdout.write(
          [
            `${count} fault scripts: ${verdicts.filter(isWrong).length} wrong outcomes,`,
            ` ${verdicts.filter(isOffSchedule).length} off schedule, ${sent} requests where the ideal is ${ideal}`,
            ` (${(100 * ratio).toFixed(1)} % more; the goal is at most 10 %)\n`,
            `met by scripts: ${shares(count, met)}\n`,
            `outcomes: ${shares(count, countBy(verdicts.map(({ expected }) => expected.end.split(" ")[0] ?? "")))}\n`,
            `operations: ${shares(count, countBy(verdicts.map(({ script }) => script.about)))}\n`,
            `written: ${shares(count, countBy(verdicts.map(({ script }) => script.dress)))}\n`
          ].join("")
        )
        const wrong = verdicts.filter((verdict) => isWrong(verdict) || isOffSchedule(verdict))
        assert.strictEqual(wrong.slice(0, 5).map(tell).join("\n"), "")
        assert.isAtMost(ratio, 0.1)
        for (const kind of Object.keys(Fault.kinds)) {
          assert.isAtLeast(new Map(met).get(kind) ?? 0, count * 0.02, `too few scripts meet ${kind}`)
        }
      }),
    200_000 * scale
  )

  describe("finds out a client that", () => {
    it.live.each(Object.entries(mutants))(
      "%s",
      ([, mutant]) =>
        Effect.gen(function* () {
          for (let from = 0; from < 1000; from += 100) {
            const verdicts = yield* judgeAll({ from, count: 100 }, mutant)
            if (verdicts.some((verdict) => isWrong(verdict) || isOffSchedule(verdict))) return
          }
          assert.fail("nobody found out")
        }),
      60_000
    )
  })
})
