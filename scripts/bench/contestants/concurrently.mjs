/** Runs `work` for the numbers from `from` to before `to`, so many at a time. */
export const concurrently = async (from, to, limit, work) => {
  let next = from
  const worker = async () => {
    while (next < to) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(limit, to - from) }, worker))
}

/** Calls `work` for each number again and again, `intervalMs` apart, until it says `true`; all of them at the same time. */
export const repeatedly = (from, to, intervalMs, work) =>
  Promise.all(
    Array.from({ length: to - from }, async (_, offset) => {
      while (!(await work(from + offset))) await new Promise((resolve) => setTimeout(resolve, intervalMs))
    })
  )
