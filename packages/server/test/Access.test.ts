import * as Batch from "@effect-lro/rest/Batch"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Authenticator from "@effect-lro/server/Authenticator"
import * as Authorizer from "@effect-lro/server/Authorizer"
import type * as OperationsServer from "@effect-lro/server/OperationsServer"
import type * as Route from "@effect-lro/server/Route"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ask, serve, service, statusOf } from "./fixtures/Ask.js"

const mine = "projects/mine/operations"
const other = "projects/other/operations"

const options: Partial<OperationsServer.Options> = {
  authenticate: Authenticator.bearer({ alice: Redacted.make("of-alice"), bob: Redacted.make("of-bob") }),
  authorize: Authorizer.byParent({ alice: ["projects/mine"], bob: [] })
}

const alice = { headers: { authorization: "Bearer of-alice" } }

const start = (more: Partial<OperationsServer.Options> = {}) =>
  serve({ ...options, ...more }, FakeOperations.make([`${mine}/a`, `${other}/a`]))

const requests = (collection: string, id: string) => [
  `GET /v1/${collection}/${id}`,
  `GET /v1/${collection}`,
  `POST /v1/${collection}/${id}:cancel`,
  `POST /v1/${collection}/${id}:wait`,
  `DELETE /v1/${collection}/${id}`
]

describe("Authenticator.bearer", () => {
  it.effect("knows whose token it is, however the scheme is written", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { ask } = yield* start({
        authorize: ({ principal }) => Effect.sync(() => seen.push(principal.id) > 0)
      })
      for (const authorization of ["Bearer of-alice", "bearer  of-alice", "BEARER of-bob"]) {
        assert.strictEqual((yield* ask(`GET /v1/${mine}/a`, { headers: { authorization } })).status, 200)
      }
      assert.deepStrictEqual(seen, ["alice", "alice", "bob"])
    })
  )

  it.effect.prop(
    "knows no token that is not the whole of one",
    [
      FastCheck.oneof(
        FastCheck.stringMatching(/^[-\w.]{0,20}$/),
        FastCheck.constantFrom("of", "of-alic", "of-alicee", "of-alicf", "of-aliceof-alice", "Of-alice")
      )
    ],
    ([token]) =>
      Effect.gen(function* () {
        const authenticate = Authenticator.bearer({ alice: Redacted.make("of-alice"), nobody: Redacted.make("") })
        const exit = yield* Effect.either(authenticate({ ...head, headers: { authorization: `Bearer ${token}` } }))
        assert.strictEqual(Either.isRight(exit), token === "of-alice")
      })
  )

  for (const authorization of [undefined, "", "Bearer", "Bearer ", "Basic of-alice", "of-alice", "Bearer of-alice x"]) {
    it.effect(`refuses the header ${String(authorization)} with 401, and repeats nothing of it`, () =>
      Effect.gen(function* () {
        const { ask, fake } = yield* start()
        const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
        const answer = yield* ask(`GET /v1/${mine}/a`, { headers })
        assert.deepStrictEqual([answer.status, statusOf(answer)], [401, "UNAUTHENTICATED"])
        assert.strictEqual(answer.headers["www-authenticate"], "Bearer")
        assert.notInclude(answer.text, "of-alice")
        assert.deepStrictEqual(fake.asked, [])
      })
    )
  }
})

describe("Authorizer", () => {
  for (const id of ["a", "none"]) {
    for (const line of requests(other, id)) {
      it.effect(`answers 403 to ${line}, be there such an operation or not, before it looks at anything else`, () =>
        Effect.gen(function* () {
          const { ask, fake } = yield* start()
          const answer = yield* ask(`${line}?unheardOf=1`, { ...alice, body: "[" })
          assert.deepStrictEqual([answer.status, statusOf(answer)], [403, "PERMISSION_DENIED"])
          assert.match(answer.text, /operations\.(?:get|list|update|delete)/)
          assert.deepStrictEqual(fake.asked, [])
        })
      )
    }
  }

  it.effect("lets everything pass under the parents of a principal, and below", () =>
    Effect.gen(function* () {
      for (const line of requests(mine, "a")) {
        const { ask, fake } = yield* start()
        yield* Deferred.succeed(fake.wake, undefined)
        assert.strictEqual((yield* ask(line, alice)).status, 200, line)
      }
      const access = { principal: { id: "alice" }, permission: "get", name: undefined } as const
      const allows = (parent: string) => Authorizer.byParent({ alice: ["projects/mine"] })({ ...access, parent })
      assert.isTrue(yield* allows("projects/mine/locations/x"))
      assert.isFalse(yield* allows("projects/mine-too"))
      assert.isFalse(yield* allows(""))
    })
  )

  it.effect("is asked by Google's permissions: to wait is to get, to cancel is to update", () =>
    Effect.gen(function* () {
      const seen: Array<Authorizer.Access> = []
      const { ask } = yield* start({ authorize: (access) => Effect.sync(() => seen.push(access) < 0) })
      for (const line of requests(mine, "a/b")) yield* ask(line, alice)
      assert.deepStrictEqual(
        seen.map(({ name, parent, permission }) => [permission, parent, name]),
        [
          ["get", "projects/mine", `${mine}/a/b`],
          ["list", "projects/mine", undefined],
          ["update", "projects/mine", `${mine}/a/b`],
          ["get", "projects/mine", `${mine}/a/b`],
          ["delete", "projects/mine", `${mine}/a/b`]
        ]
      )
    })
  )

  it.effect("is asked about further routes by their first variable, and their handlers know who asks", () =>
    Effect.gen(function* () {
      const start_: Route.Route = {
        method: "POST",
        template: "/v1/{project=projects/*}/image:export",
        handler: ({ principal }) => Effect.succeed({ by: principal.id })
      }
      const { ask } = yield* start({ routes: [start_] })
      assert.deepStrictEqual((yield* ask("POST /v1/projects/mine/image:export", alice)).json, { by: "alice" })
      assert.strictEqual((yield* ask("POST /v1/projects/other/image:export", alice)).status, 403)
    })
  )

  it.effect("is not asked where the name is none, or nobody is known yet", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({ authorize: () => Effect.die("nobody is asked") })
      assert.strictEqual((yield* ask(`DELETE /v1/${mine}`, alice)).status, 400)
      assert.strictEqual((yield* ask(`GET /v1/${mine}/a`)).status, 401)
      assert.strictEqual((yield* ask(`GET /healthz`)).status, 200)
    })
  )

  it.effect("is asked about each request of a batch, with the credentials of that request", () =>
    Effect.gen(function* () {
      const batched = ServiceDescription.unsafeMake({
        id: service.id,
        batchPath: "batch",
        methods: { get: { template: "{name=projects/*/operations/**}" } }
      })
      const { ask } = yield* start({ service: batched })
      const part = (name: string, token: string): Batch.Request => ({
        id: name + token,
        method: "GET",
        path: `/v1/${name}`,
        headers: { authorization: `Bearer ${token}` },
        body: ""
      })
      const message = Either.getOrThrow(
        Batch.encodeRequests([
          part(`${mine}/a`, "of-alice"),
          part(`${other}/a`, "of-alice"),
          part(`${mine}/a`, "of-bob"),
          part(`${mine}/a`, "of-nobody")
        ])
      )
      const answer = yield* ask("POST /batch", {
        headers: { authorization: "Bearer of-bob", "content-type": message.contentType },
        body: message.body
      })
      const statuses = Array.from(answer.text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status))
      assert.deepStrictEqual(statuses, [200, 403, 403, 401])
    })
  )

  it.effect("hears of each request of a batch which address it comes from, and limits count by it", () =>
    Effect.gen(function* () {
      const batched = ServiceDescription.unsafeMake({
        id: service.id,
        batchPath: "batch",
        methods: { get: { template: "{name=projects/*/operations/**}" } }
      })
      const heard: Array<Option.Option<string>> = []
      const { app } = yield* serve(
        {
          service: batched,
          limits: { rate: { limit: 2 } },
          authenticate: ({ remoteAddress }) => {
            heard.push(remoteAddress)
            return Effect.succeed(Authenticator.anonymous)
          }
        },
        FakeOperations.make([`${mine}/a`])
      )
      const statusesFrom = (address: string) => {
        const part = { method: "GET", path: `/v1/${mine}/a`, headers: {}, body: "" } as const
        const message = Either.getOrThrow(Batch.encodeRequests(["1", "2"].map((id) => ({ ...part, id }))))
        const from = Effect.updateService(app, HttpServerRequest.HttpServerRequest, (request) =>
          request.modify({ remoteAddress: address })
        )
        return ask(from)("POST /batch", { headers: { "content-type": message.contentType }, body: message.body }).pipe(
          Effect.map(({ text }) => Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status))
        )
      }
      for (const address of ["192.0.2.1", "192.0.2.2"]) {
        assert.deepStrictEqual(yield* statusesFrom(address), ["200", "200"])
      }
      assert.deepStrictEqual(yield* statusesFrom("192.0.2.1"), ["429", "429"])
      assert.deepStrictEqual(
        heard.map(Option.getOrUndefined),
        ["192.0.2.1", "192.0.2.2", "192.0.2.1"].flatMap((address) => [address, address])
      )
    })
  )
})

const head = { method: "GET", url: "/", headers: {}, remoteAddress: Option.none<string>() }
