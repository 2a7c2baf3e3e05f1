import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as State from "@effect-lro/earth-engine/State"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const name = "projects/demo/operations/3DNU363IM57LNU4SDTMB6I33"

const throughJson = (value: object): AnyMessage.AnyMessage => {
  const json: unknown = JSON.parse(JSON.stringify(value))
  return AnyMessage.isAnyMessage(json) ? json : {}
}

const operationOf = (kind: Operation.Operation["_tag"], metadata: AnyMessage.AnyMessage): Operation.Operation => {
  switch (kind) {
    case "Running":
      return Operation.running({ name, metadata })
    case "Succeeded":
      return Operation.succeeded({ name, metadata, response: AnyMessage.empty })
    case "Failed":
      return Operation.ended({ name, metadata, error: Status.make({ code: "INTERNAL" }) })
    case "Cancelled":
      return Operation.ended({ name, metadata, error: Status.make({ code: "CANCELLED" }) })
    case "DoneWithoutResult":
      return Operation.doneWithoutResult({ name, metadata })
  }
}

describe("OperationMetadata", () => {
  it("reads a running export as Earth Engine writes it", () => {
    const metadata = OperationMetadata.decode({
      "@type": OperationMetadata.typeUrl,
      state: "RUNNING",
      description: "demo",
      priority: 100,
      createTime: "2025-01-01T00:00:00.123456789Z",
      type: "EXPORT_IMAGE",
      attempt: 1,
      progress: 0.25,
      stages: [
        { displayName: "Create List of Assets", completeWorkUnits: 1, totalWorkUnits: "1" },
        { displayName: "Write Files" }
      ],
      batchEecuUsageSeconds: 12.5
    })
    assert.deepStrictEqual(metadata, {
      state: "RUNNING",
      description: "demo",
      priority: 100,
      createTime: "2025-01-01T00:00:00.123456789Z",
      type: "EXPORT_IMAGE",
      attempt: 1,
      progress: 0.25,
      stages: [
        { displayName: "Create List of Assets", completeWorkUnits: 1, totalWorkUnits: 1 },
        { displayName: "Write Files" }
      ],
      batchEecuUsageSeconds: 12.5
    })
  })

  it.each<[string, AnyMessage.AnyMessage, OperationMetadata.OperationMetadata]>([
    ["an empty message", {}, {}],
    ["null for what is unset", { state: null, stages: null, progress: null }, {}],
    ["a state that nobody knows", { state: "HIBERNATING" }, { state: "HIBERNATING" }],
    ["a state by its number", { state: 2 }, { state: "RUNNING" }],
    ["a state by a number that nobody knows", { state: 99 }, { state: "99" }],
    [
      "numbers as strings",
      { priority: "100", attempt: "2", progress: "0.5" },
      { priority: 100, attempt: 2, progress: 0.5 }
    ],
    [
      "work units as fractions and as decimal strings",
      { stages: [{ completeWorkUnits: 0.5, totalWorkUnits: "9007199254740991" }, { completeWorkUnits: "1.5" }] },
      { stages: [{ completeWorkUnits: 0.5, totalWorkUnits: 9007199254740991 }, { completeWorkUnits: 1.5 }] }
    ],
    [
      "members that are not what they should be",
      { state: {}, priority: "soon", stages: "many", attempt: 3 },
      { attempt: 3 }
    ],
    ["elements that are not what they should be", { destinationUris: ["a", 1, "b"] }, { destinationUris: ["a", "b"] }],
    ["an empty string where a number should be", { priority: "", progress: " " }, {}],
    [
      "notifications",
      { notifications: [{ severity: "WARNING", topic: "quota", detail: "slow" }, {}] },
      { notifications: [{ severity: "WARNING", topic: "quota", detail: "slow" }, {}] }
    ]
  ])("reads %s", (_, message, expected) => {
    assert.deepStrictEqual(OperationMetadata.decode(message), expected)
  })

  it.effect.prop("reads back what it wrote", [OperationMetadata.OperationMetadata], ([metadata]) =>
    Effect.sync(() => {
      // Work units are whole on the wire where int64 stands; everything else survives as it is.
      const whole: OperationMetadata.OperationMetadata = {
        ...metadata,
        stages: metadata.stages?.map((stage) => ({
          ...stage,
          totalWorkUnits: stage.totalWorkUnits === undefined ? undefined : Math.round(stage.totalWorkUnits)
        }))
      }
      const encoded = OperationMetadata.encode(whole)
      assert.deepStrictEqual(OperationMetadata.decode(throughJson(encoded)), throughJson(whole))
      assert.isTrue(OperationMetadata.isOperationMetadata(encoded))
    })
  )

  it.effect.prop(
    "reads any JSON object without failing",
    [FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue())],
    ([json]) =>
      Effect.sync(() => {
        const members = ["state", "stages", "progress", "notifications", "destinationUris", "priority"]
        const values = Object.values(json)
        const message = { ...json, ...Object.fromEntries(members.map((member, i) => [member, values[i]])) }
        assert.doesNotThrow(() => OperationMetadata.decode(message))
        assert.isTrue(Option.isSome(Schema.decodeUnknownOption(OperationMetadata.OperationMetadata)(message)))
      })
  )

  it("writes total work units as a string, complete ones as a number, and nothing that is unset", () => {
    const encoded = OperationMetadata.encode({
      state: "RUNNING",
      progress: undefined,
      stages: [{ displayName: "Write Files", completeWorkUnits: 1.5, totalWorkUnits: 3, description: undefined }]
    })
    assert.deepStrictEqual(encoded, {
      "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
      state: "RUNNING",
      stages: [{ displayName: "Write Files", completeWorkUnits: 1.5, totalWorkUnits: "3" }]
    })
  })

  it.each<[string, boolean]>([
    ["type.googleapis.com/google.earthengine.v1.OperationMetadata", true],
    ["type.googleapis.com/google.earthengine.v1alpha.OperationMetadata", true],
    ["types.example.com/google.earthengine.v2.OperationMetadata", true],
    ["type.googleapis.com/google.cloud.run.v2.OperationMetadata", false],
    ["type.googleapis.com/google.earthengine.v1.NotOperationMetadata", false],
    ["type.googleapis.com/google.earthengine.v1.OperationMetadataPlus", false],
    ["type.googleapis.com/evilgoogle.earthengine.v1.OperationMetadata", false]
  ])("says of %s whether it is Earth Engine's: %s", (type, expected) => {
    const operation = Operation.running({ name, metadata: { "@type": type, state: "PENDING" } })
    assert.strictEqual(Option.isSome(OperationMetadata.fromOperation(operation)), expected)
  })

  it("finds nothing where an operation has no metadata, or metadata without a type", () => {
    assert.isTrue(Option.isNone(OperationMetadata.fromOperation(Operation.running({ name }))))
    assert.isTrue(
      Option.isNone(OperationMetadata.fromOperation(Operation.running({ name, metadata: { state: "RUNNING" } })))
    )
  })
})

describe("OperationMetadata.diagnose", () => {
  const kinds = ["Running", "Succeeded", "Failed", "Cancelled", "DoneWithoutResult"] as const

  const agreeing: Record<State.State, ReadonlyArray<(typeof kinds)[number]>> = {
    STATE_UNSPECIFIED: ["Running"],
    PENDING: ["Running"],
    RUNNING: ["Running"],
    CANCELLING: ["Running"],
    SUCCEEDED: ["Succeeded", "DoneWithoutResult"],
    CANCELLED: ["Cancelled"],
    FAILED: ["Failed"]
  }

  it.each(State.states.flatMap((state) => kinds.map((kind) => [state, kind] as const)))(
    "compares state %s with a %s operation",
    (state, kind) => {
      const operation = operationOf(kind, OperationMetadata.encode({ state }))
      assert.deepStrictEqual(
        OperationMetadata.diagnose(operation),
        agreeing[state].includes(kind) ? [] : [{ _tag: "StateContradictsDone", state, operation: kind }]
      )
    }
  )

  it("tells of states and members it cannot read, and of nothing else", () => {
    const operation = operationOf("Running", {
      "@type": OperationMetadata.typeUrl,
      state: "HIBERNATING",
      priority: "soon",
      progress: null,
      somethingNew: 1
    })
    assert.deepStrictEqual(OperationMetadata.diagnose(operation), [
      { _tag: "UnreadableMember", member: "priority" },
      { _tag: "UnknownState", state: "HIBERNATING" }
    ])
  })

  it("has nothing to say about other services, or about metadata without a state", () => {
    const other = operationOf("Succeeded", {
      "@type": "type.googleapis.com/google.cloud.run.v2.OperationMetadata",
      state: "FAILED"
    })
    assert.deepStrictEqual(OperationMetadata.diagnose(other), [])
    assert.deepStrictEqual(OperationMetadata.diagnose(operationOf("Succeeded", OperationMetadata.encode({}))), [])
    assert.deepStrictEqual(OperationMetadata.diagnose(Operation.running({ name })), [])
  })
})

describe("OperationMetadata.progress", () => {
  const writeFiles = { displayName: "Write Files", completeWorkUnits: 3, totalWorkUnits: 4 }
  const list = { displayName: "Create List of Assets", completeWorkUnits: 1, totalWorkUnits: 1 }

  it.each<[string, OperationMetadata.OperationMetadata, OperationMetadata.Progress]>([
    ["nothing", {}, { fraction: Option.none(), stage: Option.none(), attempt: 1 }],
    [
      "the overall fraction",
      { progress: 0.3, attempt: 2 },
      { fraction: Option.some(0.3), stage: Option.none(), attempt: 2 }
    ],
    ["a fraction out of its range", { progress: 1.7 }, { fraction: Option.some(1), stage: Option.none(), attempt: 1 }],
    [
      "stages only",
      { stages: [list, writeFiles] },
      {
        fraction: Option.some(0.875),
        stage: Option.some({ number: 2, of: 2, name: "Write Files", fraction: Option.some(0.75) }),
        attempt: 1
      }
    ],
    [
      "a stage that has not reported",
      { stages: [list, { displayName: "Write Files" }] },
      {
        fraction: Option.some(0.5),
        stage: Option.some({ number: 2, of: 2, name: "Write Files", fraction: Option.none() }),
        attempt: 1
      }
    ],
    [
      "stages of which none has reported",
      { stages: [{}, {}] },
      {
        fraction: Option.none(),
        stage: Option.some({ number: 1, of: 2, name: "", fraction: Option.none() }),
        attempt: 1
      }
    ],
    [
      "stages that are all complete",
      { stages: [list, list] },
      {
        fraction: Option.some(1),
        stage: Option.some({ number: 2, of: 2, name: "Create List of Assets", fraction: Option.some(1) }),
        attempt: 1
      }
    ],
    [
      "a total of zero",
      { stages: [{ completeWorkUnits: 0, totalWorkUnits: 0 }] },
      {
        fraction: Option.none(),
        stage: Option.some({ number: 1, of: 1, name: "", fraction: Option.none() }),
        attempt: 1
      }
    ]
  ])("sums up %s", (_, metadata, expected) => {
    assert.deepStrictEqual(OperationMetadata.progress(metadata), expected)
  })

  it.effect.prop(
    "stays between 0 and 1",
    [Arbitrary.make(Schema.typeSchema(OperationMetadata.OperationMetadata))],
    ([metadata]) =>
      Effect.sync(() => {
        const { fraction, stage } = OperationMetadata.progress(metadata)
        const within = (value: number) => value >= 0 && value <= 1
        assert.isTrue(Option.match(fraction, { onNone: () => true, onSome: within }))
        assert.isTrue(
          Option.match(
            Option.flatMap(stage, (_) => _.fraction),
            { onNone: () => true, onSome: within }
          )
        )
      })
  )

  it("tells a stalled task from one that moves", () => {
    const before = { state: "RUNNING", progress: 0.5, updateTime: "2025-01-01T00:00:00Z", stages: [writeFiles] }
    assert.isTrue(OperationMetadata.isSameWork(before, { ...before, updateTime: "2025-01-01T00:01:00Z" }))
    assert.isFalse(OperationMetadata.isSameWork(before, { ...before, progress: 0.6 }))
    assert.isFalse(OperationMetadata.isSameWork(before, { ...before, attempt: 2 }))
    assert.isFalse(OperationMetadata.isSameWork(before, { ...before, state: "CANCELLING" }))
    assert.isFalse(
      OperationMetadata.isSameWork(before, { ...before, stages: [{ ...writeFiles, completeWorkUnits: 4 }] })
    )
    assert.isFalse(OperationMetadata.isSameWork(before, { ...before, stages: [] }))
  })
})
