import type * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import type * as Project from "@effect-lro/earth-engine/Project"
import * as StartMethod from "@effect-lro/earth-engine/StartMethod"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"

interface Answer {
  readonly status: number
  readonly body: unknown
}

const started: Answer = {
  status: 200,
  body: { name: "projects/demo/operations/ABC", metadata: { "@type": OperationMetadata.typeUrl, state: "PENDING" } }
}

const refused = (status: number, code: string, details: ReadonlyArray<unknown> = []): Answer => ({
  status,
  body: { error: { code: status, message: "no", status: code, details } }
})

/** A server that gives its answers one after the other, and the last one again and again. */
const serverOf = (answers: ReadonlyArray<Answer>) => {
  const requests: Array<HttpClientRequest.HttpClientRequest> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      const { body, status } = answers[Math.min(requests.length, answers.length - 1)] ?? started
      requests.push(request)
      return HttpClientResponse.fromWeb(
        request,
        new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })
      )
    })
  )
  return { requests, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

const token = Redacted.make("ya29.secret")

const run = <A, E>(
  program: Effect.Effect<A, E, Operations.Operations | EarthEngine.EarthEngine>,
  options: Partial<EarthEngine.Options> = {},
  answers: ReadonlyArray<Answer> = [started]
) => {
  const server = serverOf(answers)
  return Effect.map(
    Effect.either(
      Effect.provide(
        program,
        EarthEngine.layer({ project: "demo", token, ...options }).pipe(Layer.provide(server.layer))
      )
    ),
    (result) => ({ result, requests: server.requests })
  )
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest | undefined): unknown =>
  request?.body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(request.body.body)) : undefined

describe("EarthEngine.layer", () => {
  it.effect("needs a project and a token, and says which project pays", () =>
    Effect.gen(function* () {
      const { requests, result } = yield* run(Operations.get("projects/demo/operations/ABC"))
      assert.isTrue(Either.isRight(result))
      assert.strictEqual(requests.length, 1)
      const [request] = requests
      assert.strictEqual(request?.url, "https://earthengine.googleapis.com/v1/projects/demo/operations/ABC")
      assert.strictEqual(request?.headers["authorization"], "Bearer ya29.secret")
      assert.strictEqual(request?.headers["x-goog-user-project"], "demo")
      assert.match(request?.headers["x-goog-api-client"] ?? "", /^effect-lro\/\d+\.\d+\.\d+$/)
    })
  )

  it.effect.each<[string, Partial<EarthEngine.Options>, string | undefined]>([
    ["the legacy project", { project: "earthengine-legacy" }, undefined],
    ["a project of a domain", { project: "example.com:demo" }, "example.com:demo"],
    ["a project as a resource name", { project: "projects/demo" }, "demo"],
    ["another quota project", { quotaProject: "payer" }, "payer"],
    ["the legacy project with a quota project", { project: "earthengine-legacy", quotaProject: "payer" }, "payer"]
  ])("sends the quota project of %s", ([_, options, expected]) =>
    Effect.gen(function* () {
      const { requests } = yield* run(Operations.get("projects/demo/operations/ABC"), options)
      assert.strictEqual(requests[0]?.headers["x-goog-user-project"], expected)
    })
  )

  it.effect("speaks to another endpoint in another version, without a token", () =>
    Effect.gen(function* () {
      const { requests } = yield* run(Operations.cancel("projects/demo/operations/ABC"), {
        token: undefined,
        endpoint: "http://127.0.0.1:8080/",
        version: "v1alpha"
      })
      assert.strictEqual(requests[0]?.url, "http://127.0.0.1:8080/v1alpha/projects/demo/operations/ABC:cancel")
      assert.isUndefined(requests[0]?.headers["authorization"])
      assert.deepStrictEqual(bodyOf(requests[0]), {})
    })
  )

  it.effect("asks for a token for every request", () =>
    Effect.gen(function* () {
      let tokens = 0
      const { requests } = yield* run(
        Effect.all([Operations.get("projects/demo/operations/A"), Operations.get("projects/demo/operations/B")]),
        { token: Effect.sync(() => Redacted.make(`t${++tokens}`)) }
      )
      assert.deepStrictEqual(
        requests.map((request) => request.headers["authorization"]),
        ["Bearer t1", "Bearer t2"]
      )
    })
  )

  it.effect("sends nothing for a project or a name that cannot be one", () =>
    Effect.gen(function* () {
      const program: Effect.Effect<unknown, OperationsError | Project.InvalidProject, Operations.Operations> =
        Operations.get("projects/demo/operations/..")
      const name = yield* run(program)
      assert.strictEqual(Either.isLeft(name.result) ? name.result.left._tag : "", "InvalidName")
      const project = yield* run(program, { project: "a/b" })
      assert.strictEqual(Either.isLeft(project.result) ? project.result.left._tag : "", "InvalidProject")
      const header = yield* run(program, { quotaProject: "a\r\nb" })
      assert.strictEqual(Either.isLeft(header.result) ? header.result.left._tag : "", "InvalidProject")
      assert.strictEqual(name.requests.length + project.requests.length + header.requests.length, 0)
    })
  )

  it.effect("shows the token nowhere", () =>
    Effect.gen(function* () {
      const { result } = yield* run(Operations.get("projects/demo/operations/ABC"), {}, [
        refused(401, "UNAUTHENTICATED")
      ])
      assert.isTrue(Either.isLeft(result))
      assert.notInclude(`${JSON.stringify(result)} ${String(result)}`, "ya29")
      const service = yield* Effect.provide(EarthEngine.make({ project: "demo", token }), serverOf([]).layer)
      assert.notInclude(JSON.stringify(service), "ya29")
    })
  )
})

describe("EarthEngine.layerConfig", () => {
  const look = (entries: ReadonlyArray<readonly [string, string]>) => {
    const server = serverOf([started])
    return Operations.get("projects/demo/operations/ABC").pipe(
      Effect.provide(
        EarthEngine.layerConfig({
          project: Config.string("EE_PROJECT"),
          token: Config.redacted("EE_TOKEN"),
          endpoint: Config.withDefault(Config.string("EE_ENDPOINT"), undefined)
        }).pipe(Layer.provide(server.layer))
      ),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(entries))),
      Effect.either,
      Effect.map((result) => ({ result, requests: server.requests }))
    )
  }

  it.effect("reads project, token and endpoint", () =>
    Effect.gen(function* () {
      const { requests } = yield* look([
        ["EE_PROJECT", "demo"],
        ["EE_TOKEN", "abc"],
        ["EE_ENDPOINT", "http://localhost:1"]
      ])
      assert.strictEqual(requests[0]?.url, "http://localhost:1/v1/projects/demo/operations/ABC")
      assert.strictEqual(requests[0]?.headers["authorization"], "Bearer abc")
    })
  )

  it.effect.each<[string, ReadonlyArray<readonly [string, string]>]>([
    ["a project that is missing", [["EE_TOKEN", "abc"]]],
    ["a token that is missing", [["EE_PROJECT", "demo"]]],
    [
      "a project that cannot be one",
      [
        ["EE_PROJECT", "a b"],
        ["EE_TOKEN", "abc"]
      ]
    ],
    [
      "an endpoint that is none",
      [
        ["EE_PROJECT", "demo"],
        ["EE_TOKEN", "abc"],
        ["EE_ENDPOINT", "localhost"]
      ]
    ]
  ])("fails with a ConfigError for %s", ([_, entries]) =>
    Effect.gen(function* () {
      const { requests, result } = yield* look(entries)
      assert.isTrue(Either.isLeft(result) && !("status" in result.left) && "_op" in result.left)
      assert.strictEqual(requests.length, 0)
    })
  )
})

describe("EarthEngine start methods", () => {
  const expression = { values: {} }

  const programs: ReadonlyArray<
    readonly [string, Effect.Effect<Operation.Operation, OperationsError, EarthEngine.EarthEngine>]
  > = [
    ["image:export", EarthEngine.exportImage({ expression, maxPixels: "1" })],
    ["table:export", EarthEngine.exportTable({ expression, selectors: ["a"] })],
    ["video:export", EarthEngine.exportVideo({ expression })],
    ["map:export", EarthEngine.exportMap({ expression })],
    ["videoMap:export", EarthEngine.exportVideoMap({ expression, version: "V2" })],
    ["classifier:export", EarthEngine.exportClassifier({ expression })],
    ["image:import", EarthEngine.importImage({ imageManifest: {} })],
    ["table:import", EarthEngine.importTable({ tableManifest: {} })]
  ]

  it("are all there", () => {
    assert.deepStrictEqual(
      programs.map(([path]) => path),
      StartMethod.all.map((method) => method.path)
    )
  })

  it.effect.each(programs)("post to %s, and answer the operation", ([path, program]) =>
    Effect.gen(function* () {
      const { requests, result } = yield* run(program)
      assert.strictEqual(requests[0]?.method, "POST")
      assert.strictEqual(requests[0]?.url, `https://earthengine.googleapis.com/v1/projects/demo/${path}`)
      assert.deepStrictEqual(
        Either.map(result, (operation) => [operation._tag, operation.name]),
        Either.right(["Running", "projects/demo/operations/ABC"])
      )
    })
  )

  it.effect("send the request as it is, without what is undefined", () =>
    Effect.gen(function* () {
      const { requests } = yield* run(
        EarthEngine.exportImage({
          expression: { values: { a: { constantValue: 1 } }, result: "a" },
          description: "é",
          priority: undefined,
          fileExportOptions: { fileFormat: "GEO_TIFF", driveDestination: { folder: "f" } }
        })
      )
      assert.deepStrictEqual(bodyOf(requests[0]), {
        expression: { values: { a: { constantValue: 1 } }, result: "a" },
        description: "é",
        fileExportOptions: { fileFormat: "GEO_TIFF", driveDestination: { folder: "f" } }
      })
    })
  )

  const retryable = refused(503, "UNAVAILABLE")
  const startRetry = RetryPolicy.whileRetryable(Schedule.recurs(3))

  it.effect.each<[string, { readonly requestId?: string }, ReadonlyArray<Answer>, number, string]>([
    ["once where there is no request id", {}, [retryable, started], 1, "Unavailable"],
    ["once where the request id is empty", { requestId: "" }, [retryable, started], 1, "Unavailable"],
    ["again where there is a request id", { requestId: "r" }, [retryable, retryable, started], 3, "Running"],
    ["no oftener than the policy says", { requestId: "r" }, [retryable], 4, "Unavailable"],
    ["once where it is refused", { requestId: "r" }, [refused(400, "INVALID_ARGUMENT"), started], 1, "InvalidArgument"],
    [
      "once where the queue is full",
      { requestId: "r" },
      [
        refused(429, "RESOURCE_EXHAUSTED", [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            reason: "RESOURCE_QUOTA_EXCEEDED",
            domain: "googleapis.com"
          }
        ]),
        started
      ],
      1,
      "ResourceExhausted"
    ]
  ])("are sent %s", ([_, request, answers, times, expected]) =>
    Effect.gen(function* () {
      const { requests, result } = yield* run(
        EarthEngine.exportImage({ expression, ...request }),
        { startRetry },
        answers
      )
      assert.strictEqual(requests.length, times)
      assert.strictEqual(Either.merge(result)._tag, expected)
    })
  )

  it.effect("name the project that the service is for", () =>
    Effect.gen(function* () {
      const { result } = yield* run(Effect.map(EarthEngine.EarthEngine, (service) => service.project))
      assert.strictEqual(Option.getOrThrow(Either.getRight(result)), "demo")
    })
  )
})

describe("EarthEngine.parseName", () => {
  it.each<[string, string | undefined, string]>([
    ["projects/demo/operations/ABC", undefined, "projects/demo/operations/ABC"],
    ["projects/demo/operations/ABC", "other", "projects/demo/operations/ABC"],
    ["operations/ABC", "demo", "projects/demo/operations/ABC"],
    ["ABC", "demo", "projects/demo/operations/ABC"],
    [" ABC\n", "projects/demo", "projects/demo/operations/ABC"],
    ["ABC", "example.com:demo", "projects/example.com:demo/operations/ABC"],
    ["projects/example.com:demo/operations/ABC", undefined, "projects/example.com:demo/operations/ABC"],
    ["https://earthengine.googleapis.com/v1/projects/demo/operations/ABC", undefined, "projects/demo/operations/ABC"]
  ])("reads %j in %s", (input, project, expected) => {
    assert.deepStrictEqual(Either.map(EarthEngine.parseName(input, { project }), String), Either.right(expected))
  })

  it.each<[string, string | undefined, string]>([
    ["ABC", undefined, "InvalidName"],
    ["operations/ABC", undefined, "InvalidName"],
    ["", "demo", "InvalidName"],
    ["projects/demo/operations", "demo", "InvalidName"],
    ["projects/demo/locations/l/operations/ABC", "demo", "InvalidName"],
    ["..", "demo", "InvalidName"],
    ["ABC", "a/b", "InvalidProject"]
  ])("refuses %j in %s", (input, project, expected) => {
    const result = EarthEngine.parseName(input, { project })
    assert.strictEqual(Either.isLeft(result) ? result.left._tag : "read", expected)
  })
})
