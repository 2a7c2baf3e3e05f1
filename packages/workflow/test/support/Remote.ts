import * as Status from "@effect-lro/core/Status"
import * as Emulator from "@effect-lro/emulator/Emulator"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** A request that the emulator was sent. */
export interface Request {
  readonly what: "start" | "get" | "cancel"
  /** The description of the export. */
  readonly description: string
  /** The process that sent it. */
  readonly process: string
  readonly at: number
}

export interface Kind {
  readonly duration: number
  readonly cleanup?: number
  readonly fails?: boolean
}

const Started = Schema.parseJson(
  Schema.Struct({ name: Schema.String, metadata: Schema.Struct({ description: Schema.String }) })
)

const startedBy = ({ body }: HttpServerResponse.HttpServerResponse) => {
  if (body._tag !== "Uint8Array" && body._tag !== "Raw") return undefined
  const text = body.body instanceof Uint8Array ? new TextDecoder().decode(body.body) : body.body
  return Option.getOrUndefined(Schema.decodeUnknownOption(Started)(text))
}

const status = Status.make({ code: "INTERNAL", message: "broken" })

/**
 * The emulator on a socket, which outlives its clients. It notes what it is asked for, and can keep the answer to the next
 * such request to itself. What an export does is found by its description, up to its last dash.
 */
export const serve = (kinds: Readonly<Record<string, Kind>>) =>
  Effect.gen(function* () {
    const requests: Array<Request> = []
    const names = new Map<string, string>()
    const operations = new Map<string, Set<string>>()
    const withheld = new Map<string, Deferred.Deferred<void>>()
    const { url } = yield* Emulator.make({
      stopTimeout: 0,
      simulate: ({ body }) => {
        const kind = kinds[body.description.slice(0, body.description.lastIndexOf("-"))]
        if (kind === undefined) return {}
        return {
          startDelay: 0,
          duration: kind.duration,
          cleanup: kind.cleanup ?? 0,
          ...(kind.fails === true ? { outcome: { _tag: "Fail", status } } : {})
        }
      },
      middleware: (app) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const path = request.url
          const process = request.headers["x-process"] ?? ""
          const at = performance.now()
          const isStart = path.includes("image:export")
          const name = decodeURIComponent(path.replace(/^\/v1\//, "").replace(/[:?].*$/, ""))
          const what = isStart ? "start" : path.includes(":cancel") ? "cancel" : "get"
          // Noted when it is executed, and before it is answered.
          const response = yield* app
          const started = isStart ? startedBy(response) : undefined
          if (started !== undefined) {
            names.set(started.name, started.metadata.description)
            const { description } = started.metadata
            operations.set(description, (operations.get(description) ?? new Set()).add(started.name))
          }
          const description = started?.metadata.description ?? names.get(name) ?? name
          requests.push({ what, description, process, at })
          const key = `${what} ${description}`
          const kept = withheld.get(key)
          if (kept === undefined) return response
          withheld.delete(key)
          yield* Deferred.succeed(kept, undefined)
          return yield* Effect.never
        })
    })
    const of = (what: Request["what"], description: string) =>
      requests.filter((request) => request.what === what && request.description === description)
    return {
      url,
      requests,
      of,
      /** How many operations an export has been. */
      operations: (description: string) => operations.get(description)?.size ?? 0,
      /** Executes the next such request without an answer; what it returns waits for that. */
      withhold: (what: Request["what"], description: string) => {
        const kept = Deferred.unsafeMake<void>(FiberId.none)
        withheld.set(`${what} ${description}`, kept)
        return Deferred.await(kept)
      },
      /** Waits until so many of them have come. */
      until: (what: Request["what"], description: string, times = 1): Effect.Effect<void> =>
        Effect.repeat(Effect.sleep(20), { until: () => of(what, description).length >= times }).pipe(Effect.asVoid)
    }
  })
