import * as NodeClient from "@effect-lro/client-node/NodeClient"
import * as NodeTransport from "@effect-lro/client-node/NodeTransport"
import * as Credentials from "@effect-lro/client/Credentials"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Bulk from "@effect-lro/core/Bulk"
import * as DirectRequest from "@effect-lro/core/DirectRequest"
import type * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Loopback from "./fixtures/Loopback.js"

const service = ServiceDescription.project({ id: "test.example.com", versions: ["v1"] })

const nameOf = (index: number) => `projects/demo/operations/${index}`

const names = Array.from({ length: 200 }, (_, index) => nameOf(index))

const cancelled = { code: 1, message: "Cancelled." }

/** A server whose operations are cancelled at once, and which takes what `isGood` takes. */
const serving = (isGood: (authorization: string | undefined) => boolean = () => true) =>
  Loopback.make((request, response) => {
    const path = request.url ?? ""
    response.setHeader("content-type", "application/json")
    if (!isGood(request.headers.authorization)) {
      response.writeHead(401)
      response.end(JSON.stringify({ error: { code: 401, status: "UNAUTHENTICATED", message: "no" } }))
      return
    }
    response.end(
      request.method === "POST"
        ? "{}"
        : JSON.stringify({ name: path.replace("/v1/", ""), metadata: { a: 1 }, done: true, error: cancelled })
    )
  })

const over = (server: Loopback.Loopback, options?: Partial<RestOperations.Options>) =>
  Effect.gen(function* () {
    const transport = yield* NodeTransport.make()
    return yield* RestOperations.make({ service, endpoint: server.url, ...options }).pipe(
      Effect.provideService(HttpClient.HttpClient, NodeClient.fromTransport(transport))
    )
  })

const isDirect = (operations: Operations.Service) => Effect.map(DirectRequest.of(operations.get), Option.isSome)

const cancelAll = (operations: Operations.Service) =>
  Bulk.cancel(names, { listFrom: Infinity }).pipe(
    Bulk.summarize,
    Effect.provideService(Operations.Operations, operations)
  )

const renewable = (tokens: ReadonlyArray<string>) => {
  let renewals = 0
  const current = () => Redacted.make(tokens[renewals] ?? "")
  const credentials = Credentials.bearer({
    get: Effect.delay(Effect.sync(current), "1 millis"),
    renew: (refused) =>
      Effect.sync(() => {
        if (Redacted.value(refused) === tokens[renewals]) renewals += 1
        return current()
      })
  })
  return { credentials, renewals: () => renewals }
}

describe("a bulk over NodeClient", () => {
  it.scopedLive("sends each request once, below Effect", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const operations = yield* over(server, { userProject: "payer", requestParams: true })
      assert.isTrue(yield* isDirect(operations))
      assert.deepStrictEqual((yield* cancelAll(operations)).ends, { Cancelled: 200 })
      assert.strictEqual(server.requests.length, 400)
      for (const { body, headers, method, path } of server.requests) {
        const name = path.replace("/v1/", "").replace(":cancel", "")
        assert.strictEqual(path, method === "POST" ? `/v1/${name}:cancel` : `/v1/${name}`)
        assert.strictEqual(body, method === "POST" ? "{}" : "")
        assert.strictEqual(headers["x-goog-user-project"], "payer")
        assert.strictEqual(headers["x-goog-request-params"], `name=${encodeURIComponent(name)}`)
        assert.strictEqual(headers.accept, "application/json")
        assert.strictEqual(headers["content-type"], method === "POST" ? "application/json" : undefined)
      }
    })
  )

  it.scopedLive("keeps the path of an endpoint", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const operations = yield* over(server, { endpoint: `${server.url}/a/proxy/` })
      assert.isTrue(yield* isDirect(operations))
      yield* cancelAll(operations)
      const paths = new Set(server.requests.map(({ path }) => path))
      assert.isTrue(names.every((name) => paths.has(`/a/proxy/v1/${name}`) && paths.has(`/a/proxy/v1/${name}:cancel`)))
      assert.strictEqual(server.requests.length, 400)
    })
  )

  it.scopedLive("fails as it does in Effect where no answer comes", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make((request, response) => {
        if (request.url?.endsWith("/1") === true) request.socket.destroy()
        else if (request.url?.endsWith("/2") === true) response.write("half", () => request.socket.destroy())
        else response.end("x".repeat(100))
      })
      const operations = yield* over(server, { maxBodyBytes: 99 })
      const direct = Option.getOrThrow(yield* DirectRequest.of(operations.get))
      for (const name of [nameOf(1), nameOf(2), nameOf(3), "no name"]) {
        const below = Effect.async<Operation.Operation, OperationsError>((resume) => {
          direct(name, resume)
        })
        const [a, b] = yield* Effect.all([Effect.flip(below), Effect.flip(operations.get(name))])
        assert.deepStrictEqual([a._tag, a.message], [b._tag, b.message])
      }
    })
  )

  it.scopedLive("is direct exactly where nothing stands around the client but a token", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const bearer = Credentials.bearer(Redacted.make("abc"))
      const custom: Credentials.Credentials = (origin) => bearer(origin)
      const cases: ReadonlyArray<readonly [Partial<RestOperations.Options>, boolean]> = [
        [{}, true],
        [{ credentials: bearer }, true],
        [{ credentials: custom }, false],
        [{ transformClient: (client) => client }, false]
      ]
      for (const [options, expected] of cases) {
        assert.strictEqual(yield* isDirect(yield* over(server, options)), expected)
      }
    })
  )

  it.scopedLive("is not where a tracer is to see each request", () =>
    Effect.gen(function* () {
      const server = yield* serving()
      const operations = yield* over(server)
      const tracer = Tracer.make({
        span: () => {
          throw new Error("no span is made here")
        },
        context: (run) => run()
      })
      assert.isTrue(yield* Effect.withTracer(isDirect(operations), tracer))
      const wanting = isDirect(operations).pipe(Effect.locally(HttpClient.currentTracerDisabledWhen, () => false))
      assert.isTrue(yield* wanting)
      assert.isFalse(yield* Effect.withTracer(wanting, tracer))
    })
  )

  it.scopedLive("sends a token, also one that is fetched for each request", () =>
    Effect.gen(function* () {
      const server = yield* serving((authorization) => authorization === "Bearer good")
      for (const token of [Redacted.make("good"), Effect.delay(Effect.succeed(Redacted.make("good")), "1 millis")]) {
        const operations = yield* over(server, { credentials: Credentials.bearer(token) })
        assert.deepStrictEqual((yield* cancelAll(operations)).ends, { Cancelled: 200 })
      }
      assert.strictEqual(server.requests.length, 800)
      const refused = yield* over(server, { credentials: Credentials.bearer(Redacted.make("bad")) })
      assert.deepStrictEqual((yield* cancelAll(refused)).ends, { Unauthorized: 200 })
      const missing = yield* over(server, { credentials: Credentials.bearer(Redacted.make("")) })
      const before = server.requests.length
      assert.deepStrictEqual((yield* cancelAll(missing)).ends, { Unauthorized: 200 })
      assert.strictEqual(server.requests.length, before)
    })
  )

  it.scopedLive("renews a token that is refused once, and repeats each refused request once", () =>
    Effect.gen(function* () {
      const server = yield* serving((authorization) => authorization === "Bearer second")
      const { credentials, renewals } = renewable(["first", "second", "third"])
      const operations = yield* over(server, { credentials })
      assert.isTrue(yield* isDirect(operations))
      assert.deepStrictEqual((yield* cancelAll(operations)).ends, { Cancelled: 200 })
      assert.strictEqual(renewals(), 1)
      const refused = server.requests.filter(({ headers }) => headers.authorization === "Bearer first").length
      assert.strictEqual(server.requests.length, 400 + refused)
      const hopeless = renewable(["one", "two", "three", "four"])
      const never = yield* serving(() => false)
      const one = yield* over(never, { credentials: hopeless.credentials })
      const results = yield* Stream.runCollect(Bulk.cancel([nameOf(0)])).pipe(
        Effect.provideService(Operations.Operations, one)
      )
      for (const { result } of results) assert.strictEqual(Either.merge(result)._tag, "Unauthorized")
      assert.deepStrictEqual(
        never.requests.map(({ headers }) => headers.authorization),
        ["Bearer one", "Bearer two"]
      )
    })
  )

  it.scopedLive("says of an answer what the ordinary form says", () =>
    Effect.gen(function* () {
      const bodies: ReadonlyArray<readonly [number, string]> = [
        [200, `{"name":"${nameOf(0)}"}`],
        [200, `{"name":"${nameOf(0)}","done":"yes"}`],
        [200, "<html>"],
        [200, ""],
        [204, ""],
        [302, "elsewhere"],
        [404, `{"error":{"code":404,"status":"NOT_FOUND","message":"gone"}}`],
        [404, "<html>"],
        [429, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow"}}`],
        [503, "{}"]
      ]
      let at = 0
      const server = yield* Loopback.make((_, response) => {
        const [status, body] = bodies[at] ?? [500, ""]
        response.writeHead(status, { "content-type": "application/json", "retry-after": "7" })
        response.end(body)
      })
      const operations = yield* over(server, { maxBodyBytes: 1000 })
      const broken = yield* over({ ...server, url: "http://127.0.0.1:1" })
      const directly = <A>(method: DirectRequest.Method<A>, name: string) =>
        Effect.flatMap(DirectRequest.of(method), (direct) =>
          Effect.async<A, OperationsError>((resume) => {
            Option.getOrThrow(direct)(name, resume)
          })
        )
      const told = <A, E>(exit: Exit.Exit<A, E>) => JSON.stringify(exit)
      const compare = <A>(method: DirectRequest.Method<A>, name: string) =>
        Effect.gen(function* () {
          const ordinary = yield* Effect.exit(method(name))
          assert.strictEqual(told(yield* Effect.exit(directly(method, name))), told(ordinary), `answer ${at}`)
        })
      for (at = 0; at < bodies.length; at++) {
        yield* compare(operations.get, nameOf(0))
        yield* compare(operations.cancel, nameOf(0))
      }
      yield* compare(operations.get, "projects/demo/operations/..")
      yield* compare(operations.get, "operations/of/another/service")
      yield* compare(broken.get, nameOf(0))
    })
  )

  it.scopedLive("leaves no request behind when it is interrupted", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.make(() => {})
      const operations = yield* over(server)
      const fiber = yield* Effect.fork(cancelAll(operations))
      yield* server.received(64)
      yield* Fiber.interrupt(fiber)
      yield* server.disconnected
      assert.strictEqual(server.requests.length, 64)
    })
  )
})
