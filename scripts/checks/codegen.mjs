// Fails when a generated barrel differs from what its modules ask for.
import { relative } from "node:path"
import { staleBarrels } from "../internal/codegen.mjs"

export const name = "codegen"

export const check = async (workspace) =>
  staleBarrels(workspace).map(({ file }) => ({
    file: relative(workspace, file),
    message: "is stale; run: node scripts/codegen.mjs"
  }))
