import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects,
    coverage: { include: ["packages/*/src/**/*.ts"], exclude: ["packages/*/src/index.ts"], reporter: ["text", "html"] }
  }
})
