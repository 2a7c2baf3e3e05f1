// P5, P6: how many requests it takes, and how late one hears of the end.
import { startServer } from "../processes.mjs"
import { fixed } from "../table.mjs"

const seconds = (milliseconds) => `${fixed(milliseconds / 1000)} s`

const bulkOver = (attempt, count, intervalMs) =>
  attempt("bulk", {
    plan: { count, delay: { kind: "uniform", min: 0.5, max: 10 } },
    parameters: { count, concurrency: 64, warmUp: 0 },
    settings: { intervalMs, listFrom: undefined }
  })

const batched = (attempt, count) =>
  attempt("bulk", {
    plan: { count: 2 * count },
    parameters: { count, concurrency: 64, warmUp: 0 },
    settings: { isBatched: true, listFrom: undefined }
  })

const atOnce = (attempt, name, count) =>
  attempt(name, { plan: { count }, parameters: { count, concurrency: 64, warmUp: 0 } })

const told = (run, text) => (run.error === undefined ? text(run) : run.error)

/** Requests and lags with the cancel times of an export: most are quick, some take minutes. */
const patience = async ({ attemptOn, hasPeers, sizes }) => {
  const { patient } = sizes
  if (patient === 0)
    return { single: { error: "not measured (--quick)" }, gaxGrpc: { error: "not measured (--quick)" } }
  // Both take minutes and do little, so they run at the same time, each with a server of its own.
  const names = hasPeers ? ["single", "gaxGrpc"] : ["single"]
  const runs = await Promise.all(
    names.map(async (name) => {
      const server = await startServer()
      const run = await attemptOn(server, name, {
        plan: { count: patient, delay: { kind: "logUniform", min: 0.5, max: 120 } },
        parameters: { count: patient, concurrency: patient, warmUp: 0 }
      })
      server.stop()
      return [name, run]
    })
  )
  return { gaxGrpc: { error: "the peers are not installed" }, ...Object.fromEntries(runs) }
}

export const measure = async (context) => {
  const { attempt, sizes } = context
  const first = [await atOnce(attempt, "bulk", sizes.some), await atOnce(attempt, "single", sizes.some)]
  const second = await bulkOver(attempt, sizes.some, 1000)
  const quarter = await bulkOver(attempt, sizes.some, 250)
  const batch = await batched(attempt, sizes.batched)
  const { gaxGrpc, single } = await patience(context)
  const each = (run) => run.server.total / sizes.some
  const looks = (run) => run.server.requests.get / sizes.patient
  const isGood = (run) => run.error === undefined && run.confirmed === run.server.cancelled
  return {
    samples: { first, second, quarter, batch, single, gaxGrpc },
    goals: {
      P5: {
        goal: "requests per confirmed cancel: 2.000 when done at the first look; a bulk of 1,000 over 0.5–10 s: ≤ 1.05 at 1 s (p99 lag ≤ 1.1 s), ≤ 1.10 at 250 ms (p99 ≤ 300 ms); 10,000 in ≤ 300 requests where there is /batch",
        measured: [
          `at the first look ${first.map((run) => told(run, () => fixed(each(run), 3))).join(" and ")}`,
          `at 1 s ${told(second, (run) => `${fixed(each(run), 3)}, p99 ${seconds(run.server.lag.p99)}`)}`,
          `at 250 ms ${told(quarter, (run) => `${fixed(each(run), 3)}, p99 ${seconds(run.server.lag.p99)}`)}`,
          `${sizes.batched} by batches ${told(batch, (run) => `${run.server.total} requests`)}`
        ].join("; "),
        // What is read for all weighs more on few, so the bounds are those of 1,000.
        met:
          sizes.some < 1000
            ? null
            : [...first, second, quarter, batch].every(isGood) &&
              first.every((run) => each(run) === 2) &&
              each(second) <= 1.05 &&
              second.server.lag.p99 <= 1100 &&
              each(quarter) <= 1.1 &&
              quarter.server.lag.p99 <= 300 &&
              batch.server.total <= 300 * Math.max(1, sizes.batched / 10_000)
      },
      P6: {
        goal: "default GET policy, cancel times log-uniform 0.5–120 s: no more looks than google-gax's default, p99 lag ≤ 1/5 of its",
        measured: `${told(single, (run) => `${fixed(looks(run), 1)} looks, p99 ${seconds(run.server.lag.p99)}`)}; google-gax ${told(gaxGrpc, (run) => `${fixed(looks(run), 1)} looks, p99 ${seconds(run.server.lag.p99)}`)}`,
        met:
          single.error !== undefined || gaxGrpc.error !== undefined
            ? null
            : looks(single) <= looks(gaxGrpc) && single.server.lag.p99 <= gaxGrpc.server.lag.p99 / 5
      }
    }
  }
}
