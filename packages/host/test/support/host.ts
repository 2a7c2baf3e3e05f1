import * as Operations from "@effect-lro/core/Operations"
import type * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import type { OperationRecord } from "@effect-lro/host/OperationRecord"
import type { State } from "@effect-lro/host/State"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Shows every part of the record as metadata, so that tests see it through the front door and in one read. */
export const withRecord = (record: OperationRecord) => ({
  "@type": "type.googleapis.com/test.Record",
  state: record.state,
  attempt: record.attempt,
  cancelRequestTime: Option.getOrUndefined(Option.map(record.cancelRequestTime, (_) => _.epochMillis)),
  startTime: Option.getOrUndefined(Option.map(record.startTime, (_) => _.epochMillis)),
  endTime: Option.getOrUndefined(Option.map(record.endTime, (_) => _.epochMillis)),
  published: Option.getOrUndefined(record.metadata)
})

export const layer = (options?: Host.Options) => HostOperations.layerMemory({ describe: withRecord, ...options })

export const host = (options?: Host.Options) => Effect.provide(layer(options))

export const shown = (name: string, part: keyof ReturnType<typeof withRecord>) =>
  Effect.map(Operations.get(name), ({ metadata }) => Option.getOrThrow(metadata)[part])

export const state = (name: string) => Effect.map(shown(name, "state"), (_) => _ as State)

/** Lets every fiber that can go on do so, without moving the clock. */
export const settled = Effect.repeatN(Effect.yieldNow(), 50)
