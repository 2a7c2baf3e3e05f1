import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as OperationName from "@effect-lro/core/OperationName"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as State from "@effect-lro/earth-engine/State"
import * as Simulation from "@effect-lro/emulator/Simulation"
import * as TaskMetadata from "@effect-lro/emulator/TaskMetadata"
import type * as OperationRecord from "@effect-lro/host/OperationRecord"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as plan from "../src/internal/plan.js"

const request: Simulation.Request = {
  parent: "projects/demo",
  type: "EXPORT_IMAGE",
  body: { description: "a tile", requestId: Option.none(), priority: 100, message: {} }
}

const simulation = Simulation.make(request)

const time = (seconds: number): DateTime.Utc => DateTime.unsafeMake(1_735_689_600_000 + seconds * 1000)

// Created at 0, started at 1, works for ten seconds.
const record = (changes: Partial<OperationRecord.OperationRecord>): OperationRecord.OperationRecord => ({
  name: Either.getOrThrow(OperationName.validate("projects/demo/operations/3DNU363IM57LNU4SDTMB6I33")),
  parent: "projects/demo",
  requestId: Option.none(),
  type: Option.some("EXPORT_IMAGE"),
  payload: Option.none(),
  owner: Option.some("host"),
  state: "RUNNING",
  version: 2,
  fence: 1,
  attempt: 1,
  createTime: time(0),
  startTime: Option.some(time(1)),
  updateTime: time(1),
  endTime: Option.none(),
  cancelRequestTime: Option.none(),
  deadline: Option.none(),
  purgeTime: Option.none(),
  deleteTime: Option.none(),
  metadata: Option.some(plan.encode(plan.of(request.body, simulation, time(1).epochMillis))),
  result: Option.none(),
  ...changes
})

const at = (seconds: number, changes: Partial<OperationRecord.OperationRecord> = {}) =>
  OperationMetadata.decode(TaskMetadata.describe(record(changes), time(seconds)))

const pending: Partial<OperationRecord.OperationRecord> = {
  state: "PENDING",
  attempt: 0,
  fence: 0,
  startTime: Option.none(),
  updateTime: time(0),
  metadata: Option.some(TaskMetadata.initial(request.body, simulation))
}

describe("TaskMetadata.describe", () => {
  it("tells of a pending task no more than Earth Engine does", () => {
    assert.deepStrictEqual(TaskMetadata.describe(record(pending), time(30)), {
      "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
      state: "PENDING",
      description: "a tile",
      priority: 100,
      type: "EXPORT_IMAGE",
      createTime: "2025-01-01T00:00:00Z",
      updateTime: "2025-01-01T00:00:00Z"
    })
  })

  it("tells of a running task how far each stage is", () => {
    assert.deepStrictEqual(TaskMetadata.describe(record({}), time(6.5)), {
      "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
      state: "RUNNING",
      description: "a tile",
      priority: 100,
      type: "EXPORT_IMAGE",
      createTime: "2025-01-01T00:00:00Z",
      startTime: "2025-01-01T00:00:01Z",
      updateTime: "2025-01-01T00:00:06Z",
      attempt: 1,
      progress: 0.55,
      stages: [
        { displayName: "Create List of Assets", completeWorkUnits: 1, totalWorkUnits: "1" },
        { displayName: "Write Files", completeWorkUnits: 10, totalWorkUnits: "20" }
      ],
      batchEecuUsageSeconds: 22
    })
  })

  it("leaves out the units of a stage that has not begun", () => {
    assert.deepStrictEqual(at(1.5).stages, [
      { displayName: "Create List of Assets", completeWorkUnits: 0.5, totalWorkUnits: 1 },
      { displayName: "Write Files" }
    ])
  })

  it("stops the clock when the task has ended", () => {
    const ended = { state: "CANCELLED", endTime: Option.some(time(6)), updateTime: time(6) } as const
    assert.deepStrictEqual(at(7, ended), at(700, ended))
    assert.strictEqual(at(7, ended).progress, 0.5)
    assert.strictEqual(at(7, ended).endTime, "2025-01-01T00:00:06Z")
    assert.strictEqual(at(7, ended).updateTime, "2025-01-01T00:00:06Z")
    assert.isUndefined(at(7, ended).destinationUris)
  })

  it("tells that a task which succeeded is complete, however long it took", () => {
    const succeeded = { state: "SUCCEEDED", endTime: Option.some(time(5)) } as const
    const metadata = at(5, succeeded)
    assert.strictEqual(metadata.progress, 1)
    assert.isTrue(metadata.stages?.every((stage) => stage.completeWorkUnits === stage.totalWorkUnits))
    assert.deepStrictEqual(metadata.destinationUris, ["https://drive.google.com/"])
  })

  it("has no stages while it waits for its next attempt, and begins them anew", () => {
    const again = at(7, { state: "PENDING", attempt: 1, updateTime: time(6) })
    assert.isUndefined(again.stages)
    assert.strictEqual(again.attempt, 1)
    const second = at(8, {
      attempt: 2,
      metadata: Option.some(plan.encode(plan.of(request.body, simulation, time(7).epochMillis)))
    })
    assert.strictEqual(second.progress, 0.1)
    assert.strictEqual(second.startTime, "2025-01-01T00:00:01Z")
  })

  it("tells of a task that never ends and of one that takes no time", () => {
    const planned = (duration: number) => ({
      metadata: Option.some(plan.encode(plan.of(request.body, { ...simulation, duration }, time(1).epochMillis)))
    })
    assert.strictEqual(at(1000, planned(Number.POSITIVE_INFINITY)).progress, 0)
    assert.strictEqual(at(1, planned(0)).progress, 1)
  })

  it("survives a record that holds no plan", () => {
    for (const metadata of [Option.none(), Option.some(AnyMessage.pack("else", { stages: 1 }))]) {
      assert.strictEqual(at(2, { metadata }).state, "RUNNING")
    }
  })

  it.effect.prop(
    "never goes back",
    [FastCheck.array(FastCheck.nat({ max: 20_000 }), { minLength: 2, maxLength: 20 })],
    ([millis]) =>
      Effect.sync(() => {
        const looks = [...millis].sort((a, b) => a - b).map((ms) => at(1 + ms / 1000))
        for (const [i, look] of looks.slice(1).entries()) {
          const before = looks[i]
          assert.isAtLeast(look.progress ?? 0, before?.progress ?? 0)
          assert.isAtLeast(look.batchEecuUsageSeconds ?? 0, before?.batchEecuUsageSeconds ?? 0)
          assert.isTrue((look.updateTime ?? "") >= (before?.updateTime ?? ""))
          for (const [j, stage] of (look.stages ?? []).entries()) {
            assert.isAtLeast(stage.completeWorkUnits ?? 0, before?.stages?.[j]?.completeWorkUnits ?? 0)
            assert.isAtMost(stage.completeWorkUnits ?? 0, stage.totalWorkUnits ?? Number.POSITIVE_INFINITY)
          }
        }
      })
  )

  it("uses states that Earth Engine has", () => {
    for (const state of ["PENDING", "RUNNING", "CANCELLING", "SUCCEEDED", "CANCELLED", "FAILED"] as const) {
      const told = at(2, { state }).state
      assert.isTrue(State.isState(told))
      assert.strictEqual(told, state)
    }
  })
})
