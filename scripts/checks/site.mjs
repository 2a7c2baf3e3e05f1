// Makes the documentation site, in memory, and follows every link and anchor within it.
export const name = "site"

/** Reads the emitted declarations, so the packages must have been compiled. */
export const check = async () => {
  const { makeSite } = await import("../../packages/docs/site/site.mjs")
  return makeSite().problems.map(({ message, path }) => ({ file: path, message }))
}
