import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Hosted from "./hosted.js"

/** A lie on the way, told by the client's HTTP client or by the operations behind the server. */
interface Mutant {
  readonly lie: string
  readonly groups: ReadonlyArray<Battery.Group>
  readonly client?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly host?: (operations: Operations.Service) => Operations.Service
}

const json = (request: HttpClientRequest.HttpClientRequest, status: number, body: unknown) =>
  HttpClientResponse.fromWeb(
    request,
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })
  )

const nameIn = (request: HttpClientRequest.HttpClientRequest) =>
  decodeURIComponent(request.url.replace(/^.*\/v1\//, "").replace(/\?.*$/, ""))

const isVerb = (request: HttpClientRequest.HttpClientRequest, verb: string) => request.url.endsWith(`:${verb}`)

const requested = (change: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest) =>
  HttpClient.mapRequest(change)

const seen = (wire: Operation.Wire) => Operation.fromWire(wire)

const mutants: ReadonlyArray<Mutant> = [
  { lie: "redirects are followed", groups: ["trouble"], client: HttpClient.followRedirects(3) },
  {
    lie: "a cancel is sent twice",
    groups: ["cancel"],
    client: HttpClient.transform((send, request) => (isVerb(request, "cancel") ? Effect.zipRight(send, send) : send))
  },
  {
    lie: "what failed on the way is sent again",
    groups: ["trouble"],
    client: HttpClient.retryTransient({ times: 2 })
  },
  {
    lie: "404 is taken for a cancelled operation",
    groups: ["get", "trouble"],
    client: HttpClient.transform((send, request) =>
      Effect.map(send, (response) =>
        response.status === 404
          ? json(request, 200, { name: nameIn(request), done: true, error: { code: 1 } })
          : response
      )
    )
  },
  {
    lie: "404 is taken for a missing route, whatever its body",
    groups: ["get"],
    client: HttpClient.transform((send, request) =>
      Effect.map(send, (response) =>
        response.status === 404 ? HttpClientResponse.fromWeb(request, new Response("", { status: 404 })) : response
      )
    )
  },
  {
    lie: "an error is taken for an empty success",
    groups: ["cancel"],
    client: HttpClient.transform((send, request) =>
      Effect.map(send, (response) => (response.status >= 400 ? json(request, 200, {}) : response))
    )
  },
  {
    lie: "a page token is not sent",
    groups: ["list"],
    client: requested((request) =>
      HttpClientRequest.setUrl(request, request.url.replace(/([?&])pageToken=[^&]*/, "$1"))
    )
  },
  {
    lie: "a page size is not sent",
    groups: ["list"],
    client: requested((request) => HttpClientRequest.setUrl(request, request.url.replace(/([?&])pageSize=[^&]*/, "$1")))
  },
  {
    lie: "the encoding of names is lost",
    groups: ["names"],
    client: requested((request) => HttpClientRequest.setUrl(request, decodeURI(request.url)))
  },
  {
    lie: "names are encoded twice",
    groups: ["names"],
    client: requested((request) => HttpClientRequest.setUrl(request, request.url.replaceAll("%", "%25")))
  },
  {
    lie: "every slash in a name is encoded",
    groups: ["names"],
    client: requested((request) =>
      HttpClientRequest.setUrl(request, request.url.replace(/operations\/([^/]*)\//, "operations/$1%2F"))
    )
  },
  {
    lie: "a colon in a name is written as it is",
    groups: ["names"],
    client: requested((request) => HttpClientRequest.setUrl(request, request.url.replaceAll("%3A", ":")))
  },
  {
    lie: "the name of a verb is left out",
    groups: ["cancel"],
    client: requested((request) => HttpClientRequest.setUrl(request, request.url.replace(/:cancel$/, "")))
  },
  {
    lie: "the advice of the server is lost",
    groups: ["trouble"],
    client: HttpClient.transform((send, request) =>
      Effect.flatMap(send, (response) =>
        response.status === 429 || response.status === 503
          ? Effect.succeed(json(request, response.status, {}))
          : Effect.succeed(response)
      )
    )
  },
  {
    lie: "it is called cancelled at once, before the body has stopped",
    groups: ["cancel", "confirm"],
    host: (truth) => {
      const accepted = new Set<string>()
      return Operations.make({
        ...truth,
        cancel: (name) => Effect.tap(truth.cancel(name), () => Effect.sync(() => accepted.add(name))),
        get: (name) =>
          Effect.map(truth.get(name), (operation) =>
            accepted.has(name) && operation._tag === "Running"
              ? seen({ name, done: true, error: { code: 1 } })
              : operation
          )
      })
    }
  },
  {
    lie: "a failed operation is refused as an error",
    groups: ["get"],
    host: (truth) =>
      Operations.make({
        ...truth,
        get: (name) =>
          Effect.flatMap(truth.get(name), (operation) =>
            operation._tag === "Failed"
              ? Effect.fail(OperationsError.fromStatus({ operation: name, method: "get", status: operation.error }))
              : Effect.succeed(operation)
          )
      })
  },
  {
    lie: "an end comes with both a response and an error, of which the error is lost",
    groups: ["get", "cancel"],
    host: (truth) =>
      Operations.make({
        ...truth,
        get: (name) =>
          Effect.map(truth.get(name), (operation) =>
            operation._tag === "Failed" || operation._tag === "Cancelled"
              ? seen({ name, done: true, response: {} })
              : operation
          )
      })
  },
  {
    lie: "what is cancelled fails with another code",
    groups: ["cancel"],
    host: (truth) =>
      Operations.make({
        ...truth,
        get: (name) =>
          Effect.map(truth.get(name), (operation) =>
            operation._tag === "Cancelled"
              ? Operation.ended({ name, error: Status.make({ code: "ABORTED" }) })
              : operation
          )
      })
  },
  {
    lie: "a delete cancels",
    groups: ["delete"],
    host: (truth) =>
      Operations.make({
        ...truth,
        delete: (name) => Effect.zipRight(Effect.ignore(truth.cancel(name)), truth.delete(name))
      })
  },
  {
    lie: "a wait does not heed its timeout",
    groups: ["wait"],
    host: (truth) => Operations.make({ ...truth, wait: (name) => truth.wait(name, { timeout: "2 seconds" }) })
  }
]

describe("the battery, by way of a client and a server,", () => {
  for (const mutant of mutants) {
    it.live(`finds out a lie: ${mutant.lie}`, ({ annotate }) =>
      Effect.gen(function* () {
        const results = yield* Battery.check({
          layer: Hosted.layer({
            connection: Hosted.inMemory,
            transformClient: mutant.client,
            transformHost: mutant.host
          }),
          capabilities: Subject.everything,
          cases: Battery.cases.filter((each) => mutant.groups.includes(each.group)),
          concurrency: 10
        })
        const found = results.flatMap((result) => Option.toArray(result.failure)).map((failure) => failure.case)
        assert.isNotEmpty(found)
        yield* Effect.promise(() => annotate(`caught by: ${found.join("; ")}`))
      })
    )
  }
})
