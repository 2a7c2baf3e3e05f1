/** A disk of its own size, which can be full: a tmpfs. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { folder } from "@effect-lro/test-support/Files"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const run = (program: string, ...args: ReadonlyArray<string>) => {
  const { error, status, stderr } = spawnSync(program, args, { encoding: "utf8" })
  return { isDone: status === 0, problem: error?.message ?? stderr.trim() }
}

const mountAt = (path: string, size: string) => run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path)

const unmount = (path: string) => run("umount", "-l", path)

/** Why no disk can be had here: mostly because this is not root. */
export const refused = (): string | undefined => {
  const path = mkdtempSync(join(tmpdir(), "effect-lro-disk-"))
  const { isDone, problem } = mountAt(path, "64k")
  if (isDone) unmount(path)
  rmSync(path, { recursive: true, force: true })
  return isDone ? undefined : `no tmpfs can be mounted: ${problem}`
}

/** One test that is skipped and says why. */
export const skipped = (reason: string): void =>
  it("needs a disk of its own", ({ skip }) => {
    skip(reason)
  })

export const mount = (size: string) =>
  Effect.gen(function* () {
    const path = yield* folder
    yield* Effect.acquireRelease(
      Effect.sync(() => mountAt(path, size)),
      () => Effect.sync(() => unmount(path))
    )
    return { path, resize: (size: string) => Effect.sync(() => run("mount", "-o", `remount,size=${size}`, path)) }
  })
