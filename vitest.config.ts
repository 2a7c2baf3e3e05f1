import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects,
    // Many tests wait for processes and sockets: one worker less than there are cores would leave two cores idle by half.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    minWorkers: 1,
    coverage: { include: ["packages/*/src/**/*.ts"], exclude: ["packages/*/src/index.ts"], reporter: ["text", "html"] }
  }
})
