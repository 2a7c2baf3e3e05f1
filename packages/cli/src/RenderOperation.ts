/**
 * An operation for people: what Earth Engine tells about its tasks in a tidy form, and whatever other services tell as
 * it is.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as Status from "@effect-lro/core/Status"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as Option from "effect/Option"
import * as DurationText from "./DurationText.js"
import * as Printable from "./Printable.js"
import type * as ProgressLine from "./ProgressLine.js"
import type { Style } from "./Style.js"

/**
 * The state in one word. The operation itself decides whether it is over; the metadata only says more of one that is not.
 *
 * @since 0.1.0
 * @category conversions
 */
export const state = (operation: Operation.Operation): string => {
  switch (operation._tag) {
    case "Running": {
      const told = Option.getOrUndefined(OperationMetadata.fromOperation(operation))?.state
      return told === undefined || contradicts(operation) ? "RUNNING" : Printable.oneLine(told)
    }
    case "Succeeded":
      return "SUCCEEDED"
    case "Failed":
      return "FAILED"
    case "Cancelled":
      return "CANCELLED"
    case "DoneWithoutResult":
      return "DONE"
  }
}

/**
 * A state in its colour.
 *
 * @since 0.1.0
 * @category conversions
 */
export const tinted = (style: Style, operation: Operation.Operation, text: string): string => {
  switch (operation._tag) {
    case "Running":
      return state(operation) === "CANCELLING" ? style.yellow(text) : style.cyan(text)
    case "Succeeded":
    case "DoneWithoutResult":
      return style.green(text)
    case "Failed":
      return style.red(text)
    case "Cancelled":
      return style.yellow(text)
  }
}

/**
 * How far an operation is, for a progress line.
 *
 * @since 0.1.0
 * @category conversions
 */
export const progress = (operation: Operation.Operation): ProgressLine.Status => {
  const word = state(operation)
  if (operation._tag !== "Running") return { key: word, text: word }
  const metadata = Option.map(OperationMetadata.fromOperation(operation), OperationMetadata.progress)
  const fraction = Option.flatMap(metadata, (_) => _.fraction).pipe(Option.orElse(() => percentOf(operation)))
  const stage = Option.flatMap(metadata, (_) => _.stage)
  const attempt = Option.match(metadata, { onNone: () => 1, onSome: (_) => _.attempt })
  const at = Option.map(stage, (_) =>
    Printable.oneLine(`stage ${_.number} of ${_.of}${_.name === "" ? "" : `: ${_.name}`}`)
  )
  const again = attempt > 1 ? `attempt ${attempt}` : ""
  return {
    key: [word, Option.getOrElse(at, () => ""), again].join("|"),
    text: [
      word,
      ...Option.toArray(Option.map(fraction, percent)),
      ...Option.toArray(at),
      ...(again === "" ? [] : [again])
    ].join(", ")
  }
}

/**
 * Everything that is known about an operation, in lines. `now` is in milliseconds since 1970.
 *
 * @since 0.1.0
 * @category conversions
 */
export const lines = (operation: Operation.Operation, options: { readonly style: Style; readonly now: number }) => {
  const { now, style } = options
  const rows: Array<readonly [label: string, text: string]> = [
    ["State", tinted(style, operation, state(operation))],
    ...ending(operation, style),
    ...Option.match(operation.metadata, {
      onNone: () => [],
      onSome: (metadata) =>
        OperationMetadata.isOperationMetadata(metadata)
          ? earthEngine(OperationMetadata.decode(metadata), operation, now, style)
          : generic(metadata)
    }),
    ...OperationMetadata.diagnose(operation).map((_) => ["Note", style.dim(diagnostic(_))] as const)
  ]
  const labels = Math.max(...rows.map(([label]) => label.length)) + 2
  return [
    style.bold(Printable.oneLine(operation.name === "" ? "(no name)" : operation.name)),
    ...rows.map(([label, text]) => `  ${style.dim(Printable.pad(label, labels))}${text}`)
  ]
}

/**
 * An operation in one row of a list: state, progress, when it was created, its name and what it is called.
 *
 * @since 0.1.0
 * @category conversions
 */
export const row = (operation: Operation.Operation, style: Style): string => {
  const metadata = Option.getOrElse(OperationMetadata.fromOperation(operation), () => noMetadata)
  const fraction = operation._tag === "Running" ? OperationMetadata.progress(metadata).fraction : Option.none()
  return [
    tinted(style, operation, Printable.pad(state(operation), 10)),
    Option.match(fraction, { onNone: () => "    ", onSome: percent }).padStart(5),
    Printable.pad(shortTime(metadata.createTime), 20),
    style.bold(Printable.oneLine(operation.name)),
    style.dim(Printable.oneLine(metadata.description ?? ""))
  ]
    .join("  ")
    .trimEnd()
}

type Row = readonly [label: string, text: string]

const noMetadata: OperationMetadata.OperationMetadata = {}

const contradicts = (operation: Operation.Operation): boolean =>
  OperationMetadata.diagnose(operation).some((_) => _._tag === "StateContradictsDone")

const ending = (operation: Operation.Operation, style: Style): ReadonlyArray<Row> => {
  switch (operation._tag) {
    case "Running":
    case "DoneWithoutResult":
      return []
    case "Succeeded":
      return AnyMessage.hasType(operation.response, "google.protobuf.Empty")
        ? []
        : [["Response", message(operation.response)]]
    case "Failed":
    case "Cancelled": {
      const said = Printable.oneLine(operation.error.message)
      const code = `${Status.codeOf(operation.error)} (${operation.error.code})`
      return [
        ["Error", `${operation._tag === "Failed" ? style.red(code) : code}${said === "" ? "" : ` ${said}`}`],
        ...operation.error.details.map((_): Row => ["Detail", message(_)])
      ]
    }
  }
}

const earthEngine = (
  metadata: OperationMetadata.OperationMetadata,
  operation: Operation.Operation,
  now: number,
  style: Style
): ReadonlyArray<Row> => {
  const { attempt, fraction } = OperationMetadata.progress(metadata)
  return [
    ...text("Description", metadata.description),
    ...text("Type", metadata.type),
    ...Option.match(fraction, { onNone: () => [], onSome: (_): ReadonlyArray<Row> => [["Progress", bar(_, style)]] }),
    ...(attempt > 1 ? [["Attempt", String(attempt)] as const] : []),
    ...text("Created", metadata.createTime),
    ...text("Started", metadata.startTime),
    ...text("Ended", metadata.endTime),
    ...took(metadata, operation, now),
    ...(metadata.stages ?? []).map((stage, i): Row => [
      i === 0 ? "Stages" : "",
      `${Printable.oneLine(stage.displayName ?? "(no name)")}${units(stage, style)}`
    ]),
    ...text("Priority", metadata.priority === undefined || metadata.priority === 100 ? undefined : metadata.priority),
    ...(metadata.destinationUris ?? []).flatMap((uri) => text("Destination", uri)),
    ...text("Compute", metadata.batchEecuUsageSeconds, " EECU-seconds"),
    ...text("Script", metadata.scriptUri),
    ...(metadata.notifications ?? []).map((_): Row => [
      "Message",
      [_.severity, _.topic, _.detail]
        .filter((part) => part !== undefined)
        .map(Printable.oneLine)
        .join(" ")
    ])
  ]
}

const generic = (metadata: AnyMessage.AnyMessage): ReadonlyArray<Row> => [
  ...text(
    "Metadata",
    Option.getOrElse(AnyMessage.typeName(metadata), () => "(no @type)")
  ),
  ...Object.entries(metadata)
    .filter(([member, value]) => member !== "@type" && value !== null)
    .map(([member, value]): Row => [Printable.oneLine(member), json(value)])
]

const text = (label: string, value: string | number | undefined, unit = ""): ReadonlyArray<Row> =>
  value === undefined || value === "" ? [] : [[label, `${Printable.oneLine(String(value))}${unit}`]]

const message = (any: AnyMessage.AnyMessage): string => {
  const { "@type": _, ...members } = any
  const name = Option.match(AnyMessage.typeName(any), { onNone: () => "", onSome: (_) => `${Printable.oneLine(_)} ` })
  return `${name}${json(members)}`
}

const json = (value: unknown): string => Printable.oneLine(typeof value === "string" ? value : JSON.stringify(value))

const percent = (fraction: number): string => `${Math.floor(fraction * 100)} %`

const bar = (fraction: number, style: Style): string => {
  const full = Math.round(fraction * 20)
  return `${style.cyan("█".repeat(full))}${style.dim("░".repeat(20 - full))} ${percent(fraction)}`
}

const units = (stage: OperationMetadata.Stage, style: Style): string =>
  stage.completeWorkUnits === undefined && stage.totalWorkUnits === undefined
    ? ""
    : style.dim(`  ${rounded(stage.completeWorkUnits ?? 0)} of ${rounded(stage.totalWorkUnits ?? 0)}`)

const rounded = (units: number): string => String(Math.round(units * 10) / 10)

// Many services have such a member; it is the only generic sign of progress there is.
const percentOf = (operation: Operation.Operation): Option.Option<number> =>
  Option.flatMap(operation.metadata, (metadata) => {
    const value = metadata["progressPercent"] ?? metadata["progressPercentage"]
    return typeof value === "number" && value >= 0 && value <= 100 ? Option.some(value / 100) : Option.none()
  })

const millisOf = (timestamp: string | undefined): Option.Option<number> =>
  Option.map(
    Option.flatMap(Option.fromNullable(timestamp), ProtoJson.parseTimestamp),
    (_) => _.seconds * 1000 + _.nanos / 1e6
  )

const took = (
  metadata: OperationMetadata.OperationMetadata,
  operation: Operation.Operation,
  now: number
): ReadonlyArray<Row> => {
  const end = Operation.isDone(operation) ? millisOf(metadata.endTime) : Option.some(now)
  return Option.match(Option.all([millisOf(metadata.startTime), end]), {
    onNone: () => [],
    onSome: ([from, to]) =>
      to < from ? [] : [[Operation.isDone(operation) ? "Took" : "Running for", DurationText.format(to - from)]]
  })
}

const shortTime = (timestamp: string | undefined): string =>
  Printable.oneLine(timestamp ?? "").replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/, "$1T$2Z")

const diagnostic = (diagnostic: OperationMetadata.Diagnostic): string => {
  switch (diagnostic._tag) {
    case "StateContradictsDone":
      return `the metadata says ${diagnostic.state}, which does not fit; the operation itself is right`
    case "UnknownState":
      return `${Printable.oneLine(diagnostic.state)} is a state that this version of lro does not know`
    case "UnreadableMember":
      return `the metadata's ${diagnostic.member} could not be read`
  }
}
