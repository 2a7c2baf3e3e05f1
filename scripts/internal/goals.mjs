/**
 * Collects what tests measured out of their output: lines of JSON with `goal`, `measured` and `met`. Of a goal that was
 * measured more than once all lines are kept, since each says what it was measured on.
 */
export const collectGoals = () => {
  const lines = []
  let rest = ""
  const take = (line) => {
    const text = line.trim()
    if (!text.startsWith('{"goal":')) return
    try {
      const goal = JSON.parse(text)
      if (typeof goal.goal === "string" && typeof goal.met === "boolean" && "measured" in goal) lines.push(text)
    } catch {
      // A line that only looks like one is output like any other.
    }
  }
  return {
    read: (chunk) => {
      const parts = (rest + chunk).split("\n")
      rest = parts.pop()
      parts.forEach(take)
    },
    found: () => {
      take(rest)
      rest = ""
      return lines.toSorted((a, b) => number(a) - number(b))
    }
  }
}

const number = (line) => Number(/\d+/.exec(JSON.parse(line).goal)?.[0] ?? 0)
