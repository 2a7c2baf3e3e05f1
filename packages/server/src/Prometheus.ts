/**
 * Effect's metrics in the text format of Prometheus, version 0.0.4.
 *
 * @since 0.1.0
 */
import type * as MetricKey from "effect/MetricKey"
import type * as MetricPair from "effect/MetricPair"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"

/**
 * The media type of what {@link encode} writes.
 *
 * @since 0.1.0
 * @category constants
 */
export const contentType = "text/plain; version=0.0.4; charset=utf-8"

/**
 * Writes a snapshot of metrics (`Metric.snapshot`), sorted by name. What Prometheus does not admit in a name becomes `_`, and
 * counters end in `_total`. Of what is the same after that, the first is written.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (pairs: Iterable<MetricPair.MetricPair.Untyped>): string => {
  const families = new Map<string, Family>()
  for (const { metricKey, metricState } of pairs) {
    const read = readState(metricState)
    if (read === undefined) continue
    const base = nameOf(metricKey.name)
    const name = read.type === "counter" && !base.endsWith("_total") ? `${base}_total` : base
    const known = families.get(name)
    const labels = labelsOf(metricKey, read.own)
    // Prometheus refuses all of a text in which a name has two types, or a sample comes twice.
    if (known !== undefined && (known.type !== read.type || known.labelled.has(braced(labels)))) continue
    const help = Option.getOrElse(metricKey.description, () => "")
    const family: Family = known ?? { type: read.type, help, samples: [], labelled: new Set() }
    families.set(name, family)
    family.labelled.add(braced(labels))
    for (const { extra, suffix, value } of read.samples) {
      family.samples.push(`${name}${suffix}${braced(extra === "" ? labels : [...labels, extra])} ${number(value)}`)
    }
  }
  return Array.from(families)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { help, samples, type }]) => {
      const head = help === "" ? [] : [`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`]
      return [...head, `# TYPE ${name} ${type}`, ...samples, ""].join("\n")
    })
    .join("")
}

type Type = "counter" | "gauge" | "histogram" | "summary"

interface Family {
  readonly type: Type
  readonly help: string
  readonly samples: Array<string>
  readonly labelled: Set<string>
}

interface Read {
  readonly type: Type
  /** The label that the samples have beside those of the metric. */
  readonly own?: string
  readonly samples: ReadonlyArray<Sample>
}

interface Sample {
  readonly suffix: string
  readonly extra: string
  readonly value: number | bigint
}

const plain = (value: number | bigint, extra = "", suffix = ""): Sample => ({ suffix, extra, value })

const readState = (state: MetricState.MetricState.Untyped): Read | undefined => {
  if (MetricState.isCounterState(state)) return { type: "counter", samples: [plain(state.count)] }
  if (MetricState.isGaugeState(state)) return { type: "gauge", samples: [plain(state.value)] }
  if (MetricState.isFrequencyState(state)) {
    const samples = Array.from(state.occurrences, ([word, count]) => plain(count, label("key", word)))
    return { type: "counter", own: "key", samples }
  }
  if (MetricState.isHistogramState(state)) {
    const buckets = state.buckets.filter(([boundary]) => Number.isFinite(boundary))
    return {
      type: "histogram",
      own: "le",
      samples: [
        ...buckets.map(([boundary, count]) => plain(count, label("le", number(boundary)), "_bucket")),
        plain(state.count, label("le", "+Inf"), "_bucket"),
        plain(state.sum, "", "_sum"),
        plain(state.count, "", "_count")
      ]
    }
  }
  if (MetricState.isSummaryState(state)) {
    const quantiles = state.quantiles.flatMap(([quantile, value]) =>
      Option.isNone(value) ? [] : [plain(value.value, label("quantile", number(quantile)))]
    )
    return {
      type: "summary",
      own: "quantile",
      samples: [...quantiles, plain(state.sum, "", "_sum"), plain(state.count, "", "_count")]
    }
  }
  return undefined
}

const nameOf = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/^(?=\d|$)/, "_")

const labelsOf = (key: MetricKey.MetricKey.Untyped, own: string | undefined): ReadonlyArray<string> => {
  const labels = new Map<string, string>()
  for (const tag of key.tags) {
    const name = tag.key.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d|$)/, "_")
    if (name !== own && !labels.has(name)) labels.set(name, label(name, tag.value))
  }
  return [...labels.values()]
}

const label = (name: string, value: string): string =>
  `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`

const braced = (labels: ReadonlyArray<string>): string => (labels.length === 0 ? "" : `{${labels.join(",")}}`)

const number = (value: number | bigint): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)
