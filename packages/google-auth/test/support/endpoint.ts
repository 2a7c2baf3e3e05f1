import { createServer } from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly body: string
  /** The body, as a form. */
  readonly form: { readonly [name: string]: string }
}

export interface Reply {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  /** JSON, unless it is a text already. */
  readonly body: unknown
}

export interface Endpoint {
  readonly origin: string
  /** `127.0.0.1:PORT`. */
  readonly host: string
  readonly received: ReadonlyArray<Received>
}

/** A server on loopback, gone with the scope. A handler that gives nothing leaves the request without an answer. */
export const endpoint = (
  handler: (request: Received, index: number) => Reply | undefined
): Effect.Effect<Endpoint, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Endpoint & { readonly close: () => void }>((resume) => {
      const received: Array<Received> = []
      const server = createServer((request, response) => {
        let body = ""
        request.setEncoding("utf8").on("data", (chunk) => (body += chunk))
        request.on("end", () => {
          const it: Received = {
            method: request.method ?? "",
            url: request.url ?? "",
            headers: request.headers,
            body,
            form: Object.fromEntries(new URLSearchParams(body))
          }
          received.push(it)
          const reply = handler(it, received.length - 1)
          if (reply === undefined) return
          const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body)
          const type = typeof reply.body === "string" ? "text/html" : "application/json"
          response.writeHead(reply.status ?? 200, { "content-type": type, ...reply.headers }).end(text)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
        const close = () => {
          server.close()
          server.closeAllConnections()
        }
        resume(Effect.succeed({ origin: `http://${host}`, host, received, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** Gives tokens that are good for an hour. */
export const giving = (token: string): Reply => ({
  body: { access_token: token, expires_in: 3599, token_type: "Bearer" }
})
