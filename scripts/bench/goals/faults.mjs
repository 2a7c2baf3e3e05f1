// P9: some requests are refused or cut off, and no operation may be lost for it.
import { contestants } from "../processes.mjs"
import { fixed } from "../table.mjs"

const names = ["bulk", "single", "azure", "gaxGrpc", "gaxRest"]

const faults = { unavailable: 0.02, rateLimited: 0.02, reset: 0.01, retryAfter: 1 }

const faultsOf = ({ faults }) => faults.unavailable + faults.rateLimited + faults.reset

export const measure = async ({ attempt, hasPeers, sizes }) => {
  const count = sizes.some
  const runs = {}
  for (const name of names.filter((name) => hasPeers || !contestants[name].peer)) {
    runs[name] = await attempt(name, {
      plan: { count, faults },
      parameters: { count, concurrency: 64, warmUp: 0 },
      settings: { faults: true }
    })
  }
  const extra = ({ server }) => server.total - 2 * count
  const isGood = (run) =>
    run.error === undefined &&
    run.confirmed === count &&
    run.server.retryAfterBroken === 0 &&
    extra(run) <= 1.1 * faultsOf(run.server)
  const tell = (run) =>
    run.error ??
    `${run.confirmed} of ${count}, ${run.server.retryAfterBroken} Retry-After broken, ${extra(run)} extra requests for ${faultsOf(run.server)} faults`
  return {
    samples: runs,
    goals: {
      P9: {
        goal: "2 % 503, 2 % 429 with Retry-After, 1 % resets: all confirmed, no Retry-After broken, extra requests ≤ 1.1 × faults",
        measured: `bulk: ${tell(runs.bulk)}; single: ${tell(runs.single)}`,
        met: isGood(runs.bulk) && isGood(runs.single)
      }
    },
    table: {
      title: `Cancel ${count} and confirm, with 2 % 503, 2 % 429 and Retry-After of 1 s, 1 % resets`,
      header: ["client", "confirmed", "Retry-After broken", "extra requests", "faults", "wall s"],
      rows: Object.entries(runs).map(([name, run]) =>
        run.error === undefined
          ? [
              contestants[name].title,
              run.confirmed,
              run.server.retryAfterBroken,
              extra(run),
              faultsOf(run.server),
              fixed(run.wallMs / 1000, 1)
            ]
          : [contestants[name].title, run.error]
      )
    }
  }
}
