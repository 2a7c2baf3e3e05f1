import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as Simulation from "@effect-lro/emulator/Simulation"
import * as Task from "@effect-lro/emulator/Task"
import * as TaskMetadata from "@effect-lro/emulator/TaskMetadata"
import type * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"

interface Life {
  readonly simulation: Partial<Simulation.Simulation>
  readonly host: Host.Options
  /** Milliseconds after which a cancel is sent; several are allowed, none too. */
  readonly cancels: ReadonlyArray<number>
}

const millis = FastCheck.constantFrom(0, 1, 100, 250, 1000)

const life: FastCheck.Arbitrary<Life> = FastCheck.record({
  simulation: FastCheck.record({
    startDelay: millis,
    duration: millis,
    cleanup: FastCheck.constantFrom(0, 100, 700),
    honoursCancel: FastCheck.boolean(),
    failedAttempts: FastCheck.nat({ max: 3 }),
    outcome: FastCheck.constantFrom<Simulation.Outcome>(
      { _tag: "Succeed", response: { "@type": "type.googleapis.com/google.protobuf.Empty" } },
      { _tag: "Fail", status: Status.make({ code: "INTERNAL", message: "No." }) }
    )
  }),
  host: FastCheck.record({
    cancelLatency: FastCheck.constantFrom(0, 50, 500),
    cancellation: FastCheck.constantFrom("interrupt" as const, "ignore" as const)
  }),
  cancels: FastCheck.array(FastCheck.nat({ max: 2500 }), { maxLength: 3 })
})

// The clock takes real time for each of its steps, so there are few of them; the last is after every end.
const moments = [0, 1, 60, 100, 260, 600, 1000, 1400, 2000, 2500, 7000]

// Protocol: the steps of a task. A look sees where it has come to, so it may miss steps in between.
const next: Readonly<Record<string, ReadonlyArray<string>>> = {
  PENDING: ["PENDING", "RUNNING", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"],
  RUNNING: ["RUNNING", "PENDING", "CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"],
  CANCELLING: ["CANCELLING", "SUCCEEDED", "FAILED", "CANCELLED"],
  SUCCEEDED: ["SUCCEEDED"],
  FAILED: ["FAILED"],
  CANCELLED: ["CANCELLED"]
}

const metadataOf = (operation: Operation.Operation) => Option.getOrThrow(OperationMetadata.fromOperation(operation))

const millisOf = (timestamp = ""): number =>
  ProtoJson.timestampToMillis(Option.getOrThrow(ProtoJson.parseTimestamp(timestamp)))

describe("The life of a task", () => {
  it.effect.prop(
    "is one that Earth Engine's could be, whatever it does and whenever it is cancelled",
    [life],
    ([{ cancels, host, simulation }]) =>
      Effect.gen(function* () {
        const clock = yield* Effect.clock
        const program = Effect.gen(function* () {
          const { name } = yield* Task.start(StartMethod.exportImage, {
            parent: "projects/demo",
            body: {},
            simulate: (request) => Simulation.make(request, simulation)
          })
          const pending = [...cancels].sort((a, b) => a - b)
          let before = metadataOf(yield* Operations.get(name))
          let asked = false
          let last: Operation.Operation | undefined
          let now = 0
          for (const at of moments) {
            yield* TestClock.adjust(at - now)
            now = at
            while (pending[0] !== undefined && pending[0] <= at) {
              asked = true
              pending.shift()
              yield* Operations.cancel(name)
            }
            const operation = yield* Operations.get(name)
            const metadata = metadataOf(operation)
            assert.deepStrictEqual(OperationMetadata.diagnose(operation), [])
            assert.include(next[before.state ?? ""] ?? [], metadata.state)
            if (!asked) assert.notInclude(["CANCELLING", "CANCELLED"], metadata.state)
            assert.isAtLeast(metadata.attempt ?? 0, before.attempt ?? 0)
            if (metadata.attempt === before.attempt && metadata.state !== "PENDING") {
              assert.isAtLeast(metadata.progress ?? 0, before.progress ?? 0)
            }
            assert.isAtLeast(millisOf(metadata.updateTime), millisOf(before.updateTime))
            assert.strictEqual(metadata.endTime === undefined, !Operation.isDone(operation))
            if (last !== undefined && Operation.isDone(last)) assert.deepStrictEqual(operation, last)
            last = operation
            before = metadata
          }
          assert.isTrue(last !== undefined && Operation.isDone(last))
          // A pending task is stopped without its body, if anybody heeds the request, and an attempt that fails is not
          // made again after one.
          const heeded = host.cancellation !== "ignore" && (simulation.honoursCancel === true || !before.startTime)
          if (!asked || (!heeded && simulation.failedAttempts === 0)) {
            assert.strictEqual(before.state, simulation.outcome?._tag === "Succeed" ? "SUCCEEDED" : "FAILED")
          }
        })
        yield* Effect.provide(
          program,
          Layer.scopedDiscard(Task.register(Effect.never)).pipe(
            Layer.provideMerge(
              HostOperations.layerMemory({
                describe: (record) =>
                  TaskMetadata.describe(record, DateTime.unsafeMake(clock.unsafeCurrentTimeMillis())),
                ...host
              })
            ),
            Layer.fresh
          )
        )
      }),
    { fastCheck: { numRuns: 40 } }
  )
})
