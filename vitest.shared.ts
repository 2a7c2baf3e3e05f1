import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["@effect-lro/source"] },
  ssr: { resolve: { conditions: ["@effect-lro/source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    allowOnly: false,
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    // A loaded machine is no failure; a test that hangs is.
    testTimeout: process.env["EFFECT_LRO_LONG"] === "1" ? 600_000 : 20_000,
    hookTimeout: 30_000
  }
})
