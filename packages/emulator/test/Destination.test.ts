import * as Destination from "@effect-lro/emulator/Destination"
import { assert, describe, it } from "@effect/vitest"

describe("Destination.uris", () => {
  it.each([
    [{}, "https://drive.google.com/"],
    [{ fileExportOptions: { driveDestination: { folder: "f" } } }, "https://drive.google.com/"],
    [
      { fileExportOptions: { cloudStorageDestination: { bucket: "b/c" } } },
      "https://console.cloud.google.com/storage/browser/b%2Fc"
    ],
    [
      { tileExportOptions: { cloudStorageDestination: { bucket: "b" } } },
      "https://console.cloud.google.com/storage/browser/b"
    ],
    [
      { assetExportOptions: { earthEngineDestination: { name: "projects/p/assets/a" } } },
      "https://code.earthengine.google.com/?asset=projects%2Fp%2Fassets%2Fa"
    ],
    [
      { fileExportOptions: "x", assetExportOptions: { earthEngineDestination: { name: 1 } } },
      "https://drive.google.com/"
    ],
    [{ assetExportOptions: { earthEngineDestination: { name: "\ud800" } } }, "https://drive.google.com/"]
  ])("finds where %j goes", (message, expected) => {
    assert.deepStrictEqual(Destination.uris(message), [expected])
  })
})
