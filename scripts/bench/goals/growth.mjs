// P11: an operation costs no more among many.
import { cpu, median } from "../statistics.mjs"
import { fixed } from "../table.mjs"

export const measure = async ({ attempt, sizes }) => {
  const { few, many, rounds } = sizes.growth
  const names = ["floor", "bulk"]
  const runs = Object.fromEntries(names.flatMap((name) => [few, many].map((count) => [`${name} ${count}`, []])))
  let failure
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      for (const count of [few, many]) {
        const run = await attempt(name, {
          plan: { count: count + sizes.warmUp },
          parameters: { count, concurrency: 64, warmUp: sizes.warmUp }
        })
        if (run.error === undefined && run.confirmed === count) runs[`${name} ${count}`].push(run)
        else failure = run.error ?? `${run.confirmed} of ${count} confirmed`
      }
    }
  }
  const each = (name, count) => median(runs[`${name} ${count}`].map(cpu)) / count
  const growth = (name) => each(name, many) / each(name, few)
  return {
    samples: runs,
    goals: {
      P11: {
        goal: "CPU per operation at 100,000 ≤ 1.2 × that at 1,000",
        measured:
          failure ?? `${fixed(growth("bulk"))} × at ${many} against ${few} (the floor ${fixed(growth("floor"))} ×)`,
        met: failure !== undefined ? false : many < 100_000 ? null : growth("bulk") <= 1.2
      }
    }
  }
}
