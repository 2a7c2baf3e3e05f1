import * as Operation from "@effect-lro/core/Operation"
import * as Status from "@effect-lro/core/Status"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as RenderOperation from "../src/RenderOperation.js"
import * as Style from "../src/Style.js"

const name = "projects/demo/operations/ABC"

const now = Date.UTC(2025, 0, 1, 0, 10, 0)

const lines = (operation: Operation.Operation, style = Style.plain) => RenderOperation.lines(operation, { style, now })

const exporting = Operation.running({
  name,
  metadata: OperationMetadata.encode({
    state: "RUNNING",
    description: "my export",
    type: "EXPORT_IMAGE",
    priority: 100,
    createTime: "2025-01-01T00:00:00.123456Z",
    startTime: "2025-01-01T00:00:30Z",
    updateTime: "2025-01-01T00:09:59Z",
    progress: 0.25,
    attempt: 2,
    stages: [
      { displayName: "Create List of Assets", completeWorkUnits: 1, totalWorkUnits: 1 },
      { displayName: "Write Files", completeWorkUnits: 2.25, totalWorkUnits: 10 }
    ]
  })
})

describe("RenderOperation", () => {
  it("shows an Earth Engine task in full", () => {
    assert.deepStrictEqual(lines(exporting), [
      name,
      "  State        RUNNING",
      "  Description  my export",
      "  Type         EXPORT_IMAGE",
      "  Progress     █████░░░░░░░░░░░░░░░ 25 %",
      "  Attempt      2",
      "  Created      2025-01-01T00:00:00.123456Z",
      "  Started      2025-01-01T00:00:30Z",
      "  Running for  9m 30s",
      "  Stages       Create List of Assets  1 of 1",
      "               Write Files  2.3 of 10"
    ])
  })

  it("sums a running task up for a progress line", () => {
    assert.deepStrictEqual(RenderOperation.progress(exporting), {
      key: "RUNNING|stage 2 of 2: Write Files|attempt 2",
      text: "RUNNING, 25 %, stage 2 of 2: Write Files, attempt 2"
    })
  })

  it("sums up what has no progress to tell by its state alone", () => {
    assert.strictEqual(RenderOperation.progress(Operation.running({ name })).text, "RUNNING")
    assert.strictEqual(RenderOperation.progress(Operation.doneWithoutResult({ name })).text, "DONE")
  })

  it("shows how long an ended task took and what it failed of", () => {
    const failed = Operation.ended({
      name,
      metadata: OperationMetadata.encode({
        state: "FAILED",
        startTime: "2025-01-01T00:00:00Z",
        endTime: "2025-01-01T02:30:00.5Z"
      }),
      error: Status.make({
        code: "RESOURCE_EXHAUSTED",
        message: "user memory limit exceeded",
        details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "MEMORY" }]
      })
    })
    assert.deepStrictEqual(lines(failed), [
      name,
      "  State    FAILED",
      "  Error    RESOURCE_EXHAUSTED (8) user memory limit exceeded",
      `  Detail   google.rpc.ErrorInfo {"reason":"MEMORY"}`,
      "  Started  2025-01-01T00:00:00Z",
      "  Ended    2025-01-01T02:30:00.5Z",
      "  Took     2h 30m"
    ])
  })

  it("shows metadata of other services as it is", () => {
    const other = Operation.running({
      name: "projects/p/locations/l/operations/1",
      metadata: {
        "@type": "type.googleapis.com/google.cloud.run.v2.Service",
        target: "projects/p/services/s",
        progressPercent: 40,
        labels: { a: "b" },
        nothing: null
      }
    })
    assert.deepStrictEqual(lines(other), [
      "projects/p/locations/l/operations/1",
      "  State            RUNNING",
      "  Metadata         google.cloud.run.v2.Service",
      "  target           projects/p/services/s",
      "  progressPercent  40",
      `  labels           {"a":"b"}`
    ])
    assert.strictEqual(RenderOperation.progress(other).text, "RUNNING, 40 %")
  })

  it("believes the operation where the metadata contradicts it, and says so", () => {
    const odd = Operation.running({ name, metadata: OperationMetadata.encode({ state: "SUCCEEDED" }) })
    assert.strictEqual(RenderOperation.state(odd), "RUNNING")
    assert.include(lines(odd).join("\n"), "the metadata says SUCCEEDED, which does not fit")
  })

  it("shows a state that it does not know", () => {
    const odd = Operation.running({ name, metadata: OperationMetadata.encode({ state: "PAUSED" }) })
    assert.strictEqual(RenderOperation.state(odd), "PAUSED")
    assert.include(lines(odd).join("\n"), "does not know")
  })

  it("shows an operation in one row of a list", () => {
    assert.strictEqual(
      RenderOperation.row(exporting, Style.plain),
      `RUNNING      25 %  2025-01-01T00:00:00Z  ${name}  my export`
    )
    assert.strictEqual(
      RenderOperation.row(Operation.succeeded({ name, response: {} }), Style.plain),
      `SUCCEEDED${" ".repeat(30)}  ${name}`
    )
  })

  it("lets no server draw on the screen", () => {
    const evil = "\u001b[2J\u001b]0;pwned\u0007\r\n"
    const operations = [
      Operation.running({
        name: `projects/${evil}`,
        metadata: OperationMetadata.encode({
          state: evil,
          description: evil,
          type: evil,
          createTime: evil,
          stages: [{ displayName: evil }],
          destinationUris: [evil],
          notifications: [{ severity: evil, topic: evil, detail: evil }]
        })
      }),
      Operation.running({ name, metadata: { "@type": evil, [evil]: evil, nested: { [evil]: evil } } }),
      Operation.ended({ name, error: Status.make({ code: 3, message: evil, details: [{ "@type": evil }] }) }),
      Operation.succeeded({ name, response: { "@type": evil, [evil]: evil } })
    ]
    for (const operation of operations) {
      const shown = [
        ...lines(operation),
        RenderOperation.row(operation, Style.plain),
        RenderOperation.progress(operation).text
      ]
      for (const line of shown) assert.notMatch(line, /[\u0000-\u001f\u007f-\u009f]/)
    }
  })

  it("has the same text with colours and without", () => {
    assert.deepStrictEqual(lines(exporting, Style.ansi).map(Style.strip), lines(exporting))
  })

  it("shows every operation there can be", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Operation.Wire), (wire) => {
        const operation = Operation.fromWire(wire)
        return lines(operation).length > 1 && RenderOperation.row(operation, Style.plain) !== ""
      })
    )
  })
})
