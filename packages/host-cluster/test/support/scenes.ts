import * as Effect from "effect/Effect"
import type * as MemberProcess from "../processes/MemberProcess.js"
import * as Cluster from "./Cluster.js"

/** A cluster of three processes, each with its share. */
export const threeProcesses = (leaseDuration: number) =>
  Effect.gen(function* () {
    const cluster = yield* Cluster.make({ leaseDuration })
    const members = yield* Effect.all([cluster.start, cluster.start, cluster.start], { concurrency: 3 })
    yield* cluster.settled(3)
    return { cluster, members }
  })

/** Waits until an operation is in a state. */
export const isIn = (cluster: Cluster.Cluster, name: string, state: string) =>
  Cluster.until(Effect.map(cluster.states, (states) => (states.get(name) === state ? true : undefined)))

/** Waits until a body of an operation runs, in another process than `besides`. */
export const runsIn = (cluster: Cluster.Cluster, name: string, besides?: Cluster.Member) =>
  Cluster.until(
    Effect.map(cluster.runs, (all) =>
      all.find((run) => run.operation === name && run.ended === Infinity && run.pid !== besides?.pid)
    )
  )

let requests = 0

export const nextRequest = () => `request-${++requests}`

/**
 * Starts operations until one process has one of each kind that is wanted: that process, another one, and the names. Where
 * the cluster puts an operation somewhere else, it is cancelled and another one tried.
 */
export const inOneProcess = <Kind extends string>(
  cluster: Cluster.Cluster,
  members: ReadonlyArray<Cluster.Member>,
  wanted: { readonly [K in Kind]: Omit<MemberProcess.Start, "requestId"> }
) =>
  Effect.gen(function* () {
    const names = new Map<string, string>()
    let owner: Cluster.Member | undefined
    for (const [kind, start] of Object.entries<Omit<MemberProcess.Start, "requestId">>(wanted)) {
      while (!names.has(kind)) {
        const from = members.find((member) => member !== owner)
        if (from === undefined) return yield* Effect.dieMessage("there is only one process")
        const name = yield* from.start({ ...start, requestId: nextRequest() })
        const { pid } = yield* runsIn(cluster, name)
        owner ??= members.find((member) => member.pid === pid)
        if (owner?.pid === pid) names.set(kind, name)
        else yield* from.cancel(name)
      }
    }
    const other = members.find((member) => member !== owner)
    if (owner === undefined || other === undefined) return yield* Effect.dieMessage("nothing was wanted")
    return { owner, other, name: (kind: Kind) => names.get(kind) ?? "" }
  })
