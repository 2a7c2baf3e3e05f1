import { defineProject, mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

export default mergeConfig(
  shared,
  defineProject({
    test: {
      name: "host-cluster",
      globalSetup: ["../../scripts/internal/postgresSetup.mjs"],
      // Each file starts a cluster of three processes; all at once would leave none of them the time to renew its leases.
      poolOptions: { forks: { singleFork: true } }
    }
  })
)
