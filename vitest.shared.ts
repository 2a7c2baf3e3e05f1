import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["@effect-lro/source"] },
  ssr: { resolve: { conditions: ["@effect-lro/source"] } },
  test: { include: ["test/**/*.test.ts"], sequence: { concurrent: false } }
})
