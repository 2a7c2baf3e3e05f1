export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** What one side costs by the other, run by run: runs that follow each other have the same machine. */
export const ratios = (ours, theirs, of) => ours.map((it, round) => of(it) / of(theirs[round]))

export const ratio = (ours, theirs, of) => median(ratios(ours, theirs, of))

export const cpu = (run) => run.cpuMs
export const wall = (run) => run.wallMs

/** The value below which this share of them is. */
export const at = (values, share) => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
