/**
 * A host whose operations are in files, by a store of one's own, and outlive the host.
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeKeyValueStore from "@effect/platform-node/NodeKeyValueStore"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as KeyValueOperationStore from "./KeyValueOperationStore.js"

const hosted = (folder: string) =>
  HostOperations.layer.pipe(
    Layer.provideMerge(Host.layer()),
    Layer.provide(KeyValueOperationStore.layer),
    Layer.provide(NodeKeyValueStore.layerFileSystem(folder))
  )

const program = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped()
  const name = yield* Effect.gen(function* () {
    const { name } = yield* Host.submit({
      parent: "projects/demo",
      body: () => Effect.succeed(AnyMessage.pack("example.v1.Report", { pages: 12 }))
    })
    yield* Console.log(`the first host: ${(yield* Operations.wait(name))._tag}`)
    return name
  }).pipe(Effect.provide(hosted(folder)))
  const later = yield* Operations.get(name).pipe(Effect.provide(hosted(folder)))
  yield* Console.log(`another host, later: ${later._tag}`)
}).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

NodeRuntime.runMain(program)
