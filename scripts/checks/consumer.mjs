// Installs the tarballs into an application outside of the workspace, as a user would: it compiles with the oldest and the
// newest TypeScript, drops what it does not use, and runs every example.
import { consume, packedFolder } from "../internal/consumer.mjs"

export const name = "consumer"

/** Installs what was packed, so that must have been done. With pnpm too where it may take long. */
export const check = (workspace) =>
  consume(packedFolder(workspace), process.env.EFFECT_LRO_LONG === "1" ? ["npm", "pnpm"] : ["npm"])
