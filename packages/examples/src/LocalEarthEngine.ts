/**
 * Earth Engine without an account: an emulator in this process. A program of yours takes `EarthEngine.layer({ project })`
 * with `FetchHttpClient.layer` in its place, and with it the credentials on the machine.
 */
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
import * as Layer from "effect/Layer"

export const layer = (options: EmulatorApp.Options) =>
  EarthEngine.layer({ project: "demo", endpoint: "http://emulator" }).pipe(
    Layer.provide(EmulatorApp.layerHttpClient(options))
  )

/** An export with little in it. */
export const exported = (description: string) =>
  EarthEngine.exportImage({
    description,
    expression: { values: {} },
    fileExportOptions: { fileFormat: "GEO_TIFF", driveDestination: { folder: "exports" } }
  })
