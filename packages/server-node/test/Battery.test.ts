import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import { describe, it } from "@effect/vitest"
import * as Hosted from "./hosted.js"

for (const [how, connection] of [
  ["in memory", Hosted.inMemory],
  ["over a socket", Hosted.overSocket(true)],
  ["over a socket without the hot path", Hosted.overSocket(false)]
] as const) {
  describe.concurrent(`the battery against a client and a server ${how}`, () => {
    Battery.register(it.live, { layer: Hosted.layer({ connection }), capabilities: Subject.everything })
  })

  describe.concurrent(`the battery against a client and a strict server ${how}`, () => {
    Battery.register(it.live, {
      layer: Hosted.layer({ connection, host: { cancelDone: "strict" } }),
      capabilities: { ...Subject.everything, cancelOfDone: "refused" },
      cases: Battery.cases.filter((each) => each.group === "cancel" || each.group === "confirm")
    })
  })
}
