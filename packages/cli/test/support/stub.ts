import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Seen {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
}

export interface Stub {
  readonly url: string
  readonly seen: ReadonlyArray<Seen>
}

/** `count` is how many requests this method and path have had before. */
export type Respond = (
  request: { readonly method: string; readonly path: string; readonly count: number },
  response: ServerResponse
) => void

/** A server that knows nothing but what a test makes it answer. */
export const stub = (respond: Respond): Effect.Effect<Stub, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Stub & { readonly stop: () => void }>((resume) => {
      const seen: Array<Seen> = []
      const server = createServer((request: IncomingMessage, response) => {
        const { headers, method = "", url: path = "" } = request
        const count = seen.filter((_) => _.method === method && _.path === path).length
        seen.push({ method, path, authorization: headers.authorization })
        request.resume()
        respond({ method, path, count }, response)
      })
      const stop = () => {
        server.closeAllConnections()
        server.close()
      }
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, seen, stop }))
      })
    }),
    ({ stop }) => Effect.sync(stop)
  )

export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(body))
}

export const envelope = (code: number, status: string, message: string, details?: ReadonlyArray<unknown>) => ({
  error: { code, message, status, ...(details === undefined ? {} : { details }) }
})
