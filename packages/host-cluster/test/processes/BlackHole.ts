import { createServer, connect, type AddressInfo, type Socket } from "node:net"
import * as Effect from "effect/Effect"

/** Which way nothing gets through any more. */
export type Direction = "both" | "toDatabase" | "fromDatabase"

/** A network between a process and its database, that can be cut without either end being told. */
export interface BlackHole {
  readonly port: number
  /**
   * From now on what is sent that way does not arrive, and no end of a connection does. Nobody is refused: new connections
   * are taken, and get no answer.
   */
  readonly cut: (direction: Direction) => Effect.Effect<void>
  /** What was held back arrives late, as it does when TCP sends it again. */
  readonly heal: Effect.Effect<void>
}

/**
 * Forwards to a port on this machine. What is held back stays in the buffers of the sockets: they are paused, so that neither
 * data nor an end is passed on.
 */
export const make = (target: number) =>
  Effect.acquireRelease(
    Effect.async<BlackHole & { readonly close: () => void }>((resume) => {
      const isCut = { toDatabase: false, fromDatabase: false }
      const links = new Set<Link>()
      const update = () => {
        for (const link of links) link.update()
      }

      interface Link {
        readonly update: () => void
        readonly destroy: () => void
      }

      const link = (client: Socket, database: Socket): Link => {
        const pass = (from: Socket, to: Socket, held: () => boolean) => {
          let isClosed = false
          const end = () => {
            if (!held()) to.end()
          }
          from.on("data", (chunk) => to.write(chunk))
          from.on("error", () => from.destroy())
          from.on("close", () => {
            isClosed = true
            end()
          })
          return () => {
            if (held()) return void from.pause()
            from.resume()
            if (isClosed) end()
          }
        }
        const there = pass(client, database, () => isCut.toDatabase)
        const back = pass(database, client, () => isCut.fromDatabase)
        const self: Link = {
          update: () => {
            there()
            back()
            if (client.destroyed && database.destroyed) links.delete(self)
          },
          destroy: () => {
            client.destroy()
            database.destroy()
          }
        }
        return self
      }

      const server = createServer((client) => {
        const made = link(client, connect(target, "127.0.0.1"))
        links.add(made)
        made.update()
      })
      server.listen(0, "127.0.0.1", () => {
        resume(
          Effect.succeed({
            port: (server.address() as AddressInfo).port,
            cut: (direction) =>
              Effect.sync(() => {
                isCut.toDatabase = direction !== "fromDatabase"
                isCut.fromDatabase = direction !== "toDatabase"
                update()
              }),
            heal: Effect.sync(() => {
              isCut.toDatabase = false
              isCut.fromDatabase = false
              update()
            }),
            close: () => {
              server.close()
              for (const { destroy } of links) destroy()
            }
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )
