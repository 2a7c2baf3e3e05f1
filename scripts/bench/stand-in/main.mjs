// The stand-in server as a process of its own. Its parent tells it what to play and asks what it has seen.
import * as grpc from "./grpc.mjs"
import * as http from "./http.mjs"
import { State } from "./state.mjs"

const state = new State()
const [rest, rpc] = await Promise.all([http.listen(state), grpc.listen(state)])

process.on("message", ({ id, plan, type }) => {
  if (type === "reset") state.reset(plan)
  process.send({ id, report: type === "report" ? state.report() : undefined })
})
process.on("disconnect", () => process.exit())
process.send({ ready: true, ports: { http: rest.port, grpc: rpc.port } })
