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
 * Writes a snapshot of metrics (`Metric.snapshot`), sorted by name. What Prometheus does not admit in a name becomes `_`;
 * counters end in `_total`, durations with the unit in their description are written as they are.
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
    // Two metrics that differ only in what was replaced would make a text that nobody can read.
    if (known !== undefined && known.type !== read.type) continue
    const family = known ?? { type: read.type, help: Option.getOrElse(metricKey.description, () => ""), samples: [] }
    families.set(name, family)
    const labels = labelsOf(metricKey)
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

interface Family {
  readonly type: string
  readonly help: string
  readonly samples: Array<string>
}

interface Sample {
  readonly suffix: string
  readonly extra: string
  readonly value: number | bigint
}

const plain = (value: number | bigint, extra = "", suffix = ""): Sample => ({ suffix, extra, value })

const readState = (
  state: MetricState.MetricState.Untyped
): { readonly type: string; readonly samples: ReadonlyArray<Sample> } | undefined => {
  if (MetricState.isCounterState(state)) return { type: "counter", samples: [plain(state.count)] }
  if (MetricState.isGaugeState(state)) return { type: "gauge", samples: [plain(state.value)] }
  if (MetricState.isFrequencyState(state)) {
    const samples = Array.from(state.occurrences, ([word, count]) => plain(count, label("key", word)))
    return { type: "counter", samples }
  }
  if (MetricState.isHistogramState(state)) {
    const buckets = state.buckets.filter(([boundary]) => Number.isFinite(boundary))
    return {
      type: "histogram",
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
    return { type: "summary", samples: [...quantiles, plain(state.sum, "", "_sum"), plain(state.count, "", "_count")] }
  }
  return undefined
}

const nameOf = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/^(?=\d|$)/, "_")

const labelsOf = (key: MetricKey.MetricKey.Untyped): ReadonlyArray<string> =>
  key.tags.map(({ key, value }) => label(key.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d|$)/, "_"), value))

const label = (name: string, value: string): string =>
  `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`

const braced = (labels: ReadonlyArray<string>): string => (labels.length === 0 ? "" : `{${labels.join(",")}}`)

const number = (value: number | bigint): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)
