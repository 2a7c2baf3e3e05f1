const width = (text) => [...text].length

const line = (cells, widths) =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]) : cell.padStart(widths[index]))).join("  ")

/** A table of text: the first column to the left, the others to the right. A row of two cells is a note about the first. */
export const format = (header, all) => {
  const rows = all.filter((row) => row.length > 2)
  const notes = all.filter((row) => row.length === 2).map(([name, note]) => `${name}: ${note}`)
  const texts = [header, ...rows].map((row) => row.map((cell) => (cell === undefined ? "–" : String(cell))))
  const widths = header.map((_, index) => Math.max(...texts.map((row) => width(row[index]))))
  const [head, ...body] = texts.map((row) => line(row, widths))
  return [head, "-".repeat(width(head)), ...body, ...notes].join("\n")
}

export const fixed = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : undefined)
