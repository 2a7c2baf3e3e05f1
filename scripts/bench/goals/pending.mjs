// P4, P7, P8: many that are pending and looked at again and again.
import { contestants } from "../processes.mjs"
import { median } from "../statistics.mjs"
import { fixed } from "../table.mjs"

const watched = [
  { name: "U", title: "undici Pool.request loop (U)" },
  { name: "bulk", title: "effect-lro, Bulk.await, a GET each", key: "bulkGet" },
  {
    name: "bulk",
    title: "effect-lro, Bulk.await, list pages of 500",
    key: "bulkList",
    settings: { listFrom: undefined }
  },
  {
    name: "bulk",
    title: "the same with a fields mask",
    key: "bulkMask",
    settings: { listFrom: undefined, isMasked: true }
  },
  { name: "single", title: "effect-lro, Poller.awaitDone each" },
  { name: "idiomatic" },
  { name: "gaxGrpc" },
  { name: "azure" }
]

const ours = ["bulkGet", "bulkList", "bulkMask", "single", "bulkMany"]

const answersOf = ({ server }) => server.listed + server.requests.get + server.parts

const perAnswer = (run) => run.cpuMs / answersOf(run)

export const measure = async ({ attempt, hasPeers, sizes }) => {
  const { intervalMs, looks, many, pending, rounds } = sizes.pending
  const hold = (count, everyMs) => ({
    scenario: "hold",
    plan: { count, delay: { kind: "never" } },
    parameters: { count, intervalMs: everyMs, settleMs: everyMs + 1000, forMs: looks * everyMs }
  })
  const runs = {}
  const failures = {}
  const add = (key, run) => {
    const reason = run.error ?? (answersOf(run) === 0 ? "nothing was answered" : undefined)
    if (reason === undefined) (runs[key] ??= []).push(run)
    else failures[key] = reason
  }
  for (let round = 0; round < rounds; round++) {
    for (const { key, name, settings } of watched) {
      if (contestants[name].peer && !hasPeers) continue
      add(key ?? name, await attempt(name, { ...hold(pending, intervalMs), settings: { intervalMs, ...settings } }))
    }
  }
  const everyMs = 10 * intervalMs
  add(
    "bulkMany",
    await attempt("bulk", { ...hold(many, everyMs), settings: { intervalMs: everyMs, listFrom: undefined } })
  )
  return { goals: goals(runs, failures, sizes.pending), table: table(runs, failures, sizes.pending), samples: runs }
}

const relative = (runs, key) =>
  runs[key] === undefined || runs.U === undefined
    ? undefined
    : median(runs[key].map((run, round) => perAnswer(run) / perAnswer(runs.U[round] ?? runs.U[0])))

const heap = (runs, key) => (runs[key] === undefined ? undefined : median(runs[key].map((run) => run.heapBytesEach)))

const most = (runs) => Math.max(...ours.flatMap((key) => (runs[key] ?? []).map((run) => run.server.sockets.most)))

const goals = (runs, failures, { many, pending }) => {
  const [list, mask] = ["bulkList", "bulkMask"].map((key) => relative(runs, key))
  const [bulk, single] = ["bulkList", "single"].map((key) => heap(runs, key))
  const rss = runs.bulkMany?.[0].rssMiB
  const missing = Object.entries(failures)
    .filter(([key]) => ours.includes(key))
    .map(([key, reason]) => `; ${key}: ${reason}`)
    .join("")
  return {
    P4: {
      goal: "shared polling by list pages: ≤ 0.15 U per answered look, ≤ 0.03 U with a mask",
      measured: `${fixed(list, 3)} U, ${fixed(mask, 3)} U with a mask (${pending} pending)${missing}`,
      met: list <= 0.15 && mask <= 0.03
    },
    P7: {
      goal: "heap for each that is pending: bulk ≤ 512 B, single ≤ 8 kB; 100,000 pending in ≤ 200 MiB RSS",
      measured: `bulk ${fixed(bulk, 0)} B, single ${fixed(single, 0)} B, ${many} pending in ${fixed(rss, 0)} MiB${missing}`,
      met: many < 100_000 && missing === "" ? null : bulk <= 512 && single <= 8192 && rss <= 200
    },
    P8: {
      goal: "sockets ≤ 64, the cap, at any number pending",
      measured: `${most(runs)} at most, with up to ${many} pending${missing}`,
      met: most(runs) <= 64 && missing === ""
    }
  }
}

const table = (runs, failures, { intervalMs, many, pending }) => ({
  title: `${pending} pending, each looked at every ${intervalMs / 1000} s`,
  header: ["client", "ms CPU per 1,000 answers", "/ U", "heap bytes each", "RSS MiB", "HTTP requests/s", "sockets"],
  rows: [
    ...watched,
    { name: "bulk", key: "bulkMany", title: `effect-lro, Bulk.await, ${many} pending, every ${intervalMs / 100} s` }
  ]
    .map(({ key, name, title }) => ({ id: key ?? name, label: title ?? contestants[name].title }))
    .filter(({ id }) => runs[id] !== undefined || failures[id] !== undefined)
    .map(({ id, label }) => {
      const of = runs[id]
      if (of === undefined) return [label, failures[id]]
      return [
        label,
        fixed(1000 * median(of.map(perAnswer)), 1),
        fixed(relative(runs, id), 3),
        fixed(heap(runs, id), 0),
        fixed(median(of.map((run) => run.rssMiB)), 0),
        fixed(median(of.map((run) => (1000 * run.server.total) / run.server.wallMs)), 0),
        Math.max(...of.map((run) => run.server.sockets.most))
      ]
    })
})
