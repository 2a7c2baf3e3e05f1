import * as RequestBody from "@effect-lro/server/RequestBody"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"

/**
 * Collects the chunks as they come. Past the limit it lets go of them and leaves the request open, so that the refusal
 * can still be answered; what goes on coming is discarded.
 */
export const read: RequestBody.Reader = (request, maxBytes) => {
  if ((RequestBody.declaredLength(request) ?? 0) > maxBytes) {
    return Effect.fail(new RequestBody.BodyTooLarge({ maxBytes }))
  }
  const source = NodeHttpServerRequest.toIncomingMessage(request)
  if (source.headers["content-length"] === undefined && source.headers["transfer-encoding"] === undefined) {
    return Effect.succeed(new Uint8Array(0))
  }
  return Effect.async((resume) => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    const letGo = () => {
      source.off("data", onData)
      source.off("end", onEnd)
      source.off("close", onClose)
    }
    const settle = (exit: Effect.Effect<Uint8Array, RequestBody.BodyTooLarge | RequestBody.BodyIncomplete>) => {
      letGo()
      resume(exit)
    }
    const onData = (chunk: Uint8Array) => {
      size += chunk.length
      if (size <= maxBytes) {
        chunks.push(chunk)
        return
      }
      settle(Effect.fail(new RequestBody.BodyTooLarge({ maxBytes })))
      source.resume()
    }
    const onEnd = () => settle(Effect.succeed(RequestBody.concat(chunks, size)))
    const onClose = () => settle(Effect.fail(new RequestBody.BodyIncomplete({ cause: "the connection was closed" })))
    source.on("data", onData)
    source.on("end", onEnd)
    source.on("close", onClose)
    // Without a listener an "error" would end the process; "close" always follows it and is what is listened to.
    source.on("error", () => {})
    if (source.destroyed) onClose()
    return Effect.sync(() => {
      letGo()
      source.resume()
    })
  })
}
